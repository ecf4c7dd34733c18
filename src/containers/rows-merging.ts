/**
 * A vector of which some rows are shown by spans of packed regions that other vectors show, too: what is the same for
 * all is there once.
 *
 *     before   | segment | segment | segment (others hold it, too) | segment | tail |
 *     after    | span ──▶ region   | segment                       | segment | tail |
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { isExclusive, readChildCount, readFirstChild, retain } from "../memory/segment.js";
import { inheritUsage } from "../memory/usage.js";
import { countAt, deadAt, idAt } from "./row-access.js";
import { forEachSpan, type VectorPart } from "./row-block.js";
import { isSpan, type RegionRows } from "./row-span.js";
import {
  createRows,
  DEAD,
  LAST_ID,
  LIVE,
  ownDirectory,
  readDirectory,
  readTail,
  TAIL,
} from "./rows.js";
import { treeInsert } from "./tree.js";
import { readLevel } from "./tree-node.js";

interface HeldSegment {
  readonly segment: Address;
  /** Whether it has rows of its own, which nobody writes or reads but the vector's holder. */
  readonly isOwned: boolean;
}

/** The segments of a vector in their order. `isOwned`: the caller alone holds the vector. */
export function heldSegments(words: Int32Array, rows: Address, isOwned: boolean): HeldSegment[] {
  const found: HeldSegment[] = [];
  const push = (segment: Address, isHeldAlone: boolean): void => {
    const isPlain = !isSpan(words, segment) && countAt(words, segment) > 0;
    found.push({
      segment,
      isOwned: isPlain && isHeldAlone && isExclusive(words, segment),
    });
  };
  const visit = (node: Address, isHeldAlone: boolean): void => {
    const isMine = isHeldAlone && isExclusive(words, node);
    const isLeaf = readLevel(words, node) === 0;
    const first = node + readFirstChild(words, node);
    const end = first + readChildCount(words, node);
    for (let place = first; place < end; place++) {
      if (isLeaf) push(words[place]!, isMine);
      else visit(words[place]!, isMine);
    }
  };
  const isMine = isOwned && isExclusive(words, rows);
  const directory = readDirectory(words, rows);
  if (directory !== NO_ADDRESS) visit(directory, isMine);
  const tail = readTail(words, rows);
  if (tail !== NO_ADDRESS) push(tail, isMine);
  return found;
}

/**
 * A vector that holds the same as `rows`, which has those `parts`; the rows of a part for which `sharedBy` has some are
 * shown by spans of these. The caller holds its one reference. Throws HeapExhaustedError with nothing left behind. Cost: some
 * hundred nanoseconds a segment, and a look at each row of the parts that are shown by spans.
 */
export function mergedRows(
  heap: Heap,
  rows: Address,
  parts: readonly VectorPart[],
  sharedBy: (part: VectorPart) => RegionRows | undefined,
): Address {
  const { words } = heap;
  const tail = readTail(words, rows);
  const merged = copyWithoutSegments(heap, rows);
  const file = (id: number, segment: Address): void => fileSegment(heap, merged, id, segment);
  const keep = (segment: Address): void => {
    retain(words, segment);
    if (segment === tail) takeTail(words, merged, segment);
    else file(idAt(words, segment, 0), segment);
  };
  try {
    for (const part of parts) {
      const shared = sharedBy(part);
      if (shared === undefined) part.segments.forEach(keep);
      else forEachSpan(heap, part.segments, shared, file);
    }
  } catch (error) {
    release(heap, merged);
    throw error;
  }
  return merged;
}

/** A vector that counts what `rows` counts and has no segments yet. Throws HeapExhaustedError. */
function copyWithoutSegments(heap: Heap, rows: Address): Address {
  const { words } = heap;
  const copy = createRows(heap);
  for (const word of [LIVE, LAST_ID]) words[copy + word] = words[rows + word]!;
  inheritUsage(words, rows, copy);
  return copy;
}

/** Files a segment of rows from id `id` on behind the others, taking over the caller's reference. Throws HeapExhaustedError. */
function fileSegment(heap: Heap, rows: Address, id: number, segment: Address): void {
  const { words } = heap;
  try {
    treeInsert(heap, ownDirectory(heap, rows), 0, id, segment);
  } catch (error) {
    release(heap, segment);
    throw error;
  }
  words[rows + DEAD] = words[rows + DEAD]! + deadAt(words, segment);
}

/** Makes a segment of rows behind all others the tail, taking over the caller's reference. */
function takeTail(words: Int32Array, rows: Address, segment: Address): void {
  words[rows + TAIL] = segment;
  words[rows + DEAD] = words[rows + DEAD]! + deadAt(words, segment);
}
