/**
 * A segment of rows: entries from the front, payloads from the back.
 *
 *     word 0        4       5      6        7                                   low        capacity
 *          | header | count | dead | low    | id 0 | offset 0 | id 1 | … → free ← … | payload 1 | payload 0 |
 *
 * An entry is the row's id and its payload's offset from the segment's start, negative for a dead row.
 *
 * Invariants
 *   RS1  Ids ascend strictly.
 *   RS2  `low` is the lowest offset of a payload; entries end at or before it.
 *   RS3  `dead` is the number of negative offsets.
 *   RS4  A payload ends where the one before it starts, so its length needs no word of its own.
 *
 * The spare word of the header is the segment's usage (usage.ts). No shared words: written by the only holder.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { allocate } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { VECTOR } from "../memory/kinds.js";
import { assertWritable, HEADER_WORDS, readCapacityWords } from "../memory/segment.js";

const COUNT: number = HEADER_WORDS;
const DEAD: number = COUNT + 1;
const LOW: number = DEAD + 1;
const ENTRIES: number = LOW + 1;
export const ENTRY_WORDS = 2;
const OFFSET = 1;

/** The smallest segment and the largest that holds more than one row. */
export const SMALLEST_SEGMENT = 32;
export const LARGEST_SEGMENT = 1024;

/** Words of a segment that holds one row of `payloadWords`. */
export function wordsForRow(payloadWords: number): number {
  return ENTRIES + ENTRY_WORDS + payloadWords;
}

/** A segment without rows. Throws HeapExhaustedError. */
export function createSegment(heap: Heap, sizeWords: number): Address {
  const segment = allocate(heap, sizeWords, VECTOR);
  const { words } = heap;
  words[segment + COUNT] = 0;
  words[segment + DEAD] = 0;
  words[segment + LOW] = readCapacityWords(words, segment);
  return segment;
}

export function readRowCount(words: Int32Array, segment: Address): number {
  return words[segment + COUNT]!;
}

export function readDeadCount(words: Int32Array, segment: Address): number {
  return words[segment + DEAD]!;
}

export function readId(words: Int32Array, segment: Address, index: number): number {
  return words[segment + ENTRIES + ENTRY_WORDS * index]! >>> 0;
}

/** The payload's address, or NO_ADDRESS for a dead row. */
export function readPayload(words: Int32Array, segment: Address, index: number): Address {
  const offset = words[segment + ENTRIES + ENTRY_WORDS * index + OFFSET]!;
  return offset > 0 ? segment + offset : NO_ADDRESS;
}

/** Words of a row's payload (RS4). */
function payloadWords(words: Int32Array, segment: Address, index: number): number {
  const offset = Math.abs(words[segment + ENTRIES + ENTRY_WORDS * index + OFFSET]!);
  if (index === 0) return readCapacityWords(words, segment) - offset;
  return Math.abs(words[segment + ENTRIES + ENTRY_WORDS * (index - 1) + OFFSET]!) - offset;
}

/** True if a row of `sizeWords` fits after the others. */
export function hasRoom(words: Int32Array, segment: Address, sizeWords: number): boolean {
  const end = ENTRIES + ENTRY_WORDS * (words[segment + COUNT]! + 1);
  return end + sizeWords <= words[segment + LOW]!;
}

/** Words that a segment needs to hold the live rows of this one and one more of `sizeWords`. */
export function wordsWith(words: Int32Array, segment: Address, sizeWords: number): number {
  let total = wordsForRow(sizeWords);
  const count = words[segment + COUNT]!;
  for (let index = 0; index < count; index++) {
    if (readPayload(words, segment, index) !== NO_ADDRESS) {
      total += ENTRY_WORDS + payloadWords(words, segment, index);
    }
  }
  return total;
}

/** Puts a row after the others of an owned segment with room; the caller fills its payload. */
export function pushRow(
  words: Int32Array,
  segment: Address,
  id: number,
  sizeWords: number,
): Address {
  assertWritable(words, segment);
  const count = words[segment + COUNT]!;
  assert(count === 0 || readId(words, segment, count - 1) < id, "RS1: row ids ascend");
  const offset = words[segment + LOW]! - sizeWords;
  const entry = segment + ENTRIES + ENTRY_WORDS * count;
  words[entry] = id;
  words[entry + OFFSET] = offset;
  words[segment + LOW] = offset;
  words[segment + COUNT] = count + 1;
  return segment + offset;
}

/** Marks a live row of an owned segment dead; its payload stays until compaction. */
export function killRow(words: Int32Array, segment: Address, index: number): void {
  assertWritable(words, segment);
  const entry = segment + ENTRIES + ENTRY_WORDS * index + OFFSET;
  words[entry] = -words[entry]!;
  words[segment + DEAD] = words[segment + DEAD]! + 1;
}

/** Copies the live rows of `from` after those of an owned segment with room for them. */
export function appendLive(words: Int32Array, from: Address, to: Address): void {
  const count = words[from + COUNT]!;
  for (let index = 0; index < count; index++) {
    const payload = readPayload(words, from, index);
    if (payload === NO_ADDRESS) continue;
    const size = payloadWords(words, from, index);
    const target = pushRow(words, to, readId(words, from, index), size);
    for (let word = 0; word < size; word++) words[target + word] = words[payload + word]!;
  }
}

/** The index of the row with this id, or of the first above it. */
export function indexOfId(words: Int32Array, segment: Address, id: number): number {
  let from = 0;
  let to = words[segment + COUNT]!;
  if (to > 0) {
    // Rows that were added one after another have ids without gaps.
    const guess = id - readId(words, segment, 0);
    if (guess >= 0 && guess < to && readId(words, segment, guess) === id) return guess;
  }
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (readId(words, segment, middle) < id) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Stops the engine unless RS1 to RS3 hold. */
export function checkSegment(words: Int32Array, segment: Address): void {
  const count = words[segment + COUNT]!;
  let dead = 0;
  let low = readCapacityWords(words, segment);
  for (let index = 0; index < count; index++) {
    const offset = words[segment + ENTRIES + ENTRY_WORDS * index + OFFSET]!;
    if (offset < 0) dead++;
    assert(Math.abs(offset) <= low, "RS4: payloads follow each other downwards");
    low = Math.abs(offset);
    if (index > 0) {
      const ascending = readId(words, segment, index - 1) < readId(words, segment, index);
      assert(ascending, "RS1: row ids ascend");
    }
  }
  assert(words[segment + LOW] === low, "RS2: low is the lowest payload");
  assert(ENTRIES + ENTRY_WORDS * count <= low, "RS2: entries end before the payloads");
  assert(words[segment + DEAD] === dead, "RS3: dead rows are counted");
}
