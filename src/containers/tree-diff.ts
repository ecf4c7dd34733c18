/**
 * What differs between two B+ trees, without looking at what they share.
 *
 * Two walks go through the trees side by side. Where both stand before a node with the same address
 * they step over it whole; so the cost follows the number of nodes that are not shared, which for a
 * clone is the number of changes times the depth. Nodes at different depths are opened from the
 * higher one down until the walks stand at equal levels.
 */
import type { Address } from "../base/address.js";
import { readCount, readHigh, readLevel, readLow, readValue, valuesOf } from "./tree-node.js";

/** Told every key that is in one tree only, or in both with different values, in key order. */
export interface TreeDifference {
  left(high: number, low: number, value: number): void;
  right(high: number, low: number, value: number): void;
  changed(high: number, low: number, left: number, right: number): void;
}

/** A place in a tree: before entry `index` of the innermost node of the way. */
class Walk {
  readonly words: Int32Array;
  readonly #nodes: Address[];
  readonly #indexes: number[];

  constructor(words: Int32Array, root: Address) {
    this.words = words;
    this.#nodes = [root];
    this.#indexes = [0];
    this.#settle();
  }

  get ended(): boolean {
    return this.#nodes.length === 0;
  }

  get node(): Address {
    return this.#nodes.at(-1)!;
  }

  get index(): number {
    return this.#indexes.at(-1)!;
  }

  get level(): number {
    return readLevel(this.words, this.node);
  }

  /** The child before which the walk stands, in an inner node. */
  get child(): Address {
    return this.words[valuesOf(this.words, this.node) + this.index]!;
  }

  get high(): number {
    return readHigh(this.words, this.node, this.index);
  }

  get low(): number {
    return readLow(this.words, this.node, this.index);
  }

  get value(): number {
    return readValue(this.words, this.node, this.index);
  }

  /** Steps over the entry or child. */
  step(): void {
    this.#indexes[this.#indexes.length - 1] = this.index + 1;
    this.#settle();
  }

  /** Opens the child: stands before its first entry. */
  enter(): void {
    this.#nodes.push(this.child);
    this.#indexes.push(0);
    this.#settle();
  }

  /** Leaves nodes that have come to their end. */
  #settle(): void {
    while (this.#nodes.length > 0 && this.index >= readCount(this.words, this.node)) {
      this.#nodes.pop();
      this.#indexes.pop();
      const depth = this.#indexes.length - 1;
      if (depth >= 0) this.#indexes[depth] = this.#indexes[depth]! + 1;
    }
  }
}

/** Tells `difference` how the tree at `right` differs from the one at `left`. */
export function diffTrees(
  words: Int32Array,
  left: Address,
  right: Address,
  difference: TreeDifference,
): void {
  if (left === right) return;
  const one = new Walk(words, left);
  const other = new Walk(words, right);
  while (!one.ended && !other.ended) {
    if (one.level > 0 || other.level > 0) descend(one, other);
    else compareEntries(one, other, difference);
  }
  for (; !one.ended; ) {
    if (one.level > 0) one.enter();
    else tellLeft(one, difference);
  }
  for (; !other.ended; ) {
    if (other.level > 0) other.enter();
    else tellRight(other, difference);
  }
}

/** At least one walk stands before a child: shared children are stepped over, others opened. */
function descend(one: Walk, other: Walk): void {
  if (one.level === other.level) {
    if (one.child === other.child) {
      one.step();
      other.step();
      return;
    }
    // Open the one that starts first, so that both walks come to a shared child together.
    const order = compareKeys(one, other);
    if (order <= 0) one.enter();
    if (order >= 0) other.enter();
    return;
  }
  if (one.level > other.level) one.enter();
  else other.enter();
}

function compareEntries(one: Walk, other: Walk, difference: TreeDifference): void {
  const order = compareKeys(one, other);
  if (order < 0) {
    tellLeft(one, difference);
  } else if (order > 0) {
    tellRight(other, difference);
  } else {
    if (one.value !== other.value) {
      difference.changed(one.high, one.low, one.value, other.value);
    }
    one.step();
    other.step();
  }
}

function tellLeft(walk: Walk, difference: TreeDifference): void {
  difference.left(walk.high, walk.low, walk.value);
  walk.step();
}

function tellRight(walk: Walk, difference: TreeDifference): void {
  difference.right(walk.high, walk.low, walk.value);
  walk.step();
}

function compareKeys(one: Walk, other: Walk): number {
  return one.high - other.high || one.low - other.low;
}
