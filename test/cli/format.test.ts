import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { Programs } from "./programs.js";
import { oxbow } from "./terminal.js";

const programs = new Programs();
const CROOKED = "(f   1)\n\n\n\n(g\n2 ; two\n)";
const STRAIGHT = "(f 1)\n\n(g\n  2 ; two\n)\n";

function textOf(path: string): string {
  return readFileSync(path, "utf8");
}

describe("oxbow format", () => {
  it("prints the layout of a file, and leaves the file alone", async () => {
    const file = programs.write("print/a.metta", CROOKED);
    expect(await oxbow(["format", file])).toEqual({ exitCode: 0, out: STRAIGHT, err: "" });
    expect(textOf(file)).toBe(CROOKED);
  });

  it("reads standard input", async () => {
    expect((await oxbow(["format", "-"], { input: CROOKED })).out).toBe(STRAIGHT);
    expect((await oxbow(["format", "--write", "-"], { input: CROOKED })).out).toBe(STRAIGHT);
  });

  it("breaks lines at the width that is asked for", async () => {
    const written = await oxbow(["format", "--width", "12", "-"], { input: "(f (g 1) (h 2))" });
    expect(written.out).toBe("(f (g 1)\n  (h 2))\n");
  });

  it("changes the programs of a folder in place, but hidden and installed ones", async () => {
    const file = programs.write("write/a.metta", CROOKED);
    const inner = programs.write("write/deeper/b.metta", CROOKED);
    const straight = programs.write("write/c.metta", STRAIGHT);
    const others = ["node_modules/d.metta", ".hidden/e.metta", "f.txt"].map((name) =>
      programs.write(`write/${name}`, CROOKED),
    );
    const before = statSync(straight);
    const written = await oxbow(["format", "--write", programs.path("write")]);
    expect(written).toEqual({ exitCode: 0, out: "", err: "3 files · 2 changed\n" });
    expect([textOf(file), textOf(inner), textOf(straight)]).toEqual([STRAIGHT, STRAIGHT, STRAIGHT]);
    expect(others.map(textOf)).toEqual([CROOKED, CROOKED, CROOKED]);
    expect(statSync(straight).ino).toBe(before.ino);
  });

  it("leaves the permissions of a file and the link to it, and no draft", async () => {
    const file = programs.write("links/a.metta", CROOKED);
    chmodSync(file, 0o640);
    const link = programs.path("links/b.metta");
    symlinkSync(file, link);
    await oxbow(["format", "--write", link]);
    expect(textOf(file)).toBe(STRAIGHT);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(dirname(file)).toSorted()).toEqual(["a.metta", "b.metta"]);
  });

  it("names the files that a check finds, and changes none", async () => {
    const file = programs.write("check/a.metta", CROOKED);
    programs.write("check/b.metta", STRAIGHT);
    const found = await oxbow(["format", "--check", programs.path("check")]);
    expect(found.exitCode).toBe(1);
    expect(found.out).toBe(`${file}\n`);
    expect(found.err).toBe("2 files · 1 not formatted\n");
    expect(textOf(file)).toBe(CROOKED);
    expect((await oxbow(["format", "--check", programs.path("check/b.metta")])).exitCode).toBe(0);
  });

  it("tells the place in what is no program, leaves it alone, and formats the others", async () => {
    const broken = programs.write("broken/a.metta", "(f\n  (g 1)\n");
    const file = programs.write("broken/b.metta", CROOKED);
    const written = await oxbow(["format", "--write", programs.path("broken")]);
    expect(written.exitCode).toBe(2);
    expect(written.err).toContain(`cannot parse ${broken}:1:1: expected ')' to close this '('`);
    expect(textOf(broken)).toBe("(f\n  (g 1)\n");
    expect(textOf(file)).toBe(STRAIGHT);
  });

  it("leaves a file as it was when its folder cannot be written", async () => {
    const file = programs.write("draft/a.metta", CROOKED);
    // Where the draft is to stand, something is in the way.
    mkdirSync(programs.path(`draft/.a.metta.${process.pid}.draft`));
    const written = await oxbow(["format", "--write", file]);
    expect(written.exitCode).toBe(2);
    expect(textOf(file)).toBe(CROOKED);
  });

  it("refuses flags that contradict each other, and files that are not there", async () => {
    expect((await oxbow(["format", "--check", "--write", "-"])).exitCode).toBe(2);
    const missing = await oxbow(["format", programs.path("none.metta")]);
    expect(missing.exitCode).toBe(2);
    expect(missing.err).toContain("no such file");
  });
});
