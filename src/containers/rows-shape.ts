/**
 * How a segmented vector and a tree lie in memory: their segments, who shares them, how often they were written.
 *
 * A segment is shared if others hold it, or anything on the way to it: then the next write below it copies it first.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  isExclusive,
  isFrozen,
  loadReferenceCount,
  readCapacityWords,
  readTag,
} from "../memory/segment.js";
import { readClock, recentWrites, writePlace } from "../memory/usage.js";
import { reachableFrom } from "../memory/walk.js";
import { countAt, deadAt, idAt } from "./row-access.js";
import { isSpan } from "./row-span.js";
import { readDirectory, readTail } from "./rows.js";
import { treeCursor } from "./tree-cursor.js";

const BYTES_PER_WORD = 4;
/** By the tag's number. */
const TAG_NAMES = ["Immutable", "ShallowMutable", "DeepMutable"] as const;

/** A segment of a vector's rows. */
export interface RowSegmentShape {
  /** `rows` that it holds itself, or rows `packed` in a region. */
  readonly kind: "rows" | "packed";
  /** The number of its first row in the relation. */
  readonly firstId: number;
  /** Rows that are there. */
  readonly liveRows: number;
  /** Rows that were removed and still take their place. */
  readonly deadRows: number;
  /** The size of the segment. */
  readonly bytes: number;
  /** What its only holder may write: nothing, its own words, or also what it refers to. */
  readonly tag: "Immutable" | "ShallowMutable" | "DeepMutable";
  /** References to it; null for a frozen one, which nobody counts. */
  readonly holders: number | null;
  /** Whether the next write to it copies it. */
  readonly isShared: boolean;
  /** Who may come to read it: this environment alone, all that share it, or whoever clones what is frozen. */
  readonly scope: "own" | "shared" | "frozen";
  /** How many of the last writes to these rows fell here: what is older counts half for every 256 writes. Up to 511. */
  readonly recentWrites: number;
  /** Where in it they fell. */
  readonly writesFall: "none" | "end" | "one place" | "scattered";
  /** What it will probably be used for next, if what was goes on. */
  readonly predictedUse: "append" | "write" | "read";
  /** Whether it is the one that appends go to. */
  readonly isTail: boolean;
}

/** How often rows were written, and where the last writes fell. */
interface RowsUse {
  readonly writes: number;
  readonly writesFall: "none" | "end" | "one segment" | "scattered";
}

/** What can be reached from a segment. */
export interface Extent {
  /** How many segments there are. */
  readonly segments: number;
  /** Their size in all, headers included. */
  readonly bytes: number;
  /** Of these, in segments that are shared. */
  readonly sharedBytes: number;
}

interface RowSegment {
  /** What the directory files it under; 0 for the tail. */
  readonly key: number;
  readonly segment: Address;
  readonly isTail: boolean;
}

/** The segments of the rows, in order of ids. */
export function rowSegments(words: Int32Array, rows: Address): RowSegment[] {
  const found: RowSegment[] = [];
  const directory = readDirectory(words, rows);
  if (directory !== NO_ADDRESS) {
    const cursor = treeCursor(words, directory, 0, 0);
    while (cursor.next()) found.push({ key: cursor.low, segment: cursor.value, isTail: false });
  }
  const tail = readTail(words, rows);
  if (tail !== NO_ADDRESS) found.push({ key: 0, segment: tail, isTail: true });
  return found;
}

/** What the holder of `root` may write without a copy: the segments that a path of counts 1 leads to. */
export function ownedFrom(words: Int32Array, root: Address): Set<Address> {
  return reachableFrom(words, root, (segment) => isExclusive(words, segment));
}

/** Of that many writes lately a segment is taken to be written again. */
const HOT_SHARE = 8;
/** A part of the writes that says where they fall. */
const MOST = 0.75;

/** How rows were written, by the shapes of their segments. */
export function useOfRows(
  words: Int32Array,
  rows: Address,
  shapes: readonly RowSegmentShape[],
): RowsUse {
  const sum = shapes.reduce((total, shape) => total + shape.recentWrites, 0);
  const most = shapes.reduce((found, shape) => Math.max(found, shape.recentWrites), 0);
  const atEnd = shapes.reduce(
    (total, shape) => (shape.writesFall === "end" ? total + shape.recentWrites : total),
    0,
  );
  let writesFall: RowsUse["writesFall"] = "scattered";
  if (sum === 0) writesFall = "none";
  else if (atEnd >= MOST * sum) writesFall = "end";
  else if (most >= MOST * sum) writesFall = "one segment";
  return { writes: readClock(words, rows), writesFall };
}

/** The shape of each segment of rows, of which the holder may write those in `owned`. */
export function shapeOfRows(
  words: Int32Array,
  rows: Address,
  owned: ReadonlySet<Address>,
): RowSegmentShape[] {
  return rowSegments(words, rows).map(({ segment, isTail }) => {
    const count = countAt(words, segment);
    const deadRows = deadAt(words, segment);
    const isPacked = isSpan(words, segment);
    const writes = isPacked ? 0 : recentWrites(words, rows, segment);
    const writesFall = writes === 0 ? "none" : writePlace(words, segment);
    return {
      kind: isPacked ? "packed" : "rows",
      firstId: count === 0 ? 0 : idAt(words, segment, 0),
      liveRows: count - deadRows,
      deadRows,
      bytes: readCapacityWords(words, segment) * BYTES_PER_WORD,
      tag: TAG_NAMES[readTag(words, segment)],
      holders: isFrozen(words, segment) ? null : loadReferenceCount(words, segment),
      isShared: !owned.has(segment),
      scope: scopeOf(words, segment, owned),
      recentWrites: writes,
      writesFall,
      predictedUse:
        isTail && writesFall === "end" ? "append" : writes >= HOT_SHARE ? "write" : "read",
      isTail,
    };
  });
}

function scopeOf(
  words: Int32Array,
  segment: Address,
  owned: ReadonlySet<Address>,
): RowSegmentShape["scope"] {
  if (isFrozen(words, segment)) return "frozen";
  return owned.has(segment) ? "own" : "shared";
}

/** Everything that can be reached from `root`, each segment once; `owned` as for {@link shapeOfRows}. */
export function extentOf(words: Int32Array, root: Address, owned: ReadonlySet<Address>): Extent {
  const reached = reachableFrom(words, root);
  let bytes = 0;
  let sharedBytes = 0;
  for (const segment of reached) {
    const size = readCapacityWords(words, segment) * BYTES_PER_WORD;
    bytes += size;
    if (!owned.has(segment)) sharedBytes += size;
  }
  return { segments: reached.size, bytes, sharedBytes };
}
