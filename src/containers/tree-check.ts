/** The invariants of a B+ tree, proved from what is in the heap. */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import type { Heap } from "../memory/heap.js";
import { loadReferenceCount, readChildCount, readFirstChild } from "../memory/segment.js";
import {
  ROOT_WORDS,
  readCapacity,
  readCount,
  readFlavour,
  readHigh,
  readLevel,
  readLow,
  readTotal,
  SEGMENTS,
  valuesOf,
} from "./tree-node.js";

/** The bounds that the keys of a node must keep (N2). */
interface Bounds {
  readonly from: readonly [number, number];
  /** Null for none. */
  readonly below: readonly [number, number] | null;
}

/** Where the left edge of every tree begins. */
const LEAST = [0, 0] as const;

function isBelow(one: readonly [number, number], other: readonly [number, number]): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}

/** Stops the engine unless every invariant of the tree at `root` holds. */
export function checkTree(heap: Heap, root: Address): void {
  const { words } = heap;
  assert(readCapacity(words, root) <= ROOT_WORDS, "T1: the root is a root block");
  const entries = checkNode(words, root, readLevel(words, root), { from: LEAST, below: null });
  assert(entries === readTotal(words, root), `N5: total ${readTotal(words, root)}, not ${entries}`);
}

/** Entries in the leaves below. */
function checkNode(words: Int32Array, node: Address, level: number, bounds: Bounds): number {
  assert(loadReferenceCount(words, node) > 0, "S1: a node of a tree is held");
  assert(readLevel(words, node) === level, "N3: all leaves are at the same depth");
  const count = readCount(words, node);
  assert(count <= readCapacity(words, node), "a node holds no more than its capacity");
  checkChildRange(words, node, count);
  checkKeys(words, node, count, bounds, level > 0);
  if (level === 0) return count;
  assert(count > 0, "N6: an inner node has a child");
  let entries = 0;
  for (let index = 0; index < count; index++) {
    const child = words[valuesOf(words, node) + index]!;
    assert(readCount(words, child) > 0, "N6: only a root may be empty");
    assert(readFlavour(words, child) === readFlavour(words, node), "a tree has one flavour");
    const from = keyAt(words, node, index);
    const below = index + 1 < count ? keyAt(words, node, index + 1) : bounds.below;
    entries += checkNode(words, child, level - 1, { from, below });
  }
  return entries;
}

function keyAt(words: Int32Array, node: Address, index: number): readonly [number, number] {
  return [readHigh(words, node, index), readLow(words, node, index)];
}

function checkChildRange(words: Int32Array, node: Address, count: number): void {
  const holds = readLevel(words, node) > 0 || readFlavour(words, node) === SEGMENTS;
  assert(readChildCount(words, node) === (holds ? count : 0), "N4: the child range is the values");
  if (holds) {
    assert(node + readFirstChild(words, node) === valuesOf(words, node), "N4: it starts at them");
  }
}

function checkKeys(
  words: Int32Array,
  node: Address,
  count: number,
  { from, below }: Bounds,
  inner: boolean,
): void {
  if (inner) {
    const isBound = !isBelow(keyAt(words, node, 0), from) && !isBelow(from, keyAt(words, node, 0));
    assert(isBound, "N2: key 0 of an inner node is the node's lower bound");
  }
  for (let index = 0; index < count; index++) {
    const key = keyAt(words, node, index);
    if (index > 0) assert(isBelow(keyAt(words, node, index - 1), key), "N1: keys ascend");
    assert(!isBelow(key, from), "N2: keys are not below their bound");
    if (below !== null) assert(isBelow(key, below), "N2: keys are below the next bound");
  }
}
