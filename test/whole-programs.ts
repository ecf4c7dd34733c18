/**
 * Whole programs that tests run: those of the reference's test suite with what it gives for them, and the
 * folders of `test/programs/` with the results that their first lines promise.
 */
import { readdirSync, readFileSync } from "node:fs";

const CONFORMANCE = new URL("conformance/reference-programs.jsonl", import.meta.url);
const PROGRAMS = new URL("programs/", import.meta.url);

export interface ReferenceProgram {
  readonly test: string;
  readonly program: string;
  /** One `[…]` line for each `!`. */
  readonly raw: string;
}

export interface WholeProgram {
  readonly name: string;
  readonly text: string;
}

/** Small programs with the results that the reference gives for them. */
export function referencePrograms(): ReferenceProgram[] {
  const lines = readFileSync(CONFORMANCE, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as ReferenceProgram);
}

/** Folders of programs, as they are seen from `test/programs/`. */
export type ProgramFolder = "" | "large/" | "spaces/" | "../../bench/programs/";

/** The programs of `test/programs/`, of a folder in it, or of the benchmarks; never none. */
export function programFiles(folder: ProgramFolder = ""): WholeProgram[] {
  const files = readdirSync(new URL(folder, PROGRAMS)).filter((name) => name.endsWith(".metta"));
  if (files.length === 0) throw new Error(`cannot find programs: test/programs/${folder} is empty`);
  return files.map((name) => ({
    name,
    text: readFileSync(new URL(folder + name, PROGRAMS), "utf8"),
  }));
}

/** The reference's programs, named by number and first line, and the small ones of `test/programs/`. */
export function smallPrograms(): WholeProgram[] {
  const reference = referencePrograms().map(({ program }, index) => ({
    name: `${index + 1}: ${program.trim().slice(0, 60)}`,
    text: program,
  }));
  return [...reference, ...programFiles()];
}

/** The lines of results that a program's first lines promise: `Expected: [a] [b]` or `[a] then [b]`. */
export function expectedResults({ text }: WholeProgram): string[] {
  const head = text.split("\n").filter((line) => line.startsWith(";"));
  const promise = /Expected: (.*)$/m.exec(head.join("\n"))?.[1] ?? "";
  return promise
    .split(/\] (?:then )?(?=\[)/)
    .map((part) => (part.endsWith("]") ? part : `${part}]`));
}
