import { symlinkSync } from "node:fs";
import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { Programs } from "./programs.js";
import { oxbow } from "./terminal.js";

const programs = new Programs();

describe("oxbow run and the files of a program", () => {
  it("reads modules and included files of the program's folder and below without a flag", async () => {
    programs.write("own/rules/deep.metta", "(= (deep) 2)");
    programs.write("own/more/facts.metta", "(fact 1)\n!(+ 1 1)");
    programs.write("own/here.metta", "!(import! &self rules:deep)\n(= (here) (+ 1 (deep)))");
    const path = programs.write(
      "own/main.metta",
      '!(import! &self here)\n!(include "more/facts.metta")\n!(here)',
    );
    for (const threads of ["1", "2"]) {
      const { exitCode, out, err } = await oxbow(["run", "--threads", threads, path]);
      expect({ exitCode, out, err }).toEqual({ exitCode: 0, out: "[()]\n[2]\n[3]\n", err: "" });
    }
  });

  it("gives each value of an included file as it was found, whatever a later one binds", async () => {
    programs.write("values/inner.metta", "!(h)");
    const rules = "(= (g $x) 1) (= (g b) 2) (= (h) (let $r (g $q) (pair $q $r)))";
    const path = programs.write("values/main.metta", `${rules}\n!(include inner)`);
    const { out } = await oxbow(["run", path]);
    expect(out).toMatch(/^\[\(pair \$q\S* 1\), \(pair b 2\)\]\n$/);
  });

  it("refuses modules elsewhere, and ends the run there with exit code 2", async () => {
    const outside = programs.write("elsewhere/other.metta", "(= (other) 1)");
    const path = programs.write(
      "asking/main.metta",
      '!(+ 1 1)\n!(import! &self "../elsewhere/other.metta")\n!(other)',
    );
    const next = programs.write("asking/next.metta", "!(+ 3 3)");
    const { exitCode, out, err } = await oxbow(["run", path, next]);
    expect(exitCode).toBe(2);
    expect(out).toMatch(/^\[2\]\n\[\(Error \(import! .*\)\]\n$/);
    expect(err).toBe(
      `oxbow: cannot go on after ${path}:2:1: cannot read ${outside}: it is outside of the program's folder; --allow-read=DIR permits it\n`,
    );
    const allowed = await oxbow(["run", `--allow-read=${programs.path("elsewhere")}`, path]);
    expect(allowed).toMatchObject({ exitCode: 0, out: "[2]\n[()]\n[1]\n" });
  });

  it("takes a link out of the folder for what it links to", async () => {
    programs.write("far/secret.metta", "(= (secret) 1)");
    const path = programs.write("linked/main.metta", "!(import! &self door)\n!(secret)");
    symlinkSync(programs.path("far/secret.metta"), programs.path("linked/door.metta"));
    const folder = programs.write("linked/folder.metta", "!(import! &self way:secret)");
    symlinkSync(programs.path("far"), programs.path("linked/way"));
    for (const program of [path, folder]) {
      const { exitCode, err } = await oxbow(["run", program]);
      expect(exitCode).toBe(2);
      expect(err).toContain("outside of the program's folder");
    }
    // A program that is a link has the folder in which the link stands.
    const door = programs.write("far/main.metta", "!(import! &self secret)\n!(secret)");
    symlinkSync(programs.path("far"), programs.path("alias"));
    expect((await oxbow(["run", programs.path("alias/main.metta")])).out).toBe("[()]\n[1]\n");
    expect((await oxbow(["run", door])).out).toBe("[()]\n[1]\n");
  });

  it("gives operations on files no more than before", async () => {
    const data = programs.write("data/table.txt", "text");
    const path = programs.write(
      "data/main.metta",
      `!(import! &self fileio)\n!(file-open! "${data}" "r")`,
    );
    const { out } = await oxbow(["run", path]);
    expect(out).toContain("permission --allow-read is missing");
  });

  it.each([
    ["a missing module", "!(import! &self nowhere)", "Failed to resolve module nowhere"],
    ["a missing file", '!(include "nowhere.metta")', "Failed to resolve module nowhere.metta"],
    ["a module with a syntax error", "!(import! &self broken)", "broken.metta:1:8"],
    ["a module that imports a missing one", "!(import! &self lost)", "module nowhere"],
    ["an import inside of an expression", "!(let $m (mod-space! nowhere) ok)", "module nowhere"],
  ])("ends a file at %s", async (_what, text, says) => {
    programs.write("failing/broken.metta", "(fine) (broken");
    programs.write("failing/lost.metta", "!(import! &self nowhere)\n(= (f) 1)\n!(f)");
    const path = programs.write("failing/main.metta", `${text}\n!(+ 1 1)`);
    const { exitCode, out, err } = await oxbow(["run", path]);
    expect(exitCode).toBe(2);
    expect(out).not.toContain("[2]");
    expect(err).toContain(says);
  });

  it("goes on where a program has dealt with an import that failed", async () => {
    const text = "!(case (import! &self nowhere) (((Error $a $b) without)))\n!(+ 1 1)";
    const { exitCode, out } = await oxbow(["run", programs.write("dealing/main.metta", text)]);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "[without]\n[2]\n" });
  });

  it("takes a folder behind --allow-read for that permission, and a program not", async () => {
    programs.write("beside/other.metta", "(= (other) 1)");
    const path = programs.write(
      "main/main.metta",
      '!(import! &self "../beside/other.metta")\n!(other)',
    );
    const beside = relative(".", programs.path("beside"));
    const main = relative(".", programs.path("main"));
    expect((await oxbow(["run", "--allow-read", beside, path])).out).toBe("[()]\n[1]\n");
    expect((await oxbow(["run", "--allow-read", path])).out).toBe("[()]\n[1]\n");
    expect((await oxbow(["run", "--allow-read", main, path])).exitCode).toBe(2);
    expect((await oxbow(["run", path, "--allow-read", beside])).exitCode).toBe(0);
  });
});
