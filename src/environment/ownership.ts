/**
 * Ownership: making what a segment refers to writable.
 *
 * A segment with one holder may be written in place by it. A writer walks down from a root that it
 * owns and, before each step, replaces a child that others hold too by a copy of its own. So after
 * a clone the first write copies the segments on its path, and the next write on that path copies none.
 *
 * Invariants
 *   OW1  Every function here takes a parent that the caller owns (count 1, on a path of counts 1) and
 *        leaves the child owned in the same sense. A failed allocation leaves both as they were.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { cloneTree, createTree } from "../containers/tree.js";
import type { TreeFlavour } from "../containers/tree-node.js";
import { copySegment, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { isExclusive } from "../memory/segment.js";

/** The tree in child word `slot` of `parent`, owned; made if it was missing. Throws HeapExhaustedError. */
export function ownTree(heap: Heap, parent: Address, slot: number, flavour: TreeFlavour): Address {
  const { words } = heap;
  const tree = words[parent + slot]!;
  if (tree === NO_ADDRESS) return (words[parent + slot] = createTree(heap, flavour));
  if (isExclusive(words, tree)) return tree;
  const copy = cloneTree(heap, tree);
  words[parent + slot] = copy;
  release(heap, tree);
  return copy;
}

/** The segment in child word `slot` (not 0) of `parent`, owned (OW1). Throws HeapExhaustedError. */
export function ownChild(heap: Heap, parent: Address, slot: number): Address {
  const { words } = heap;
  const child = words[parent + slot]!;
  if (isExclusive(words, child)) return child;
  const copy = copySegment(heap, child);
  words[parent + slot] = copy;
  release(heap, child);
  return copy;
}

/** Releases the child in word `slot`, if there is one. Needs no memory. */
export function dropChild(heap: Heap, parent: Address, slot: number): void {
  const { words } = heap;
  const child = words[parent + slot]!;
  if (child === NO_ADDRESS) return;
  words[parent + slot] = NO_ADDRESS;
  release(heap, child);
}
