import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oxbow } from "./terminal.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-run-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a program and gives its path. */
function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("oxbow run", () => {
  it("prints one line of results for each '!', in source order", async () => {
    const path = program(
      "plain.metta",
      `(edge a b) (edge a c)
       !(match &self (edge a $x) $x)
       !(+ 1 2)
       !(match &self (edge z $x) $x)
       (edge a d)
       !(match &self (edge a $x) (found $x))
       !"text" ! 1.0`,
    );
    expect(await oxbow(["run", path])).toEqual({
      exitCode: 0,
      out: '[b, c]\n[3]\n[]\n[(found b), (found c), (found d)]\n["text"]\n[1.0]\n',
      err: "",
    });
  });

  it("runs files in order, in one environment", async () => {
    const first = program("first.metta", "(= (double $x) (* 2 $x))");
    const second = program("second.metta", "!(double 21)");
    expect((await oxbow(["run", first, second])).out).toBe("[42]\n");
  });

  it("reads standard input for -", async () => {
    expect((await oxbow(["run", "-"], { input: "!(+ 1 1)" })).out).toBe("[2]\n");
  });

  it("prints one JSON object for each '!' with --json", async () => {
    const path = program("json.metta", '!(+ 1 2)\n\n  !(superpose ("a" b))');
    const { out } = await oxbow(["run", "--json", path]);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { file: path, line: 1, column: 1, results: ["3"] },
      { file: path, line: 3, column: 3, results: ['"a"', "b"] },
    ]);
  });

  it("names a missing file and exits with 2", async () => {
    const { exitCode, out, err } = await oxbow(["run", join(folder, "missing.metta")]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toBe(`oxbow: cannot open ${join(folder, "missing.metta")}: no such file\n`);
  });

  it("shows a syntax error with file, line, column and caret, and runs nothing of the file", async () => {
    const path = program("broken.metta", "!(+ 1 2)\n(foo (bar)\n!(+ 3 4)\n");
    const { exitCode, out, err } = await oxbow(["run", path]);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain(`${path}:2:1`);
    expect(err).toContain("(foo (bar)\n^");
  });

  it("goes on after a top-level error", async () => {
    const path = program("errors.metta", "!(/ 5 0)\n!(+ 1 1)\n");
    expect(await oxbow(["run", path])).toEqual({
      exitCode: 0,
      out: "[(Error (/ 5 0) DivisionByZero)]\n[2]\n",
      err: "",
    });
  });

  it("ends at a top-level error with --stop-on-error", async () => {
    const path = program("stop.metta", "!(/ 5 0)\n!(+ 1 1)\n");
    expect((await oxbow(["run", "--stop-on-error", path])).out).toBe(
      "[(Error (/ 5 0) DivisionByZero)]\n",
    );
  });

  it("exits with 1 under --check for an Error result and for a failed assertion", async () => {
    const error = program("error.metta", "!(/ 5 0)\n");
    const assertion = program("assertion.metta", "!(assertEqual (+ 1 1) 3)\n");
    const fine = program("fine.metta", "!(assertEqual (+ 1 1) 2)\n!(+ 1 1)\n");
    expect((await oxbow(["run", "--check", error])).exitCode).toBe(1);
    expect((await oxbow(["run", "--check", assertion])).exitCode).toBe(1);
    expect((await oxbow(["run", "--check", fine])).exitCode).toBe(0);
    expect((await oxbow(["run", error])).exitCode).toBe(0);
  });

  it("prints a line on threads, time and heap with --time, on stderr", async () => {
    const path = program("time.metta", "!(+ 1 1)\n");
    const { out, err } = await oxbow(["run", "--time", path]);
    expect(out).toBe("[2]\n");
    expect(err).toMatch(/^1 thread · [\d.]+ m?s .*heap [\d.]+ \w+ of [\d.]+ GiB/);
  });

  it("uses colours on a terminal only, and not with NO_COLOR", async () => {
    const path = program("colours.metta", "!(/ 5 0)\n");
    const escapeCharacter = String.fromCharCode(27);
    expect((await oxbow(["run", path], { isTerminal: true })).out).toContain(escapeCharacter);
    expect((await oxbow(["run", path])).out).not.toContain(escapeCharacter);
    const environment = { NO_COLOR: "1" };
    expect((await oxbow(["run", path], { isTerminal: true, environment })).out).not.toContain(
      escape,
    );
  });

  it("says on stderr what a call of nothing known may have meant", async () => {
    const path = program(
      "meant.metta",
      "(= (double $x) (* 2 $x))\n(point 1 2)\n!(duoble 2)\n!(piont 1 2)\n!(zebra 1)\n",
    );
    const { out, err } = await oxbow(["run", path]);
    expect(out).toBe("[(duoble 2)]\n[(piont 1 2)]\n[(zebra 1)]\n");
    expect(err.trimEnd().split("\n")).toEqual([
      `oxbow: warning: ${path}:3:1: nothing is known of duoble; did you mean double?`,
      `oxbow: warning: ${path}:4:1: nothing is known of piont; did you mean point?`,
    ]);
  });

  it("says that a '!' grown together with a word is a part of it", async () => {
    const path = program("marks.metta", "!five\n(= (five) 5)\n!(five)\n!5\n! 5\n(f !5)");
    const { out, err, exitCode } = await oxbow(["run", path]);
    expect({ out, exitCode }).toEqual({ out: "[5]\n[5]\n", exitCode: 0 });
    expect(err.trimEnd().split("\n")).toEqual([
      `oxbow: warning: ${path}:1:1: !five is a symbol, which is added as it is; ! five evaluates five, and !(five) calls it`,
      `oxbow: warning: ${path}:4:1: !5 is a symbol, which is added as it is; ! 5 evaluates it`,
    ]);
  });

  it("says that a call has as many arguments as no rule of its name", async () => {
    const path = program(
      "arity.metta",
      `(= (area $a $b) (* $a $b))
(= (area $a) (* $a $a))
(= (tag $x) done)
(tag 1 2)
!(area 1 2 3)
!(area 1 2 3 4)
!(tag 1 2)
!(list (area))
!(add-atom &self (= (late $x $y) 1))
!(late 1)`,
    );
    const { out, err } = await oxbow(["run", path]);
    expect(out).toContain("[(area 1 2 3)]\n");
    expect(err.trimEnd().split("\n")).toEqual([
      `oxbow: warning: ${path}:5:1: no rule of area takes 3 arguments; its rules take 1 or 2`,
      `oxbow: warning: ${path}:10:1: no rule of late takes 1 argument; its rules take 2`,
    ]);
  });

  it("looks for mistakes inside results, in patterns that match nothing, and in names of spaces", async () => {
    const path = program(
      "mistakes.metta",
      `(parent Tom Bob)
(= (half $x) (/ $x 2))
(= (both $x) (list (hafl $x) (half $x)))
!(both 4)
!(both 6)
!(match &self (parnt $x Bob) $x)
!(match &self (uncle $x Bob) $x)
!(add-atom &slf (a))`,
    );
    const { err } = await oxbow(["run", path]);
    expect(err.trimEnd().split("\n")).toEqual([
      `oxbow: warning: ${path}:4:1: nothing is known of hafl; did you mean half?`,
      `oxbow: warning: ${path}:6:1: nothing is known of parnt; did you mean parent?`,
      `oxbow: warning: ${path}:8:1: nothing is known of &slf; did you mean &self?`,
    ]);
  });

  it("makes no remark on names that modules define, or that are only data", async () => {
    program("shapes.metta", "(= (area (square $a)) (* $a $a))\n(circle 1)");
    const path = program(
      "modules.metta",
      "!(import! &self shapes)\n(= (make $x) (Point $x))\n!(squares 1)\n!(circle 2)\n!(make 1)\n!(area (square $x))",
    );
    const { err } = await oxbow(["run", "--allow-read", path]);
    expect(err.trimEnd().split("\n")).toEqual([
      `oxbow: warning: ${path}:3:1: nothing is known of squares; did you mean square?`,
    ]);
  });

  it("follows an error with --trace into modules, and cuts a long way short", async () => {
    const module = program("ratios.metta", "\n(= (ratio $x) (let $y (- $x $x) (/ $x $y)))");
    const path = program(
      "far.metta",
      "!(import! &self ratios)\n(= (down $n) (if (== $n 0) (ratio 1) (+ 1 (down (- $n 1)))))\n!(down 30)",
    );
    const { err } = await oxbow(["run", "--trace", "--allow-read", path]);
    const lines = err.trimEnd().split("\n");
    expect(lines[1]).toBe("    in (/ 1 0)");
    expect(lines[2]).toBe(`    in (ratio 1)  ${relative(".", module)}:2:1`);
    expect(lines[3]).toBe(`    in (down (- 1 1))  ${path}:2:1`);
    expect(lines).toContain("    … 18 more");
    expect(lines.at(-1)).toBe(`    in (down 30)  ${path}:2:1`);
    expect(lines).toHaveLength(17);
  });

  it("warns when branches set a state to different values, and tells which one stands", async () => {
    const path = program(
      "conflict.metta",
      "!(bind! &c (new-state 0))\n!(par (change-state! &c 1) (change-state! &c 2))\n!(get-state &c)",
    );
    const { out, err } = await oxbow(["run", path]);
    expect(out.endsWith("[2]\n")).toBe(true);
    expect(err).toBe(
      `oxbow: warning: ${path}:2:1: branches set a state to 1 and to 2; the later one's 2 stands\n`,
    );
  });

  it("follows an error with --trace into a file that was included", async () => {
    const included = program("shares.metta", "(= (share $x) (/ $x 0))");
    const path = program("including.metta", "!(include shares)\n!(share 3)");
    const { err } = await oxbow(["run", "--trace", "--allow-read", path]);
    expect(err.trimEnd().split("\n")).toEqual([
      `${path}:2:1: Error`,
      "    in (/ 3 0)",
      `    in (share 3)  ${relative(".", included)}:1:1`,
    ]);
  });

  it("shows with --trace where an error came from, and changes no result", async () => {
    const path = program(
      "trace.metta",
      `(= (ratio $a $b) (/ $a $b))
(= (mean $xs) (let $n (size-atom $xs) (ratio 3 $n)))
(= (report $xs) (pair (mean $xs) $xs))
!(report (1))
!(report ())`,
    );
    const { out, err } = await oxbow(["run", path, "--trace"]);
    expect(out).toBe("[(pair 3 (1))]\n[(Error (/ 3 0) DivisionByZero)]\n");
    expect(err.trimEnd().split("\n")).toEqual([
      `${path}:5:1: Error`,
      "    in (/ 3 0)",
      `    in (ratio 3 0)  ${path}:1:1`,
      `    in (mean ())  ${path}:2:1`,
      `    in (report ())  ${path}:3:1`,
    ]);
  });

  it("shows with --explain how a table is made, and the answers that were taken from it", async () => {
    const path = program(
      "explain-table.metta",
      "(edge a b) (edge b a) !(tabled (way $x)) (= (way $x) (match &self (edge $x $y) $y)) (= (way $x) (match &self (edge $x $y) (way $y))) !(way a)",
    );
    const { out } = await oxbow(["run", path, "--explain"]);
    expect(out.replace(/#\d+/g, "")).toContain(
      [
        "(way a)",
        "│ (match &self (edge a $y) $y) → b",
        "│ (match &self (edge a $y) (way $y))",
        "│ │ = (way b)",
        "│ │ (match &self (edge b $y) $y) → a",
        "│ │ (match &self (edge b $y) (way $y))",
        "│ │ │ = (way a)",
        "│ │ │ → b",
      ].join("\n"),
    );
  });

  it("shows the reductions of a query as a tree with --explain", async () => {
    const path = program(
      "explain.metta",
      "(= (size $l) (if (== $l ()) none (many $l)))\n(= (many $l) (kept $l))\n!(size (a b))\n!(println! 1)",
    );
    const { out } = await oxbow(["run", path, "--explain"]);
    expect(out).toContain(
      [
        "(size (a b))",
        "│ = (if (== (a b) ()) none (many (a b)))",
        "│ (== (a b) ()) → False",
        "│ = (many (a b))",
        "│ = (kept (a b))",
        "│ → (kept (a b))",
        "[(kept (a b))]",
      ].join("\n"),
    );
    expect(out.split("\n").filter((line) => line === "1")).toHaveLength(1);
  });

  it("cuts an explanation off that nobody could read", async () => {
    const path = program(
      "forever.metta",
      "(= (down $n) (if (== $n 0) done (down (- $n 1))))\n!(down 50000)",
    );
    const { out } = await oxbow(["run", path, "--explain"]);
    expect(out).toContain("the rest is omitted");
    expect(out.endsWith("[done]\n")).toBe(true);
  });
});
