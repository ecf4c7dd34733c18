/**
 * Stable-root B+ tree: an ordered map from 64-bit keys to words, in heap segments.
 *
 *     root (32 words, forever at its address)
 *     | · 0 | · 700 | · 1400 |
 *        │       │        └─────────────────┐
 *     | 0 12 40 … |   | 700 703 … |   | 1400 … |        256 words each, inner nodes 128
 *
 * The address of the root identifies the map. A full root moves its content into a new child
 * and stays where it is; nodes are split on the way down, so no insertion ever walks back up. Clones
 * share nodes; the counts of children are raised only when their parent is copied (Rodeh, "B-trees,
 * Shadowing, and Clones", 2008).
 *
 * Invariants (those of nodes are in `tree-node.ts`)
 *   T1  The root's address never changes while the map lives.
 *   T2  A writer owns the root (count 1) and makes each node on its path its own before it descends.
 *   T3  A failed allocation leaves the map's entries as they were: nodes are copied, grown and split
 *       before an entry changes, and none of that changes what the map holds.
 *   T4  Keys are two words, both unsigned.
 */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { copySegment, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { TREE_ROOT } from "../memory/kinds.js";
import { isExclusive, readCapacityWords } from "../memory/segment.js";
import {
  childIndex,
  createNode,
  hasKeyAt,
  insertEntry,
  largestWords,
  lowerBound,
  moveTail,
  ownChildAt,
  ROOT_WORDS,
  readCapacity,
  readCount,
  readFlavour,
  readHigh,
  readLevel,
  readLow,
  readTotal,
  SEGMENTS,
  SET,
  SMALL_WORDS,
  type TreeFlavour,
  valuesOf,
  writeCount,
  writeKey,
  writeShape,
  writeTotal,
} from "./tree-node.js";

/** Returned by lookups: never an address and, in trees of counts and ids, never a value. */
export const NOT_FOUND = -1;

/** An empty map; the caller holds its one reference. Throws HeapExhaustedError. */
export function createTree(heap: Heap, flavour: TreeFlavour): Address {
  return createNode(heap, ROOT_WORDS, 0, flavour, TREE_ROOT);
}

/** A map with the same entries, sharing everything but the root. O(1). Throws HeapExhaustedError. */
export function cloneTree(heap: Heap, root: Address): Address {
  return copySegment(heap, root);
}

/** How many entries. */
export function treeCount(words: Int32Array, root: Address): number {
  return readTotal(words, root);
}

/** The leaf where the key belongs. */
function leafFor(words: Int32Array, root: Address, high: number, low: number): Address {
  let node = root;
  while (readLevel(words, node) > 0) {
    node = words[valuesOf(words, node) + childIndex(words, node, high, low)]!;
  }
  return node;
}

/** The value of a key, or NOT_FOUND; where that may be a value too, ask {@link treeHas}. */
export function treeFind(words: Int32Array, root: Address, high: number, low: number): number {
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  const leaf = leafFor(words, root, wantedHigh, wantedLow);
  const index = lowerBound(words, leaf, wantedHigh, wantedLow);
  if (!hasKeyAt(words, leaf, index, wantedHigh, wantedLow)) return NOT_FOUND;
  return words[valuesOf(words, leaf) + index]!;
}

export function treeHas(words: Int32Array, root: Address, high: number, low: number): boolean {
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  const leaf = leafFor(words, root, wantedHigh, wantedLow);
  return hasKeyAt(
    words,
    leaf,
    lowerBound(words, leaf, wantedHigh, wantedLow),
    wantedHigh,
    wantedLow,
  );
}

/**
 * Puts `value` under the key, in place of what was there. In a tree of SEGMENTS the tree takes over
 * the caller's reference to `value` and releases the one it replaces. Throws HeapExhaustedError.
 */
export function treeInsert(
  heap: Heap,
  root: Address,
  high: number,
  low: number,
  value: number,
): void {
  const { words } = heap;
  assert(isExclusive(words, root), "T2: a tree is written by the only holder of its root");
  const newHigh = high >>> 0; // T4
  const newLow = low >>> 0;
  const leaf = ownLeafFor(heap, root, newHigh, newLow);
  const index = lowerBound(words, leaf, newHigh, newLow);
  if (!hasKeyAt(words, leaf, index, newHigh, newLow)) {
    insertEntry(words, leaf, index, value);
    writeKey(words, leaf, index, newHigh, newLow);
    writeTotal(words, root, readTotal(words, root) + 1);
    return;
  }
  const flavour = readFlavour(words, leaf);
  const place = valuesOf(words, leaf) + index;
  if (flavour === SEGMENTS) {
    const old = words[place]!;
    words[place] = value;
    release(heap, old);
  } else if (flavour !== SET) {
    words[place] = value;
  }
}

/**
 * As {@link treeInsert} in a tree of SEGMENTS for a key that is there. Throws HeapExhaustedError only if the
 * path to the key is not owned yet.
 */
export function treeReplace(
  heap: Heap,
  root: Address,
  high: number,
  low: number,
  value: number,
): void {
  const { words } = heap;
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  const leaf = ownPath(heap, root, wantedHigh, wantedLow);
  const index = lowerBound(words, leaf, wantedHigh, wantedLow);
  assert(hasKeyAt(words, leaf, index, wantedHigh, wantedLow), "a replaced key must be in the tree");
  const place = valuesOf(words, leaf) + index;
  const old = words[place]!;
  words[place] = value;
  release(heap, old);
}

/** The leaf for the key, owned and with room for one entry; every node on the way too. */
function ownLeafFor(heap: Heap, root: Address, high: number, low: number): Address {
  const { words } = heap;
  if (readCount(words, root) === readCapacity(words, root)) pushDown(heap, root);
  let node = root;
  while (readLevel(words, node) > 0) {
    const index = childIndex(words, node, high, low);
    let child = ownChildAt(heap, node, index);
    if (readCount(words, child) === readCapacity(words, child)) {
      child = makeRoom(heap, node, index, high, low);
    }
    node = child;
  }
  return node;
}

/** Moves the content of a full root into a new child (T1). */
function pushDown(heap: Heap, root: Address): void {
  const { words } = heap;
  const level = readLevel(words, root);
  const flavour = readFlavour(words, root);
  const child = createNode(heap, SMALL_WORDS, level, flavour);
  const total = readTotal(words, root);
  moveTail(words, root, 0, child);
  becomeParent(words, root, level + 1, flavour, child);
  writeTotal(words, root, total);
}

/** Turns the emptied root into an inner node with one child, which may get any key (N2). */
function becomeParent(
  words: Int32Array,
  root: Address,
  level: number,
  flavour: TreeFlavour,
  child: Address,
): void {
  writeShape(words, root, level, flavour);
  writeKey(words, root, 0, 0, 0);
  words[valuesOf(words, root)] = child;
  writeCount(words, root, 1);
}

/** The full, owned child at `index` grows, or is split; returns the child for the key. */
function makeRoom(heap: Heap, node: Address, index: number, high: number, low: number): Address {
  const { words } = heap;
  const child = words[valuesOf(words, node) + index]!;
  const sizeWords = readCapacityWords(words, child);
  const level = readLevel(words, child);
  const flavour = readFlavour(words, child);
  if (sizeWords < largestWords(level, flavour)) return grow(heap, node, index, sizeWords * 2);
  const right = createNode(heap, sizeWords, level, flavour);
  const count = readCount(words, child);
  // At the right end keys usually keep ascending: leave the left node full.
  const last = index === readCount(words, node) - 1;
  const appending = last && isAbove(words, child, count - 1, high, low);
  const kept = appending ? count - 1 : count >>> 1;
  moveTail(words, child, kept, right);
  const rightHigh = readHigh(words, right, 0);
  const rightLow = readLow(words, right, 0);
  insertEntry(words, node, index + 1, right);
  writeKey(words, node, index + 1, rightHigh, rightLow);
  const goesRight = high > rightHigh || (high === rightHigh && low >= rightLow);
  return goesRight ? right : child;
}

function isAbove(
  words: Int32Array,
  node: Address,
  index: number,
  high: number,
  low: number,
): boolean {
  const keyHigh = readHigh(words, node, index);
  return high > keyHigh || (high === keyHigh && low > readLow(words, node, index));
}

/** Replaces the owned child at `index` by one of `sizeWords` with the same entries. */
function grow(heap: Heap, node: Address, index: number, sizeWords: number): Address {
  const { words } = heap;
  const place = valuesOf(words, node) + index;
  const child = words[place]!;
  const larger = createNode(heap, sizeWords, readLevel(words, child), readFlavour(words, child));
  moveTail(words, child, 0, larger);
  words[place] = larger;
  release(heap, child);
  return larger;
}

/**
 * In a tree of SEGMENTS: the segment under a key that is there, made the tree's own (copied first if
 * others hold it too), with its path. Throws HeapExhaustedError.
 */
export function treeOwnedValue(heap: Heap, root: Address, high: number, low: number): Address {
  const { words } = heap;
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  const leaf = ownPath(heap, root, wantedHigh, wantedLow);
  const index = lowerBound(words, leaf, wantedHigh, wantedLow);
  assert(hasKeyAt(words, leaf, index, wantedHigh, wantedLow), "an owned key must be in the tree");
  return ownChildAt(heap, leaf, index);
}

/** As {@link treeOwnedValue} where the key may not be there: then NOT_FOUND, and nothing is copied. */
export function treeOwnedIfThere(heap: Heap, root: Address, high: number, low: number): Address {
  const { words } = heap;
  const wantedHigh = high >>> 0;
  const wantedLow = low >>> 0;
  const leaf = leafFor(words, root, wantedHigh, wantedLow);
  const index = lowerBound(words, leaf, wantedHigh, wantedLow);
  if (!hasKeyAt(words, leaf, index, wantedHigh, wantedLow)) return NOT_FOUND;
  // Most trees of few entries are a root, which is owned.
  return leaf === root
    ? ownChildAt(heap, leaf, index)
    : treeOwnedValue(heap, root, wantedHigh, wantedLow);
}

/** The leaf where the key belongs, owned with every node on the way, nothing else changed. */
export function ownPath(heap: Heap, root: Address, high: number, low: number): Address {
  const { words } = heap;
  assert(isExclusive(words, root), "T2: a tree is written by the only holder of its root");
  let node = root;
  while (readLevel(words, node) > 0) {
    node = ownChildAt(heap, node, childIndex(words, node, high, low));
  }
  return node;
}
