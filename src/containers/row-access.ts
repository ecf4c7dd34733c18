/**
 * The rows of a segment of a vector, whether it holds them (row-segment.ts) or shows those of a packed
 * region (row-span.ts).
 */
import type { Address } from "../base/address.js";
import { indexOfId, readDeadCount, readId, readPayload, readRowCount } from "./row-segment.js";
import {
  indexInSpan,
  isSpan,
  spanCount,
  spanId,
  spanRow,
  spanSequence,
  spanWriter,
} from "./row-span.js";

const EVENT_WRITER = 0;
const EVENT_SEQUENCE = 1;

/** Rows, dead ones included. */
export function countAt(words: Int32Array, segment: Address): number {
  return isSpan(words, segment) ? spanCount(words, segment) : readRowCount(words, segment);
}

export function deadAt(words: Int32Array, segment: Address): number {
  return isSpan(words, segment) ? 0 : readDeadCount(words, segment);
}

export function idAt(words: Int32Array, segment: Address, index: number): number {
  return isSpan(words, segment) ? spanId(words, segment, index) : readId(words, segment, index);
}

/** The row's address, or NO_ADDRESS for a dead one. */
export function rowAt(words: Int32Array, segment: Address, index: number): Address {
  return isSpan(words, segment)
    ? spanRow(words, segment, index)
    : readPayload(words, segment, index);
}

/** The index of the row with this id, or of the first above it. */
export function indexAt(words: Int32Array, segment: Address, id: number): number {
  return isSpan(words, segment) ? indexInSpan(words, segment, id) : indexOfId(words, segment, id);
}

/** The writer of a live row's event. */
export function writerAt(words: Int32Array, segment: Address, index: number): number {
  if (isSpan(words, segment)) return spanWriter(words, segment);
  return words[readPayload(words, segment, index) + EVENT_WRITER]!;
}

/** The sequence of a live row's event. */
export function sequenceAt(words: Int32Array, segment: Address, index: number): number {
  if (isSpan(words, segment)) return spanSequence(words, segment, index);
  return words[readPayload(words, segment, index) + EVENT_SEQUENCE]!;
}
