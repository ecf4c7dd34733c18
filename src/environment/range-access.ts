/**
 * Range access: the rows of a relation that a restriction leaves, found by the order of the numbers at a place.
 *
 *     index by order of place 3:   | 0·id …     | k·id … |▒▒▒▒▒▒▒▒▒▒| k·id … |
 *                                   no numbers            in between
 *
 *   RA1  The rows that are not among those that are found are refused (RI1): each has a number outside of the interval
 *        at the place, and a number wherever there could be something else that makes it wanted.
 *   RA2  They come by their ids, as a scan would find them.
 *
 * An index is built where a sample of the rows says that it leaves out most of them.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { RowCursor } from "../containers/row-cursor.js";
import { lastRowId } from "../containers/rows.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { type Atom, VARIABLE } from "../term/atom.js";
import { NO_NUMBER, orderKey } from "../term/number-order.js";
import { dereference } from "../term/resolve.js";
import { skip } from "../term/tokens.js";
import { mayHoldVariableRows, requireIndex } from "./argument-index.js";
import {
  loadIndex,
  orderIndexOf,
  ROW_TOKENS,
  readIndexCount,
  readKeyHigh,
  readPlaceCount,
  readRows,
  WHOLE,
} from "./relation.js";
import { kindOfKey } from "./relation-key.js";
import type { Bound, Restriction } from "./restriction.js";
import { firstPlace } from "./row-key.js";
import type { Store } from "./workspace.js";

/** Rows are looked for by order only if no more than this share of them is left, and of what is found otherwise. */
const WORTH = 1 / 4;
const SAMPLED = 32;

/** Entries of an index by order: those with keys from `low` to `high`. */
interface KeyRange {
  readonly place: number;
  readonly low: number;
  readonly high: number;
}

/** Rows that were found by the order of numbers. */
interface RangeAccess {
  /** Of the index. */
  readonly number: number;
  /** The ids of the rows, ascending; rows that are late are not among them. */
  readonly rows: Uint32Array;
}

/**
 * The rows that the restriction leaves of those that a pattern with `atoms` at the places may match, if they are much
 * fewer than `others`, which is how many would be looked at otherwise.
 */
export function rangeAccess(
  store: Store,
  relation: Address,
  atoms: readonly Atom[],
  restriction: Restriction,
  others: number,
): RangeAccess | null {
  const { words } = store;
  const most = Math.floor(others * WORTH);
  const places = readPlaceCount(words, relation);
  let best: RangeAccess | null = null;
  const unsure: number[] = [];
  for (const stage of restriction.stages) {
    const placed = stage.map((bound) => placeOf(bound, atoms, places));
    // Where nothing but numbers is wanted, rows with a variable may still match with one.
    if (!restriction.wantsNumbers || mayHoldVariableRows(words, relation, WHOLE)) {
      unsure.push(...placed);
      if (!restriction.wantsNumbers && placed.includes(NO_PLACE)) break; // RA1
    }
    for (const [at, { interval }] of stage.entries()) {
      const place = placed[at]!;
      if (place === NO_PLACE) continue;
      const wanted = restriction.wantsNumbers ? unsure.filter((each) => each === place) : unsure;
      const ranges = [...new Set(wanted)].map((each) => ({
        place: each,
        low: NO_NUMBER,
        high: NO_NUMBER,
      }));
      ranges.push({ place, low: interval.lowKey, high: interval.highKey });
      const limit = best === null ? most : Math.floor(best.rows.length * WORTH);
      const rows = rowsIn(store, relation, ranges, limit);
      if (rows !== null) best = { number: orderIndexOf(places, place), rows };
    }
  }
  return best;
}

const NO_PLACE = 0;

/** The place at which a variable stands that is free. */
function placeOf({ variable }: Bound, atoms: readonly Atom[], places: number): number {
  const root = dereference(variable);
  if (root.tag !== VARIABLE) return NO_PLACE;
  for (let place = 1; place < places && place <= atoms.length; place++) {
    if (dereference(atoms[place - 1]!) === root) return place;
  }
  return NO_PLACE;
}

/** The rows in any of the ranges (RA2); null if they are more than `most`. */
function rowsIn(
  store: Store,
  relation: Address,
  ranges: readonly KeyRange[],
  most: number,
): Uint32Array | null {
  const { words } = store;
  const places = readPlaceCount(words, relation);
  const isBuilt = ranges.every(
    ({ place }) => loadedIndex(words, relation, orderIndexOf(places, place)) !== NO_ADDRESS,
  );
  if (!isBuilt && !isWorthBuilding(words, relation, ranges)) return null;
  const ids = collected(store, relation, ranges, most);
  return ids === null ? null : ascending(ids, lastRowId(words, readRows(words, relation)));
}

const FIRST_ROOM = 1024;
const WIDENING = 8;

/** The ids in the ranges, which may be there more than once; null if they are more than `most`, or there is no index. */
function collected(
  store: Store,
  relation: Address,
  ranges: readonly KeyRange[],
  most: number,
): Uint32Array | null {
  const { words } = store;
  const places = readPlaceCount(words, relation);
  for (let room = FIRST_ROOM; ; room *= WIDENING) {
    const ids = new Uint32Array(Math.min(room, most));
    let count = 0;
    for (const { place, low, high } of ranges) {
      const index = requireIndex(store.heap, relation, orderIndexOf(places, place));
      if (index === NO_ADDRESS) return null;
      count = treeCursor(words, index, low, 0).takeLows(high, ids, count);
      if (count > ids.length) break;
    }
    if (count <= ids.length) return ids.subarray(0, count);
    if (room >= most) return null;
  }
}

/** So many bits cost as much to look at as an id to sort. */
const BITS_AN_ID = 512;

/** Ids of rows up to `last` in their order, each once. */
function ascending(ids: Uint32Array, last: number): Uint32Array {
  if (last >= ids.length * BITS_AN_ID) return Uint32Array.from(new Set(ids.sort()));
  const bits = new Int32Array((last >>> 5) + 1);
  for (let at = 0; at < ids.length; at++) bits[ids[at]! >>> 5]! |= 1 << ids[at]!;
  let used = 0;
  for (let word = 0; word < bits.length; word++) {
    for (let left = bits[word]!; left !== 0; left &= left - 1) {
      ids[used++] = (word << 5) + 31 - Math.clz32(left & -left);
    }
  }
  return ids.subarray(0, used);
}

function loadedIndex(words: Int32Array, relation: Address, number: number): Address {
  if (number >= readIndexCount(words, relation)) return NO_ADDRESS;
  return loadIndex(words, relation, number);
}

/** Whether few enough of some rows, from all over the relation, are in one of the ranges. */
function isWorthBuilding(
  words: Int32Array,
  relation: Address,
  ranges: readonly KeyRange[],
): boolean {
  const kind = kindOfKey(readKeyHigh(words, relation));
  const vector = readRows(words, relation);
  const last = lastRowId(words, vector);
  const cursor = new RowCursor(words);
  let found = 0;
  for (let sample = 0; sample < SAMPLED; sample++) {
    cursor.seek(vector, Math.floor((last * sample) / SAMPLED));
    if (!cursor.next()) continue;
    if (ranges.some((range) => isIn(words, kind, cursor.payload + ROW_TOKENS, range))) found++;
  }
  return found <= SAMPLED * WORTH;
}

function isIn(
  words: Int32Array,
  kind: number,
  tokens: Address,
  { place, low, high }: KeyRange,
): boolean {
  let at = firstPlace(words, kind, tokens);
  for (let left = place - 1; left > 0; left--) at = skip(words, at);
  const key = orderKey(words, at);
  return low <= key && key <= high;
}
