import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oxbow } from "../terminal.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "oxbow-repl-"));
  writeFileSync(join(folder, "rules.metta"), "(= (double $x) (* 2 $x))\n!(double 2)\n");
  writeFileSync(join(folder, "broken.metta"), "(a\n");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What a session shows for this input; standard input is no terminal here, so there are no prompts. */
async function session(...lines: string[]): Promise<{ out: string[]; err: string[] }> {
  const { out, err, exitCode } = await oxbow([], {
    input: lines.map((line) => `${line}\n`).join(""),
  });
  expect(exitCode).toBe(0);
  return { out: out.trimEnd().split("\n"), err: err.trimEnd().split("\n") };
}

describe("the session", () => {
  it("evaluates what begins with '!' and adds the rest", async () => {
    const { out } = await session("(f 1)", "!(match &self (f $x) $x)", "!(+ 1 2)");
    expect(out).toEqual(["[1]", "[3]"]);
  });

  it.each(["exit", "quit", " exit "])("is left by %s", async (word) => {
    expect((await session("!(+ 1 1)", word, "!(+ 2 2)")).out).toEqual(["[2]"]);
  });

  it("shows its commands for help", async () => {
    expect((await session("help")).out).toEqual((await session(":help")).out);
  });

  it("leaves the words exit, quit and help to programs that use them", async () => {
    const { out } = await session("(= exit 5)", "exit", "!(match &self exit found)");
    expect(out).toEqual(["[found]"]);
  });

  it("imports what stands in the folder of a file that it loads", async () => {
    writeFileSync(join(folder, "uses.metta"), "!(import! &self rules)\n!(double 4)\n");
    expect((await session(`:load ${join(folder, "uses.metta")}`)).out).toEqual(["[()]", "[8]"]);
  });

  it("reads on while brackets are open", async () => {
    expect((await session("!(+ 1", "   2", ")")).out).toEqual(["[3]"]);
  });

  it("survives syntax errors and says where they are", async () => {
    const { out, err } = await session("!(+ 1 2))", "!(+ 1 2)");
    expect(out).toEqual(["[3]"]);
    expect(err.join("\n")).toContain("input:1:9");
  });

  it("runs files that it is given, and with :load", async () => {
    const path = join(folder, "rules.metta");
    const started = await oxbow(["repl", path], { input: "!(double 21)\n" });
    expect(started.out).toBe("[4]\n[42]\n");
    expect((await session(`:load ${path}`, "!(double 3)")).out).toEqual(["[4]", "[6]"]);
  });

  it("reports a file that cannot be loaded and goes on", async () => {
    const missing = await session(`:load ${join(folder, "missing.metta")}`, "!(+ 1 1)");
    expect(missing.out).toEqual(["[2]"]);
    expect(missing.err.join("\n")).toContain("missing.metta: no such file");
    const broken = await oxbow(["repl", join(folder, "broken.metta")]);
    expect(broken.exitCode).toBe(2);
    expect(broken.err).toContain("broken.metta:1:1");
  });

  it("clones, goes to clones, unites and takes back", async () => {
    const { out } = await session(
      "(f 1)",
      ":clone other",
      "(f 2)",
      ":env other",
      "(f 3)",
      "!(match &self (f $x) $x)",
      ":env main",
      ":union other",
      "!(match &self (f $x) $x)",
      ":undo",
      ":undo",
      "!(match &self (f $x) $x)",
    );
    expect(out.filter((line) => line.startsWith("["))).toEqual(["[1, 3]", "[1, 2, 3]", "[1]"]);
    expect(out).toContain("1 atom more");
  });

  it("says that a call without '!' was added", async () => {
    const { err } = await session(
      "(= (f $x) $x)",
      "(g 1)",
      "(: g (-> A))",
      "(f 1)",
      "(+ 1 2)",
      "!(f 1)",
    );
    expect(err).toHaveLength(2);
    expect(err[0]).toContain("with a ! in front it is evaluated");
  });

  it("shows types and times", async () => {
    const { out } = await session(":type 1", ":time (+ 1 2)");
    expect(out.slice(0, 2)).toEqual(["[Number]", "[3]"]);
    expect(out[2]).toMatch(/ms · heap [+−]/);
  });

  it("lists its commands, and names a wrong one", async () => {
    const { out, err } = await session(":help", ":frobnicate", ":clone", ":undo");
    for (const name of ["help", "load", "time", "type", "doc", "env", "clone", "union", "undo"]) {
      expect(out.some((line) => line.startsWith(`:${name}`))).toBe(true);
    }
    expect(err).toEqual([
      "no command :frobnicate; see :help",
      "it needs a name for the clone",
      "there is nothing to undo",
    ]);
  });

  it("ends with :quit", async () => {
    expect((await session("!(+ 1 1)", ":quit", "!(+ 2 2)")).out).toEqual(["[2]"]);
  });
});
