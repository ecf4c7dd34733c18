/**
 * Argument index: the row ids of a relation, ordered by the key at one place, by that of its content, or as numbers.
 *
 *     index of place 1 of `edge`:   B+ tree (SET) of   high word: key of the argument   low word: row id
 *
 *         (edge a x)  row 1         a·1   a·7   b·3   …   VARIABLE_KEY·5
 *         (edge b x)  row 3         └────┘ one key's rows are adjacent and ascend: insertion order
 *         (edge $y x) row 5
 *         (edge a z)  row 7
 *
 * A union of large environments changes rows all over an index, and to copy its nodes for each would cost more
 * than the rows themselves. So a union leaves indexes as they are: removed rows stay in them and added ones
 * stay out of them, a few at most, until the relation is written next (RE4).
 *
 * Invariants
 *   AI1  The index of number i ≥ 1, by a place, its content or its order, has (rowKey(row, i), id) for a row.
 *   AI2  The index of the place WHOLE has (wholeKey(row), id) for a row, and (VARIABLE_KEY, id) too for one
 *        in which a variable occurs.
 *   AI3  Bit i (the last bit for all from 31 on) of the relation's spare word is set if a row ever
 *        had VARIABLE_KEY at place i, here or where rows were united from. Where it is not, a lookup need not
 *        visit that key. Lookups by content go by the bit of WHOLE, which says whether there are variables at all.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { rowCursor } from "../containers/row-cursor.js";
import { treeCount, treeInsert } from "../containers/tree.js";
import { buildTree, type SortedEntries } from "../containers/tree-build.js";
import { treeDelete } from "../containers/tree-delete.js";
import { SET } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import { freezeReachable } from "../memory/freeze.js";
import type { Heap } from "../memory/heap.js";
import { isFrozen, readSpare, writeSpare } from "../memory/segment.js";
import { tokenKey, VARIABLE_KEY } from "../term/token-key.js";
import { skip } from "../term/tokens.js";
import { dropChild, ownTree } from "./ownership.js";
import {
  INDEXES,
  loadIndex,
  NO_LATE_ROWS,
  ROW_TOKENS,
  readIndexCount,
  readKeyHigh,
  readLateRows,
  readLiveCount,
  readPlaceCount,
  readRows,
  WHOLE,
  writeLateRows,
} from "./relation.js";
import { kindOfKey } from "./relation-key.js";
import { firstPlace, isGroundRun, rowKey } from "./row-key.js";

const LAST_BIT = 31;
/** A lookup scans at most about this many late rows. */
const MOST_LATE_ROWS = 128;

function variableBit(place: number): number {
  return 1 << Math.min(place, LAST_BIT);
}

/** Whether a lookup in the index of that number must visit VARIABLE_KEY too (AI3). */
export function mayHoldVariableRows(words: Int32Array, relation: Address, number: number): boolean {
  const place = number < readPlaceCount(words, relation) ? number : WHOLE;
  return (readSpare(words, relation) & variableBit(place)) !== 0;
}

/** Of a row of this kind: the bits of the places at which it has VARIABLE_KEY (AI3). */
export function variableBitsOf(
  source: Int32Array,
  tokens: Address,
  kind: number,
  places: number,
): number {
  let bits = isGroundRun(source, tokens) ? 0 : variableBit(WHOLE);
  if (places === 1) return bits;
  let at = firstPlace(source, kind, tokens);
  for (let place = 1; place < places; place++) {
    if (tokenKey(source, at) === VARIABLE_KEY) bits |= variableBit(place);
    at = skip(source, at);
  }
  return bits;
}

/** Notes at which places a new row of an owned relation has VARIABLE_KEY (AI3). */
function noteVariablePlaces(words: Int32Array, relation: Address, tokens: Address): void {
  const kind = kindOfKey(readKeyHigh(words, relation));
  const bits = variableBitsOf(words, tokens, kind, readPlaceCount(words, relation));
  writeSpare(words, relation, readSpare(words, relation) | bits);
}

/** A row as indexes see it: its number, and its run, which is in `source`. */
interface IndexedRow {
  readonly source: Int32Array;
  readonly tokens: Address;
  readonly id: number;
}

/** Applies `act` to each index that is built, and drops an index for which there is no memory (RE5). */
function maintain(
  heap: Heap,
  relation: Address,
  { source, tokens, id }: IndexedRow,
  act: (heap: Heap, index: Address, key: number, id: number) => void,
): void {
  const { words } = heap;
  const kind = kindOfKey(readKeyHigh(words, relation));
  const places = readPlaceCount(words, relation);
  const count = readIndexCount(words, relation);
  for (let number = 0; number < count; number++) {
    if (words[relation + INDEXES + number] === NO_ADDRESS) continue;
    try {
      const index = ownTree(heap, relation, INDEXES + number, SET);
      act(heap, index, rowKey(source, kind, tokens, places, number), id);
      if (number === WHOLE && !isGroundRun(source, tokens)) act(heap, index, VARIABLE_KEY, id);
    } catch (error) {
      if (!(error instanceof HeapExhaustedError)) throw error;
      dropChild(heap, relation, INDEXES + number);
    }
  }
}

function insert(heap: Heap, index: Address, key: number, id: number): void {
  treeInsert(heap, index, key, id, 0);
}

function remove(heap: Heap, index: Address, key: number, id: number): void {
  treeDelete(heap, index, key, id);
}

function hasIndex(words: Int32Array, relation: Address): boolean {
  const count = readIndexCount(words, relation);
  for (let number = 0; number < count; number++) {
    if (words[relation + INDEXES + number] !== NO_ADDRESS) return true;
  }
  return false;
}

/** Enters the late rows of an owned relation into its indexes (RE4). Cannot fail. */
export function settleIndexes(heap: Heap, relation: Address): void {
  const { words } = heap;
  const late = readLateRows(words, relation);
  if (late === NO_LATE_ROWS) return;
  writeLateRows(words, relation, NO_LATE_ROWS);
  const rows = rowCursor(words, readRows(words, relation), late);
  while (rows.next()) {
    const row = { source: words, tokens: rows.payload + ROW_TOKENS, id: rows.id };
    maintain(heap, relation, row, insert);
  }
}

/**
 * Before an owned relation gets `count` rows with variables in the places `variableBits`, from id `id` on: leaves them out of its
 * indexes for now, or drops the indexes if that is less to do than to enter the rows. Cannot fail.
 */
export function postponeMany(
  heap: Heap,
  relation: Address,
  variableBits: number,
  id: number,
  count: number,
): void {
  const { words } = heap;
  writeSpare(words, relation, readSpare(words, relation) | variableBits);
  if (count > readLiveCount(words, relation)) {
    const indexes = readIndexCount(words, relation);
    for (let number = 0; number < indexes; number++) dropChild(heap, relation, INDEXES + number);
    writeLateRows(words, relation, NO_LATE_ROWS);
  } else if (readLateRows(words, relation) === NO_LATE_ROWS && hasIndex(words, relation)) {
    writeLateRows(words, relation, id);
  }
}

/**
 * Leaves the rows that an owned relation gets from `from`, another one of its key, from id `id` on, out of its
 * indexes for now. Cannot fail.
 */
export function postponeRows(heap: Heap, relation: Address, from: Address, id: number): void {
  const { words } = heap;
  writeSpare(words, relation, readSpare(words, relation) | readSpare(words, from));
  if (readLateRows(words, relation) !== NO_LATE_ROWS || !hasIndex(words, relation)) return;
  writeLateRows(words, relation, id);
}

/** After a union changed an owned relation: fixes what would make its lookups slow. Cannot fail. */
export function limitPostponed(heap: Heap, relation: Address, nextRow: number): void {
  const { words } = heap;
  const late = readLateRows(words, relation);
  if (late !== NO_LATE_ROWS && nextRow - late > MOST_LATE_ROWS) settleIndexes(heap, relation);
  const count = readIndexCount(words, relation);
  const most = 2 * readLiveCount(words, relation) + MOST_LATE_ROWS;
  for (let number = 0; number < count; number++) {
    const index = words[relation + INDEXES + number]!;
    const excess =
      index !== NO_ADDRESS && treeCount(words, index) > most * (number === WHOLE ? 2 : 1);
    if (excess) dropChild(heap, relation, INDEXES + number);
  }
}

/** Enters a new row, whose run is at `tokens`, into the indexes of an owned relation without late rows. Cannot fail. */
export function indexRow(heap: Heap, relation: Address, tokens: Address, id: number): void {
  const { words } = heap;
  noteVariablePlaces(words, relation, tokens);
  maintain(heap, relation, { source: words, tokens, id }, insert);
}

/** Takes a row out of the indexes of an owned relation. Cannot fail. */
export function unindexRow(heap: Heap, relation: Address, row: IndexedRow): void {
  maintain(heap, relation, row, remove);
}

/** Pairs (key, id), sorted as unsigned 64-bit numbers; the low word stands first in memory. */
class SortedPairs implements SortedEntries {
  readonly value = 0;
  high = 0;
  low = 0;
  readonly #halves: Uint32Array;
  #position = 0;
  #used = 0;

  constructor(capacity: number) {
    this.#halves = new Uint32Array(capacity * 2);
  }

  push(key: number, id: number): void {
    this.#halves[this.#used++] = id;
    this.#halves[this.#used++] = key;
  }

  sort(): void {
    new BigUint64Array(this.#halves.buffer, 0, this.#used >>> 1).sort();
  }

  next(): boolean {
    if (this.#position === this.#used) return false;
    this.low = this.#halves[this.#position++]!;
    this.high = this.#halves[this.#position++]!;
    return true;
  }
}

/** The entries of all live rows that are not late (RE4). */
function collect(words: Int32Array, relation: Address, number: number): SortedPairs {
  const late = readLateRows(words, relation);
  const pairs = new SortedPairs(readLiveCount(words, relation) * (number === WHOLE ? 2 : 1));
  const places = readPlaceCount(words, relation);
  const kind = kindOfKey(readKeyHigh(words, relation));
  const rows = rowCursor(words, readRows(words, relation), 0);
  while (rows.next() && rows.id < late) {
    const tokens = rows.payload + ROW_TOKENS;
    pairs.push(rowKey(words, kind, tokens, places, number), rows.id);
    if (number === WHOLE && !isGroundRun(words, tokens)) pairs.push(VARIABLE_KEY, rows.id);
  }
  pairs.sort();
  return pairs;
}

/**
 * The index of that number, built and published on first use; 0 if there is no memory for it, or no word. Any reader of the
 * relation may call this.
 */
export function requireIndex(heap: Heap, relation: Address, number: number): Address {
  const { words } = heap;
  if (number >= readIndexCount(words, relation)) return NO_ADDRESS;
  const found = loadIndex(words, relation, number);
  if (found !== NO_ADDRESS) return found;
  let built: Address;
  try {
    built = buildTree(heap, SET, collect(words, relation, number));
  } catch (error) {
    if (error instanceof HeapExhaustedError) return NO_ADDRESS;
    throw error;
  }
  const winner = Atomics.compareExchange(words, relation + INDEXES + number, NO_ADDRESS, built);
  if (winner !== NO_ADDRESS) {
    release(heap, built);
    return winner;
  }
  if (isFrozen(words, relation)) freezeReachable(words, built); // late, and that is all right (FZ1)
  return built;
}
