/** Promises where none may come. */
import { OxbowError } from "./errors.js";

/**
 * The result of a change that must be complete when its function returns. Throws `ERR_ASYNCHRONOUS` for a promise;
 * what becomes of it is nobody's business any more.
 */
export function refusePromise<Result>(changed: string, result: Result): Result {
  if (!isThenable(result)) return result;
  result.then(ignore, ignore);
  throw new OxbowError(
    "ERR_ASYNCHRONOUS",
    `cannot update ${changed}: the change is asynchronous, and its lock is held only until the function returns; nothing was changed`,
  );
}

/** Whether a value is a promise, or waits like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

function ignore(): void {}
