/**
 * Row streams: the rows of a space that a query looks at, in insertion order (ascending ids).
 *
 *     scan of a relation      every live row
 *     one key of an index     the rows of the key, merged with those under VARIABLE_KEY
 *     some ids                the rows that are there, and late ones
 *     several relations       their streams, merged by id
 *
 * A stream is valid while nobody writes what it reads (CU1); its reader pins the root.
 *
 *   RT1  Ids ascend strictly: no row is returned twice.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { RowCursor, rowCursor } from "../containers/row-cursor.js";
import { RowFinder } from "../containers/row-finder.js";
import { findRow } from "../containers/rows.js";
import { TreeCursor, treeCursor } from "../containers/tree-cursor.js";
import { VARIABLE_KEY } from "../term/token-key.js";
import { NO_LATE_ROWS, readLateRows, readLiveCount, readRows } from "./relation.js";
import { RELATIONS } from "./space.js";

export interface RowStream {
  /** Id and address of the current row, after `next` returned true. */
  readonly id: number;
  readonly row: Address;
  next(): boolean;
}

/** All live rows of a relation. */
export class ScanStream implements RowStream {
  id = 0;
  row: Address = NO_ADDRESS;
  readonly #cursor: RowCursor;

  constructor(words: Int32Array) {
    this.#cursor = new RowCursor(words);
  }

  /** Stands before the first row. */
  begin(relation: Address): void {
    this.#cursor.seek(readRows(this.#cursor.words, relation), 0);
  }

  next(): boolean {
    const cursor = this.#cursor;
    if (!cursor.next()) return false;
    this.id = cursor.id;
    this.row = cursor.payload;
    return true;
  }
}

/**
 * The rows that an index has under a key, those under VARIABLE_KEY too if `withVariables`, and all late rows, which
 * come last since their ids are above all others (RE4, RT1).
 */
export class IndexStream implements RowStream {
  id = 0;
  row: Address = NO_ADDRESS;
  readonly #words: Int32Array;
  readonly #exact: TreeCursor;
  #rows: Address = NO_ADDRESS;
  #key = 0;
  #variables: TreeCursor | null = null;
  #late: RowCursor | null = null;
  #exactReady = false;
  #variablesReady = false;
  /** Entries of another index that rows must have, too. */
  #other: TreeCursor | null = null;
  #otherKey = 0;

  constructor(words: Int32Array) {
    this.#words = words;
    this.#exact = new TreeCursor(words);
  }

  /** Stands before the first row. */
  begin(relation: Address, index: Address, key: number, withVariables: boolean): void {
    const words = this.#words;
    this.#rows = readRows(words, relation);
    this.#key = key >>> 0;
    this.#exact.seek(index, this.#key, 0);
    this.#exactReady = this.#exact.next() && this.#exact.high === this.#key;
    this.#variables = withVariables ? treeCursor(words, index, VARIABLE_KEY, 0) : null;
    this.#variablesReady =
      this.#variables?.next() === true && this.#variables.high === VARIABLE_KEY;
    this.#other = null;
    this.#late = lateRows(words, relation, this.#rows);
  }

  /** From the beginning, gives only rows that are under the key of another index as well, and late ones. */
  restrict(index: Address, key: number): void {
    const other = treeCursor(this.#words, index, key, 0);
    this.#otherKey = key >>> 0;
    this.#other = other;
    this.#exactReady &&= other.next() && other.high === this.#otherKey;
  }

  next(): boolean {
    while (this.#nextEntry()) {
      if (this.#other !== null && !this.#isInOther(this.#other)) continue;
      this.row = findRow(this.#words, this.#rows, this.id);
      // A union may have removed the row and left its index entry.
      if (this.row !== NO_ADDRESS) return true;
    }
    return this.#late !== null && goToNext(this, this.#late);
  }

  /** Whether the other index has the present id; where it has come to its end, so has the run. */
  #isInOther(other: TreeCursor): boolean {
    while (other.high === this.#otherKey && other.low < this.id) {
      if (other.next()) continue;
      this.#exactReady = false;
      return false;
    }
    if (other.high !== this.#otherKey) {
      this.#exactReady = false;
      return false;
    }
    return other.low === this.id;
  }

  #nextEntry(): boolean {
    const exact = this.#exact;
    const variables = this.#variables;
    if (
      variables !== null &&
      this.#variablesReady &&
      (!this.#exactReady || variables.low < exact.low)
    ) {
      this.id = variables.low;
      this.#variablesReady = variables.next() && variables.high === VARIABLE_KEY;
    } else if (this.#exactReady) {
      this.id = exact.low;
      this.#exactReady = exact.next() && exact.high === this.#key;
    } else {
      return false;
    }
    return true;
  }
}

/** The rows of a relation with ids that ascend, and all late rows (RE4). */
export class ListedStream implements RowStream {
  id = 0;
  row: Address = NO_ADDRESS;
  readonly #words: Int32Array;
  readonly #finder: RowFinder;
  #ids: Uint32Array = NO_IDS;
  #next = 0;
  #late: RowCursor | null = null;

  constructor(words: Int32Array) {
    this.#words = words;
    this.#finder = new RowFinder(words);
  }

  /** Stands before the first row. */
  begin(relation: Address, ids: Uint32Array): void {
    const words = this.#words;
    const rows = readRows(words, relation);
    this.#finder.begin(rows);
    this.#ids = ids;
    this.#next = 0;
    this.#late = lateRows(words, relation, rows);
  }

  next(): boolean {
    const ids = this.#ids;
    while (this.#next < ids.length) {
      this.id = ids[this.#next++]!;
      this.row = this.#finder.find(this.id);
      // A union may have removed the row and left its index entry.
      if (this.row !== NO_ADDRESS) return true;
    }
    return this.#late !== null && goToNext(this, this.#late);
  }
}

const NO_IDS = new Uint32Array(0);

/** Before the first late row of a relation with those rows; null if it has none. */
function lateRows(words: Int32Array, relation: Address, rows: Address): RowCursor | null {
  const late = readLateRows(words, relation);
  return late === NO_LATE_ROWS ? null : rowCursor(words, rows, late);
}

function goToNext(stream: IndexStream | ListedStream, late: RowCursor): boolean {
  if (!late.next()) return false;
  stream.id = late.id;
  stream.row = late.payload;
  return true;
}

/** A stream of all live rows of a relation. */
export function scan(words: Int32Array, relation: Address): ScanStream {
  const stream = new ScanStream(words);
  stream.begin(relation);
  return stream;
}

/** No rows. */
class EmptyStream implements RowStream {
  readonly id = 0;
  readonly row: Address = NO_ADDRESS;

  next(): boolean {
    return false;
  }
}

/** Several streams merged by id: a binary heap of streams that are on their next row. */
class MergedStream implements RowStream {
  id = 0;
  row: Address = NO_ADDRESS;
  readonly #heap: RowStream[] = [];
  #started = false;

  constructor(streams: readonly RowStream[]) {
    for (const stream of streams) if (stream.next()) this.#heap.push(stream);
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) this.#sink(index);
  }

  next(): boolean {
    const heap = this.#heap;
    if (this.#started) this.#advance();
    this.#started = true;
    const first = heap[0];
    if (first === undefined) return false;
    this.id = first.id;
    this.row = first.row;
    return true;
  }

  /** Advances the stream whose row was returned. */
  #advance(): void {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) return;
    if (!first.next()) {
      const last = heap.pop()!;
      if (last === first) return;
      heap[0] = last;
    }
    this.#sink(0);
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const moving = heap[from]!;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.id < heap[child]!.id) child++;
      if (heap[child]!.id >= moving.id) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = moving;
  }
}

/** A stream of nothing. */
export const NO_ROWS: RowStream = new EmptyStream();

export function mergeStreams(streams: readonly RowStream[]): RowStream {
  if (streams.length === 1) return streams[0]!;
  return streams.length === 0 ? NO_ROWS : new MergedStream(streams);
}

/** All rows of a space, in insertion order. */
export function allRows(words: Int32Array, space: Address): RowStream {
  const relations = words[space + RELATIONS]!;
  const streams: RowStream[] = [];
  const cursor = relations === NO_ADDRESS ? null : treeCursor(words, relations, 0, 0);
  while (cursor?.next() === true) {
    if (readLiveCount(words, cursor.value) > 0) streams.push(scan(words, cursor.value));
  }
  return mergeStreams(streams);
}
