/**
 * Building a B+ tree from sorted entries: leaves are filled one after another, without a search.
 */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { createTree } from "./tree.js";
import {
  createNode,
  insertEntry,
  largestWords,
  readCapacity,
  readCount,
  readHigh,
  readLow,
  type TreeFlavour,
  writeKey,
  writeShape,
  writeTotal,
} from "./tree-node.js";

/** Entries in ascending order of key, to be read one by one. */
export interface SortedEntries {
  /** Moves to the next entry; false at the end. */
  next(): boolean;
  readonly high: number;
  readonly low: number;
  readonly value: number;
}

/**
 * A tree of the entries, which must ascend strictly. The tree takes over one reference to each value
 * of a tree of SEGMENTS. Throws HeapExhaustedError, having released what it took.
 */
export function buildTree(heap: Heap, flavour: TreeFlavour, entries: SortedEntries): Address {
  const leaves: Address[] = [];
  try {
    return linkUp(heap, flavour, leaves, fillLeaves(heap, flavour, entries, leaves));
  } catch (error) {
    for (const leaf of leaves) release(heap, leaf);
    throw error;
  }
}

/** Appends full leaves to `leaves`; how many entries there are. */
function fillLeaves(
  heap: Heap,
  flavour: TreeFlavour,
  entries: SortedEntries,
  leaves: Address[],
): number {
  const { words } = heap;
  let leaf = 0;
  let total = 0;
  while (entries.next()) {
    const { high, low, value } = entries;
    if (leaf === 0 || readCount(words, leaf) === readCapacity(words, leaf)) {
      leaf = createNode(heap, largestWords(0, flavour), 0, flavour);
      leaves.push(leaf);
    }
    const count = readCount(words, leaf);
    assert(count === 0 || isAbove(words, leaf, count - 1, high, low), "N1: entries ascend");
    insertEntry(words, leaf, count, value);
    writeKey(words, leaf, count, high, low);
    total++;
  }
  return total;
}

function isAbove(
  words: Int32Array,
  node: Address,
  index: number,
  high: number,
  low: number,
): boolean {
  const before = readHigh(words, node, index);
  return high >>> 0 > before || (high >>> 0 === before && low >>> 0 > readLow(words, node, index));
}

/** Puts levels of inner nodes over `nodes` until they fit below the root; empties `nodes`. */
function linkUp(heap: Heap, flavour: TreeFlavour, nodes: Address[], total: number): Address {
  const { words } = heap;
  const root = createTree(heap, flavour);
  try {
    let level = 1;
    writeShape(words, root, level, flavour);
    while (nodes.length > readCapacity(words, root)) {
      groupLevel(heap, flavour, level, nodes);
      level++;
      writeShape(words, root, level, flavour);
    }
    if (nodes.length === 0) writeShape(words, root, 0, flavour);
    for (const node of nodes) adopt(words, root, node, node === nodes[0]);
  } catch (error) {
    release(heap, root);
    throw error;
  }
  nodes.length = 0;
  writeTotal(words, root, total);
  return root;
}

/** Replaces `nodes` by the parents they get. What is allocated is in `nodes` at every moment. */
function groupLevel(heap: Heap, flavour: TreeFlavour, level: number, nodes: Address[]): void {
  const { words } = heap;
  const parents: Address[] = [];
  let done = 0;
  try {
    for (; done < nodes.length; done++) {
      let parent = parents.at(-1);
      if (parent === undefined || readCount(words, parent) === readCapacity(words, parent)) {
        parent = createNode(heap, largestWords(level, flavour), level, flavour);
        parents.push(parent);
      }
      adopt(words, parent, nodes[done]!, done === 0);
    }
  } finally {
    nodes.splice(0, done, ...parents);
  }
}

/** Puts a node under its parent by its lower bound, which for the first of a level is the least key (N2). */
function adopt(words: Int32Array, parent: Address, node: Address, first: boolean): void {
  const high = first ? 0 : readHigh(words, node, 0);
  const low = first ? 0 : readLow(words, node, 0);
  const index = readCount(words, parent);
  insertEntry(words, parent, index, node);
  writeKey(words, parent, index, high, low);
}
