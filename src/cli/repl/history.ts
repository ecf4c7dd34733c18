/**
 * The inputs of earlier sessions, kept in a file: one JSON string a line, oldest first, so that an
 * input of several lines is one entry. A history that cannot be read or written is not a failure: the
 * session continues without it.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

const MAXIMUM_ENTRIES = 1000;

/**
 * Where the history is stored: `OXBOW_HISTORY` if set (empty: nowhere), else below `XDG_STATE_HOME`,
 * else below `~/.local/state`.
 */
export function historyFile(
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (environment.OXBOW_HISTORY !== undefined) return environment.OXBOW_HISTORY || undefined;
  const folder = environment.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(folder, "oxbow", "history.jsonl");
}

export class History {
  readonly #file: string | undefined;
  readonly #entries: string[];

  /** `file` undefined: the history lasts as long as the session. */
  constructor(file: string | undefined) {
    this.#file = file;
    this.#entries = file === undefined ? [] : readEntries(file);
  }

  /** Oldest first. */
  get entries(): readonly string[] {
    return this.#entries;
  }

  /** Adds an input and writes the file; a repetition of the last input is skipped. */
  add(input: string): void {
    if (input.trim() === "" || input === this.#entries.at(-1)) return;
    this.#entries.push(input);
    this.#entries.splice(0, this.#entries.length - MAXIMUM_ENTRIES);
    this.#save();
  }

  #save(): void {
    if (this.#file === undefined) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const lines = this.#entries.map((entry) => `${JSON.stringify(entry)}\n`);
      writeFileSync(this.#file, lines.join(""), { mode: 0o600 });
    } catch {
      // See the header: the session continues.
    }
  }
}

function readEntries(file: string): string[] {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    return lines.flatMap(readEntry).slice(-MAXIMUM_ENTRIES);
  } catch {
    return [];
  }
}

function readEntry(line: string): string[] {
  if (line === "") return [];
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "string" ? [entry] : [];
  } catch {
    return [];
  }
}
