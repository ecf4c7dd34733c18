/**
 * Operating failures: everything that goes wrong outside a MeTTa program.
 *
 * A program's own failure is data (an `(Error …)` atom or a stop reason) and a broken invariant is
 * an assertion; an {@link OxbowError} is what remains: the machine said no, or the caller did
 * something that cannot be done. Its `code` is stable, its message reads "cannot … : …".
 */
export type ErrorCode =
  | "ERR_HEAP_EXHAUSTED"
  | "ERR_HEAP_RESERVE"
  | "ERR_HEAP_ATTACH"
  | "ERR_TOO_MANY_THREADS"
  | "ERR_LOCK_TIMEOUT"
  | "ERR_LOCK_UPGRADE"
  | "ERR_LOCK_NOT_OWNED"
  | "ERR_LOCK_REENTERED"
  | "ERR_LOCK_ABANDONED"
  | "ERR_REGION_PACKED"
  | "ERR_RELEASED"
  | "ERR_STALE_HANDLE"
  | "ERR_NOT_SHAREABLE"
  | "ERR_SYNTAX"
  | "ERR_FILE"
  | "ERR_PERMISSION"
  | "ERR_INVALID_ARGUMENT"
  | "ERR_ASYNCHRONOUS"
  | "ERR_LIMIT"
  | "ERR_WORKER_LOST"
  | "ERR_ABORTED";

export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/** What crosses a thread in place of an error; see {@link packError}. */
export interface PackedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: ErrorDetails;
  readonly stack: string | undefined;
}

export class OxbowError extends Error {
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

/** Plain data that survives a structured clone; {@link unpackError} restores the error from it. */
export function packError(error: OxbowError): PackedError {
  return { code: error.code, message: error.message, details: error.details, stack: error.stack };
}

export function unpackError(packed: PackedError): OxbowError {
  const error = new OxbowError(packed.code, packed.message, packed.details);
  if (packed.stack !== undefined) error.stack = packed.stack;
  return error;
}
