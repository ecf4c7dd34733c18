/**
 * Argument index: the row ids of a relation, ordered by the key at one place.
 *
 *     index of place 1 of `edge`:   B+ tree (SET) of   high word: key of the argument   low word: row id
 *
 *         (edge a x)  row 1         a·1   a·7   b·3   …   VARIABLE_KEY·5
 *         (edge b x)  row 3         └────┘ one key's rows are adjacent and ascend: insertion order
 *         (edge $y x) row 5
 *         (edge a z)  row 7
 *
 * Invariants
 *   AI1  The index of place i ≥ 1 holds (placeKey(row, i), id) for every live row, nothing else.
 *   AI2  The index of the place WHOLE holds (wholeKey(row), id) for every live row, and
 *        (VARIABLE_KEY, id) too for every one in which a variable occurs.
 *   AI3  Bit i (the last bit for all from 31 on) of the relation's spare word is set if a row ever
 *        had VARIABLE_KEY at place i. Where it is not, a look-up need not visit that key.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { openRows } from "../containers/rows.js";
import { treeInsert } from "../containers/tree.js";
import { buildTree, type SortedEntries } from "../containers/tree-build.js";
import { treeDelete } from "../containers/tree-delete.js";
import { SET } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Heap } from "../memory/heap.js";
import { readSpare, writeSpare } from "../memory/segment.js";
import { tokenKey, VARIABLE_KEY } from "../term/token-key.js";
import { skip } from "../term/tokens.js";
import { dropChild, ownTree } from "./ownership.js";
import {
  INDEXES,
  loadIndex,
  ROW_TOKENS,
  readKeyHigh,
  readLiveCount,
  readPlaceCount,
  readRows,
  WHOLE,
} from "./relation.js";
import { kindOfKey } from "./relation-key.js";
import { firstPlace, isGroundRun, placeKey, wholeKey } from "./row-key.js";

const LAST_BIT = 31;

function openBit(place: number): number {
  return 1 << Math.min(place, LAST_BIT);
}

/** Whether a look-up at `place` must visit VARIABLE_KEY too (AI3). */
export function mayHoldOpenRows(words: Int32Array, relation: Address, place: number): boolean {
  return (readSpare(words, relation) & openBit(place)) !== 0;
}

/** Notes at which places a new row of an owned relation has VARIABLE_KEY (AI3). */
function noteOpenPlaces(
  words: Int32Array,
  relation: Address,
  source: Int32Array,
  tokens: Address,
): void {
  let bits = readSpare(words, relation);
  if (!isGroundRun(source, tokens)) bits |= openBit(WHOLE);
  const places = readPlaceCount(words, relation);
  if (places > 1) {
    let at = firstPlace(source, kindOfKey(readKeyHigh(words, relation)), tokens);
    for (let place = 1; place < places; place++) {
      if (tokenKey(source, at) === VARIABLE_KEY) bits |= openBit(place);
      at = skip(source, at);
    }
  }
  writeSpare(words, relation, bits);
}

/** Applies `act` to each index that is built, and drops an index for which there is no memory (RE5). */
function maintain(
  heap: Heap,
  relation: Address,
  source: Int32Array,
  tokens: Address,
  id: number,
  act: (heap: Heap, index: Address, key: number, id: number) => void,
): void {
  const { words } = heap;
  const kind = kindOfKey(readKeyHigh(words, relation));
  const places = readPlaceCount(words, relation);
  for (let place = 0; place < places; place++) {
    if (words[relation + INDEXES + place] === NO_ADDRESS) continue;
    try {
      const index = ownTree(heap, relation, INDEXES + place, SET);
      if (place !== WHOLE) {
        act(heap, index, placeKey(source, kind, tokens, place), id);
        continue;
      }
      act(heap, index, wholeKey(source, tokens), id);
      if (!isGroundRun(source, tokens)) act(heap, index, VARIABLE_KEY, id);
    } catch (error) {
      if (!(error instanceof HeapExhaustedError)) throw error;
      dropChild(heap, relation, INDEXES + place);
    }
  }
}

function insert(heap: Heap, index: Address, key: number, id: number): void {
  treeInsert(heap, index, key, id, 0);
}

function remove(heap: Heap, index: Address, key: number, id: number): void {
  treeDelete(heap, index, key, id);
}

/** Enters a new row, whose run stands in `source`, into the indexes of an owned relation. Cannot fail. */
export function indexRow(
  heap: Heap,
  relation: Address,
  source: Int32Array,
  tokens: Address,
  id: number,
): void {
  noteOpenPlaces(heap.words, relation, source, tokens);
  maintain(heap, relation, source, tokens, id, insert);
}

/** Takes a row out of the indexes of an owned relation. Cannot fail. */
export function unindexRow(
  heap: Heap,
  relation: Address,
  source: Int32Array,
  tokens: Address,
  id: number,
): void {
  maintain(heap, relation, source, tokens, id, remove);
}

/** Pairs (key, id), sorted as unsigned 64-bit numbers; the low word stands first in memory. */
class SortedPairs implements SortedEntries {
  readonly value = 0;
  high = 0;
  low = 0;
  private readonly halves: Uint32Array;
  private next_ = 0;
  private used = 0;

  constructor(capacity: number) {
    this.halves = new Uint32Array(capacity * 2);
  }

  push(key: number, id: number): void {
    this.halves[this.used++] = id;
    this.halves[this.used++] = key;
  }

  sort(): void {
    new BigUint64Array(this.halves.buffer, 0, this.used >>> 1).sort();
  }

  next(): boolean {
    if (this.next_ === this.used) return false;
    this.low = this.halves[this.next_++]!;
    this.high = this.halves[this.next_++]!;
    return true;
  }
}

function collect(words: Int32Array, relation: Address, place: number): SortedPairs {
  const pairs = new SortedPairs(readLiveCount(words, relation) * (place === WHOLE ? 2 : 1));
  const kind = kindOfKey(readKeyHigh(words, relation));
  const rows = openRows(words, readRows(words, relation), 0);
  while (rows.next()) {
    const tokens = rows.payload + ROW_TOKENS;
    if (place !== WHOLE) {
      pairs.push(placeKey(words, kind, tokens, place), rows.id);
      continue;
    }
    pairs.push(wholeKey(words, tokens), rows.id);
    if (!isGroundRun(words, tokens)) pairs.push(VARIABLE_KEY, rows.id);
  }
  pairs.sort();
  return pairs;
}

/**
 * The index at `place`, built and published if this is the first time that it is wanted; 0 if there is
 * no memory for it. Any reader of the relation may call this.
 */
export function requireIndex(heap: Heap, relation: Address, place: number): Address {
  const { words } = heap;
  const found = loadIndex(words, relation, place);
  if (found !== NO_ADDRESS) return found;
  let built: Address;
  try {
    built = buildTree(heap, SET, collect(words, relation, place));
  } catch (error) {
    if (error instanceof HeapExhaustedError) return NO_ADDRESS;
    throw error;
  }
  const winner = Atomics.compareExchange(words, relation + INDEXES + place, NO_ADDRESS, built);
  if (winner === NO_ADDRESS) return built;
  release(heap, built);
  return winner;
}
