/**
 * Row finder: rows of a vector by their ids, one after the other, each id above the one before. Where ids are close
 * together a step costs less than a way down from the directory's root.
 *
 *   RF1  The directory's cursor stands on the entry behind that of the present segment. Valid while nobody writes (CU1).
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { countAt, idAt, indexAt, rowAt } from "./row-access.js";
import { readId, readRowCount } from "./row-segment.js";
import { readDirectory, readTail } from "./rows.js";
import { floorCursor, type TreeCursor } from "./tree-cursor.js";

/** Segments that are passed one by one before the way begins at the root again. */
const MOST_STEPS = 8;

export class RowFinder {
  readonly #words: Int32Array;
  #directory: Address = NO_ADDRESS;
  #tail: Address = NO_ADDRESS;
  /** The tail has the ids from here on. */
  #tailFrom = Number.POSITIVE_INFINITY;
  #segment: Address = NO_ADDRESS;
  #cursor: TreeCursor | null = null;
  /** The segments from the cursor on have the ids from here on. */
  #next = 0;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** Begins with the rows of a vector. */
  begin(rows: Address): void {
    const words = this.#words;
    this.#directory = readDirectory(words, rows);
    this.#tail = readTail(words, rows);
    const isTailUsed = this.#tail !== NO_ADDRESS && readRowCount(words, this.#tail) > 0;
    this.#tailFrom = isTailUsed ? readId(words, this.#tail, 0) : Number.POSITIVE_INFINITY;
    this.#segment = NO_ADDRESS;
    this.#cursor = null;
    this.#next = 0;
  }

  /** The address of the words of a live row, or NO_ADDRESS; its id is above all that were asked for. */
  find(id: number): Address {
    const words = this.#words;
    if (id >= this.#tailFrom) this.#segment = this.#tail;
    else if (id >= this.#next) this.#goTo(id);
    const segment = this.#segment;
    if (segment === NO_ADDRESS) return NO_ADDRESS;
    const index = indexAt(words, segment, id);
    if (index === countAt(words, segment) || idAt(words, segment, index) !== id) return NO_ADDRESS;
    return rowAt(words, segment, index);
  }

  #goTo(id: number): void {
    const cursor = this.#cursor;
    if (cursor !== null) {
      for (let step = 0; step < MOST_STEPS; step++) {
        this.#segment = cursor.value;
        this.#next = cursor.next() ? cursor.low : Number.POSITIVE_INFINITY;
        if (id < this.#next) return;
      }
    }
    if (this.#directory === NO_ADDRESS) return;
    const found = floorCursor(this.#words, this.#directory, 0, id);
    if (found === null) return;
    this.#segment = found.value;
    this.#next = found.next() ? found.low : Number.POSITIVE_INFINITY;
    this.#cursor = found; // RF1
  }
}
