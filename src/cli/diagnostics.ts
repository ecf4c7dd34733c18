/**
 * Failures as the command line shows them: `oxbow: …` on stderr, and the exit code that tells a
 * script what kind of failure it was.
 */
import { OxbowError } from "../base/errors.js";
import type { Terminal } from "./terminal.js";

/** Everything requested was done. */
export const EXIT_SUCCESS = 0;
/** The program ran, and `--check` found an `Error` result or a failed assertion in it. */
export const EXIT_CHECK_FAILED = 1;
/** The program could not be run: unknown flag, missing file, syntax error, failed import, out of memory. */
export const EXIT_UNUSABLE = 2;
/** A limit stopped an evaluation: its results are not all there are. */
export const EXIT_STOPPED = 3;
/** Another process has the store open for writing. */
const EXIT_LOCKED = 4;
/** A store is not as it was written. */
const EXIT_DAMAGED = 5;

/** A mistake in how the command was called; shown without a stack trace. */
class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Shows `error` on stderr and gives the exit code. Bugs in the engine are shown with their stack trace. */
export function reportFailure(terminal: Terminal, error: unknown): number {
  const { colors } = terminal.err;
  const [first = "", ...rest] = describeFailure(error).split("\n");
  const body = rest.map((line) => `${line}\n`).join("");
  terminal.err.write(`${colors.bold(colors.red("oxbow:"))} ${first}\n${body}`);
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  const code = error instanceof OxbowError ? error.code : null;
  if (code === "ERR_STORE_LOCKED") return EXIT_LOCKED;
  return code === "ERR_STORE_DAMAGED" ? EXIT_DAMAGED : EXIT_UNUSABLE;
}

/** A remark that changes no result and no exit code. */
export function reportWarning(terminal: Terminal, message: string): void {
  const { colors } = terminal.err;
  terminal.err.write(`${colors.yellow("oxbow: warning:")} ${message}\n`);
}

function describeFailure(error: unknown): string {
  if (error instanceof OxbowError || error instanceof UsageError) return error.message;
  if (isSystemError(error)) return describeSystemError(error);
  if (error instanceof Error) return error.stack ?? error.message;
  return String(error);
}

interface SystemError extends Error {
  readonly code: string;
  readonly path?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "code" in error;
}

const SYSTEM_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "it is a directory",
  EACCES: "permission denied",
  ENOTDIR: "part of the path is not a directory",
  EMFILE: "too many open files",
};

function describeSystemError(error: SystemError): string {
  const problem = SYSTEM_PROBLEMS[error.code] ?? error.message;
  return error.path === undefined ? problem : `cannot open ${error.path}: ${problem}`;
}
