/**
 * A node of the B+ tree: one segment.
 *
 *     word 0        4       5       6       7                    7 + 2c             7 + 3c
 *          | header | count | shape | total | high 0 | low 0 | … | value 0 | value 1 | … |
 *                                           |······ keys ········|····· values ·····|
 *
 * `shape` is  | capacity | level 6 bits | flavour 2 bits |.
 *
 * `c` is the capacity, as many as the block holds. A leaf's values are the map's; a SET leaf has none
 * and uses the whole block for keys. An inner node's values are its children, its keys the lower
 * bounds of what is below them.
 *
 * Invariants
 *   N1  Keys ascend strictly, compared as (high, low), both unsigned.
 *   N2  Inner: every key below child i is ≥ key i, and < key i + 1. Key 0 is the key that the parent has
 *       for the node, and (0, 0) on the left edge of the tree, since a later key may be below all others; and
 *       when deletion merges two nodes, key 0 of the right one separates their entries.
 *   N3  All leaves have the same distance from the root.
 *   N4  The child range is exactly the values in use if they are segments (inner nodes, leaves of
 *       flavour SEGMENTS), otherwise empty.
 *   N5  `total`, in the root only, is the number of entries in all leaves.
 *   N6  A node that is not a root has an entry, and siblings have at least the block of `largestWords`, unless a node
 *       is the only child of the root. (Nodes from stores of older versions have more.)
 *   N7  A thread may end between any two steps; at each of them no child is in two child ranges that
 *       lead from one root, nor in one range twice.
 *
 * No shared words: a node is written by its only holder before others can reach it.
 */
import type { Address } from "../base/address.js";
import { allocate, copySegment, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { TREE_LEAF, TREE_NODE } from "../memory/kinds.js";
import {
  assertWritable,
  HEADER_WORDS,
  isExclusive,
  readCapacityWords,
  setChildren,
} from "../memory/segment.js";

/** Values are plain words. */
export const PLAIN = 0;
/** Values are addresses of segments, which the tree holds. */
export const SEGMENTS = 1;
/** There are only keys. */
export const SET = 2;
export type TreeFlavour = typeof PLAIN | typeof SEGMENTS | typeof SET;

const COUNT: number = HEADER_WORDS;
const SHAPE: number = COUNT + 1;
const TOTAL: number = SHAPE + 1;
const KEYS: number = TOTAL + 1;
const KEY_WORDS = 2;

const FLAVOUR_MASK = 3;
const LEVEL_SHIFT = 2;
const LEVEL_MASK = 0xfc;
const CAPACITY_SHIFT = 8;

/** Blocks of a tree's root, and of the smallest other node. */
export const ROOT_WORDS = 32;
export const SMALL_WORDS = 64;
/** The largest block of a node of plain words, and of one of segments: who copies that counts each of them. */
const LARGE_WORDS = 256;
const LARGE_HOLDING_WORDS = 128;

export function readCount(words: Int32Array, node: Address): number {
  return words[node + COUNT]!;
}

/** 0 for a leaf. */
export function readLevel(words: Int32Array, node: Address): number {
  return (words[node + SHAPE]! & LEVEL_MASK) >> LEVEL_SHIFT;
}

export function readFlavour(words: Int32Array, node: Address): TreeFlavour {
  return (words[node + SHAPE]! & FLAVOUR_MASK) as TreeFlavour;
}

export function readTotal(words: Int32Array, root: Address): number {
  return words[root + TOTAL]!;
}

export function writeTotal(words: Int32Array, root: Address, total: number): void {
  words[root + TOTAL] = total;
}

/** True for nodes whose entries have no value word: leaves of flavour SET. */
function isBare(words: Int32Array, node: Address): boolean {
  return (words[node + SHAPE]! & (LEVEL_MASK | FLAVOUR_MASK)) === SET;
}

export function readCapacity(words: Int32Array, node: Address): number {
  return words[node + SHAPE]! >>> CAPACITY_SHIFT;
}

/** The shape word of a node that takes up `sizeWords`. */
function shapeOf(sizeWords: number, level: number, flavour: TreeFlavour): number {
  const entryWords = level === 0 && flavour === SET ? KEY_WORDS : KEY_WORDS + 1;
  const capacity = Math.floor((sizeWords - KEYS) / entryWords);
  return (capacity << CAPACITY_SHIFT) | (level << LEVEL_SHIFT) | flavour;
}

/** Where the first value stands. Not for SET leaves. */
export function valuesOf(words: Int32Array, node: Address): Address {
  return node + KEYS + KEY_WORDS * readCapacity(words, node);
}

export function readHigh(words: Int32Array, node: Address, index: number): number {
  return words[node + KEYS + KEY_WORDS * index]! >>> 0;
}

export function readLow(words: Int32Array, node: Address, index: number): number {
  return words[node + KEYS + KEY_WORDS * index + 1]! >>> 0;
}

export function writeKey(
  words: Int32Array,
  node: Address,
  index: number,
  high: number,
  low: number,
): void {
  const at = node + KEYS + KEY_WORDS * index;
  words[at] = high;
  words[at + 1] = low;
}

/** The value at `index`; 0 in a SET leaf. */
export function readValue(words: Int32Array, node: Address, index: number): number {
  return isBare(words, node) ? 0 : words[valuesOf(words, node) + index]!;
}

/** True for inner nodes and for leaves of flavour SEGMENTS. */
function holdsSegments(shape: number): boolean {
  return (shape & LEVEL_MASK) !== 0 || (shape & FLAVOUR_MASK) === SEGMENTS;
}

/** The block of a node that is split when it is full (N6). */
export function largestWords(level: number, flavour: TreeFlavour): number {
  return level > 0 || flavour === SEGMENTS ? LARGE_HOLDING_WORDS : LARGE_WORDS;
}

/** Sets how many entries are in use, and with it the child range (N4). */
export function writeCount(words: Int32Array, node: Address, count: number): void {
  words[node + COUNT] = count;
  if (holdsSegments(words[node + SHAPE]!)) {
    setChildren(words, node, valuesOf(words, node) - node, count);
  }
}

/** Changes what an owned, emptied node is. */
export function writeShape(
  words: Int32Array,
  node: Address,
  level: number,
  flavour: TreeFlavour,
): void {
  setChildren(words, node, 0, 0);
  words[node + COUNT] = 0;
  words[node + SHAPE] = shapeOf(readCapacityWords(words, node), level, flavour);
}

/** A node without entries. Throws HeapExhaustedError. */
export function createNode(
  heap: Heap,
  sizeWords: number,
  level: number,
  flavour: TreeFlavour,
  kind: number = level === 0 ? TREE_LEAF : TREE_NODE,
): Address {
  const node = allocate(heap, sizeWords, kind);
  const { words } = heap;
  words[node + SHAPE] = shapeOf(readCapacityWords(words, node), level, flavour);
  words[node + TOTAL] = 0;
  writeCount(words, node, 0);
  return node;
}

/** The first index whose key is ≥ (high, low), both unsigned; `count` if there is none. */
export function lowerBound(words: Int32Array, node: Address, high: number, low: number): number {
  const keys = node + KEYS;
  let from = 0;
  let to = words[node + COUNT]!;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = keys + (middle << 1);
    const found = words[at]! >>> 0;
    if (found < high || (found === high && words[at + 1]! >>> 0 < low)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * As {@link lowerBound} in a leaf whose keys lie between two keys of its parent, which are at hand: looks first where
 * the key would stand if keys were spread evenly, as hashes and ids are, so that few lines of memory are fetched.
 */
export function lowerBoundBetween(
  words: Int32Array,
  node: Address,
  high: number,
  low: number,
  share: number,
): number {
  const keys = node + KEYS;
  const count = words[node + COUNT]!;
  let from = 0;
  let to = count;
  let probe = Math.trunc(count * share);
  for (let step = 2; from < to; step <<= 1) {
    const at = keys + (probe << 1);
    const found = words[at]! >>> 0;
    if (found < high || (found === high && words[at + 1]! >>> 0 < low)) {
      from = probe + 1;
      probe += step;
      if (probe >= to) break;
    } else {
      to = probe;
      probe -= step;
      if (probe < from) break;
    }
  }
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = keys + (middle << 1);
    const found = words[at]! >>> 0;
    if (found < high || (found === high && words[at + 1]! >>> 0 < low)) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Which share of a child's keys is below the key, as far as the keys of its parent tell: in [0, 1). */
export function shareBelow(
  words: Int32Array,
  parent: Address,
  child: number,
  high: number,
  low: number,
): number {
  if (child + 1 >= words[parent + COUNT]!) return 0.5;
  const at = parent + KEYS + (child << 1);
  const firstHigh = words[at]! >>> 0;
  const nextHigh = words[at + 2]! >>> 0;
  if (firstHigh !== nextHigh) return (high - firstHigh) / (nextHigh - firstHigh + 1);
  const firstLow = words[at + 1]! >>> 0;
  return (low - firstLow) / ((words[at + 3]! >>> 0) - firstLow + 1);
}

/** The child below which (high, low) belongs: the last whose lower bound is not above it. */
export function childIndex(words: Int32Array, node: Address, high: number, low: number): number {
  const keys = node + KEYS;
  let from = 1;
  let to = words[node + COUNT]!;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = keys + (middle << 1);
    const found = words[at]! >>> 0;
    if (found < high || (found === high && words[at + 1]! >>> 0 <= low)) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}

/** True if the key at `index` exists and is (high, low). */
export function hasKeyAt(
  words: Int32Array,
  node: Address,
  index: number,
  high: number,
  low: number,
): boolean {
  if (index >= words[node + COUNT]!) return false;
  const at = node + KEYS + (index << 1);
  return words[at]! >>> 0 === high && words[at + 1]! >>> 0 === low;
}

/**
 * While entries move, a node holds no children (N7): a thread that ends in the middle loses references,
 * which recovery finds, but none is counted twice.
 */
function holdNothing(words: Int32Array, node: Address): void {
  assertWritable(words, node);
  setChildren(words, node, 0, 0);
}

/** Makes room at `index` for an entry, whose key the caller writes. The node is owned and not full. */
export function insertEntry(words: Int32Array, node: Address, index: number, value: number): void {
  const count = words[node + COUNT]!;
  const at = node + KEYS + (index << 1);
  holdNothing(words, node);
  moveWords(words, at + KEY_WORDS, at, (count - index) << 1);
  if (!isBare(words, node)) {
    const place = valuesOf(words, node) + index;
    moveWords(words, place + 1, place, count - index);
    words[place] = value;
  }
  writeCount(words, node, count + 1);
}

/** Takes the entry at `index` out; what its value refers to is not released. */
export function removeEntry(words: Int32Array, node: Address, index: number): void {
  const count = words[node + COUNT]!;
  const at = node + KEYS + (index << 1);
  holdNothing(words, node);
  moveWords(words, at, at + KEY_WORDS, (count - index - 1) << 1);
  if (!isBare(words, node)) {
    const place = valuesOf(words, node) + index;
    moveWords(words, place, place + 1, count - index - 1);
  }
  writeCount(words, node, count - 1);
}

/**
 * Moves the entries from `index` on before those of another owned node of the same level, which has room.
 */
export function moveTail(words: Int32Array, from: Address, index: number, to: Address): void {
  const count = words[from + COUNT]! - index;
  const toCount = words[to + COUNT]!;
  const target = to + KEYS;
  holdNothing(words, from);
  holdNothing(words, to);
  moveWords(words, target + (count << 1), target, toCount << 1);
  moveWords(words, target, from + KEYS + (index << 1), count << 1);
  if (!isBare(words, from)) {
    const places = valuesOf(words, to);
    moveWords(words, places + count, places, toCount);
    moveWords(words, places, valuesOf(words, from) + index, count);
  }
  writeCount(words, to, toCount + count);
  writeCount(words, from, index);
}

/** Moves the first `count` entries behind those of another owned node of the same level, which has room. */
export function moveHead(words: Int32Array, from: Address, count: number, to: Address): void {
  const left = words[from + COUNT]! - count;
  const toCount = words[to + COUNT]!;
  const source = from + KEYS;
  holdNothing(words, from);
  holdNothing(words, to);
  moveWords(words, to + KEYS + (toCount << 1), source, count << 1);
  moveWords(words, source, source + (count << 1), left << 1);
  if (!isBare(words, from)) {
    const values = valuesOf(words, from);
    moveWords(words, valuesOf(words, to) + toCount, values, count);
    moveWords(words, values, values + count, left);
  }
  writeCount(words, to, toCount + count);
  writeCount(words, from, left);
}

/** Below this a loop is faster than a call. */
const LOOP_WORDS = 24;

/** Copies words; the ranges may overlap. */
function moveWords(words: Int32Array, to: Address, from: Address, count: number): void {
  if (count > LOOP_WORDS) {
    words.copyWithin(to, from, from + count);
  } else if (to > from) {
    for (let index = count - 1; index >= 0; index--) words[to + index] = words[from + index]!;
  } else {
    for (let index = 0; index < count; index++) words[to + index] = words[from + index]!;
  }
}

/** The child at `index` of an owned inner node, owned: copied first if others hold it too. */
export function ownChildAt(heap: Heap, node: Address, index: number): Address {
  const { words } = heap;
  const place = valuesOf(words, node) + index;
  const child = words[place]!;
  if (isExclusive(words, child)) return child;
  const copy = copySegment(heap, child);
  words[place] = copy;
  release(heap, child);
  return copy;
}
