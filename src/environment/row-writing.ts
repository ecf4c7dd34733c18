/**
 * Row writing: adding rows to relations of an owned space and removing them, the second step of a write
 * (transaction.ts).
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { spanCount } from "../containers/row-span.js";
import { appendMovedSpan, appendRow, createRows, removeRow } from "../containers/rows.js";
import { NOT_FOUND, treeInsert, treeOwnedIfThere } from "../containers/tree.js";
import { SEGMENTS } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { skip } from "../term/tokens.js";
import { indexRow, settleIndexes, unindexRow } from "./argument-index.js";
import { ownChild, ownTree } from "./ownership.js";
import {
  createRelation,
  ROW_SEQUENCE,
  ROW_TOKENS,
  ROW_WRITER,
  ROWS,
  readLiveCount,
  writeLiveCount,
} from "./relation.js";
import { HEADLESS_KINDS_MASK, kindOfKey } from "./relation-key.js";
import {
  RELATIONS,
  readAtomCount,
  readHeadlessKinds,
  writeAtomCount,
  writeHeadlessKinds,
} from "./space.js";
import { takeRowIds } from "./space-access.js";
import type { Store } from "./workspace.js";

/** The relation of the key in an owned space, owned, made if it is not there. */
export function ownRelation(heap: Heap, space: Address, high: number, low: number): Address {
  const { words } = heap;
  const relations = ownTree(heap, space, RELATIONS, SEGMENTS);
  const found = treeOwnedIfThere(heap, relations, high, low);
  if (found !== NOT_FOUND) return found;
  const made = createRelation(heap, high, low);
  try {
    treeInsert(heap, relations, high, low, made);
  } catch (error) {
    release(heap, made);
    throw error;
  }
  const bit = 1 << kindOfKey(high);
  if ((bit & HEADLESS_KINDS_MASK) !== 0) {
    writeHeadlessKinds(words, space, readHeadlessKinds(words, space) | bit);
  }
  return made;
}

/**
 * Step 2 of adding: a row in an owned space for the atom of `tokenWords` that the store's scratch has; the caller writes
 * its event. Throws HeapExhaustedError with nothing added.
 */
export function insertRow(
  { heap, words, scratch }: Store,
  space: Address,
  relation: Address,
  tokenWords: number,
): Address {
  settleIndexes(heap, relation);
  const id = takeRowIds(words, space, 1);
  const row = placeRow(heap, relation, id, tokenWords);
  const target = row + ROW_TOKENS;
  for (let index = 0; index < tokenWords; index++) words[target + index] = scratch[index]!;
  countRows(words, space, relation, 1);
  indexRow(heap, relation, target, id);
  return row;
}

/** By whom and when a row was added. */
export function writeEvent(
  words: Int32Array,
  row: Address,
  writer: number,
  sequence: number,
): void {
  words[row + ROW_WRITER] = writer;
  words[row + ROW_SEQUENCE] = sequence;
}

/**
 * A copy of a row of another environment, with its event, under an id that the space has given out; leaves the
 * relation's indexes for later.
 */
export function copyRow(
  heap: Heap,
  space: Address,
  relation: Address,
  { row, writer, sequence }: RowCopy,
  id: number,
): void {
  const { words } = heap;
  const tokens = row + ROW_TOKENS;
  const end = skip(words, tokens);
  const copy = placeRow(heap, relation, id, end - tokens);
  writeEvent(words, copy, writer, sequence);
  words.copyWithin(copy + ROW_TOKENS, tokens, end);
  countRows(words, space, relation, 1);
}

/** The same for all rows of a span, the first of them under `id`; none of them is copied. */
export function copySpan(
  heap: Heap,
  space: Address,
  relation: Address,
  span: Address,
  id: number,
): void {
  appendMovedSpan(heap, ownRows(heap, relation), span, id);
  countRows(heap.words, space, relation, spanCount(heap.words, span));
}

/** The address of a row and its event. */
interface RowCopy {
  readonly row: Address;
  readonly writer: number;
  readonly sequence: number;
}

/** A row of an owned relation, with room for `tokenWords`, which the caller fills with its event and its tokens. */
export function placeRow(heap: Heap, relation: Address, id: number, tokenWords: number): Address {
  return appendRow(heap, ownRows(heap, relation), id, ROW_TOKENS + tokenWords);
}

/** Counts rows that were added to a relation of a space. */
export function countRows(
  words: Int32Array,
  space: Address,
  relation: Address,
  count: number,
): void {
  writeAtomCount(words, space, readAtomCount(words, space) + count);
  writeLiveCount(words, relation, readLiveCount(words, relation) + count);
}

/** The rows of an owned relation, owned, made if there are none yet. */
export function ownRows(heap: Heap, relation: Address): Address {
  const { words } = heap;
  if (words[relation + ROWS] === NO_ADDRESS) words[relation + ROWS] = createRows(heap);
  return ownChild(heap, relation, ROWS);
}

/**
 * Step 2 of removing: a live row out of an owned space, whose atom the store's scratch has. Throws HeapExhaustedError with
 * nothing removed.
 */
export function deleteRow(
  { heap, scratch }: Store,
  space: Address,
  relation: Address,
  id: number,
): void {
  settleIndexes(heap, relation);
  deleteLateRow(heap, space, relation, id);
  unindexRow(heap, relation, { source: scratch, tokens: 0, id });
}

/** The same in a union, which leaves the relation's indexes for later. */
export function deleteLateRow(heap: Heap, space: Address, relation: Address, id: number): void {
  const { words } = heap;
  removeRow(heap, ownRows(heap, relation), id);
  writeAtomCount(words, space, readAtomCount(words, space) - 1);
  writeLiveCount(words, relation, readLiveCount(words, relation) - 1);
}
