/** What stand-alone shared containers hold: values as JSON has them. */
import { OxbowError } from "../base/errors.js";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The text of a value. Throws `ERR_NOT_SHAREABLE` for what JSON cannot say (functions, cycles, NaN). */
export function toText(value: JsonValue): string {
  try {
    const text: string | undefined = JSON.stringify(value, refuseNonFinite);
    if (text !== undefined) return text;
  } catch (error) {
    throw notShareable(error);
  }
  throw notShareable(new TypeError(`${typeof value} has no JSON`));
}

function refuseNonFinite(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new TypeError(`${value} has no JSON`);
}

function notShareable(cause: unknown): OxbowError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OxbowError("ERR_NOT_SHAREABLE", `cannot share a value: ${reason}`, {}, { cause });
}
