/**
 * Deletion from the B+ tree, rebalancing on the way down.
 *
 *     cases for a child with its minimum of entries or fewer, before the walk descends into it
 *       case 1  its neighbour has entries to spare: half of the surplus moves over, or as much as there is room for
 *       case 2  it does not: the two are merged, and the parent loses a separator
 *       case 3  it is the only child (of the root): nothing to do
 *     and after the deletion
 *       case 4  the root's only child fits into the root: its entries move up
 *
 * Because no child is left with its minimum after the walk, a merge never has to go back up.
 */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { isExclusive } from "../memory/segment.js";
import { treeHas } from "./tree.js";
import {
  childIndex,
  hasKeyAt,
  lowerBound,
  moveHead,
  moveTail,
  ownChildAt,
  readCapacity,
  readCount,
  readFlavour,
  readHigh,
  readLevel,
  readLow,
  readTotal,
  removeEntry,
  SEGMENTS,
  valuesOf,
  writeKey,
  writeShape,
  writeTotal,
} from "./tree-node.js";

const LARGEST_MINIMUM = 20;

/** A quarter of a full node or less: half of what two neighbours have that do not fit into one is more. */
function minimumOf(words: Int32Array, node: Address): number {
  return Math.min(LARGEST_MINIMUM, readCapacity(words, node) >>> 2);
}

/**
 * Removes the key; true if it was there. In a tree of SEGMENTS its value is released. Throws
 * HeapExhaustedError, and then the key is still there.
 */
export function treeDelete(heap: Heap, root: Address, high: number, low: number): boolean {
  const { words } = heap;
  assert(isExclusive(words, root), "T2: a tree is written by the only holder of its root");
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  const owned = deleteAlone(words, root, wantedHigh, wantedLow);
  if (owned === OWNED_AND_GONE) return true;
  // A key that is not there must not copy anything.
  if (owned === NOT_THERE || !treeHas(words, root, wantedHigh, wantedLow)) return false;
  let node = root;
  while (readLevel(words, node) > 0) node = descend(heap, node, wantedHigh, wantedLow);
  const index = lowerBound(words, node, wantedHigh, wantedLow);
  assert(hasKeyAt(words, node, index, wantedHigh, wantedLow), "N2: the walk leads to the key");
  const value = readFlavour(words, node) === SEGMENTS ? words[valuesOf(words, node) + index]! : 0;
  removeEntry(words, node, index);
  writeTotal(words, root, readTotal(words, root) - 1);
  shrinkRoot(heap, root);
  if (value !== 0) release(heap, value);
  return true;
}

const OWNED_AND_GONE = 0;
const NOT_THERE = 1;
const TAKES_MORE = 2;

/** Removes a key whose path is owned already and loses nothing but the entry; most writes are such. */
function deleteAlone(
  words: Int32Array,
  root: Address,
  high: number,
  low: number,
): typeof OWNED_AND_GONE | typeof NOT_THERE | typeof TAKES_MORE {
  if (readFlavour(words, root) === SEGMENTS) return TAKES_MORE;
  let node = root;
  while (readLevel(words, node) > 0) {
    node = words[valuesOf(words, node) + childIndex(words, node, high, low)]!;
    if (!isExclusive(words, node) || readCount(words, node) <= minimumOf(words, node))
      return TAKES_MORE;
  }
  const index = lowerBound(words, node, high, low);
  if (!hasKeyAt(words, node, index, high, low)) return NOT_THERE;
  removeEntry(words, node, index);
  writeTotal(words, root, readTotal(words, root) - 1);
  return OWNED_AND_GONE;
}

/** The child for the key, owned and with more than its minimum of entries or without siblings. */
function descend(heap: Heap, node: Address, high: number, low: number): Address {
  const { words } = heap;
  const index = childIndex(words, node, high, low);
  const child = ownChildAt(heap, node, index);
  if (readCount(words, child) > minimumOf(words, child) || readCount(words, node) === 1)
    return child;
  const leftIndex = index > 0 ? index - 1 : index;
  const left = ownChildAt(heap, node, leftIndex);
  const right = ownChildAt(heap, node, leftIndex + 1);
  const together = readCount(words, left) + readCount(words, right);
  if (together <= readCapacity(words, left)) {
    moveHead(words, right, readCount(words, right), left);
    removeEntry(words, node, leftIndex + 1);
    release(heap, right);
    return left;
  }
  // Neighbours may differ in size (N6).
  const most = readCapacity(words, left);
  const least = together - readCapacity(words, right);
  share(words, node, leftIndex, Math.max(least, Math.min(most, together >>> 1)));
  return words[valuesOf(words, node) + childIndex(words, node, high, low)]!;
}

/** Case 1: moves entries so that the child at `leftIndex` has `wanted` of its own and the next one's, and sets the separator. */
function share(words: Int32Array, node: Address, leftIndex: number, wanted: number): void {
  const left = words[valuesOf(words, node) + leftIndex]!;
  const right = words[valuesOf(words, node) + leftIndex + 1]!;
  const count = readCount(words, left);
  if (count < wanted) moveHead(words, right, wanted - count, left);
  else moveTail(words, left, wanted, right);
  writeKey(words, node, leftIndex + 1, readHigh(words, right, 0), readLow(words, right, 0));
}

/** Case 4, as often as it applies. Needs no memory: a shared child stays where it is. */
function shrinkRoot(heap: Heap, root: Address): void {
  const { words } = heap;
  while (readLevel(words, root) > 0 && readCount(words, root) === 1) {
    const child = words[valuesOf(words, root)]!;
    const count = readCount(words, child);
    const level = readLevel(words, child);
    const flavour = readFlavour(words, child);
    if (count > ROOT_COMFORT || !isExclusive(words, child)) return;
    const total = readTotal(words, root);
    writeShape(words, root, level, flavour);
    moveTail(words, child, 0, root);
    writeTotal(words, root, total);
    release(heap, child);
  }
}

/**
 * Entries with which content moves back into the root; below its capacity, so that the tree does not thrash
 * between the two shapes.
 */
const ROOT_COMFORT = 5;
