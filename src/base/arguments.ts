/**
 * Arguments: what public functions ask of what they are given. TypeScript says the same at compile time; a program
 * in JavaScript learns it here, before anything has happened, as `ERR_INVALID_ARGUMENT`.
 */
import { OxbowError } from "./errors.js";

const LONGEST_TEXT = 40;

/** Refuses an argument: `act` is what cannot be done, `wanted` what the argument would have to be. */
export function refuse(act: string, wanted: string, given: unknown, hint = ""): never {
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot ${act}: ${wanted} is needed, not ${nameOf(given)}${hint === "" ? "" : `; ${hint}`}`,
    { given: nameOf(given) },
  );
}

/** What a message calls a value. */
function nameOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the string ${JSON.stringify(value.slice(0, LONGEST_TEXT))}`;
    case "function":
      return "a function";
    case "object": {
      if (value === null) return "null";
      const name: unknown = (value.constructor as { readonly name?: unknown } | undefined)?.name;
      return typeof name === "string" && name !== "" ? `a value of class ${name}` : "an object";
    }
    default:
      return String(value);
  }
}

export function asText(act: string, value: unknown): string {
  return typeof value === "string" ? value : refuse(act, "a string", value);
}

export function asFunction<Value>(act: string, value: Value): Value {
  return typeof value === "function" ? value : refuse(act, "a function", value);
}

export function asIterable<Value>(act: string, value: Iterable<Value>): Iterable<Value> {
  const given: { readonly [Symbol.iterator]?: unknown } | null | undefined = value;
  return typeof given?.[Symbol.iterator] === "function" ? value : refuse(act, "an iterable", given);
}

/** An object with no other properties than these; a misspelt option would be one that does nothing. */
export function asOptions<Options extends object>(
  act: string,
  value: Options,
  names: readonly string[],
): Options {
  const given: unknown = value;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return refuse(act, "an object of options", given);
  }
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new OxbowError(
      "ERR_INVALID_ARGUMENT",
      `cannot ${act}: there is no option ${name}; the options are ${names.join(", ")}`,
      { option: name },
    );
  }
  return value;
}
