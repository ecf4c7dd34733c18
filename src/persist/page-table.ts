/**
 * Page table: where the pages of a heap are in the data file, for one snapshot and the one that is being written.
 */
import { PAGE_WORDS, TABLE_PAGES } from "./format.js";

const ENTRY_WORDS = 2;

/** Calls `visit` for each page of the heap that a table page has. */
export function forEachEntry(
  leaf: Int32Array,
  index: number,
  visit: (heapPage: number, page: number, checksum: number) => void,
): void {
  for (let entry = 0; entry < TABLE_PAGES; entry++) {
    const page = leaf[entry * ENTRY_WORDS]!;
    if (page !== 0) visit(index * TABLE_PAGES + entry, page, leaf[entry * ENTRY_WORDS + 1]!);
  }
}

export class PageTable {
  #leaves: (Int32Array | undefined)[] = [];
  /** Table pages that are not as they were last written. */
  #changed = new Map<number, Int32Array>();
  #pages = 0;
  #pagesBefore = 0;

  /** Table pages, the last one in use included. */
  get length(): number {
    return Math.max(this.#leaves.length, ...[...this.#changed.keys()].map((index) => index + 1), 0);
  }

  /** Pages of the heap that are in the table. */
  get pages(): number {
    return this.#pages;
  }

  /** While a store is opened. */
  load(index: number, leaf: Int32Array): void {
    this.#leaves[index] = leaf;
    forEachEntry(leaf, index, () => this.#pages++);
    this.#pagesBefore = this.#pages;
  }

  /** Where a page of the heap is; 0 if it is not in the snapshot. */
  find(heapPage: number): number {
    const leaf = this.#leaf(Math.floor(heapPage / TABLE_PAGES));
    return leaf?.[(heapPage % TABLE_PAGES) * ENTRY_WORDS] ?? 0;
  }

  /** Calls `visit` for each page of the heap that was there at the last commit. */
  forEach(visit: (heapPage: number) => void): void {
    for (const [index, leaf] of this.#leaves.entries()) {
      if (leaf !== undefined) forEachEntry(leaf, index, visit);
    }
  }

  set(heapPage: number, page: number, checksum: number): void {
    const leaf = this.#own(Math.floor(heapPage / TABLE_PAGES));
    const place = (heapPage % TABLE_PAGES) * ENTRY_WORDS;
    this.#pages += Number(page !== 0) - Number(leaf[place] !== 0);
    leaf[place] = page;
    leaf[place + 1] = checksum;
  }

  /** Table pages to be written; null for one that has become empty. */
  *changes(): Generator<[number, Int32Array | null]> {
    for (const [index, leaf] of this.#changed) {
      yield [index, leaf.some((word) => word !== 0) ? leaf : null];
    }
  }

  /** The changes are written. */
  commit(): void {
    for (const [index, leaf] of this.#changed) this.#leaves[index] = leaf;
    this.#changed = new Map();
    this.#pagesBefore = this.#pages;
  }

  /** The changes are not. */
  abort(): void {
    this.#changed = new Map();
    this.#pages = this.#pagesBefore;
  }

  #leaf(index: number): Int32Array | undefined {
    return this.#changed.get(index) ?? this.#leaves[index];
  }

  #own(index: number): Int32Array {
    const known = this.#changed.get(index);
    if (known !== undefined) return known;
    const copy = this.#leaves[index]?.slice() ?? new Int32Array(PAGE_WORDS);
    this.#changed.set(index, copy);
    return copy;
  }
}
