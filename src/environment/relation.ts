/**
 * Relation: the rows of one key, with their count and their indexes.
 *
 *     word  0        4     5     6       7        8          9      10     11      12            12 + n          12 + 2n
 *           | header | key | key | count | version           | late | rows | whole | place 1 … n | content 1 … n | order 1 … n |
 *           |        | high| low |       | writer | sequence | rows | ························ children ·······················|
 *
 * A row is an event and an atom:      0        1          2
 *                                     | writer | sequence | tokens of the atom …
 *
 * `whole` indexes rows by their whole atom, `place i` by what shows of the atom at place i: its i-th
 * child for facts, the i-th child of the left-hand side for rules, the (i − 1)-th child for
 * expressions without a symbol first. `content i` indexes rows by all that is in the atom at place i; queries ask it for
 * expressions without variables, of which `place i` has no more than head and length. `order i` has numbers in their order,
 * for queries that want those between two limits. A missing index is 0: it is built
 * when a query needs it. Relations of stores of version 1 have no words for `order`.
 *
 * Invariants
 *   RE1  `count` is the number of live rows. An empty relation is not a special case:
 *        a relation stays when its last row goes.
 *   RE2  `version` is the event that last added or removed a row; (0, 0) before the first. In one heap,
 *        equal versions of one key mean equal rows.
 *   RE3  Rows have increasing ids, and the row of an event is in one relation of the environment once.
 *   RE4  An index holds the entries that `argument-index.ts` names for every live row below `late rows`, and
 *        possibly for rows that are dead; never for rows from there on, which a lookup scans.
 *        `late rows` is NO_LATE_ROWS unless a union added rows without entering them.
 *   RE5  Indexes carry no information of their own: any may be dropped at any time, and a write that finds no
 *        memory for one drops it.
 *
 * Shared words
 *   rows, counts, version  written by the only holder · read by all who reach the relation through
 *                          their root, after the acquire that gave them the root.
 *   index words            also written by readers of a relation that several hold: compareExchange
 *                          0 → address publishes the finished tree (release), Atomics.load acquires it.
 *                          A stale 0 costs building the tree again; the loser releases its tree.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { EVENT_WORDS } from "../containers/row-span.js";
import { allocate } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { RELATION } from "../memory/kinds.js";
import { assertWritable, HEADER_WORDS, readChildCount, setChildren } from "../memory/segment.js";
import { FACT, HEADLESS_EXPRESSION, kindOfKey, RULE } from "./relation-key.js";

const KEY_HIGH: number = HEADER_WORDS;
const KEY_LOW: number = KEY_HIGH + 1;
const LIVE_COUNT: number = KEY_LOW + 1;
const VERSION_WRITER: number = LIVE_COUNT + 1;
const VERSION_SEQUENCE: number = VERSION_WRITER + 1;
const LATE_ROWS: number = VERSION_SEQUENCE + 1;
/** Child word of the rows. */
export const ROWS: number = LATE_ROWS + 1;
/** Child word of index 0, that of the whole atom; index i follows i words later. */
export const INDEXES: number = ROWS + 1;

/** Above every row id. */
export const NO_LATE_ROWS = 0xffff_ffff;

/** Place 0: the whole atom. An index by place has the place's number. */
export const WHOLE = 0;
/** Further places have no index: a pattern bound only there is answered by a scan. */
const PLACE_LIMIT = 62;

// A row's words. Those of the event are there in rows that a segment holds itself: `readEvent` knows all.
export const ROW_WRITER = 0;
export const ROW_SEQUENCE = 1;
export const ROW_TOKENS: number = EVENT_WORDS;

export function readKeyHigh(words: Int32Array, relation: Address): number {
  return words[relation + KEY_HIGH]! >>> 0;
}

export function readKeyLow(words: Int32Array, relation: Address): number {
  return words[relation + KEY_LOW]! >>> 0;
}

export function readLiveCount(words: Int32Array, relation: Address): number {
  return words[relation + LIVE_COUNT]!;
}

export function writeLiveCount(words: Int32Array, relation: Address, count: number): void {
  assertWritable(words, relation);
  words[relation + LIVE_COUNT] = count;
}

export function readVersionWriter(words: Int32Array, relation: Address): number {
  return words[relation + VERSION_WRITER]!;
}

export function readVersionSequence(words: Int32Array, relation: Address): number {
  return words[relation + VERSION_SEQUENCE]!;
}

export function writeVersion(
  words: Int32Array,
  relation: Address,
  writer: number,
  sequence: number,
): void {
  words[relation + VERSION_WRITER] = writer;
  words[relation + VERSION_SEQUENCE] = sequence;
}

/** The first row that no index holds (RE4). */
export function readLateRows(words: Int32Array, relation: Address): number {
  return words[relation + LATE_ROWS]! >>> 0;
}

export function writeLateRows(words: Int32Array, relation: Address, id: number): void {
  words[relation + LATE_ROWS] = id;
}

export function readRows(words: Int32Array, relation: Address): Address {
  return words[relation + ROWS]!;
}

/** Index words: the whole atom's and three for each place, or two (`order` is missing). */
export function readIndexCount(words: Int32Array, relation: Address): number {
  return readChildCount(words, relation) - 1;
}

/** Places with an index, the whole atom included. */
export function readPlaceCount(words: Int32Array, relation: Address): number {
  return placeCountFor(readKeyHigh(words, relation), readKeyLow(words, relation));
}

/** The number of the index by the content of a place from 1 on, where there are that many places. */
export function contentIndexOf(places: number, place: number): number {
  return places - 1 + place;
}

/** The number of the index by the order of numbers at a place from 1 on, where there are that many places. */
export function orderIndexOf(places: number, place: number): number {
  return 2 * (places - 1) + place;
}

/** The index of that number, 0 if it is not built (or not yet seen by this thread). */
export function loadIndex(words: Int32Array, relation: Address, number: number): Address {
  return Atomics.load(words, relation + INDEXES + number);
}

/** Places with an index that a relation of this key has, the whole atom included. */
export function placeCountFor(high: number, low: number): number {
  const kind = kindOfKey(high);
  if (kind === FACT || kind === RULE) return 1 + Math.min(Math.max(low - 1, 0), PLACE_LIMIT);
  if (kind === HEADLESS_EXPRESSION) return 1 + Math.min(low, PLACE_LIMIT);
  return 1;
}

/** A relation without rows, with one reference, the caller's. Throws HeapExhaustedError. */
export function createRelation(heap: Heap, high: number, low: number): Address {
  const indexes = 1 + 3 * (placeCountFor(high, low) - 1);
  const sizeWords = INDEXES + indexes;
  const relation = allocate(heap, sizeWords, RELATION);
  const { words } = heap;
  words.fill(NO_ADDRESS, relation + HEADER_WORDS, relation + sizeWords);
  words[relation + KEY_HIGH] = high;
  words[relation + KEY_LOW] = low;
  words[relation + LATE_ROWS] = NO_LATE_ROWS;
  setChildren(words, relation, ROWS, 1 + indexes);
  return relation;
}
