/**
 * A program of several files, as the page holds, keeps and shares it. The first file is the one that is run; the others are there to
 * be imported.
 *
 *   PP1  Every name is a path of small letters, digits, `-` and `_` that ends in `.metta`, and no two are the same.
 */

export interface Program {
  /** Texts by name; the first is run. */
  readonly files: Readonly<Record<string, string>>;
  readonly threads: number;
}

export const MAIN = "main.metta";
export const ENDING = ".metta";
const NAME = /^(?:[\w-]+\/)*[\w-]+\.metta$/i;
const MOST_FILES = 50;
const MOST_THREADS = 60;

/** Why a file cannot have that name; undefined if it can. */
export function nameProblem(name: string, others: readonly string[]): string | undefined {
  if (!NAME.test(name)) return "A name is letters, digits, - and _, and ends in .metta.";
  const isTaken = others.some((other) => other.toLowerCase() === name.toLowerCase());
  return isTaken ? `There is a file ${name} already.` : undefined;
}

/** What a program writes to import a file. */
export function importOf(name: string): string {
  return `!(import! &self ${name.slice(0, -ENDING.length).replaceAll("/", ":")})`;
}

/** The value, if it is a program; it may come from anywhere. */
export function asProgram(value: unknown): Program | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { files, threads = 1 } = value as { readonly files?: unknown; readonly threads?: unknown };
  if (typeof files !== "object" || files === null || Array.isArray(files)) return undefined;
  const entries = Object.entries(files);
  const isWhole =
    entries.length > 0 &&
    entries.length <= MOST_FILES &&
    entries.every(([name, text]) => NAME.test(name) && typeof text === "string") &&
    Number.isInteger(threads) &&
    (threads as number) >= 1 &&
    (threads as number) <= MOST_THREADS;
  return isWhole ? { files: Object.fromEntries(entries), threads: threads as number } : undefined;
}

export function programOf(text: string, threads = 1): Program {
  return { files: { [MAIN]: text }, threads };
}

export function isSameProgram(one: Program, other: Program): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
