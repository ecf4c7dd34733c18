/**
 * Answer set: rows of numbers and a value, each once, in the order in which they were found.
 *
 *     rows     | a | b | a | c | …        `width` numbers each
 *     values   | True | True | …          one each; not there while all are the same
 *     places   | 0 | 2 | 0 | 1 | …        1 + the row whose hash leads here, 0 for none
 *
 *   AS1  Two rows have different kinds in at least one column or in the value.
 *   AS2  `places` has twice as many places as there are rows, or more, and a power of two.
 *
 * Rows that differ in their last column only, and there by little, as answers that are found one after the other
 * mostly do, lead to neighbouring places: they are read and written in one sweep through memory. Where two such sweeps meet,
 * each goes on by a stride of its own.
 *
 * Once no row is to be added any more, `places` is given up.
 *
 * All are plain arrays: what they take is of the JavaScript heap, where limits on memory see it. A row is never changed
 * and never goes.
 */
import type { AtomDictionary } from "./atom-dictionary.js";

const FIRST_PLACES = 8;
/** 2^32 divided by the golden ratio, for a multiplicative hash. */
const SPREAD = 0x9e3779b1;
/** A high bit of a hash says more than a low one. */
const HIGH = 15;

export class AnswerSet {
  readonly #dictionary: AtomDictionary;
  readonly #width: number;
  readonly #rows: number[] = [];
  /** That of the first row, and those of all if there are others. */
  #value = -1;
  #values: number[] | null = null;
  #places = emptyPlaces(FIRST_PLACES);
  #count = 0;

  constructor(dictionary: AtomDictionary, width: number) {
    this.#dictionary = dictionary;
    this.#width = width;
  }

  get count(): number {
    return this.#count;
  }

  /** The number in a column of a row. */
  at(row: number, column: number): number {
    return this.#rows[row * this.#width + column]!;
  }

  valueOf(row: number): number {
    return this.#values === null ? this.#value : this.#values[row]!;
  }

  /** Adds a row unless it is there (AS1); whether it was added. The array stays the caller's. */
  add(row: readonly number[], value: number): boolean {
    const place = this.#find(row, value);
    if (this.#places[place] !== 0) return false;
    for (let column = 0; column < this.#width; column++) this.#rows.push(row[column]!);
    this.#addValue(value);
    this.#places[place] = ++this.#count;
    if (2 * this.#count > this.#places.length) this.#spread(); // AS2
    return true;
  }

  /** No row will be added any more. */
  close(): void {
    this.#places = [];
  }

  /** All rows, each with its value behind it. */
  *numbers(): Generator<number> {
    for (let row = 0; row < this.#count; row++) {
      for (let column = 0; column < this.#width; column++) yield this.at(row, column);
      yield this.valueOf(row);
    }
  }

  /** Adds rows, which are different from each other and all that there will be: {@link numbers} of another. */
  fill(numbers: ArrayLike<number>): void {
    for (let at = 0; at < numbers.length; this.#count++) {
      for (let column = 0; column < this.#width; column++) this.#rows.push(numbers[at++]!);
      this.#addValue(numbers[at++]!);
    }
    this.close();
  }

  #addValue(value: number): void {
    if (this.#count === 0) this.#value = value;
    if (this.#values === null) {
      if (value === this.#value) return;
      this.#values = new Array<number>(this.#count).fill(this.#value);
    }
    this.#values.push(value);
  }

  /** Where the row is, or belongs. */
  #find(row: readonly number[], value: number): number {
    const places = this.#places;
    const mask = places.length - 1;
    const sweep = this.#sweepOf(row, 0, value);
    let place = (sweep + this.#lastOf(row, 0)) & mask;
    for (;;) {
      const found = places[place]!;
      if (found === 0 || this.#isSame(found - 1, row, value)) return place;
      place = (place + strideOf(sweep)) & mask;
    }
  }

  #isSame(known: number, row: readonly number[], value: number): boolean {
    const rows = this.#rows;
    const start = known * this.#width;
    for (let column = this.#width - 1; column >= 0; column--) {
      if (!this.#isOneKind(rows[start + column]!, row[column]!)) return false;
    }
    return this.#isOneKind(this.valueOf(known), value);
  }

  #isOneKind(one: number, other: number): boolean {
    return one === other || this.#dictionary.kindOf(one) === this.#dictionary.kindOf(other);
  }

  /** Where the rows begin that differ from this one in the last column only; the row begins at `start`. */
  #sweepOf(numbers: readonly number[], start: number, value: number): number {
    let hash = Math.imul(this.#dictionary.kindOf(value), SPREAD);
    for (let column = 0; column < this.#width - 1; column++) {
      hash = Math.imul(hash ^ this.#dictionary.kindOf(numbers[start + column]!), SPREAD);
      hash ^= hash >>> HIGH;
    }
    return hash;
  }

  #lastOf(numbers: readonly number[], start: number): number {
    return this.#width === 0 ? 0 : this.#dictionary.kindOf(numbers[start + this.#width - 1]!);
  }

  #spread(): void {
    const places = emptyPlaces(2 * this.#places.length);
    const mask = places.length - 1;
    const rows = this.#rows;
    for (let row = 0, start = 0; row < this.#count; row++, start += this.#width) {
      const sweep = this.#sweepOf(rows, start, this.valueOf(row));
      let place = (sweep + this.#lastOf(rows, start)) & mask;
      while (places[place] !== 0) place = (place + strideOf(sweep)) & mask;
      places[place] = row + 1;
    }
    this.#places = places;
  }
}

/** Odd, so that it leads to every place. */
function strideOf(sweep: number): number {
  return (sweep >>> HIGH) | 1;
}

function emptyPlaces(count: number): number[] {
  return new Array<number>(count).fill(0);
}
