/** `oxbow format`: programs in their layout, on stdout, in place, or compared with what they are. */
import { readFileSync, statSync } from "node:fs";
import { text as readText } from "node:stream/consumers";
import { programFiles } from "../lsp/program-files.js";
import { formatText } from "../syntax/format.js";
import { EXIT_CHECK_FAILED, EXIT_SUCCESS, reportFailure } from "./diagnostics.js";
import { formatCount } from "./format.js";
import { startProgress } from "./progress.js";
import { replaceFile } from "./replace-file.js";
import type { Terminal } from "./terminal.js";

/** Flags of `oxbow format`. */
export interface FormatFlags {
  /** Tell which files are not in their layout, and change none. */
  readonly check?: true;
  /** Change the files. */
  readonly write?: true;
  /** Columns of a line. */
  readonly width?: number;
}

const STANDARD_INPUT = "-";

/**
 * Formats files, and the programs in folders; the exit code. A file that cannot be formatted is told of and stays as it is, and
 * the others are formatted all the same.
 */
export async function formatFiles(
  paths: readonly string[],
  flags: FormatFlags,
  terminal: Terminal,
): Promise<number> {
  let exitCode = EXIT_SUCCESS;
  const files: string[] = [];
  for (const path of paths) {
    try {
      files.push(...programsAt(path));
    } catch (error) {
      exitCode = reportFailure(terminal, error);
    }
  }
  const run = new FormatRun(flags, terminal);
  const progress = await startProgress(terminal.err, "formatting");
  for (const [index, file] of files.entries()) {
    try {
      await run.file(file);
    } catch (error) {
      progress.stop();
      exitCode = reportFailure(terminal, error);
    }
    progress.update(index + 1, files.length);
  }
  progress.stop();
  const isOther = run.end(files.length);
  return isOther && exitCode === EXIT_SUCCESS ? EXIT_CHECK_FAILED : exitCode;
}

/** A file itself; of a folder every program in it. */
function programsAt(path: string): string[] {
  const isFolder = path !== STANDARD_INPUT && statSync(path).isDirectory();
  return isFolder ? [...programFiles(path)] : [path];
}

class FormatRun {
  readonly #flags: FormatFlags;
  readonly #terminal: Terminal;
  /** Files that are not in their layout. */
  readonly #other: string[] = [];

  constructor(flags: FormatFlags, terminal: Terminal) {
    this.#flags = flags;
    this.#terminal = terminal;
  }

  async file(path: string): Promise<void> {
    const isInput = path === STANDARD_INPUT;
    const text = isInput ? await readText(this.#terminal.input) : readFileSync(path, "utf8");
    const file = isInput ? "standard input" : path;
    const { check, write, width } = this.#flags;
    const formatted = formatText(text, { file, ...(width === undefined ? {} : { width }) });
    if (formatted !== text) this.#other.push(file);
    if (check === true) return;
    if (isInput || write !== true) this.#terminal.out.write(formatted);
    else if (formatted !== text) replaceFile(path, formatted);
  }

  /** Tells what was done, or is to be done; whether a check has failed. */
  end(count: number): boolean {
    const { check, write } = this.#flags;
    const { out, err } = this.#terminal;
    if (check === true) for (const file of this.#other) out.write(`${file}\n`);
    if (check === true || write === true) {
      const what = check === true ? "not formatted" : "changed";
      err.write(`${formatCount(count, "file")} · ${this.#other.length} ${what}\n`);
    }
    return check === true && this.#other.length > 0;
  }
}
