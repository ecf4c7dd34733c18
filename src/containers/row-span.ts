/**
 * Span: rows that lie in a packed region, shown as a segment of a vector without copying them.
 *
 *     word 0        4       5       6         7        8          9      10          11
 *          | header | count | first | base id | writer | base     | runs | positions | region |
 *          |        |       |       |         |        | sequence |      |           | child  |
 *
 *     in the region    runs  | run 0 | run 1 | …     the address of an atom's tokens for each position
 *                 positions  | p | p | p | …         positions of the rows; 0: first, first + 1, …
 *
 *     row i:   p = positions[first + i]   id = base id + p   event = (writer, base sequence + p)   tokens = run p
 *
 * What differs from one vector to the next (ids, events) is in the span, what is the same for all
 * (atoms, their order) in the region: so one region can be rows of any number of vectors.
 *
 * Invariants
 *   SN1  A span is never written. A row that is to be removed is first moved into a segment of its own
 *        first, with its neighbours ({@link takeOut}), and what remains becomes shorter spans.
 *   SN2  A span has a row at least; positions, and so ids and sequences, ascend strictly.
 *   SN3  The span holds the region in which the runs and the positions stand.
 *   SN4  The address of a row is its tokens' less EVENT_WORDS, as of every row. The words in between
 *        are not the row's: its event is asked of the span.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { ROW_SPAN } from "../memory/kinds.js";
import { isPackedHead } from "../memory/region-layout.js";
import {
  HEADER_WORDS,
  IMMUTABLE,
  readKind,
  retain,
  setChildren,
  writeTag,
} from "../memory/segment.js";
import { skip } from "../term/tokens.js";
import {
  createSegment,
  ENTRY_WORDS,
  LARGEST_SEGMENT,
  pushRow,
  wordsForRow,
} from "./row-segment.js";
import { ownPath, treeFind, treeInsert, treeReplace } from "./tree.js";

const COUNT: number = HEADER_WORDS;
const FIRST: number = COUNT + 1;
const BASE_ID: number = FIRST + 1;
const WRITER: number = BASE_ID + 1;
const BASE_SEQUENCE: number = WRITER + 1;
const RUNS: number = BASE_SEQUENCE + 1;
const POSITIONS: number = RUNS + 1;
const REGION: number = POSITIONS + 1;
export const SPAN_WORDS: number = REGION + 1;

/** Words of a row before its atom: its event's writer and sequence. */
export const EVENT_WORDS = 2;
/** The most rows in a span: what a union compares one by one where one of them was removed. */
export const SPAN_ROWS = 1024;
/** Rows that are moved together. */
const WINDOW_ROWS = 32;

/** Some rows of a packed region. */
export interface RegionRows {
  /** The region's head. */
  readonly region: Address;
  readonly runs: Address;
  /** 0 if the rows are at `first`, `first + 1`, …; otherwise `first` is an index of it. */
  readonly positions: Address;
  readonly first: number;
  readonly count: number;
}

/** What the row at position 0 has, or would have. */
export interface RowBase {
  readonly id: number;
  readonly writer: number;
  readonly sequence: number;
}

export function isSpan(words: Int32Array, segment: Address): boolean {
  return readKind(words, segment) === ROW_SPAN;
}

/** A span with one reference, the caller's. Throws HeapExhaustedError. */
export function createSpan(heap: Heap, rows: RegionRows, base: RowBase): Address {
  const { words } = heap;
  const span = allocate(heap, SPAN_WORDS, ROW_SPAN);
  words[span + COUNT] = rows.count;
  words[span + FIRST] = rows.first;
  words[span + BASE_ID] = base.id;
  words[span + WRITER] = base.writer;
  words[span + BASE_SEQUENCE] = base.sequence;
  words[span + RUNS] = rows.runs;
  words[span + POSITIONS] = rows.positions;
  retain(words, rows.region);
  words[span + REGION] = rows.region;
  setChildren(words, span, REGION, 1);
  writeTag(words, span, IMMUTABLE);
  return span;
}

/** The same rows with the same events under other ids: the first under `id`. Throws HeapExhaustedError. */
export function moveSpan(heap: Heap, span: Address, id: number): Address {
  const moved = subspan(heap, span, 0, spanCount(heap.words, span));
  heap.words[moved + BASE_ID] = id - positionAt(heap.words, span, 0);
  return moved;
}

/** A span of the rows `from … from + count − 1` of another one. Throws HeapExhaustedError. */
function subspan(heap: Heap, span: Address, from: number, count: number): Address {
  const { words } = heap;
  const { first, ...region } = spanRows(words, span);
  const rows: RegionRows = { ...region, first: first + from, count };
  const id = words[span + BASE_ID]!;
  const sequence = words[span + BASE_SEQUENCE]!;
  return createSpan(heap, rows, { id, writer: words[span + WRITER]!, sequence });
}

/** The rows that it shows. */
export function spanRows(words: Int32Array, span: Address): RegionRows {
  return {
    region: words[span + REGION]!,
    runs: words[span + RUNS]!,
    positions: words[span + POSITIONS]!,
    first: words[span + FIRST]!,
    count: words[span + COUNT]!,
  };
}

export function spanCount(words: Int32Array, span: Address): number {
  return words[span + COUNT]!;
}

function positionAt(words: Int32Array, span: Address, index: number): number {
  const place = words[span + FIRST]! + index;
  const positions = words[span + POSITIONS]!;
  return positions === NO_ADDRESS ? place : words[positions + place]!;
}

export function spanId(words: Int32Array, span: Address, index: number): number {
  return (words[span + BASE_ID]! + positionAt(words, span, index)) >>> 0;
}

export function spanWriter(words: Int32Array, span: Address): number {
  return words[span + WRITER]!;
}

export function spanSequence(words: Int32Array, span: Address, index: number): number {
  return words[span + BASE_SEQUENCE]! + positionAt(words, span, index);
}

/** The address of a row (SN4). */
export function spanRow(words: Int32Array, span: Address, index: number): Address {
  return words[words[span + RUNS]! + positionAt(words, span, index)]! - EVENT_WORDS;
}

/** The index of the row with this id, or of the first above it. */
export function indexInSpan(words: Int32Array, span: Address, id: number): number {
  // Computed relative to the first row: a base that was moved down may be below 0.
  const wanted = positionAt(words, span, 0) + (id - spanId(words, span, 0));
  const first = words[span + FIRST]!;
  const count = words[span + COUNT]!;
  const positions = words[span + POSITIONS]!;
  if (positions === NO_ADDRESS) return Math.min(Math.max(wanted - first, 0), count);
  let from = 0;
  let to = count;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (words[positions + first + middle]! < wanted) from = middle + 1;
    else to = middle;
  }
  return from;
}

/**
 * Puts a row of the span under `key` of an owned directory into a segment that can be written (SN1). The
 * vector holds the same after every step, whichever fails. Throws HeapExhaustedError.
 *
 *     key ─▶ | span 0 … n |    becomes    key ─▶ | span 0 … a |   ─▶ | segment a … b |   ─▶ | span b … n |
 */
export function takeOut(heap: Heap, directory: Address, key: number, index: number): void {
  const { words } = heap;
  ownPath(heap, directory, 0, key);
  const span = treeFind(words, directory, 0, key);
  const { from, to } = windowAround(words, span, index);
  if (to < spanCount(words, span)) cut(heap, directory, key, to, subspan);
  if (from > 0) cut(heap, directory, key, from, copyRows);
  else treeReplace(heap, directory, 0, key, copyRows(heap, span, 0, to));
}

/** The rows to move together: neighbours, if they fit into a segment, otherwise the row alone. */
function windowAround(words: Int32Array, span: Address, index: number): RowWindow {
  const first = words[span + FIRST]!;
  const place = first + index;
  const start = place - (place % WINDOW_ROWS);
  const from = Math.max(start, first) - first;
  const to = Math.min(start + WINDOW_ROWS - first, spanCount(words, span));
  if (wordsForCopy(words, span, from, to) <= LARGEST_SEGMENT) return { from, to };
  return { from: index, to: index + 1 };
}

/** Rows `from … to − 1` of a span. */
interface RowWindow {
  readonly from: number;
  readonly to: number;
}

type MakeSegment = (heap: Heap, span: Address, from: number, count: number) => Address;

/** Puts what `makeRest` makes of the rows from `at` on behind a span that ends there. */
function cut(heap: Heap, directory: Address, key: number, at: number, makeRest: MakeSegment): void {
  const { words } = heap;
  const span = treeFind(words, directory, 0, key);
  const id = spanId(words, span, at);
  const kept = subspan(heap, span, 0, at);
  let rest = NO_ADDRESS;
  try {
    rest = makeRest(heap, span, at, spanCount(words, span) - at);
    treeInsert(heap, directory, 0, id, rest);
  } catch (error) {
    release(heap, kept);
    if (rest !== NO_ADDRESS) release(heap, rest);
    throw error;
  }
  // The path is owned, so this needs no memory.
  treeReplace(heap, directory, 0, key, kept);
}

/** Words of a segment with copies of the rows. */
function wordsForCopy(words: Int32Array, span: Address, from: number, to: number): number {
  let total = wordsForRow(0);
  for (let index = from; index < to; index++) {
    total += ENTRY_WORDS + payloadWords(words, span, index);
  }
  return total;
}

function payloadWords(words: Int32Array, span: Address, index: number): number {
  const tokens = spanRow(words, span, index) + EVENT_WORDS;
  return EVENT_WORDS + skip(words, tokens) - tokens;
}

/** A segment with copies of some of the span's rows, with their events. */
function copyRows(heap: Heap, span: Address, from: number, count: number): Address {
  const { words } = heap;
  const segment = createSegment(heap, wordsForCopy(words, span, from, from + count));
  for (let index = from; index < from + count; index++) {
    const size = payloadWords(words, span, index);
    const tokens = spanRow(words, span, index) + EVENT_WORDS;
    const row = pushRow(words, segment, spanId(words, span, index), size);
    words[row] = spanWriter(words, span);
    words[row + 1] = spanSequence(words, span, index);
    words.copyWithin(row + EVENT_WORDS, tokens, tokens + size - EVENT_WORDS);
  }
  return segment;
}

/** Stops the engine unless SN2 and SN3 hold. */
export function checkSpan(words: Int32Array, span: Address): void {
  const count = spanCount(words, span);
  assert(count > 0, "SN2: a span has a row");
  assert(isPackedHead(words, words[span + REGION]!), "SN3: a span holds a packed region");
  for (let index = 1; index < count; index++) {
    const ascending = positionAt(words, span, index - 1) < positionAt(words, span, index);
    assert(ascending, "SN2: positions ascend");
  }
}
