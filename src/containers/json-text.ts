/**
 * What stand-alone shared containers hold: values as JSON has them, exactly or not at all.
 *
 * `JSON.stringify` leaves out, rounds off and converts what it cannot say (a Map becomes `{}`, undefined goes, −0 becomes 0).
 * Here a value that would not come back as it went in is refused, with the place where it stands.
 */
import { OxbowError } from "../base/errors.js";

/** A value as JSON has it: what stand-alone containers hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a JSON value is made of. */
export type Scalar = null | boolean | number | string;

/** A part of a value: itself if JSON can say it, `never` where it cannot. */
/** What {@link Shareable} makes of a part of a value. */
export type ShareablePart<T> = T extends JsonValue
  ? T
  : T extends bigint | symbol | undefined | ((...parameters: never[]) => unknown)
    ? never
    : { [Key in keyof T]: ShareablePart<T[Key]> };

/** The bound of types whose values can be shared: `V extends Shareable<V>`. Interfaces will do, classes with methods not. */
export type Shareable<T> =
  | Scalar
  | ({ [Key in keyof T]: ShareablePart<T[Key]> } & object & {
        // What tells functions from other objects.
        readonly [Symbol.hasInstance]?: never;
      });

/**
 * The text of a value, from which `JSON.parse` makes an equal one. Values of getters are taken, and an object without
 * a prototype comes back with the ordinary one; parts that are one object come back as several.
 * Throws `ERR_NOT_SHAREABLE` for anything that JSON cannot say, whatever it stands in.
 */
export function toText(value: unknown): string {
  try {
    return new Writer().write(value);
  } catch (error) {
    throw notShareable(error);
  }
}

/** What is wrong with a value; told with the place. */
class Unsayable extends Error {}

class Writer {
  /** The objects that are being written, outermost first, and the way from each to the next. */
  readonly #open = new Set<object>();
  readonly #way: (string | number)[] = [];

  write(value: unknown): string {
    switch (typeof value) {
      case "string":
        return JSON.stringify(value);
      case "boolean":
        return String(value);
      case "number":
        return this.#number(value);
      case "object":
        return value === null ? "null" : this.#object(value);
      default:
        return this.#refuse(typeof value === "undefined" ? "undefined" : `a ${typeof value}`);
    }
  }

  #number(value: number): string {
    if (!Number.isFinite(value)) return this.#refuse(String(value));
    return Object.is(value, -0) ? "-0" : String(value);
  }

  #object(value: object): string {
    if (this.#open.has(value)) return this.#refuse("an object that holds itself");
    this.#open.add(value);
    const text = Array.isArray(value) ? this.#array(value) : this.#record(value);
    this.#open.delete(value);
    return text;
  }

  #array(value: readonly unknown[]): string {
    if (!isPlain(value, "Array")) return this.#refuse(named(value));
    // Beside its elements an array has a length: a hole is one name too few.
    if (Reflect.ownKeys(value).length !== value.length + 1) {
      return this.#refuse("an array with holes or with properties of its own");
    }
    let text = "";
    for (let index = 0; index < value.length; index++) {
      text += (index === 0 ? "" : ",") + this.#part(index, value[index]);
    }
    return `[${text}]`;
  }

  #record(value: object): string {
    if (Object.getPrototypeOf(value) !== null && !isPlain(value, "Object")) {
      return this.#refuse(named(value));
    }
    const keys = Object.keys(value);
    if (Reflect.ownKeys(value).length !== keys.length) {
      return this.#refuse("an object with symbols or hidden properties");
    }
    let text = "";
    for (const key of keys) {
      const part = this.#part(key, (value as Record<string, unknown>)[key]);
      text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${part}`;
    }
    return `{${text}}`;
  }

  #part(name: string | number, value: unknown): string {
    this.#way.push(name);
    const text = this.write(value);
    this.#way.pop();
    return text;
  }

  #refuse(what: string): never {
    const steps = this.#way.map((name) => `[${JSON.stringify(name)}]`);
    const place = steps.length === 0 ? "" : ` at value${steps.join("")}`;
    throw new Unsayable(`JSON cannot say ${what}${place}`);
  }
}

/** Whether an object is an ordinary array or record, of this realm or of another: not one of a class. */
function isPlain(value: object, name: "Array" | "Object"): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === (name === "Array" ? Array.prototype : Object.prototype)) {
    return Object.prototype.toString.call(value) === `[object ${name}]`;
  }
  if (typeof prototype !== "object" || prototype === null) return false;
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  const isBuiltIn =
    typeof maker === "function" &&
    Function.prototype.toString.call(maker) === `function ${name}() { [native code] }`;
  return isBuiltIn && Object.prototype.toString.call(value) === `[object ${name}]`;
}

/** A value that is no plain object or array, as errors call it. */
function named(value: object): string {
  const maker: unknown = (value as { constructor?: unknown }).constructor;
  return typeof maker === "function" && maker.name !== ""
    ? `an object of class ${maker.name}`
    : "an object of a class";
}

function notShareable(cause: unknown): OxbowError {
  const isDeep = cause instanceof RangeError;
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = isDeep ? `it is too deep or too long (${reason})` : reason;
  return new OxbowError("ERR_NOT_SHAREABLE", `cannot share a value: ${message}`, {}, { cause });
}
