/**
 * The entries of a shared map: one version of it, to be read by many or written by one.
 *
 *     version  0        4      5             entry  0        4      5     6      7
 *              | header | size | tree |             | header | next | key | value| key … value … |
 *                              | child|                      | child| length in units |
 *
 * The tree leads from the 64-bit hash of a key to a chain of entries.
 *
 * Invariants
 *   ME1  Keys with equal hashes are in one chain, linked through `next`; no key is there twice.
 *   ME2  `size` is the number of entries in all chains.
 *   ME3  Entries are never written: a chain that changes is rebuilt up to the entry that changed.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { allocate, copySegment, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { MAP_ENTRY, MAP_VERSION } from "../memory/kinds.js";
import { HEADER_WORDS, isExclusive, setChildren } from "../memory/segment.js";
import { hashText, isText, readText, textWords, writeText } from "./heap-text.js";
import { cloneTree, createTree, NOT_FOUND, treeFind, treeInsert } from "./tree.js";
import { treeCursor } from "./tree-cursor.js";
import { treeDelete } from "./tree-delete.js";
import { SEGMENTS } from "./tree-node.js";

const SIZE: number = HEADER_WORDS;
export const TREE: number = SIZE + 1;
const VERSION_WORDS: number = TREE + 1;

const NEXT: number = HEADER_WORDS;
const KEY_LENGTH: number = NEXT + 1;
const VALUE_LENGTH: number = KEY_LENGTH + 1;
const TEXTS: number = VALUE_LENGTH + 1;

/** A version without entries; the caller holds its one reference. Throws HeapExhaustedError. */
export function createEntries(heap: Heap): Address {
  const tree = createTree(heap, SEGMENTS);
  try {
    const version = allocate(heap, VERSION_WORDS, MAP_VERSION);
    heap.words[version + SIZE] = 0;
    heap.words[version + TREE] = tree;
    setChildren(heap.words, version, TREE, 1);
    return version;
  } catch (error) {
    release(heap, tree);
    throw error;
  }
}

/** A version with the same entries that may be written. O(1). Throws HeapExhaustedError. */
export function copyEntries(heap: Heap, version: Address): Address {
  return copySegment(heap, version);
}

export function readSize(words: Int32Array, version: Address): number {
  return words[version + SIZE]!;
}

/** The text stored under a key's text, or undefined. */
export function findText(words: Int32Array, version: Address, key: string): string | undefined {
  const entry = findEntry(words, version, key);
  return entry === NO_ADDRESS ? undefined : valueTextOf(words, entry);
}

/** Whether something is stored under a key's text. */
export function hasText(words: Int32Array, version: Address, key: string): boolean {
  return findEntry(words, version, key) !== NO_ADDRESS;
}

function findEntry(words: Int32Array, version: Address, key: string): Address {
  const [high, low] = hashText(key);
  let entry = treeFind(words, words[version + TREE]!, high, low);
  if (entry === NOT_FOUND) return NO_ADDRESS;
  for (; entry !== NO_ADDRESS; entry = words[entry + NEXT]!) {
    if (isKey(words, entry, key)) return entry;
  }
  return NO_ADDRESS;
}

function isKey(words: Int32Array, entry: Address, key: string): boolean {
  return isText(words, entry + TEXTS, words[entry + KEY_LENGTH]!, key);
}

function keyOf(words: Int32Array, entry: Address): string {
  return readText(words, entry + TEXTS, words[entry + KEY_LENGTH]!);
}

function valueTextOf(words: Int32Array, entry: Address): string {
  const keyWords = textWords(words[entry + KEY_LENGTH]!);
  return readText(words, entry + TEXTS + keyWords, words[entry + VALUE_LENGTH]!);
}

/** Stores a text under a key of an owned version. Throws HeapExhaustedError with nothing stored. */
export function storeText(heap: Heap, version: Address, key: string, value: string): void {
  const { words } = heap;
  const tree = ownTree(heap, version);
  const [high, low] = hashText(key);
  const chain = treeFind(words, tree, high, low);
  const known = chain === NOT_FOUND ? [] : entriesOf(words, chain);
  const others = known.filter(([name]) => name !== key);
  treeInsert(heap, tree, high, low, chainOf(heap, [[key, value], ...others]));
  words[version + SIZE] = words[version + SIZE]! + others.length + 1 - known.length;
}

/** Takes a key out of an owned version; false if it is not there. */
export function deleteText(heap: Heap, version: Address, key: string): boolean {
  const { words } = heap;
  if (!hasText(words, version, key)) return false;
  const tree = ownTree(heap, version);
  const [high, low] = hashText(key);
  const others = entriesOf(words, treeFind(words, tree, high, low)).filter(
    ([name]) => name !== key,
  );
  if (others.length === 0) treeDelete(heap, tree, high, low);
  else treeInsert(heap, tree, high, low, chainOf(heap, others));
  words[version + SIZE] = words[version + SIZE]! - 1;
  return true;
}

/** Takes all entries out of an owned version. Throws HeapExhaustedError with none taken out. */
export function clearEntries(heap: Heap, version: Address): void {
  const { words } = heap;
  const tree = words[version + TREE]!;
  words[version + TREE] = createTree(heap, SEGMENTS);
  words[version + SIZE] = 0;
  release(heap, tree);
}

function ownTree(heap: Heap, version: Address): Address {
  const { words } = heap;
  const tree = words[version + TREE]!;
  if (isExclusive(words, tree)) return tree;
  const copy = cloneTree(heap, tree);
  words[version + TREE] = copy;
  release(heap, tree);
  return copy;
}

/** A new chain of entries (ME3); the caller holds the first one's reference. */
function chainOf(heap: Heap, entries: readonly (readonly [string, string])[]): Address {
  let chain: Address = NO_ADDRESS;
  try {
    for (const [key, value] of entries.toReversed()) chain = entryBefore(heap, chain, key, value);
  } catch (error) {
    if (chain !== NO_ADDRESS) release(heap, chain);
    throw error;
  }
  return chain;
}

function entryBefore(heap: Heap, next: Address, key: string, value: string): Address {
  const keyWords = textWords(key.length);
  const entry = allocate(heap, TEXTS + keyWords + textWords(value.length), MAP_ENTRY);
  const { words } = heap;
  words[entry + NEXT] = next;
  words[entry + KEY_LENGTH] = key.length;
  words[entry + VALUE_LENGTH] = value.length;
  setChildren(words, entry, NEXT, 1);
  writeText(words, entry + TEXTS, key);
  writeText(words, entry + TEXTS + keyWords, value);
  return entry;
}

export function entriesOf(words: Int32Array, chain: Address): [string, string][] {
  const entries: [string, string][] = [];
  for (let entry = chain; entry !== NO_ADDRESS; entry = words[entry + NEXT]!) {
    entries.push([keyOf(words, entry), valueTextOf(words, entry)]);
  }
  return entries;
}

/** All entries, key and value texts, in the order of the keys' hashes. */
export function* eachEntry(
  words: Int32Array,
  version: Address,
): IterableIterator<[string, string]> {
  const cursor = treeCursor(words, words[version + TREE]!, 0, 0);
  while (cursor.next()) yield* entriesOf(words, cursor.value);
}
