/**
 * Cursors: the entries of a B+ tree in key order, from any key on.
 *
 * A cursor keeps the way down and nothing else: moving on is a step in a leaf, or up and down again.
 *
 *   CU1  A cursor is valid as long as the tree is not written; a reader that must outlive writes holds
 *        the root, so that the writer copies.
 */
import type { Address } from "../base/address.js";
import { NOT_FOUND } from "./tree.js";
import {
  childIndex,
  hasKeyAt,
  lowerBoundBetween,
  readCount,
  readHigh,
  readLevel,
  readLow,
  readValue,
  shareBelow,
  valuesOf,
} from "./tree-node.js";

export class TreeCursor {
  readonly words: Int32Array;
  /** Inner nodes on the way down and the index taken in each, root first. */
  readonly #nodes: Address[] = [];
  readonly #indexes: number[] = [];
  /** How many there are; what the arrays hold from there on is of no meaning. */
  #depth = 0;
  #leaf: Address = 0;
  #index = 0;
  #count = 0;

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** The cursor's key, after {@link next} returned true; both words unsigned. */
  get high(): number {
    return readHigh(this.words, this.#leaf, this.#index);
  }

  get low(): number {
    return readLow(this.words, this.#leaf, this.#index);
  }

  /** The value under the key; 0 in a SET. */
  get value(): number {
    return readValue(this.words, this.#leaf, this.#index);
  }

  /** Stands before the first key ≥ (high, low) of the tree. */
  seek(root: Address, high: number, low: number): void {
    const { words } = this;
    const wantedHigh = high >>> 0;
    const wantedLow = low >>> 0;
    let depth = 0;
    let node = root;
    let share = 0.5;
    while (readLevel(words, node) > 0) {
      const index = childIndex(words, node, wantedHigh, wantedLow);
      share = shareBelow(words, node, index, wantedHigh, wantedLow);
      this.#nodes[depth] = node;
      this.#indexes[depth++] = index;
      node = words[valuesOf(words, node) + index]!;
    }
    this.#depth = depth;
    this.#leaf = node;
    this.#index = lowerBoundBetween(words, node, wantedHigh, wantedLow, share) - 1;
    this.#count = readCount(words, node);
  }

  /** Moves to the next entry; false at the end. */
  next(): boolean {
    this.#index++;
    while (this.#index >= this.#count) {
      if (!this.#nextLeaf()) return false;
    }
    return true;
  }

  /**
   * From before an entry on, as {@link seek} leaves it: puts the low words of the entries with a high word of at most
   * `high` into a list, and gives how many there are then. Stops with one more than the list has room for.
   */
  takeLows(high: number, list: Uint32Array, from: number): number {
    const { words } = this;
    let used = from;
    this.#index++;
    for (;;) {
      const leaf = this.#leaf;
      for (; this.#index < this.#count; this.#index++) {
        if (readHigh(words, leaf, this.#index) > high) return used;
        if (used === list.length) return used + 1;
        list[used++] = readLow(words, leaf, this.#index);
      }
      if (!this.#nextLeaf()) return used;
    }
  }

  /** Moves to the entry before; false at the beginning. After {@link seek}: the last key below it. */
  previous(): boolean {
    if (this.#index >= 0 && this.#index < this.#count) return true;
    return this.#previousLeaf();
  }

  #nextLeaf(): boolean {
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const index = this.#indexes[depth]! + 1;
      if (index >= readCount(this.words, this.#nodes[depth]!)) continue;
      this.#enter(depth, index, false);
      this.#index = 0;
      return true;
    }
    this.#index = this.#count;
    return false;
  }

  #previousLeaf(): boolean {
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const index = this.#indexes[depth]! - 1;
      if (index < 0) continue;
      this.#enter(depth, index, true);
      this.#index = this.#count - 1;
      return true;
    }
    return false;
  }

  /** Goes to the first (or last) leaf below child `index` of the node at `depth`. */
  #enter(depth: number, index: number, last: boolean): void {
    const { words } = this;
    let below = depth + 1;
    this.#indexes[depth] = index;
    let node = words[valuesOf(words, this.#nodes[depth]!) + index]!;
    while (readLevel(words, node) > 0) {
      const child = last ? readCount(words, node) - 1 : 0;
      this.#nodes[below] = node;
      this.#indexes[below++] = child;
      node = words[valuesOf(words, node) + child]!;
    }
    this.#depth = below;
    this.#leaf = node;
    this.#count = readCount(words, node);
  }
}

/** A cursor before the first key ≥ (high, low) of the tree at `root`; `next` moves onto it. */
export function treeCursor(
  words: Int32Array,
  root: Address,
  high: number,
  low: number,
): TreeCursor {
  const cursor = new TreeCursor(words);
  cursor.seek(root, high, low);
  return cursor;
}

/** A cursor on the last key ≤ (high, low), or null if all keys are above. */
export function floorCursor(
  words: Int32Array,
  root: Address,
  high: number,
  low: number,
): TreeCursor | null {
  const cursor = treeCursor(words, root, high, low);
  if (cursor.next() && cursor.high === high >>> 0 && cursor.low === low >>> 0) return cursor;
  cursor.seek(root, high, low);
  return cursor.previous() ? cursor : null;
}

/** The value under the last key ≤ (high, low), or NOT_FOUND; as {@link floorCursor}, without a cursor. */
export function floorValue(words: Int32Array, root: Address, high: number, low: number): number {
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  let node = root;
  let share = 0.5;
  while (readLevel(words, node) > 0) {
    const child = childIndex(words, node, wantedHigh, wantedLow);
    share = shareBelow(words, node, child, wantedHigh, wantedLow);
    node = words[valuesOf(words, node) + child]!;
  }
  const above = lowerBoundBetween(words, node, wantedHigh, wantedLow, share);
  const index = hasKeyAt(words, node, above, wantedHigh, wantedLow) ? above : above - 1;
  if (index >= 0) return readValue(words, node, index);
  // Every key of the leaf is above: a deletion took its lowest, and the floor is in the leaf before.
  return floorCursor(words, root, high, low)?.value ?? NOT_FOUND;
}
