/**
 * SharedMap: a map that the threads of a process share, usable without the rest of the engine.
 *
 * Keys are strings and numbers, values are what JSON can say. A look-up reads the present version and waits
 * for nobody; a write makes the next version of the map (copying the few nodes on its path, whatever the
 * size) and publishes it at its end, so no reader sees half of it, and `update` makes many writes one.
 */
import type { Address } from "../base/address.js";
import { asFunction } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { assertOwn } from "../base/own.js";
import { refusePromise } from "../base/promises.js";
import { timeoutIn, type WaitOptions } from "../base/wait-options.js";
import type { Heap } from "../memory/heap.js";
import { MAP_VERSION } from "../memory/kinds.js";
import type { LedgerSlot } from "../memory/ledger.js";
import { asHandle, type SharedHandle } from "../memory/shared-handle.js";
import { type JsonValue, type Shareable, toText } from "./json-text.js";
import { copyEntries, createEntries, storeText } from "./map-entries.js";
import { EntryReader, keyText, type MapWriter, type SharedKey } from "./map-reader.js";
import { MapVersion, NextVersion } from "./map-version.js";
import { SharedRoot } from "./shared-root.js";
import {
  type ContainerOptions,
  createIn,
  dropForHandle,
  holdForHandle,
  type ReceiveOptions,
  receiveIn,
} from "./tenant.js";

const OWN = Symbol("shared map");

let snapshotOf: <K extends SharedKey, V>(heap: Heap, version: Address) => MapSnapshot<K, V>;

/** A version of a map that never changes. Dispose it; what is asked of it then throws ERR_RELEASED. */
export class MapSnapshot<K extends SharedKey = SharedKey, V = JsonValue>
  extends EntryReader<K, V>
  implements Disposable
{
  readonly #heap: Heap;
  readonly #slot: LedgerSlot;
  #version: MapVersion<K, V> | null;

  static {
    snapshotOf = (heap, version) => new MapSnapshot(OWN, heap, version);
  }

  /** Takes over a reference to the version. */
  private constructor(own: symbol, heap: Heap, version: Address) {
    super();
    assertOwn(own, OWN, "MapSnapshot", "SharedMap.snapshot");
    this.#heap = heap;
    this.#slot = holdForHandle(heap, version);
    this.#version = new MapVersion(heap, version);
  }

  /** The number of entries. Costs the same for any map. */
  get size(): number {
    return this.#live().size;
  }

  /** The value of a key; undefined if there is none. Throws ERR_RELEASED for a disposed snapshot. */
  get(key: K): V | undefined {
    return this.#live().get(key);
  }

  /** Whether there is an entry of the key. Throws ERR_RELEASED for a disposed snapshot. */
  has(key: K): boolean {
    return this.#live().has(key);
  }

  /** All entries, in no order that means anything, read as they are asked for. Throws ERR_RELEASED for a disposed snapshot. */
  *entries(): IterableIterator<[K, V]> {
    for (const entry of this.#live().entries()) {
      yield entry;
      this.#live();
    }
  }

  /** Gives up what it holds; to do so twice does nothing. */
  dispose(): void {
    if (this.#version === null) return;
    this.#version = null;
    dropForHandle(this.#heap, this.#slot);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): MapVersion<K, V> {
    if (this.#version !== null) return this.#version;
    throw new OxbowError("ERR_RELEASED", "cannot read a snapshot: it was disposed");
  }
}

/**
 * A map that threads share, with snapshots in constant time. `K` and `V` are the caller's word for what stands in
 * it; that a value is one JSON can say is checked when it is written.
 */
export class SharedMap<K extends SharedKey = SharedKey, V extends Shareable<V> = JsonValue>
  extends EntryReader<K, V>
  implements MapWriter<K, V>, Disposable
{
  readonly #root: SharedRoot;

  /**
   * An empty map in a heap of its own, or in `heap`. `maxBytes` of address space are reserved; memory
   * is taken as it is needed. Throws `ERR_HEAP_RESERVE`.
   */
  static create<K extends SharedKey = SharedKey, V extends Shareable<V> = JsonValue>(
    options: ContainerOptions = {},
  ): SharedMap<K, V> {
    const make = (heap: Heap): SharedMap<K, V> =>
      new SharedMap<K, V>(OWN, SharedRoot.create(heap, createEntries(heap)));
    return createIn(options, make);
  }

  /**
   * This thread's view of a map made elsewhere, by what {@link share} gave: any number of threads may receive it,
   * each any number of times. It is seen through a view of the heap of its own, or through `heap`: its own
   * has one of the heap's 511 places until the map and its snapshots are disposed. Throws `ERR_INVALID_ARGUMENT`
   * for something else, `ERR_STALE_HANDLE` once every view has been disposed, `ERR_HEAP_ATTACH`,
   * `ERR_TOO_MANY_THREADS`.
   */
  static receive<K extends SharedKey = SharedKey, V extends Shareable<V> = JsonValue>(
    handle: SharedHandle<"SharedMap">,
    options: ReceiveOptions = {},
  ): SharedMap<K, V> {
    const { number } = asHandle("SharedMap", handle);
    const make = (heap: Heap): SharedMap<K, V> =>
      new SharedMap<K, V>(OWN, SharedRoot.attach(heap, number, MAP_VERSION));
    return receiveIn(handle, options, make);
  }

  private constructor(own: symbol, root: SharedRoot) {
    super();
    assertOwn(own, OWN, "SharedMap", "SharedMap.create or SharedMap.receive");
    this.#root = root;
  }

  /** A handle for other threads, for {@link SharedMap.receive}; good any number of times, as long as one has a view. */
  share(): SharedHandle<"SharedMap"> {
    const { heap, number } = this.#root;
    return { kind: "SharedMap", number, memory: heap.share().memory };
  }

  /** The number of entries. Costs the same for any map. */
  get size(): number {
    return this.#read((version) => version.size);
  }

  /** The value of a key at this moment; undefined if there is none. */
  get(key: K): V | undefined {
    return this.#read((version) => version.get(key));
  }

  /** Whether there is an entry of the key at this moment. */
  has(key: K): boolean {
    return this.#read((version) => version.has(key));
  }

  /**
   * All entries as they are when the first is asked for, whatever is written meanwhile. A loop that is left gives
   * them up; an iterator that is neither finished nor returned keeps them.
   */
  *entries(): IterableIterator<[K, V]> {
    using snapshot = this.snapshot();
    yield* snapshot.entries();
  }

  /**
   * Throws `ERR_NOT_SHAREABLE` for what JSON cannot say, `ERR_INVALID_ARGUMENT` for a key that is neither a string
   * nor a number, HeapExhaustedError; then nothing changed.
   */
  set(key: K, value: V): this {
    const name = keyText(key);
    const text = toText(value);
    const { heap } = this.#root;
    this.#root.write(copyEntries, (version) => storeText(heap, version, name, text));
    return this;
  }

  /** True if the key was there. */
  delete(key: K): boolean {
    return this.has(key) && this.update((next) => next.delete(key));
  }

  /** Takes all entries out. */
  clear(): void {
    if (this.size > 0) this.update((next) => next.clear());
  }

  /**
   * Runs `change` while no other thread writes and makes everything it wrote visible at once; if it throws,
   * nothing has changed. It reads the version that it will replace: `next.set(k, next.get(k) + 1)` counts.
   * Throws `ERR_ASYNCHRONOUS` if `change` gives a promise, since what it would still write came too late; then too
   * nothing has changed. Readers see the version before meanwhile, also in `change` itself by other ways
   * than `next`.
   *
   * Waits for other writers: as long as the one inside is known to live, or `timeoutMs`; 10 s where the
   * system does not tell whether a thread lives. Then throws `ERR_LOCK_TIMEOUT`. Of a writer that has
   * ended nothing is seen.
   */
  update<Result>(change: (next: MapWriter<K, V>) => Result, options?: WaitOptions): Result {
    const timeoutMs = timeoutIn("update", options);
    asFunction("update", change);
    const { heap } = this.#root;
    const write = (version: Address): Result => {
      const next = new NextVersion<K, V>(heap, version);
      try {
        return refusePromise("a shared map", change(next));
      } finally {
        next.end();
      }
    };
    return this.#root.write(copyEntries, write, timeoutMs);
  }

  /** The map as it is now, to be read without locks and for as long as you like. O(1). */
  snapshot(): MapSnapshot<K, V> {
    return snapshotOf<K, V>(this.#root.heap, this.#root.take());
  }

  /** As {@link Heap.recover}: for those who run threads of their own, on a worker's `exit`. */
  recover(threadId: number): number {
    return this.#root.heap.recover(threadId);
  }

  /** Releases this thread's view; the last one released frees the map. */
  dispose(): void {
    this.#root.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #read<Result>(look: (version: MapVersion<K, V>) => Result): Result {
    const { heap } = this.#root;
    return this.#root.read((version) => look(new MapVersion<K, V>(heap, version)));
  }
}
