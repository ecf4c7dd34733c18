/**
 * Chunks: the units of the heap, claimed and returned without a lock.
 *
 *     chunk table   | RESERVED | RESERVED | 2 | 2 | 0 | 5 | 0 | 0 | …        owner word of each chunk
 *                     the map              t1  t1  free t4
 *                                                   ↑ hint          ↑ high water
 *
 * A chunk is claimed by compareExchange of its owner word from 0; a run of chunks is claimed one by
 * one and given back if one of them was taken meanwhile. A thread that ends between two claims leaves
 * claimed chunks marked with its own number, which its settler finds.
 *
 * Invariants
 *   C1  A claimed chunk is used by its owner, or by the holder of the large segment in it, alone.
 *   C2  No chunk below FIRST_CHUNK is ever free; no chunk at or above the high water was ever
 *       claimed, so its words are zero and no memory backs them.
 *   C3  A run's head has use RUN_HEAD and its length in `used`; its other chunks have RUN_REST.
 *   C4  A free chunk has `bump` 0 and a claimed one gets it last, so a chunk that a thread claimed and
 *       did not come to use is known by it.
 */
import {
  CHUNK_COUNT,
  CHUNK_HINT,
  CHUNK_WORDS,
  chunkOfEntry,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_FREE,
  ENTRY_NEXT,
  ENTRY_OWNER,
  ENTRY_PLACE,
  ENTRY_PREVIOUS,
  ENTRY_USE,
  ENTRY_USED,
  entryOfChunk,
  FIRST_CHUNK,
  HIGH_WATER,
  PLACE_FULL,
  RUN_HEAD,
  RUN_REST,
} from "./layout.js";
import { CLASS_WORDS } from "./size-classes.js";

/** Claims a chunk for blocks of the class. Returns its entry, or 0 if no chunk is free. */
export function claimChunk(words: Int32Array, owner: number, sizeClass: number): number {
  const chunk = claimRun(words, owner, 1);
  if (chunk === 0) return 0;
  const entry = entryOfChunk(chunk);
  writeEntry(words, entry, sizeClass, 0);
  return entry;
}

/** Claims `count` chunks in a row for one large segment. Returns the head's entry, or 0. */
export function claimLarge(words: Int32Array, owner: number, count: number): number {
  const first = claimRun(words, owner, count);
  if (first === 0) return 0;
  for (let chunk = first + 1; chunk < first + count; chunk++) {
    writeEntry(words, entryOfChunk(chunk), RUN_REST, 0);
  }
  const entry = entryOfChunk(first);
  writeEntry(words, entry, RUN_HEAD, count); // C3
  return entry;
}

function writeEntry(words: Int32Array, entry: number, use: number, used: number): void {
  words[entry + ENTRY_USE] = use;
  words[entry + ENTRY_USED] = used;
  words[entry + ENTRY_FREE] = 0;
  words[entry + ENTRY_NEXT] = 0;
  words[entry + ENTRY_PREVIOUS] = 0;
  words[entry + ENTRY_PLACE] = PLACE_FULL;
  words[entry + ENTRY_BUMP] = chunkStart(entry);
}

/** Gives a chunk back; by its owner, when none of its blocks is in use. */
export function giveBackChunk(words: Int32Array, entry: number): void {
  const chunk = chunkOfEntry(entry);
  words[entry + ENTRY_BUMP] = 0;
  Atomics.store(words, entry + ENTRY_OWNER, 0);
  lowerHint(words, chunk);
}

/** Gives a run back, its head last, so that the run's length stays readable to the end. */
export function giveBackRun(words: Int32Array, entry: number): void {
  const first = chunkOfEntry(entry);
  const count = words[entry + ENTRY_USED]!;
  for (let chunk = first + count - 1; chunk >= first; chunk--) {
    words[entryOfChunk(chunk) + ENTRY_BUMP] = 0;
    Atomics.store(words, entryOfChunk(chunk) + ENTRY_OWNER, 0);
  }
  lowerHint(words, first);
}

function claimRun(words: Int32Array, owner: number, count: number): number {
  const first = words[FIRST_CHUNK]!; // C2
  const hint = Math.max(first, Atomics.load(words, CHUNK_HINT));
  let chunk = searchRun(words, owner, count, hint);
  if (chunk === 0 && hint > first) chunk = searchRun(words, owner, count, first);
  if (chunk === 0) return 0;
  if (chunk === hint) Atomics.compareExchange(words, CHUNK_HINT, hint, chunk + count);
  return chunk;
}

function searchRun(words: Int32Array, owner: number, count: number, from: number): number {
  const end = words[CHUNK_COUNT]!;
  let start = from;
  while (start + count <= end) {
    let length = 0;
    while (length < count && claimOne(words, start + length, owner)) length++;
    if (length === count) return start;
    const taken = start + length;
    while (length > 0) {
      length--;
      Atomics.store(words, entryOfChunk(start + length) + ENTRY_OWNER, 0);
    }
    start = taken + 1;
  }
  return 0;
}

/**
 * Makes the chunk the owner's alone (C1), if it is free. The high water comes first: a thread may end in between, and
 * what it leaves is looked for below the high water (C2).
 */
function claimOne(words: Int32Array, chunk: number, owner: number): boolean {
  const word = entryOfChunk(chunk) + ENTRY_OWNER;
  if (words[word] !== 0) return false;
  raiseHighWater(words, chunk + 1);
  return Atomics.compareExchange(words, word, 0, owner) === 0;
}

function raiseHighWater(words: Int32Array, end: number): void {
  let seen = Atomics.load(words, HIGH_WATER);
  while (seen < end) {
    const previous = Atomics.compareExchange(words, HIGH_WATER, seen, end);
    if (previous === seen) return;
    seen = previous;
  }
}

function lowerHint(words: Int32Array, chunk: number): void {
  let seen = Atomics.load(words, CHUNK_HINT);
  while (seen > chunk) {
    const previous = Atomics.compareExchange(words, CHUNK_HINT, seen, chunk);
    if (previous === seen) return;
    seen = previous;
  }
}

/** Address one past the last whole block of the class in the entry's chunk. */
export function carvingEnd(entry: number, sizeClass: number): number {
  const size = CLASS_WORDS[sizeClass]!;
  return chunkStart(entry) + Math.floor(CHUNK_WORDS / size) * size;
}

/** Chunks claimed now, those of the map included. */
export function countClaimed(words: Int32Array): number {
  const end = Atomics.load(words, HIGH_WATER);
  let count = 0;
  for (let chunk = 0; chunk < end; chunk++) {
    if (words[entryOfChunk(chunk) + ENTRY_OWNER] !== 0) count++;
  }
  return count;
}
