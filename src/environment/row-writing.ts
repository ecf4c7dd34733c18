/**
 * Writing: adding and removing rows.
 *
 * A write of a handle goes in three steps:
 *   1  begin:   the root is made the handle's own, and a writer number is taken if it has none;
 *   2  change:  the path to the row is made its own, then the row is written;
 *   3  commit:  the head becomes the event, and the handle is modified.
 *
 * Invariants
 *   WR1  What can fail (ERR_NOT_SHAREABLE, HeapExhaustedError) comes before the first change that a
 *        reader of the environment could tell: copying a segment, making an empty relation and
 *        noting the old head in the context change nothing that it holds.
 *   WR2  Every change of what the environment holds is committed as an event of its own.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { spanCount } from "../containers/row-span.js";
import { appendMovedSpan, appendRow, createRows, removeRow } from "../containers/rows.js";
import { NOT_FOUND, treeFind, treeHas, treeInsert, treeOwnedValue } from "../containers/tree.js";
import { PLAIN, SEGMENTS } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import { COUNTER_TYPES, COUNTER_WRITER, type Heap, nextCounter } from "../memory/heap.js";

import { SELF, SpaceAtom } from "../term/atom.js";
import { skip } from "../term/tokens.js";
import { indexRow, settleIndexes, unindexRow } from "./argument-index.js";
import { LAST_SEQUENCE, NO_WRITER, readHeadSequence, readHeadWriter } from "./causal-context.js";
import { assertLive, type Handle, leavePin, ownRoot } from "./handle.js";
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
import { kindOfKey, OPEN_KINDS_MASK } from "./relation-key.js";
import {
  CONTEXT,
  createSpaceRecord,
  HEAD_SEQUENCE,
  HEAD_WRITER,
  RELATIONS,
  readAtomCount,
  readNextRow,
  readOpenKinds,
  SPACES,
  writeAtomCount,
  writeNextRow,
  writeOpenKinds,
  writeTypeVersion,
} from "./space.js";

/** A writer that has used more sequences than this is not used again. */
const LAST_REUSED: number = LAST_SEQUENCE - 2 ** 24;
const MOST_SPARE = 256;
export const LAST_ROW_ID = 0xffff_fffe;

/** Step 1. The root, owned, with a writer for the handle's next event. */
export function beginWrite(handle: Handle): Address {
  assertLive(handle);
  leavePin(handle);
  const root = ownRoot(handle);
  const { heap, words } = handle.store;
  const head = readHeadWriter(words, root);
  const last = readHeadSequence(words, root);
  if (handle.writer !== NO_WRITER && handle.writer === head && last !== LAST_SEQUENCE) return root;
  if (head !== NO_WRITER) treeInsert(heap, ownTree(heap, root, CONTEXT, PLAIN), 0, head, last);
  if (handle.writer === NO_WRITER || handle.writer === head) handle.writer = takeWriter(handle);
  return root;
}

/** A writer that no other handle uses: one returned on this thread, or a fresh one from the heap. */
function takeWriter(handle: Handle): number {
  handle.escaped = false;
  const spare = handle.store.spareWriters.pop();
  if (spare !== undefined) return spare;
  const writer = nextCounter(handle.store.heap, COUNTER_WRITER);
  if (writer > NO_WRITER) return writer;
  throw new OxbowError("ERR_LIMIT", "cannot write: the heap has run out of writer numbers");
}

/**
 * The handle is about to be disposed. If nobody else has seen an event of its writer, the writer can be used
 * again with later sequences: events lost with the handle might as well never have been written. So a
 * program that clones, writes and discards for years does not exhaust the heap's numbers.
 */
export function giveBackWriter(handle: Handle): void {
  const { writer, root, store } = handle;
  if (writer === NO_WRITER) return;
  const head = readHeadWriter(store.words, root);
  const used = head === writer ? readHeadSequence(store.words, root) : usedSequence(handle);
  store.usedSequences.delete(writer);
  if (handle.escaped || used > LAST_REUSED || store.spareWriters.length === MOST_SPARE) return;
  store.spareWriters.push(writer);
  store.usedSequences.set(writer, used);
}

function usedSequence(handle: Handle): number {
  return handle.store.usedSequences.get(handle.writer) ?? 0;
}

/** The sequence that the next event of the handle's writer will have. */
export function nextSequence(handle: Handle, root: Address): number {
  const { words } = handle.store;
  if (readHeadWriter(words, root) === handle.writer) return readHeadSequence(words, root) + 1;
  return usedSequence(handle) + 1;
}

/** Step 3 (WR2). */
export function commitWrite(handle: Handle, root: Address, sequence: number): void {
  const { words } = handle.store;
  words[root + HEAD_WRITER] = handle.writer;
  words[root + HEAD_SEQUENCE] = sequence;
  handle.modified = true;
  handle.generation++;
}

/** The record of a space of the environment; null is `&self`, the root itself. */
export function findSpace(words: Int32Array, root: Address, space: SpaceAtom | null): Address {
  if (space === null || isSelf(space)) return root;
  const spaces = words[root + SPACES]!;
  if (spaces !== NO_ADDRESS) {
    const found = treeFind(words, spaces, space.writer, space.sequence);
    if (found !== NOT_FOUND) return found;
  }
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    "cannot use a space: this environment has no space of that name",
    {
      writer: space.writer,
      sequence: space.sequence,
    },
  );
}

/** `&self` where it stands as an atom; what no event has made has writer 0 (registers.ts). */
function isSelf({ writer, sequence }: SpaceAtom): boolean {
  return writer === SELF.writer && sequence === SELF.sequence;
}

/** The same, owned, below an owned root. */
export function ownSpace(heap: Heap, root: Address, space: SpaceAtom | null): Address {
  if (space === null || isSelf(space)) return root;
  findSpace(heap.words, root, space);
  const spaces = ownTree(heap, root, SPACES, SEGMENTS);
  return treeOwnedValue(heap, spaces, space.writer, space.sequence);
}

/** The relation of the key in an owned space, owned, made if it is not there. */
export function ownRelation(heap: Heap, space: Address, high: number, low: number): Address {
  const { words } = heap;
  const relations = ownTree(heap, space, RELATIONS, SEGMENTS);
  if (!treeHas(words, relations, high, low)) {
    const made = createRelation(heap, high, low);
    try {
      treeInsert(heap, relations, high, low, made);
    } catch (error) {
      release(heap, made);
      throw error;
    }
    const bit = 1 << kindOfKey(high);
    if ((bit & OPEN_KINDS_MASK) !== 0)
      writeOpenKinds(words, space, readOpenKinds(words, space) | bit);
    return made;
  }
  return treeOwnedValue(heap, relations, high, low);
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

/** Allocates `count` row ids of an owned space; returns the first. */
export function takeRowIds(words: Int32Array, space: Address, count: number): number {
  const id = readNextRow(words, space);
  if (id + count - 1 > LAST_ROW_ID) {
    throw new OxbowError("ERR_LIMIT", "cannot add an atom: the space has run out of row ids");
  }
  writeNextRow(words, space, id + count);
  return id;
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

/** Records that the space's type assertions changed (SP3). */
export function stampTypes(heap: Heap, space: Address): void {
  writeTypeVersion(heap.words, space, nextCounter(heap, COUNTER_TYPES));
}

/** A new, empty space. Throws HeapExhaustedError. */
export function createSpace(handle: Handle): SpaceAtom {
  const root = beginWrite(handle);
  const space = new SpaceAtom(handle.writer, nextSequence(handle, root));
  insertSpace(handle, root, space);
  return space;
}

/** A new, empty space of a name that no event gives (writer NAMED). Throws HeapExhaustedError. */
export function createSpaceAt(handle: Handle, space: SpaceAtom): void {
  insertSpace(handle, beginWrite(handle), space);
}

function insertSpace(handle: Handle, root: Address, space: SpaceAtom): void {
  const { heap } = handle.store;
  const record = createSpaceRecord(heap);
  try {
    treeInsert(heap, ownTree(heap, root, SPACES, SEGMENTS), space.writer, space.sequence, record);
  } catch (error) {
    release(heap, record);
    throw error;
  }
  commitWrite(handle, root, nextSequence(handle, root));
}
