/**
 * What the browser keeps from one visit to the next, under one key, with the version of its form. What cannot be read is put aside
 * under another key, so that nothing that somebody wrote is lost by an update.
 */
import { asProgram, type Program } from "./program.js";

const KEY = "oxbow.playground";
const BROKEN = "oxbow.playground.unreadable";
const VERSION = 1;

export type Theme = "" | "light" | "dark";

/** Limits of a run. */
export interface RunLimits {
  /** For each `!`; null for none. */
  readonly maxTimeMs: number | null;
  readonly maxResults: number;
  readonly maxMemoryMiB: number;
}

export interface Kept {
  readonly program?: Program;
  /** What was there before an example or a link took its place. */
  readonly earlier?: Program;
  readonly limits: RunLimits;
  readonly theme: Theme;
}

export const USUAL: Kept = {
  limits: { maxTimeMs: 10_000, maxResults: 1000, maxMemoryMiB: 256 },
  theme: "",
};

/** What was kept, or the usual; `problem` says why it could not be read. */
export function load(): { readonly kept: Kept; readonly problem?: string } {
  let text: string | null = null;
  try {
    text = localStorage.getItem(KEY);
    return text === null ? { kept: USUAL } : { kept: asKept(JSON.parse(text)) };
  } catch {
    if (text === null) return { kept: USUAL };
    keepAside(text);
    const problem = `What this page had kept could not be read. It is put aside under ${BROKEN} in the browser's storage.`;
    return { kept: USUAL, problem };
  }
}

/** False if the browser keeps nothing here: its storage is full, or not allowed. */
export function save(kept: Kept): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify({ version: VERSION, ...kept }));
    return true;
  } catch {
    return false;
  }
}

function keepAside(text: string): void {
  try {
    localStorage.setItem(BROKEN, text);
    localStorage.removeItem(KEY);
  } catch {
    // There is no room for both: what is there stays until something is kept again.
  }
}

/** Throws where it is none: another version's, or not what this page wrote. */
function asKept(value: unknown): Kept {
  const { version, program, earlier, limits, theme } = value as Record<string, unknown>;
  if (version !== VERSION) throw new Error("another version");
  const programs = {
    ...(program === undefined ? {} : { program: needed(asProgram(program)) }),
    ...(earlier === undefined ? {} : { earlier: needed(asProgram(earlier)) }),
  };
  return { ...programs, limits: asLimits(limits), theme: asTheme(theme) };
}

function needed<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("no program");
  return value;
}

function asTheme(value: unknown): Theme {
  return value === "light" || value === "dark" ? value : "";
}

function asLimits(value: unknown): RunLimits {
  const { maxTimeMs, maxResults, maxMemoryMiB } = { ...USUAL.limits, ...(value as object) };
  const isWhole = (maxTimeMs === null || maxTimeMs > 0) && maxResults > 0 && maxMemoryMiB > 0;
  return isWhole ? { maxTimeMs, maxResults, maxMemoryMiB } : USUAL.limits;
}
