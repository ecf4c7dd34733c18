/** Finding a row by equality: the occurrence that a removal removes. */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { equalRuns } from "../term/tokens.js";
import { SCAN_LIMIT } from "./access.js";
import { requireIndex } from "./argument-index.js";
import { ROW_TOKENS, readLiveCount, WHOLE } from "./relation.js";
import { wholeKey } from "./row-key.js";
import { IndexStream, type RowStream, scan } from "./row-stream.js";
import type { Store } from "./workspace.js";

/** No row. Row ids are not negative. */
export const NO_ROW = -1;

/** Id of the first live row that equals the run in the scratch words up to renaming, or NO_ROW. */
export function locateScratch(store: Store, relation: Address): number {
  const stream = candidates(store, relation);
  return stream !== null && nextEqual(store, stream) ? stream.id : NO_ROW;
}

/** Ids of all live rows that equal it, in their order. */
export function* locateAll(store: Store, relation: Address): Generator<number, void, undefined> {
  const stream = candidates(store, relation);
  if (stream === null) return;
  while (nextEqual(store, stream)) yield stream.id;
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

function nextEqual({ words, scratch }: Store, stream: RowStream): boolean {
  while (stream.next()) {
    if (equalRuns(words, stream.row + ROW_TOKENS, scratch, 0)) return true;
  }
  return false;
}
