/** Cursors: the live rows of a vector in order of their ids, from any id on. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { countAt, indexAt, sequenceAt, writerAt } from "./row-access.js";
import { readId, readPayload } from "./row-segment.js";
import { isSpan, spanId, spanRow } from "./row-span.js";
import { readDirectory, readTail } from "./rows.js";
import { floorCursor, type TreeCursor, treeCursor } from "./tree-cursor.js";

/** The live rows of a vector in order of their ids. Valid as long as the vector is not written. */
export class RowCursor {
  readonly words: Int32Array;
  id = 0;
  /** The address of the row's words, after {@link next} returned true. */
  payload: Address = NO_ADDRESS;
  #directory: TreeCursor | null = null;
  #tail: Address = NO_ADDRESS;
  #segment: Address = NO_ADDRESS;
  #isSpan = false;
  #index = 0;
  #count = 0;
  #from = 0;

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** Stands before the first row with an id ≥ `from`; `rows` may be NO_ADDRESS, a vector of none. */
  seek(rows: Address, from: number): void {
    const { words } = this;
    this.#from = from;
    this.#directory = null;
    this.#tail = NO_ADDRESS;
    this.#index = 0;
    this.#count = 0;
    if (rows === NO_ADDRESS) return;
    this.#tail = readTail(words, rows);
    const directory = readDirectory(words, rows);
    if (directory === NO_ADDRESS) return;
    const floor = floorCursor(words, directory, 0, from);
    this.#directory = floor ?? treeCursor(words, directory, 0, 0);
    if (floor === null) return;
    this.#enter(floor.value);
  }

  /** The event of the row, where rows begin with one. */
  get writer(): number {
    return writerAt(this.words, this.#segment, this.#index - 1);
  }

  get sequence(): number {
    return sequenceAt(this.words, this.#segment, this.#index - 1);
  }

  next(): boolean {
    const { words } = this;
    for (;;) {
      while (this.#index < this.#count) {
        const index = this.#index++;
        if (this.#isSpan) {
          this.payload = spanRow(words, this.#segment, index);
          this.id = spanId(words, this.#segment, index);
          return true;
        }
        const payload = readPayload(words, this.#segment, index);
        if (payload === NO_ADDRESS) continue;
        this.payload = payload;
        this.id = readId(words, this.#segment, index);
        return true;
      }
      if (!this.#nextSegment()) return false;
    }
  }

  #enter(segment: Address): void {
    this.#segment = segment;
    this.#isSpan = isSpan(this.words, segment);
    this.#index = this.#from === 0 ? 0 : indexAt(this.words, segment, this.#from);
    this.#count = countAt(this.words, segment);
  }

  #nextSegment(): boolean {
    if (this.#directory?.next()) {
      this.#enter(this.#directory.value);
      return true;
    }
    this.#directory = null;
    if (this.#tail === NO_ADDRESS) return false;
    this.#enter(this.#tail);
    this.#tail = NO_ADDRESS;
    return true;
  }
}

/** A cursor over the live rows from id `from` on. */
export function rowCursor(words: Int32Array, rows: Address, from: number): RowCursor {
  const cursor = new RowCursor(words);
  cursor.seek(rows, from);
  return cursor;
}
