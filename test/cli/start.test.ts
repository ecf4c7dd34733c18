import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const built = fileURLToPath(new URL("../../dist/src/command", import.meta.url));
/** What loads the chunks, from where the command stands. */
const LOADER = "../platform/node/chunks.cjs";
const CHUNKS = "chunks";
/** Says of each chunk of a folder whether V8 takes the code that is kept beside it. */
const TAKEN = `
  const { readFileSync, readdirSync } = require("node:fs");
  const { Script, constants } = require("node:vm");
  const folder = process.argv[1];
  for (const code of readdirSync(folder).filter((name) => name.endsWith(".code"))) {
    const filename = folder + "/" + code.replace(/code$/, "js");
    const cachedData = readFileSync(folder + "/" + code);
    const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData });
    console.log(code, script.cachedDataRejected ? "refused" : "taken");
  }`;

function codeIn(folder: string): string {
  return spawnSync(process.execPath, ["-e", TAKEN, folder], { encoding: "utf8" }).stdout;
}

describe("the command's chunks", () => {
  let copy: string;
  let program: string;
  beforeAll(() => {
    const folder = mkdtempSync(join(tmpdir(), "oxbow-start-"));
    copy = join(folder, "command");
    cpSync(built, copy, { recursive: true });
    cpSync(join(built, LOADER), join(copy, LOADER));
    program = join(folder, "program.metta");
    writeFileSync(program, '(= (f) "grün…")\n!(f)\n');
  });
  afterAll(() => {
    rmSync(join(copy, ".."), { recursive: true });
  });

  function output(folder: string): string {
    const run = spawnSync(process.execPath, [join(folder, "oxbow.js"), "run", program], {
      encoding: "utf8",
    });
    return run.stdout + run.stderr;
  }

  it("start with the code that V8 has made of them", () => {
    const lines = codeIn(join(built, CHUNKS)).trim().split("\n");
    expect(lines).toContain("main.code taken");
    expect(lines).toContain("run-command.code taken");
    expect(lines.filter((line) => line.endsWith("refused"))).toEqual([]);
    expect(output(built)).toBe('["grün…"]\n');
  });

  it("run as well if V8 refuses their code, or there is none", () => {
    for (const code of readdirSync(join(copy, CHUNKS)).filter((name) => name.endsWith(".code"))) {
      const path = join(copy, CHUNKS, code);
      const bytes = readFileSync(path);
      bytes[4] = (bytes[4] ?? 0) ^ 1; // of what names V8's version
      writeFileSync(path, bytes);
    }
    expect(codeIn(join(copy, CHUNKS))).toContain("main.code refused");
    expect(output(copy)).toBe('["grün…"]\n');
    rmSync(join(copy, CHUNKS, "main.code"));
    expect(output(copy)).toBe('["grün…"]\n');
  });

  it("are of one byte a character", () => {
    for (const chunk of readdirSync(join(built, CHUNKS)).filter((name) => name.endsWith(".js"))) {
      const bytes = readFileSync(join(built, CHUNKS, chunk));
      expect(bytes.every((byte) => byte < 0x80)).toBe(true);
    }
  });
});
