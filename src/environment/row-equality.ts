/** Finding a row by equality: the occurrence that a removal removes. */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { equalRuns } from "../term/tokens.js";
import { SCAN_LIMIT } from "./access.js";
import { requireIndex } from "./argument-index.js";
import {
  loadIndex,
  ROW_TOKENS,
  readIndexCount,
  readKeyHigh,
  readLiveCount,
  readPlaceCount,
  WHOLE,
} from "./relation.js";
import { kindOfKey } from "./relation-key.js";
import { rowKey, wholeKey } from "./row-key.js";
import { IndexStream, type RowStream, scan } from "./row-stream.js";
import type { Store } from "./workspace.js";

/** No row. Row ids are not negative. */
export const NO_ROW = -1;

/** Id of the first live row that equals the run in the scratch words up to renaming, or NO_ROW. */
export function locateScratch(store: Store, relation: Address): number {
  const known = locateByPlace(store, relation);
  if (known !== UNKNOWN) return known;
  const stream = candidates(store, relation);
  return stream !== null && nextEqual(store, stream) ? stream.id : NO_ROW;
}

/** Ids of all live rows that equal it, in their order. */
export function* locateAll(store: Store, relation: Address): Generator<number, void, undefined> {
  const stream = candidates(store, relation);
  if (stream === null) return;
  while (nextEqual(store, stream)) yield stream.id;
}

const UNKNOWN = -2;
/** Rows under one key of a place's index that are compared before the index of whole atoms is used. */
const COMPARED = 8;

/**
 * As {@link locateScratch} by an index that is there already and has few rows under the run's key, so that no index of
 * whole atoms has to be built and kept for removals alone (RO1); UNKNOWN if there is none.
 */
function locateByPlace(store: Store, relation: Address): number {
  const { words, scratch } = store;
  if (readLiveCount(words, relation) <= SCAN_LIMIT) return UNKNOWN;
  if (loadIndex(words, relation, WHOLE) !== NO_ADDRESS) return UNKNOWN;
  const count = readIndexCount(words, relation);
  for (let number = WHOLE + 1; number < count; number++) {
    const index = loadIndex(words, relation, number);
    if (index === NO_ADDRESS) continue;
    const stream = new IndexStream(words);
    stream.begin(relation, index, keyOfScratch(store, relation, number), false);
    for (let compared = 0; compared < COMPARED; compared++) {
      if (!stream.next()) return NO_ROW;
      if (equalRuns(words, stream.row + ROW_TOKENS, scratch, 0)) return stream.id;
    }
  }
  return UNKNOWN;
}

/** Rows among which are all that equal the run in the scratch words; null for none. */
function candidates(store: Store, relation: Address): RowStream | null {
  const { words, heap, scratch } = store;
  const count = readLiveCount(words, relation);
  if (count === 0) return null;
  const index = count > SCAN_LIMIT ? requireIndex(heap, relation, WHOLE) : NO_ADDRESS;
  if (index === NO_ADDRESS) return scan(words, relation);
  const stream = new IndexStream(words);
  stream.begin(relation, index, wholeKey(scratch, 0), false);
  return stream;
}

function keyOfScratch({ words, scratch }: Store, relation: Address, number: number): number {
  const kind = kindOfKey(readKeyHigh(words, relation));
  return rowKey(scratch, kind, 0, readPlaceCount(words, relation), number);
}

function nextEqual({ words, scratch }: Store, stream: RowStream): boolean {
  while (stream.next()) {
    if (equalRuns(words, stream.row + ROW_TOKENS, scratch, 0)) return true;
  }
  return false;
}
