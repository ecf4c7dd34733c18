/**
 * What differs between two B+ trees, without looking at what they share.
 *
 * Two walks go through the trees side by side. Where both are before a node with the same address
 * they step over it whole; so the cost follows the number of nodes that are not shared, which for a
 * clone is the number of changes times the depth. Nodes at different depths are entered from the
 * higher one down until the walks are at the same level.
 */
import type { Address } from "../base/address.js";
import {
  readCount,
  readFlavour,
  readHigh,
  readLevel,
  readLow,
  readValue,
  SET,
  valuesOf,
} from "./tree-node.js";

/** Called for every key that is in one tree only, or in both with different values, in key order. */
interface TreeDifference {
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

  /** Moves forward to an entry or child of the same node, or to its end. */
  moveTo(index: number): void {
    this.#indexes[this.#indexes.length - 1] = index;
    this.#settle();
  }

  /** Enters the child: is before its first entry. */
  enter(): void {
    this.#nodes.push(this.child);
    this.#indexes.push(0);
    this.#settle();
  }

  /** Leaves nodes that are exhausted. */
  #settle(): void {
    while (this.#nodes.length > 0 && this.index >= readCount(this.words, this.node)) {
      this.#nodes.pop();
      this.#indexes.pop();
      const depth = this.#indexes.length - 1;
      if (depth >= 0) this.#indexes[depth] = this.#indexes[depth]! + 1;
    }
  }
}

/** Reports to `difference` how the tree at `right` differs from the one at `left`. */
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
    else compareLeaves(one, other, difference);
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

/** At least one walk is before a child: shared children are stepped over, others entered. */
function descend(one: Walk, other: Walk): void {
  if (one.level === other.level) {
    if (one.child === other.child) {
      stepOverShared(one, other);
      return;
    }
    // Enter the one that starts first, so that both walks come to a shared child together.
    const order = compareKeys(one, other);
    if (order <= 0) one.enter();
    if (order >= 0) other.enter();
    return;
  }
  if (one.level > other.level) one.enter();
  else other.enter();
}

/** Both walks are before one child: over it and all that follow in both nodes alike. */
function stepOverShared(one: Walk, other: Walk): void {
  const { words } = one;
  const left = one.node;
  const right = other.node;
  const leftValues = valuesOf(words, left);
  const rightValues = valuesOf(words, right);
  const leftCount = readCount(words, left);
  const rightCount = readCount(words, right);
  let i = one.index;
  let j = other.index;
  while (i < leftCount && j < rightCount && words[leftValues + i] === words[rightValues + j]) {
    i++;
    j++;
  }
  one.moveTo(i);
  other.moveTo(j);
}

/** Both walks are before entries: to the end of the leaf that ends first. */
function compareLeaves(one: Walk, other: Walk, difference: TreeDifference): void {
  const { words } = one;
  const left = one.node;
  const right = other.node;
  const leftCount = readCount(words, left);
  const rightCount = readCount(words, right);
  const bare = readFlavour(words, left) === SET;
  const leftValues = bare ? 0 : valuesOf(words, left);
  const rightValues = bare ? 0 : valuesOf(words, right);
  let i = one.index;
  let j = other.index;
  while (i < leftCount && j < rightCount) {
    const order = compareKeysAt(words, left, i, right, j);
    const before = bare ? 0 : words[leftValues + i]!;
    const after = bare ? 0 : words[rightValues + j]!;
    if (order < 0) {
      difference.left(readHigh(words, left, i), readLow(words, left, i), before);
      i++;
    } else if (order > 0) {
      difference.right(readHigh(words, right, j), readLow(words, right, j), after);
      j++;
    } else {
      if (before !== after) {
        difference.changed(readHigh(words, left, i), readLow(words, left, i), before, after);
      }
      i++;
      j++;
    }
  }
  one.moveTo(i);
  other.moveTo(j);
}

function compareKeysAt(
  words: Int32Array,
  left: Address,
  i: number,
  right: Address,
  j: number,
): number {
  const high = readHigh(words, left, i) - readHigh(words, right, j);
  return high !== 0 ? high : readLow(words, left, i) - readLow(words, right, j);
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
  return compareKeysAt(one.words, one.node, one.index, other.node, other.index);
}
