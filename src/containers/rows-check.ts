/** The invariants of a segmented vector, and its shadow structure: layout and sharing by segment. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import type { Heap } from "../memory/heap.js";
import {
  loadReferenceCount,
  type MutabilityTag,
  readCapacityWords,
  readSpare,
  readTag,
} from "../memory/segment.js";
import { countAt, deadAt, idAt } from "./row-access.js";
import { checkSegment } from "./row-segment.js";
import { checkSpan, isSpan } from "./row-span.js";
import { deadCount, readDirectory, readTail, rowCount } from "./rows.js";
import { checkTree } from "./tree-check.js";
import { treeCursor } from "./tree-cursor.js";

/** One segment as {@link inspectRows} shows it. */
interface SegmentShadow {
  readonly firstId: number;
  readonly liveRows: number;
  readonly deadRows: number;
  readonly capacityBytes: number;
  /** The number of holders; a writer copies a segment that has more than one. */
  readonly holders: number;
  /** Writes since it was made or copied. */
  readonly writes: number;
  readonly tag: MutabilityTag;
  /** True for the segment that appends go to. */
  readonly tail: boolean;
}

const BYTES_PER_WORD = 4;

/** The layout and copy-on-write state of every segment, in order of ids. */
export function inspectRows(words: Int32Array, rows: Address): SegmentShadow[] {
  return segmentsOf(words, rows).map(({ segment, tail }) => {
    const rowsInIt = countAt(words, segment);
    const deadRows = deadAt(words, segment);
    return {
      firstId: rowsInIt === 0 ? 0 : idAt(words, segment, 0),
      liveRows: rowsInIt - deadRows,
      deadRows,
      capacityBytes: readCapacityWords(words, segment) * BYTES_PER_WORD,
      holders: loadReferenceCount(words, segment),
      writes: readSpare(words, segment),
      tag: readTag(words, segment),
      tail,
    };
  });
}

interface FoundSegment {
  readonly key: number;
  readonly segment: Address;
  readonly tail: boolean;
}

function segmentsOf(words: Int32Array, rows: Address): FoundSegment[] {
  const found: FoundSegment[] = [];
  const directory = readDirectory(words, rows);
  if (directory !== NO_ADDRESS) {
    const cursor = treeCursor(words, directory, 0, 0);
    while (cursor.next()) found.push({ key: cursor.low, segment: cursor.value, tail: false });
  }
  const tail = readTail(words, rows);
  if (tail !== NO_ADDRESS) found.push({ key: 0, segment: tail, tail: true });
  return found;
}

/** Stops the engine unless every invariant of the vector holds. */
export function checkRows(heap: Heap, rows: Address): void {
  const { words } = heap;
  const directory = readDirectory(words, rows);
  if (directory !== NO_ADDRESS) checkTree(heap, directory);
  let live = 0;
  let dead = 0;
  let last = -1;
  for (const { key, segment, tail } of segmentsOf(words, rows)) {
    if (isSpan(words, segment)) checkSpan(words, segment);
    else checkSegment(words, segment);
    assert(!tail || !isSpan(words, segment), "SN1: a span is no tail");
    const count = countAt(words, segment);
    live += count - deadAt(words, segment);
    dead += deadAt(words, segment);
    if (count === 0) continue;
    assert(last < idAt(words, segment, 0), "RV1: ids ascend over the whole vector");
    if (!tail) {
      assert(key <= idAt(words, segment, 0) && key > last, "RV3: a segment stands under its key");
      assert(deadAt(words, segment) < count, "RV3: a filed segment has a live row");
    }
    last = idAt(words, segment, count - 1);
  }
  assert(live === rowCount(words, rows), "RV2: live rows are counted");
  assert(dead === deadCount(words, rows), "RV2: dead rows are counted");
}
