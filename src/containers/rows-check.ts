/** The invariants of a segmented vector, proved from what is in the heap. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import type { Heap } from "../memory/heap.js";
import { countAt, deadAt, idAt } from "./row-access.js";
import { checkSegment } from "./row-segment.js";
import { checkSpan, isSpan } from "./row-span.js";
import { deadCount, readDirectory, rowCount } from "./rows.js";
import { rowSegments } from "./rows-shape.js";
import { checkTree } from "./tree-check.js";

/** Stops the engine unless every invariant of the vector holds. */
export function checkRows(heap: Heap, rows: Address): void {
  const { words } = heap;
  const directory = readDirectory(words, rows);
  if (directory !== NO_ADDRESS) checkTree(heap, directory);
  let live = 0;
  let dead = 0;
  let last = -1;
  for (const { key, segment, isTail } of rowSegments(words, rows)) {
    if (isSpan(words, segment)) checkSpan(words, segment);
    else checkSegment(words, segment);
    assert(!isTail || !isSpan(words, segment), "SN1: a span is no tail");
    const count = countAt(words, segment);
    live += count - deadAt(words, segment);
    dead += deadAt(words, segment);
    if (count === 0) continue;
    assert(last < idAt(words, segment, 0), "RV1: ids ascend over the whole vector");
    if (!isTail) {
      assert(key <= idAt(words, segment, 0) && key > last, "RV3: a segment stands under its key");
      assert(deadAt(words, segment) < count, "RV3: a filed segment has a live row");
    }
    last = idAt(words, segment, count - 1);
  }
  assert(live === rowCount(words, rows), "RV2: live rows are counted");
  assert(dead === deadCount(words, rows), "RV2: dead rows are counted");
}
