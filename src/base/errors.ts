/**
 * Operational errors: everything that goes wrong outside a MeTTa program.
 *
 * A program's own failure is data (an `(Error …)` atom or a stop reason) and a broken invariant is
 * an assertion; an {@link OxbowError} is what remains: the machine refused, or the caller did
 * something that cannot be done. Its `code` is stable, its message reads "cannot … : …".
 */
import { describeValue } from "./describe.js";

/** What kind of operating failure an {@link OxbowError} is. A code keeps its meaning. */
export type ErrorCode =
  | "ERR_HEAP_EXHAUSTED"
  | "ERR_HEAP_RESERVE"
  | "ERR_HEAP_ATTACH"
  | "ERR_TOO_MANY_THREADS"
  | "ERR_LOCK_TIMEOUT"
  | "ERR_LOCK_UPGRADE"
  | "ERR_LOCK_NOT_OWNED"
  | "ERR_LOCK_REENTERED"
  | "ERR_LOCK_LOST"
  | "ERR_REGION_PACKED"
  | "ERR_RELEASED"
  | "ERR_FROZEN"
  | "ERR_STALE_HANDLE"
  | "ERR_NOT_SHAREABLE"
  | "ERR_SYNTAX"
  | "ERR_FILE"
  | "ERR_PERMISSION"
  | "ERR_INVALID_ARGUMENT"
  | "ERR_ASYNCHRONOUS"
  | "ERR_LIMIT"
  | "ERR_WORKER_LOST"
  | "ERR_LIBRARY_MODULE"
  | "ERR_ABORTED"
  | "ERR_STORE_DAMAGED"
  | "ERR_STORE_VERSION"
  | "ERR_STORE_LOCKED"
  | "ERR_STORE_WRITE"
  | "ERR_PACKAGE_MISSING"
  | "ERR_CLUSTER_DATA"
  | "ERR_CLUSTER_LOST"
  | "ERR_CLUSTER_MISMATCH"
  | "ERR_CLUSTER_EMPTY";

/** The numbers and names behind an error's message, by name. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** What crosses a thread boundary in place of an error; see {@link packError}. */
export interface PackedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  readonly stack: string | undefined;
  readonly cause: PackedCause | undefined;
}

/** Of an error that caused another: what is told of it in another thread, causes of its own included. */
interface PackedCause {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly stack: string | undefined;
  readonly cause: PackedCause | undefined;
}

/** Causes of causes that are told. */
const CAUSES = 4;

/** An operating failure: its `code` is stable, its message reads "cannot … : …", its `cause` is what led to it. */
export class OxbowError extends Error {
  /** What kind of failure it is; it stays the same from version to version. */
  readonly code: ErrorCode;
  /** The numbers and names behind the message, for programs. */
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
    options: ErrorOptions = {},
  ) {
    super(message, options);
    this.name = "OxbowError";
    this.code = code;
    this.details = details;
  }
}

/** Plain data that survives a structured clone, and JSON; {@link unpackError} restores the error from it. */
export function packError(error: OxbowError): PackedError {
  const { code, message, details, stack } = error;
  return { code, message, details, stack, cause: packCause(error.cause, CAUSES) };
}

function packCause(cause: unknown, depth: number): PackedCause | undefined {
  if (cause === undefined || depth === 0) return undefined;
  if (!(cause instanceof Error)) {
    return {
      name: "Error",
      message: describeValue(cause),
      code: undefined,
      stack: undefined,
      cause: undefined,
    };
  }
  const { name, message, stack } = cause;
  const code = "code" in cause ? String(cause.code) : undefined;
  return { name, message, code, stack, cause: packCause(cause.cause, depth - 1) };
}

export function unpackError(packed: PackedError): OxbowError {
  const cause = unpackCause(packed.cause);
  const error = new OxbowError(
    packed.code,
    packed.message,
    packed.details,
    cause === undefined ? {} : { cause },
  );
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}

function unpackCause(packed: PackedCause | undefined): Error | undefined {
  if (packed === undefined) return undefined;
  const { name, message, code, stack } = packed;
  const inner = unpackCause(packed.cause);
  const error = new Error(message, inner === undefined ? {} : { cause: inner });
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
