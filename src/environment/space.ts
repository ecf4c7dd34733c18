/**
 * Space record: a multiset of atoms in insertion order. The root of an environment is one, with the
 * words of the whole environment after it, so `&self` costs no step of its own.
 *
 *     word  0        4           5        6        7         8          9       10       11         12       13
 *           | header | relations | spaces | states | context | next row | count | type    | headless | head   | head     |
 *           |        | ·············· children ············· | id       |       | version | kinds    | writer | sequence |
 *           |        |            (0 in a space's record)    |                                       (in a root only)   |
 *
 *   relations  tree: relation key → RELATION record        spaces   tree: (writer, sequence) → SPACE record
 *   states     tree: (writer, sequence) → STATE record     context  tree: writer → last sequence seen
 *
 * A tree that would be empty may be missing: its word is 0.
 *
 * Invariants
 *   SP1  `count` is the sum of the live counts of the space's relations.
 *   SP2  Row ids are given out in order and never twice: every row's id is below `next row id`, and
 *        one id names one row over all relations. So order by id is insertion order.
 *   SP3  `type version` is a number of the heap's counter, taken whenever an atom `(: …)` or `(:< …)` is
 *        added or removed: equal versions mean equal type assertions.
 *   SP4  Bit k of `headless kinds` is set if a relation of kind k exists, for the kinds a lookup by head must
 *        consult besides the head's own relation (relation-key.ts).
 *   SP5  A root's head is the last event of its environment; (0, 0) if nothing was ever written.
 *   SP6  Only a root has trees of spaces and states and a context.
 */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { allocate } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { ENVIRONMENT, SPACE_RECORD } from "../memory/kinds.js";
import { assertWritable, HEADER_WORDS, setChildren } from "../memory/segment.js";

export const RELATIONS: number = HEADER_WORDS;
export const SPACES: number = RELATIONS + 1;
export const STATES: number = SPACES + 1;
export const CONTEXT: number = STATES + 1;
const CHILD_COUNT = 4;
const NEXT_ROW: number = CONTEXT + 1;
const ATOM_COUNT: number = NEXT_ROW + 1;
const TYPE_VERSION: number = ATOM_COUNT + 1;
const HEADLESS_KINDS: number = TYPE_VERSION + 1;
const SPACE_WORDS: number = HEADLESS_KINDS + 1;
export const HEAD_WRITER: number = SPACE_WORDS;
export const HEAD_SEQUENCE: number = HEAD_WRITER + 1;
const ROOT_WORDS: number = HEAD_SEQUENCE + 1;

assert(CONTEXT - RELATIONS + 1 === CHILD_COUNT, "the children of a space record are adjacent");

export function readNextRow(words: Int32Array, space: Address): number {
  return words[space + NEXT_ROW]! >>> 0;
}

export function writeNextRow(words: Int32Array, space: Address, id: number): void {
  words[space + NEXT_ROW] = id;
}

export function readAtomCount(words: Int32Array, space: Address): number {
  return words[space + ATOM_COUNT]! >>> 0;
}

export function writeAtomCount(words: Int32Array, space: Address, count: number): void {
  assertWritable(words, space);
  words[space + ATOM_COUNT] = count;
}

export function readTypeVersion(words: Int32Array, space: Address): number {
  return words[space + TYPE_VERSION]!;
}

export function writeTypeVersion(words: Int32Array, space: Address, version: number): void {
  words[space + TYPE_VERSION] = version;
}

export function readHeadlessKinds(words: Int32Array, space: Address): number {
  return words[space + HEADLESS_KINDS]!;
}

export function writeHeadlessKinds(words: Int32Array, space: Address, kinds: number): void {
  words[space + HEADLESS_KINDS] = kinds;
}

function initialize(heap: Heap, address: Address, sizeWords: number): Address {
  const { words } = heap;
  words.fill(0, address + HEADER_WORDS, address + sizeWords);
  setChildren(words, address, RELATIONS, CHILD_COUNT);
  return address;
}

/** An empty space's record with one reference, the caller's. Throws HeapExhaustedError. */
export function createSpaceRecord(heap: Heap): Address {
  return initialize(heap, allocate(heap, SPACE_WORDS, SPACE_RECORD), SPACE_WORDS);
}

/** An empty environment's root with one reference, the caller's. Throws HeapExhaustedError. */
export function createRoot(heap: Heap): Address {
  return initialize(heap, allocate(heap, ROOT_WORDS, ENVIRONMENT), ROOT_WORDS);
}
