/**
 * Access path: how the rows of a relation that may match a pattern are found.
 *
 *     few rows                          scan
 *     one place bound                   its index; by content, if an expression without variables is there and no row
 *                                       has variables
 *     several places bound              the index with the shortest run of the pattern's key; when those
 *                                       that exist are not selective, others are built; where all runs are long, rows are
 *                                       those in two of them
 *     the whole atom bound              the index of whole atoms, if no place's index is selective
 *     a variable is between limits      the index by order of its place, if it leaves much fewer rows (range-access.ts)
 *     nothing bound, or no memory       scan
 *
 * A place is bound if what the pattern has there has a key of its own: see token-key.ts and content-key.ts. Where states
 * count by what they hold (`byContent`), a state has none: its key is that of its name.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { type Atom, EXPRESSION, STATE, VARIABLE } from "../term/atom.js";
import { contentKeyOf } from "../term/content-key.js";
import { dereference, resolve } from "../term/resolve.js";
import { atomKey, VARIABLE_KEY } from "../term/token-key.js";
import { mayHoldVariableRows, requireIndex } from "./argument-index.js";
import { rangeAccess } from "./range-access.js";
import {
  contentIndexOf,
  loadIndex,
  readKeyHigh,
  readLiveCount,
  readPlaceCount,
  WHOLE,
} from "./relation.js";
import { FACT, HEADLESS_EXPRESSION, kindOfKey, RULE, VARIABLE_ATOM } from "./relation-key.js";
import type { Restriction } from "./restriction.js";
import { holdsState, wholeKey } from "./row-key.js";
import { encodeScratch, type Store } from "./workspace.js";

/** The number of the index of an access that looks at every row. */
export const SCAN = -1;

/** If a key has fewer entries than this, no further index is consulted or built. */
const SELECTIVE = 64;
const WIDENING = 16;
/** The most indexes that one lookup builds. */
const BUILT_AT_ONCE = 4;

export interface Access {
  /** SCAN, or the number of the index that is used: WHOLE, that of a place, that of its content. */
  readonly number: number;
  readonly index: Address;
  readonly key: number;
  /** Another index, under whose key the rows are too. */
  readonly also?: Access;
  /** The ids of the rows, ascending, without late ones: for an index by order, in which they have no one key. */
  readonly rows?: Uint32Array;
}

/** Looks at every row. */
export const SCANNING: Access = { number: SCAN, index: NO_ADDRESS, key: 0 };

/** What the pattern has at places 1, 2, … of rows of this kind; null if it says nothing about them. */
export function placesOf(kind: number, pattern: Atom): readonly Atom[] | null {
  if (pattern.tag !== EXPRESSION) return null;
  if (kind === HEADLESS_EXPRESSION) return pattern.children;
  if (kind === FACT) return pattern.children.slice(1);
  if (kind !== RULE) return null;
  const left = dereference(pattern.children[1]!);
  return left.tag === EXPRESSION ? left.children.slice(1) : null;
}

/** How many entries an index has under a key; counting stops at `limit`. */
export function runLength(words: Int32Array, index: Address, key: number, limit: number): number {
  const cursor = treeCursor(words, index, key, 0);
  let count = 0;
  while (count < limit && cursor.next() && cursor.high === key >>> 0) count++;
  return count;
}

/** How many rows an access has, the late ones left out; counting stops at `limit`. */
export function rowsOf(
  words: Int32Array,
  relation: Address,
  access: Access,
  limit: number,
): number {
  if (access.number === SCAN) return Math.min(limit, readLiveCount(words, relation));
  if (access.rows !== undefined) return Math.min(limit, access.rows.length);
  return runLength(words, access.index, access.key, limit);
}

/** Chooses for the dereferenced `pattern`, under the current bindings. */
export function chooseAccess(
  store: Store,
  relation: Address,
  pattern: Atom,
  byContent: boolean,
  restriction: Restriction | null,
): Access {
  const { words } = store;
  if (readLiveCount(words, relation) <= SCAN_LIMIT) return SCANNING;
  const kind = kindOfKey(readKeyHigh(words, relation));
  if (kind === VARIABLE_ATOM) return SCANNING;
  const atoms = placesOf(kind, pattern);
  if (atoms === null) return wholeAccess(store, relation, pattern, byContent);
  const access = placeAccess(store, relation, atoms, pattern, byContent);
  return restriction === null ? access : restricted(store, relation, atoms, restriction, access);
}

/** The access, or one by the order of a place that a restriction is of, where that has much fewer rows. */
export function restricted(
  store: Store,
  relation: Address,
  atoms: readonly Atom[],
  restriction: Restriction,
  access: Access,
): Access {
  const others = rowsOf(store.words, relation, access, Number.POSITIVE_INFINITY);
  if (others < SELECTIVE) return access;
  const range = rangeAccess(store, relation, atoms, restriction, others);
  return range === null ? access : { ...range, index: NO_ADDRESS, key: 0 };
}

/** The access by what is at the places: `atoms[i]` at place i + 1, in the atom `whole` if known. */
export function placeAccess(
  store: Store,
  relation: Address,
  atoms: readonly Atom[],
  whole: Atom | null,
  byContent: boolean,
): Access {
  const places = readPlaceCount(store.words, relation);
  let first: BoundPlace | null = null;
  let bound: BoundPlace[] | null = null;
  for (let place = 1; place < places && place <= atoms.length; place++) {
    const atom = dereference(atoms[place - 1]!);
    if (atom.tag === VARIABLE || (byContent && atom.tag === STATE)) continue;
    const found = boundPlace(store, relation, place, atom);
    if (found === null) continue;
    if (first === null) first = found;
    else if (bound === null) bound = [first, found];
    else bound.push(found);
  }
  if (first === null) return SCANNING;
  if (bound === null) return indexAccess(store, relation, first);
  return mostSelective(store, relation, bound, whole, byContent);
}

/** Under which key of which index the rows are that have the atom at a place (CK2); null if it may be anything. */
export function boundPlace(
  store: Store,
  relation: Address,
  place: number,
  atom: Atom,
): BoundPlace | null {
  const { vocabulary, words } = store;
  if (atom.tag === EXPRESSION && !mayHoldVariableRows(words, relation, WHOLE)) {
    const key = contentKeyOf(vocabulary, atom, store.knownSums);
    const number = contentIndexOf(readPlaceCount(words, relation), place);
    if (key !== VARIABLE_KEY) return { number, key };
  }
  const key = atomKey(vocabulary, atom);
  return key === VARIABLE_KEY ? null : { number: place, key };
}

function indexAccess(store: Store, relation: Address, { number, key }: BoundPlace): Access {
  const index = requireIndex(store.heap, relation, number);
  return index === NO_ADDRESS ? SCANNING : { number, index, key };
}

function wholeAccess(store: Store, relation: Address, pattern: Atom, byContent: boolean): Access {
  const whole = resolve(pattern);
  if (whole.tag === VARIABLE || (whole.tag === EXPRESSION && !whole.ground)) return SCANNING;
  encodeScratch(store, whole);
  if (byContent && holdsState(store.scratch, 0)) return SCANNING;
  return indexAccess(store, relation, { number: WHOLE, key: wholeKey(store.scratch, 0) });
}

interface BoundPlace {
  /** Of the index. */
  readonly number: number;
  readonly key: number;
}

/**
 * Existing indexes are consulted first. If they are not selective, an atom without variables is looked up whole;
 * for others a few missing indexes are built, until one is selective.
 */
function mostSelective(
  store: Store,
  relation: Address,
  bound: readonly BoundPlace[],
  whole: Atom | null,
  byContent: boolean,
): Access {
  const { words } = store;
  const built = bound.filter(({ number }) => loadIndex(words, relation, number) !== NO_ADDRESS);
  const asked = built.map((place) => indexAccess(store, relation, place));
  if (hasShortRun(words, asked)) return shortest(words, asked);
  const exact = whole === null ? SCANNING : wholeAccess(store, relation, whole, byContent);
  if (exact.number !== SCAN) return exact;
  const missing = bound.filter((it) => !built.includes(it)).slice(0, BUILT_AT_ONCE);
  for (const place of missing) {
    const access = indexAccess(store, relation, place);
    if (access.number === SCAN) continue;
    asked.push(access);
    if (hasShortRun(words, [access])) break;
  }
  return asked.length === 0 ? SCANNING : withAnother(words, relation, asked);
}

/** A run that is so many times as long is not read beside the shortest. */
const WORTH_READING = 4;

/** The shortest run, and another one to be read beside it where both are long: to skip an entry costs less than a row. */
function withAnother(words: Int32Array, relation: Address, accesses: readonly Access[]): Access {
  const access = shortest(words, accesses);
  const limit = readLiveCount(words, relation);
  const length = runLength(words, access.index, access.key, limit);
  if (length < SELECTIVE) return access;
  // Rows with a variable there are not under the key.
  const sure = accesses.filter(({ number }) => !mayHoldVariableRows(words, relation, number));
  const others = sure.filter((each) => each !== access);
  if (others.length === 0 || !sure.includes(access)) return access;
  const also = others.reduce((one, other) => {
    const most = runLength(words, one.index, one.key, WORTH_READING * length);
    return runLength(words, other.index, other.key, most) < most ? other : one;
  });
  const most = Math.min(WORTH_READING * length, limit);
  return runLength(words, also.index, also.key, most) < most ? { ...access, also } : access;
}

function hasShortRun(words: Int32Array, accesses: readonly Access[]): boolean {
  return accesses.some(({ index, key }) => runLength(words, index, key, SELECTIVE) < SELECTIVE);
}

/** The access with the shortest run, found in time proportional to that run. */
function shortest(words: Int32Array, accesses: readonly Access[]): Access {
  for (let limit = SELECTIVE; ; limit *= WIDENING) {
    let best = limit;
    let found: Access | null = null;
    for (const access of accesses) {
      const length = runLength(words, access.index, access.key, best);
      if (length < best) {
        best = length;
        found = access;
      }
    }
    if (found !== null) return found;
  }
}

/** Up to this many rows a scan costs less than an index. */
export const SCAN_LIMIT = 12;
