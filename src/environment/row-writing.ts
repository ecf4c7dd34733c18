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
 * Step 2 of adding: a row in an owned space. `tokens` is where the atom's run is in `source`, which may
 * be the heap itself. Throws HeapExhaustedError with nothing added.
 */
export function insertRow(
  heap: Heap,
  space: Address,
  relation: Address,
  writer: number,
  sequence: number,
  source: Int32Array,
  tokens: Address,
  tokenWords: number,
): void {
  settleIndexes(heap, relation);
  const id = appendAtom(heap, space, relation, writer, sequence, source, tokens, tokenWords);
  indexRow(heap, relation, source, tokens, id);
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
  const length = skip(words, tokens) - tokens;
  placeAtom(heap, relation, id, writer, sequence, words, tokens, length);
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

/** The row and the counts; the row's id. */
function appendAtom(
  heap: Heap,
  space: Address,
  relation: Address,
  writer: number,
  sequence: number,
  source: Int32Array,
  tokens: Address,
  tokenWords: number,
): number {
  const id = takeRowIds(heap.words, space, 1);
  placeAtom(heap, relation, id, writer, sequence, source, tokens, tokenWords);
  countRows(heap.words, space, relation, 1);
  return id;
}

function placeAtom(
  heap: Heap,
  relation: Address,
  id: number,
  writer: number,
  sequence: number,
  source: Int32Array,
  tokens: Address,
  tokenWords: number,
): void {
  const { words } = heap;
  const row = appendRow(heap, ownRows(heap, relation), id, ROW_TOKENS + tokenWords);
  words[row + ROW_WRITER] = writer;
  words[row + ROW_SEQUENCE] = sequence;
  const target = row + ROW_TOKENS;
  for (let index = 0; index < tokenWords; index++) words[target + index] = source[tokens + index]!;
}

function countRows(words: Int32Array, space: Address, relation: Address, count: number): void {
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
 * Step 2 of removing: a live row out of an owned space. `tokens` is where a run equal to the row's is in
 * `source`. Throws HeapExhaustedError with nothing removed.
 */
export function deleteRow(
  heap: Heap,
  space: Address,
  relation: Address,
  id: number,
  source: Int32Array,
  tokens: Address,
): void {
  settleIndexes(heap, relation);
  deleteLateRow(heap, space, relation, id);
  unindexRow(heap, relation, source, tokens, id);
}

/** The same in a union, which leaves the relation's indexes for later. */
export function deleteLateRow(heap: Heap, space: Address, relation: Address, id: number): void {
  const { words } = heap;
  removeRow(heap, ownRows(heap, relation), id);
  writeAtomCount(words, space, readAtomCount(words, space) - 1);
  writeLiveCount(words, relation, readLiveCount(words, relation) - 1);
}
