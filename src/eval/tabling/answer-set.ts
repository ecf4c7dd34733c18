/**
 * Answer set: rows of numbers, each once, in the order in which they were found.
 *
 *     rows     | a | b | True | a | c | True | …      `width` numbers each
 *     places   | 0 | 2 | 0 | 1 | …                    1 + the row whose hash leads here, 0 for none
 *
 *   AS1  Two rows have different kinds in at least one column.
 *   AS2  `places` has twice as many places as there are rows, or more, and a power of two.
 *
 * Both are plain arrays: what they take is of the JavaScript heap, where limits on memory see it. A row is never changed
 * and never goes.
 */
import type { AtomDictionary } from "./atom-dictionary.js";

const FIRST_PLACES = 8;
/** 2^32 divided by the golden ratio, for a multiplicative hash. */
const SPREAD = 0x9e3779b1;

export class AnswerSet {
  readonly #dictionary: AtomDictionary;
  readonly #width: number;
  readonly #rows: number[] = [];
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

  /** Adds a row unless it is there (AS1); whether it was added. */
  add(row: readonly number[]): boolean {
    const place = this.#find(row);
    if (this.#places[place] !== 0) return false;
    for (let column = 0; column < this.#width; column++) this.#rows.push(row[column]!);
    this.#places[place] = ++this.#count;
    if (2 * this.#count > this.#places.length) this.#spread(); // AS2
    return true;
  }

  /** Where the row is, or belongs. */
  #find(row: readonly number[]): number {
    const mask = this.#places.length - 1;
    let place = this.#hash((column) => row[column]!) & mask;
    for (;;) {
      const found = this.#places[place]!;
      if (found === 0 || this.#isSame(found - 1, row)) return place;
      place = (place + 1) & mask;
    }
  }

  #isSame(known: number, row: readonly number[]): boolean {
    const dictionary = this.#dictionary;
    for (let column = 0; column < this.#width; column++) {
      const one = this.at(known, column);
      const other = row[column]!;
      if (one !== other && dictionary.kindOf(one) !== dictionary.kindOf(other)) return false;
    }
    return true;
  }

  #hash(numberAt: (column: number) => number): number {
    let hash = 0;
    for (let column = 0; column < this.#width; column++) {
      hash = Math.imul(hash ^ this.#dictionary.kindOf(numberAt(column)), SPREAD);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #spread(): void {
    const places = emptyPlaces(2 * this.#places.length);
    const mask = places.length - 1;
    for (let row = 0; row < this.#count; row++) {
      let place = this.#hash((column) => this.at(row, column)) & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = row + 1;
    }
    this.#places = places;
  }
}

function emptyPlaces(count: number): number[] {
  return new Array<number>(count).fill(0);
}
