/**
 * SharedMap: a map that the threads of a process share, for people who want just that.
 *
 * Keys are strings and numbers, values are what JSON can say. A look-up holds a read lock for its
 * time; a write makes the next version of the map (copying the few nodes on its path, whatever the
 * size) and publishes it at its end, so nobody sees half of it, and `update` makes many writes one.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { release } from "../memory/allocator.js";
import { Heap, type HeapHandle, type HeapOptions } from "../memory/heap.js";
import { MAP_VERSION } from "../memory/kinds.js";
import { drop, hold, type LedgerSlot } from "../memory/ledger.js";
import { type JsonValue, toText } from "./json.js";
import {
  copyEntries,
  createEntries,
  deleteText,
  eachEntry,
  findText,
  readSize,
  storeText,
} from "./map-entries.js";
import { SharedRoot } from "./shared-root.js";

export type SharedKey = string | number;

/** What another thread needs to attach; survives `postMessage` and `workerData`. */
export interface SharedHandle {
  readonly heap: HeapHandle;
  readonly cell: number;
}

/** A key as text: numbers and strings stay apart. */
function keyText(key: SharedKey): string {
  return typeof key === "number" ? `#${key}` : `$${key}`;
}

function keyOf(text: string): SharedKey {
  return text.startsWith("#") ? Number(text.slice(1)) : text.slice(1);
}

/** Reading one version of a map. */
export interface MapReader {
  get(key: SharedKey): JsonValue | undefined;
  has(key: SharedKey): boolean;
  readonly size: number;
}

/** Writing the next version of a map, inside {@link SharedMap.update}. */
export interface MapWriter extends MapReader {
  set(key: SharedKey, value: JsonValue): void;
  delete(key: SharedKey): boolean;
}

/** One version of a map; writable only while it is being made. */
class Version implements MapWriter {
  readonly #heap: Heap;
  readonly #version: Address;

  constructor(heap: Heap, version: Address) {
    this.#heap = heap;
    this.#version = version;
  }

  get size(): number {
    return readSize(this.#heap.words, this.#version);
  }

  get(key: SharedKey): JsonValue | undefined {
    const text = findText(this.#heap.words, this.#version, keyText(key));
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  has(key: SharedKey): boolean {
    return findText(this.#heap.words, this.#version, keyText(key)) !== undefined;
  }

  set(key: SharedKey, value: JsonValue): void {
    storeText(this.#heap, this.#version, keyText(key), toText(value));
  }

  delete(key: SharedKey): boolean {
    return deleteText(this.#heap, this.#version, keyText(key));
  }

  *entries(): IterableIterator<[SharedKey, JsonValue]> {
    for (const [key, value] of eachEntry(this.#heap.words, this.#version)) {
      yield [keyOf(key), JSON.parse(value) as JsonValue];
    }
  }
}

/** A version of a map that stays as it is, however the map goes on. Dispose it. */
export class MapSnapshot implements MapReader {
  readonly #heap: Heap;
  readonly #slot: LedgerSlot;
  #version: Version | null;

  /** Takes over a reference to the version. */
  constructor(heap: Heap, version: Address) {
    this.#heap = heap;
    this.#slot = hold(heap, version);
    this.#version = new Version(heap, version);
  }

  get size(): number {
    return this.#live().size;
  }

  get(key: SharedKey): JsonValue | undefined {
    return this.#live().get(key);
  }

  has(key: SharedKey): boolean {
    return this.#live().has(key);
  }

  /** All entries, in no order that means anything. */
  entries(): IterableIterator<[SharedKey, JsonValue]> {
    return this.#live().entries();
  }

  dispose(): void {
    if (this.#version === null) return;
    this.#version = null;
    release(this.#heap, drop(this.#heap, this.#slot));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): Version {
    if (this.#version !== null) return this.#version;
    throw new OxbowError("ERR_RELEASED", "cannot read a snapshot: it was disposed");
  }
}

export class SharedMap implements MapWriter {
  readonly #root: SharedRoot;

  /**
   * An empty map in a heap of its own, or in `heap`. `maxBytes` of address space are reserved, memory
   * is taken as it is needed. Throws `ERR_HEAP_RESERVE`.
   */
  static create(options: HeapOptions & { readonly heap?: Heap } = {}): SharedMap {
    const heap = options.heap ?? Heap.create(options);
    return new SharedMap(SharedRoot.create(heap, createEntries(heap)));
  }

  /** This thread's view of a map made elsewhere. Throws `ERR_STALE_HANDLE`, `ERR_HEAP_ATTACH`. */
  static attach(handle: SharedHandle): SharedMap {
    const heap = Heap.attach(handle?.heap);
    try {
      return new SharedMap(SharedRoot.attach(heap, handle.cell, MAP_VERSION));
    } catch (error) {
      heap.detach();
      throw error;
    }
  }

  private constructor(root: SharedRoot) {
    this.#root = root;
  }

  /** To be sent to another thread, for {@link SharedMap.attach}. */
  handle(): SharedHandle {
    return { heap: this.#root.heap.handle(), cell: this.#root.number };
  }

  get size(): number {
    return this.#read((version) => version.size);
  }

  /** The value, a copy of the caller's own; undefined if the key is not there. */
  get(key: SharedKey): JsonValue | undefined {
    return this.#read((version) => version.get(key));
  }

  has(key: SharedKey): boolean {
    return this.#read((version) => version.has(key));
  }

  /** Throws `ERR_NOT_SHAREABLE` for what JSON cannot say, HeapExhaustedError; then nothing changed. */
  set(key: SharedKey, value: JsonValue): void {
    this.update((next) => next.set(key, value));
  }

  /** True if the key was there. */
  delete(key: SharedKey): boolean {
    return this.has(key) && this.update((next) => next.delete(key));
  }

  /**
   * Runs `change` while nobody else writes and makes all it wrote visible at once; if it throws,
   * nothing has changed. What it reads is what it will replace: `next.set(k, next.get(k) + 1)` counts.
   */
  update<Result>(change: (next: MapWriter) => Result): Result {
    const { heap } = this.#root;
    return this.#root.write(copyEntries, (version) => change(new Version(heap, version)));
  }

  /** The map as it is now, to be read without locks and for as long as one likes. O(1). */
  snapshot(): MapSnapshot {
    return new MapSnapshot(this.#root.heap, this.#root.take());
  }

  /** Gives this thread's view up; the last one to go frees the map. */
  dispose(): void {
    this.#root.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #read<Result>(look: (version: Version) => Result): Result {
    const { heap } = this.#root;
    return this.#root.read((version) => look(new Version(heap, version)));
  }
}
