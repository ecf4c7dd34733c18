/** Finding a row by equality: the occurrence that a removal takes. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { findRow, openRows } from "../containers/rows.js";
import { openCursor } from "../containers/tree-cursor.js";
import { equalRuns } from "../term/tokens.js";
import { requireIndex } from "./argument-index.js";
import { ROW_TOKENS, readLiveCount, readRows, WHOLE } from "./relation.js";
import { wholeKey } from "./row-key.js";
import type { Store } from "./store.js";

/** No row. Row ids are not negative. */
export const NO_ROW = -1;

/** Up to here looking at all rows costs less than an index. */
export const SCAN_LIMIT = 12;

/** Id of the first live row that equals the run in the scratch words up to renaming, or NO_ROW. */
export function locateScratch(store: Store, relation: Address): number {
  const { words } = store;
  const count = readLiveCount(words, relation);
  if (count === 0) return NO_ROW;
  const index = count > SCAN_LIMIT ? requireIndex(store.heap, relation, WHOLE) : NO_ADDRESS;
  return index === NO_ADDRESS ? scan(store, relation) : lookUp(store, relation, index);
}

function scan(store: Store, relation: Address): number {
  const { words, scratch } = store;
  const rows = openRows(words, readRows(words, relation), 0);
  while (rows.next()) {
    if (equalRuns(words, rows.payload + ROW_TOKENS, scratch, 0)) return rows.id;
  }
  return NO_ROW;
}

function lookUp(store: Store, relation: Address, index: Address): number {
  const { words, scratch } = store;
  const key = wholeKey(scratch, 0) >>> 0;
  const rows = readRows(words, relation);
  const entries = openCursor(words, index, key, 0);
  while (entries.next() && entries.high === key) {
    const row = findRow(words, rows, entries.low);
    if (equalRuns(words, row + ROW_TOKENS, scratch, 0)) return entries.low;
  }
  return NO_ROW;
}
