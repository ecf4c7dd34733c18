/**
 * Segmented vector: rows of any length under ascending ids, in insertion order.
 *
 *     root   0        4      5      6         7           8
 *            | header | live | dead | last id | directory | tail |
 *                                             |···· children ····|
 *     directory: tree  first id → segment or span     tail: the segment that appends go to
 *
 * A short vector is its root and one small tail, which grows by doubling. A tail that is full at its
 * largest moves into the directory, and a new one begins. A row keeps its id for life; a removed one
 * leaves a tombstone, and a segment with more dead rows than live ones is rewritten without them. The root's spare word
 * counts the writes, those of segments say how many of them fell there (usage.ts).
 *
 * Invariants
 *   RV1  Ids ascend over the whole vector: every id in the tail is above every id in the directory.
 *   RV2  `live` and `dead` are the sums over all segments.
 *   RV3  A segment of the directory is stored under a key that is at most its first id and above every id
 *        of the segment before it; no segment of the directory is without live rows.
 *   RV4  A failed allocation leaves the rows as they were.
 *   RV5  A writer owns the root (count 1); segments that others hold too are copied before they change.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { allocate, copySegment, release } from "../memory/allocator.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Heap } from "../memory/heap.js";
import { VECTOR_DIRECTORY } from "../memory/kinds.js";
import { HEADER_WORDS, isExclusive, readCapacityWords, setChildren } from "../memory/segment.js";
import { inheritUsage, noteAppend, noteWriteAt, tick } from "../memory/usage.js";
import { countAt, idAt, indexAt, rowAt, sequenceAt, writerAt } from "./row-access.js";
import {
  appendLive,
  createSegment,
  hasRoom,
  indexOfId,
  killRow,
  LARGEST_SEGMENT,
  pushRow,
  readDeadCount,
  readId,
  readRowCount,
  SMALLEST_SEGMENT,
  wordsForRow,
  wordsWith,
} from "./row-segment.js";
import {
  createSpan,
  indexInSpan,
  isSpan,
  moveSpan,
  type RegionRows,
  type RowBase,
  SPAN_ROWS,
  spanCount,
  spanId,
  takeOut,
} from "./row-span.js";
import { cloneTree, createTree, NOT_FOUND, treeInsert, treeOwnedValue } from "./tree.js";
import { floorCursor, floorValue } from "./tree-cursor.js";
import { treeDelete } from "./tree-delete.js";
import { SEGMENTS } from "./tree-node.js";

export const LIVE: number = HEADER_WORDS;
export const DEAD: number = LIVE + 1;
export const LAST_ID: number = DEAD + 1;
const DIRECTORY: number = LAST_ID + 1;
export const TAIL: number = DIRECTORY + 1;
const ROOT_WORDS: number = TAIL + 1;

/** An empty vector; the caller holds its one reference. Throws HeapExhaustedError. */
export function createRows(heap: Heap): Address {
  const rows = allocate(heap, ROOT_WORDS, VECTOR_DIRECTORY);
  const { words } = heap;
  words.fill(0, rows + HEADER_WORDS, rows + ROOT_WORDS);
  setChildren(words, rows, DIRECTORY, 2);
  return rows;
}

/** Live rows. */
export function rowCount(words: Int32Array, rows: Address): number {
  return words[rows + LIVE]!;
}

/** Tombstones not yet cleared. */
export function deadCount(words: Int32Array, rows: Address): number {
  return words[rows + DEAD]!;
}

/** The highest id that a row has or had. */
export function lastRowId(words: Int32Array, rows: Address): number {
  return words[rows + LAST_ID]! >>> 0;
}

export function readTail(words: Int32Array, rows: Address): Address {
  return words[rows + TAIL]!;
}

export function readDirectory(words: Int32Array, rows: Address): Address {
  return words[rows + DIRECTORY]!;
}

/**
 * Adds a row under an id above all others and returns the address of its `sizeWords` words, which the
 * caller fills. Throws HeapExhaustedError with nothing added.
 */
export function appendRow(heap: Heap, rows: Address, id: number, sizeWords: number): Address {
  const { words } = heap;
  assert(isExclusive(words, rows), "RV5: a vector is written by the only holder of its root");
  assert(id > words[rows + LAST_ID]! >>> 0 || words[rows + TAIL] === 0, "RV1: row ids ascend");
  const tail = tailWithRoom(heap, rows, sizeWords);
  const payload = pushRow(words, tail, id, sizeWords);
  if (tick(words, rows)) noteAppend(words, rows, tail);
  words[rows + LIVE] = words[rows + LIVE]! + 1;
  words[rows + LAST_ID] = id;
  return payload;
}

/** The owned tail, with room for a row. */
function tailWithRoom(heap: Heap, rows: Address, sizeWords: number): Address {
  const { words } = heap;
  const tail = words[rows + TAIL]!;
  if (tail === NO_ADDRESS) return startTail(heap, rows, sizeWords, SMALLEST_SEGMENT);
  if (hasRoom(words, tail, sizeWords)) {
    if (isExclusive(words, tail)) return tail;
    return replaceTail(heap, rows, copySegment(heap, tail));
  }
  const needed = wordsWith(words, tail, sizeWords);
  if (needed <= LARGEST_SEGMENT) {
    const wanted = Math.max(needed, Math.min(LARGEST_SEGMENT, 2 * readCapacityWords(words, tail)));
    const larger = createSegment(heap, wanted);
    clearDead(words, rows, tail);
    appendLive(words, tail, larger);
    inheritUsage(words, tail, larger);
    return replaceTail(heap, rows, larger);
  }
  return nextTail(heap, rows, sizeWords);
}

function startTail(heap: Heap, rows: Address, sizeWords: number, least: number): Address {
  const tail = createSegment(heap, Math.max(least, wordsForRow(sizeWords)));
  heap.words[rows + TAIL] = tail;
  return tail;
}

function replaceTail(heap: Heap, rows: Address, tail: Address): Address {
  const { words } = heap;
  const old = words[rows + TAIL]!;
  words[rows + TAIL] = tail;
  release(heap, old);
  return tail;
}

/** The dead rows of a segment that is about to be rewritten no longer count. */
function clearDead(words: Int32Array, rows: Address, segment: Address): void {
  words[rows + DEAD] = words[rows + DEAD]! - readDeadCount(words, segment);
}

/** Files the full tail and begins another, which it returns. */
function nextTail(heap: Heap, rows: Address, sizeWords: number): Address {
  const next = createSegment(heap, Math.max(LARGEST_SEGMENT, wordsForRow(sizeWords)));
  try {
    fileTail(heap, rows, next);
  } catch (error) {
    release(heap, next);
    throw error;
  }
  return next;
}

/** Moves the tail into the directory, as it is and without copying it; `next` (or none) is the new one. */
function fileTail(heap: Heap, rows: Address, next: Address): void {
  const { words } = heap;
  const tail = words[rows + TAIL]!;
  const directory = ownDirectory(heap, rows);
  // First out of the root, then into the directory: at no moment does the vector hold it twice.
  words[rows + TAIL] = next;
  if (readRowCount(words, tail) === readDeadCount(words, tail)) {
    clearDead(words, rows, tail);
    release(heap, tail);
    return;
  }
  try {
    treeInsert(heap, directory, 0, readId(words, tail, 0), tail);
  } catch (error) {
    words[rows + TAIL] = tail;
    throw error;
  }
}

/**
 * Adds rows of a packed region after all others without copying them: their ids, `base.id` and the rows'
 * positions, must be above all there are. Throws HeapExhaustedError, and then some may have been added.
 * Cost: a span for each SPAN_ROWS rows.
 */
export function appendSpans(heap: Heap, rows: Address, added: RegionRows, base: RowBase): void {
  assert(isExclusive(heap.words, rows), "RV5: a vector is written by the only holder of its root");
  for (let done = 0; done < added.count; done += SPAN_ROWS) {
    const count = Math.min(SPAN_ROWS, added.count - done);
    fileSpan(heap, rows, createSpan(heap, { ...added, first: added.first + done, count }, base));
  }
}

/**
 * Adds the rows of another vector's span after all others, with their events, the first under `id`. Throws
 * HeapExhaustedError with nothing added.
 */
export function appendMovedSpan(heap: Heap, rows: Address, span: Address, id: number): void {
  assert(isExclusive(heap.words, rows), "RV5: a vector is written by the only holder of its root");
  fileSpan(heap, rows, moveSpan(heap, span, id));
}

/** Puts a span after all other rows, taking over the caller's reference. */
function fileSpan(heap: Heap, rows: Address, span: Address): void {
  const { words } = heap;
  const id = spanId(words, span, 0);
  const count = spanCount(words, span);
  try {
    assert(id > words[rows + LAST_ID]! >>> 0 || words[rows + LIVE] === 0, "RV1: row ids ascend");
    if (words[rows + TAIL] !== NO_ADDRESS) fileTail(heap, rows, NO_ADDRESS);
    treeInsert(heap, ownDirectory(heap, rows), 0, id, span);
  } catch (error) {
    release(heap, span);
    throw error;
  }
  words[rows + LIVE] = words[rows + LIVE]! + count;
  words[rows + LAST_ID] = spanId(words, span, count - 1);
}

/** The directory of an owned vector, owned, made if there is none. Throws HeapExhaustedError. */
export function ownDirectory(heap: Heap, rows: Address): Address {
  const { words } = heap;
  const directory = words[rows + DIRECTORY]!;
  if (directory !== NO_ADDRESS && isExclusive(words, directory)) return directory;
  const owned = directory === NO_ADDRESS ? createTree(heap, SEGMENTS) : cloneTree(heap, directory);
  words[rows + DIRECTORY] = owned;
  if (directory !== NO_ADDRESS) release(heap, directory);
  return owned;
}

/** The address of a live row's words, or NO_ADDRESS. */
export function findRow(words: Int32Array, rows: Address, id: number): Address {
  return rowIn(words, segmentOf(words, rows, id), id);
}

/** The address of a live row's words in a segment, or NO_ADDRESS, also for no segment. */
function rowIn(words: Int32Array, segment: Address, id: number): Address {
  if (segment === NO_ADDRESS) return NO_ADDRESS;
  const index = indexAt(words, segment, id);
  if (index === countAt(words, segment) || idAt(words, segment, index) !== id) return NO_ADDRESS;
  return rowAt(words, segment, index);
}

/** The event of a row that is there. */
export function readEvent(words: Int32Array, rows: Address, id: number): RowEvent {
  const segment = segmentOf(words, rows, id);
  const index = indexAt(words, segment, id);
  return {
    writer: writerAt(words, segment, index),
    sequence: sequenceAt(words, segment, index),
  };
}

export interface RowEvent {
  readonly writer: number;
  readonly sequence: number;
}

/** The segment in which the id would stand, or NO_ADDRESS. */
function segmentOf(words: Int32Array, rows: Address, id: number): Address {
  const tail = words[rows + TAIL]!;
  if (tail !== NO_ADDRESS && readRowCount(words, tail) > 0 && id >= readId(words, tail, 0)) {
    return tail;
  }
  const directory = words[rows + DIRECTORY]!;
  if (directory === NO_ADDRESS) return NO_ADDRESS;
  const segment = floorValue(words, directory, 0, id);
  return segment === NOT_FOUND ? NO_ADDRESS : segment;
}

/** Takes a row out; false if it is not there. Throws HeapExhaustedError with the row still there. */
export function removeRow(heap: Heap, rows: Address, id: number): boolean {
  const { words } = heap;
  assert(isExclusive(words, rows), "RV5: a vector is written by the only holder of its root");
  const shared = segmentOf(words, rows, id);
  if (rowIn(words, shared, id) === NO_ADDRESS) return false;
  const inTail = shared === words[rows + TAIL];
  if (isSpan(words, shared)) takeOutRow(heap, rows, id);
  const segment = inTail ? ownTail(heap, rows) : ownFiled(heap, rows, id);
  const index = indexOfId(words, segment, id);
  killRow(words, segment, index);
  if (tick(words, rows)) noteWriteAt(words, rows, segment, index, readRowCount(words, segment));
  words[rows + LIVE] = words[rows + LIVE]! - 1;
  words[rows + DEAD] = words[rows + DEAD]! + 1;
  if (!inTail && 2 * readDeadCount(words, segment) > readRowCount(words, segment)) {
    compact(heap, rows, id, segment);
  }
  return true;
}

function ownTail(heap: Heap, rows: Address): Address {
  const tail = heap.words[rows + TAIL]!;
  if (isExclusive(heap.words, tail)) return tail;
  return replaceTail(heap, rows, copySegment(heap, tail));
}

/** Moves a row of a span into a segment of the directory. */
function takeOutRow(heap: Heap, rows: Address, id: number): void {
  const directory = ownDirectory(heap, rows);
  const { low, value } = floorCursor(heap.words, directory, 0, id)!;
  takeOut(heap, directory, low, indexInSpan(heap.words, value, id));
}

function ownFiled(heap: Heap, rows: Address, id: number): Address {
  const directory = ownDirectory(heap, rows);
  const low = floorCursor(heap.words, directory, 0, id)!.low;
  return treeOwnedValue(heap, directory, 0, low);
}

/** Rewrites an owned segment of the directory without its dead rows, or drops it when none is left. */
function compact(heap: Heap, rows: Address, id: number, segment: Address): void {
  const { words } = heap;
  const directory = words[rows + DIRECTORY]!;
  const key = floorCursor(words, directory, 0, id)!.low;
  const dead = readDeadCount(words, segment);
  if (dead === readRowCount(words, segment)) {
    // The path is owned, so this needs no memory.
    treeDelete(heap, directory, 0, key);
    words[rows + DEAD] = words[rows + DEAD]! - dead;
    return;
  }
  let smaller: Address;
  try {
    smaller = createSegment(heap, wordsWith(words, segment, 0));
  } catch (error) {
    if (!(error instanceof HeapExhaustedError)) throw error;
    // If there is no memory for it the tombstones stay, which does no harm.
    return;
  }
  appendLive(words, segment, smaller);
  inheritUsage(words, segment, smaller);
  words[rows + DEAD] = words[rows + DEAD]! - dead;
  treeInsert(heap, directory, 0, key, smaller);
}
