/**
 * SharedVector: a list that the threads of a process share and that grows at its end.
 *
 * Values are JSON values. Appending copies the last segment's path and publishes the next version at its end;
 * reading waits for nobody. `append` of many values is one version.
 */

import type { Address } from "../base/address.js";
import { asIndex, asIterable } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { assertOwn } from "../base/own.js";
import { copySegment } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { VECTOR_DIRECTORY } from "../memory/kinds.js";
import type { LedgerSlot } from "../memory/ledger.js";
import { asHandle, type SharedHandle } from "../memory/shared-handle.js";
import { readText, textWords, writeText } from "./heap-text.js";
import { type JsonValue, type Shareable, toText } from "./json-text.js";
import { rowCursor } from "./row-cursor.js";
import { appendRow, createRows, findRow, rowCount } from "./rows.js";
import { SharedRoot } from "./shared-root.js";
import {
  type ContainerOptions,
  createIn,
  dropForHandle,
  holdForHandle,
  type ReceiveOptions,
  receiveIn,
} from "./tenant.js";

/** A row: the length of the value's text in UTF-16 units, then the text. */
const LENGTH = 0;
const TEXT = 1;

function push(heap: Heap, rows: Address, text: string): void {
  // Row ids count from 1: the vector's index plus one.
  const id = rowCount(heap.words, rows) + 1;
  const row = appendRow(heap, rows, id, TEXT + textWords(text.length));
  heap.words[row + LENGTH] = text.length;
  writeText(heap.words, row + TEXT, text);
}

function valueAt(words: Int32Array, row: Address): unknown {
  return JSON.parse(readText(words, row + TEXT, words[row + LENGTH]!));
}

function readAt(words: Int32Array, rows: Address, index: number): unknown {
  const length = rowCount(words, rows);
  const place = index < 0 ? length + index : index;
  if (!Number.isInteger(place) || place < 0 || place >= length) return undefined;
  return valueAt(words, findRow(words, rows, place + 1));
}

const OWN = Symbol("shared vector");

let snapshotOf: <V>(heap: Heap, rows: Address) => VectorSnapshot<V>;

/** A version of a vector that never changes. Dispose it; what is asked of it then throws ERR_RELEASED. */
export class VectorSnapshot<V = JsonValue> implements Iterable<V>, Disposable {
  readonly #heap: Heap;
  readonly #slot: LedgerSlot;
  #rows: Address | null;

  static {
    snapshotOf = (heap, rows) => new VectorSnapshot(OWN, heap, rows);
  }

  /** Takes over a reference to the rows. */
  private constructor(own: symbol, heap: Heap, rows: Address) {
    assertOwn(own, OWN, "VectorSnapshot", "SharedVector.snapshot");
    this.#heap = heap;
    this.#slot = holdForHandle(heap, rows);
    this.#rows = rows;
  }

  /** The number of elements. */
  get length(): number {
    return rowCount(this.#heap.words, this.#live());
  }

  /** The value at an index from 0, or from −1 backwards; undefined beyond the ends. */
  at(index: number): V | undefined {
    asIndex("read a vector", index);
    return readAt(this.#heap.words, this.#live(), index) as V | undefined;
  }

  *[Symbol.iterator](): IterableIterator<V> {
    const { words } = this.#heap;
    const cursor = rowCursor(words, this.#live(), 0);
    while (cursor.next()) {
      yield valueAt(words, cursor.payload) as V;
      this.#live();
    }
  }

  /** Gives up what it holds; to do so twice does nothing. */
  dispose(): void {
    if (this.#rows === null) return;
    this.#rows = null;
    dropForHandle(this.#heap, this.#slot);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): Address {
    if (this.#rows !== null) return this.#rows;
    throw new OxbowError("ERR_RELEASED", "cannot read a snapshot: it was disposed");
  }
}

/**
 * A vector that threads share, with snapshots in constant time. `V` is the caller's word for what stands in it;
 * that JSON can say a value is checked when it is written.
 */
export class SharedVector<V extends Shareable<V> = JsonValue> implements Iterable<V>, Disposable {
  readonly #root: SharedRoot;

  /** An empty vector in a heap of its own, or in `heap`. Throws `ERR_HEAP_RESERVE`. */
  static create<V extends Shareable<V> = JsonValue>(
    options: ContainerOptions = {},
  ): SharedVector<V> {
    const make = (heap: Heap): SharedVector<V> =>
      new SharedVector<V>(OWN, SharedRoot.create(heap, createRows(heap)));
    return createIn(options, make);
  }

  /** This thread's view of a vector made elsewhere. Throws and costs what `SharedMap.receive` does. */
  static receive<V extends Shareable<V> = JsonValue>(
    handle: SharedHandle<"SharedVector">,
    options: ReceiveOptions = {},
  ): SharedVector<V> {
    const { number } = asHandle("SharedVector", handle);
    const make = (heap: Heap): SharedVector<V> =>
      new SharedVector<V>(OWN, SharedRoot.attach(heap, number, VECTOR_DIRECTORY));
    return receiveIn(handle, options, make);
  }

  private constructor(own: symbol, root: SharedRoot) {
    assertOwn(own, OWN, "SharedVector", "SharedVector.create or SharedVector.receive");
    this.#root = root;
  }

  /** A handle for other threads, for {@link SharedVector.receive}; good any number of times, as long as one has a view. */
  share(): SharedHandle<"SharedVector"> {
    const { heap, number } = this.#root;
    return { kind: "SharedVector", number, memory: heap.share().memory };
  }

  /** The number of elements at this moment. */
  get length(): number {
    return this.#root.read((rows) => rowCount(this.#root.heap.words, rows));
  }

  /** The value at an index from 0, or from −1 backwards; undefined beyond the ends. */
  at(index: number): V | undefined {
    asIndex("read a vector", index);
    return this.#root.read((rows) => readAt(this.#root.heap.words, rows, index)) as V | undefined;
  }

  /**
   * All values as they are when the first is asked for, whatever is appended meanwhile. A loop that is left gives
   * them up; an iterator that is neither finished nor returned keeps them.
   */
  *[Symbol.iterator](): IterableIterator<V> {
    using snapshot = this.snapshot();
    yield* snapshot;
  }

  /**
   * Appends values, which readers see all at once; returns the new length. Waits for other writers as
   * `SharedMap.update` does. Throws `ERR_NOT_SHAREABLE` for what JSON cannot say, HeapExhaustedError,
   * `ERR_LOCK_TIMEOUT`; then nothing changed.
   */
  append(...values: readonly V[]): number {
    return this.appendAll(values);
  }

  /** As {@link append}, of any number of values. What `values` throws goes on to the caller, and nothing changed. */
  appendAll(values: Iterable<V>): number {
    const { heap } = this.#root;
    const texts = Array.from(asIterable("append", values), toText);
    return this.#root.write(copySegment, (rows) => {
      for (const text of texts) push(heap, rows, text);
      return rowCount(heap.words, rows);
    });
  }

  /** The vector as it is now, to be read without locks and for as long as you like. O(1). */
  snapshot(): VectorSnapshot<V> {
    return snapshotOf<V>(this.#root.heap, this.#root.take());
  }

  /** As {@link Heap.recover}: for those who run threads of their own, on a worker's `exit`. */
  recover(threadId: number): number {
    return this.#root.heap.recover(threadId);
  }

  /** Releases this thread's view; the last one released frees the vector. */
  dispose(): void {
    this.#root.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
