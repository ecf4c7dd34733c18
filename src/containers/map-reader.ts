/**
 * What can be asked of a map, of one version of it, and of the next one: as of a `Map`.
 */
import { asFunction } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import type { JsonValue } from "./json-text.js";

/** A key of a map: a number and a string of the same text are two keys. */
export type SharedKey = string | number;

/** Reading a map. All entries come in no order that means anything. */
export interface MapReader<K extends SharedKey = SharedKey, V = JsonValue>
  extends Iterable<[K, V]> {
  /** The number of entries. */
  readonly size: number;
  /** The value of a key; undefined if there is none. */
  get(key: K): V | undefined;
  /** Whether there is an entry of the key. */
  has(key: K): boolean;
  /** The keys, in the order of `entries`. */
  keys(): IterableIterator<K>;
  /** The values, in the order of `entries`. */
  values(): IterableIterator<V>;
  /** Keys with their values, in no order that means anything. */
  entries(): IterableIterator<[K, V]>;
  /** Calls `visit` for each entry, as `Map.forEach` does. */
  forEach(visit: (value: V, key: K, map: this) => void): void;
}

/** Writing the next version of a map, inside {@link SharedMap.update}; of no use after it. */
export interface MapWriter<K extends SharedKey = SharedKey, V = JsonValue> extends MapReader<K, V> {
  /** Gives the key this value, in the place of another. */
  set(key: K, value: V): this;
  /** True if the key was there. */
  delete(key: K): boolean;
  /** Takes all entries out. */
  clear(): void;
}

/** What follows from a look-up and from all entries. */
export abstract class EntryReader<K extends SharedKey, V> implements MapReader<K, V> {
  /** The number of entries. */
  abstract get size(): number;

  /** The value, a copy of the caller's own; undefined if the key is not there. */
  abstract get(key: K): V | undefined;

  /** Whether there is an entry of the key. */
  abstract has(key: K): boolean;

  /** All entries as they are when the first is asked for, in no order that means anything. */
  abstract entries(): IterableIterator<[K, V]>;

  /** The keys, in the order of {@link entries}. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** The values, in the order of {@link entries}. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** Calls a function for each entry, in the order of {@link entries}. */
  forEach(visit: (value: V, key: K, map: this) => void): void {
    asFunction("visit the entries of a map", visit);
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }
}

/** A key as text: numbers and strings stay apart. Throws ERR_INVALID_ARGUMENT for what is neither. */
export function keyText(key: SharedKey): string {
  if (typeof key === "string") return `$${key}`;
  if (typeof key === "number") return `#${key}`;
  const what = key === null ? "null" : typeof key;
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot use a key of type ${what}: keys are strings and numbers`,
    { type: what },
  );
}

/** The key that {@link keyText} made the text of. */
export function keyOfText(text: string): SharedKey {
  return text.startsWith("#") ? Number(text.slice(1)) : text.slice(1);
}
