/**
 * Constructors for their own module. TypeScript's `private` ends when the program runs: a constructor that takes a key
 * which only its module has cannot be called from elsewhere then either.
 */
import { OxbowError } from "./errors.js";

/** Unless the keys are the same, throws ERR_INVALID_ARGUMENT that says what makes such an object. */
export function assertOwn(given: unknown, key: symbol, made: string, by: string): void {
  if (given === key) return;
  const message = `cannot make a ${made} with new: ${by} gives one`;
  throw new OxbowError("ERR_INVALID_ARGUMENT", message);
}
