/**
 * Arguments: what public functions ask of what they are given. TypeScript says the same at compile time; a program
 * in JavaScript learns it here, before anything has happened, as `ERR_INVALID_ARGUMENT`.
 */
import { OxbowError } from "./errors.js";
import { nearestName } from "./nearest-name.js";

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

export function asTexts(act: string, values: unknown): readonly string[] {
  if (!Array.isArray(values)) return refuse(act, "an array of strings", values);
  return values.map((value) => asText(act, value));
}

export function asFunction<Value>(act: string, value: Value): Value {
  return typeof value === "function" ? value : refuse(act, "a function", value);
}

export function asIterable<Value>(act: string, value: Iterable<Value>): Iterable<Value> {
  const given: { readonly [Symbol.iterator]?: unknown } | null | undefined = value;
  return typeof given?.[Symbol.iterator] === "function" ? value : refuse(act, "an iterable", given);
}

export function asBoolean(act: string, value: unknown): boolean {
  return typeof value === "boolean" ? value : refuse(act, "true or false", value);
}

export function asSignal(act: string, value: unknown): AbortSignal {
  return value instanceof AbortSignal ? value : refuse(act, "an AbortSignal", value);
}

/** How many there are, or may be: 0, 1, 2 … or Infinity. */
export function asCount(act: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && (Number.isInteger(value) || value === Infinity)) {
    return value;
  }
  return refuse(act, "a whole number from 0 on, or Infinity for none,", value);
}

export function asInteger(act: string, value: unknown): number {
  return Number.isSafeInteger(value) ? (value as number) : refuse(act, "an integer", value);
}

/** A place in a list; one that is not in it is no mistake. */
export function asIndex(act: string, value: unknown): number {
  return typeof value === "number" ? value : refuse(act, "a number", value);
}

export function asMilliseconds(act: string, value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  return refuse(act, "a number from 0 on, or Infinity for none,", value);
}

/** Gives the value back, or throws `ERR_INVALID_ARGUMENT`; `act` is what cannot be done without it. */
type Check<Value> = (act: string, value: Value) => unknown;

/** What each option of an interface has to be. It has every option: the compiler holds it complete. */
export type Checks<Options> = {
  readonly [Name in keyof Options]-?: Check<Exclude<Options[Name], undefined>>;
};

/** Whether it is an object of its own properties alone: an instance of a class says nothing about options. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // By depth: the object may be of another realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * An object whose properties are the options in `checks`, each as its check wants it, and those that are `needed`
 * there. A misspelt option would be one that does nothing.
 */
export function asOptions<Options extends object>(
  act: string,
  value: Options,
  checks: Checks<Options>,
  needed: readonly (string & keyof Options)[] = [],
): Options {
  const given: unknown = value;
  if (!isPlain(given)) return refuse(act, "an object of options", given);
  for (const name of needed) checkOption(act, name, value[name], checks);
  for (const [name, option] of Object.entries(value)) {
    if (!Object.hasOwn(checks, name)) refuseOption(act, name, Object.keys(checks));
    if (option !== undefined) checkOption(act, name as string & keyof Options, option, checks);
  }
  return value;
}

function checkOption<Options>(
  act: string,
  name: string & keyof Options,
  option: unknown,
  checks: Checks<Options>,
): void {
  checks[name](`${act} with option ${name}`, option as Exclude<Options[typeof name], undefined>);
}

function refuseOption(act: string, name: string, names: readonly string[]): never {
  const meant = nearestName(name, names);
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot ${act}: there is no option ${name}${hint} (there are ${names.join(", ")})`,
    { option: name },
  );
}
