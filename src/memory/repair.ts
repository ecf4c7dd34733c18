/**
 * Repair of what an ended thread was in the middle of: its lists, rebuilt from the chunk table.
 *
 * A thread may end between any two calls (AL7), so nothing in an ended thread's slot is trusted except
 * the owner words, the carved part of each chunk and the chunks' own free lists.
 *
 * Invariants
 *   RP1  Afterwards each chunk of the slot is AVAILABLE in its list, or FULL, or given back, and its
 *        `used` is what its free list leaves.
 *   RP2  A chunk that was claimed and not come to use (C4), or that is the rest of a run without
 *        a head, is given back.
 */
import { NO_ADDRESS } from "../base/address.js";
import { carvingEnd, giveBackChunk } from "./chunks.js";
import {
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
  PLACE_AVAILABLE,
  PLACE_FULL,
  RUN_HEAD,
  RUN_REST,
  SLOT_AVAILABLE,
  SLOT_CURRENT,
  slotAt,
} from "./layout.js";
import { SPARE_WORD } from "./segment.js";
import { CLASS_WORDS, SIZE_CLASS_COUNT } from "./size-classes.js";

/**
 * Rebuilds the lists of a slot whose thread has ended. Other threads may work meanwhile.
 * Cost: a look at every claimed chunk of the heap, and the free lists of the slot's.
 */
export function rebuildLists(words: Int32Array, thread: number): void {
  const slot = slotAt(thread);
  words.fill(0, slot + SLOT_CURRENT, slot + SLOT_CURRENT + SIZE_CLASS_COUNT);
  words.fill(0, slot + SLOT_AVAILABLE, slot + SLOT_AVAILABLE + SIZE_CLASS_COUNT);
  const end = Atomics.load(words, HIGH_WATER);
  let runEnd = 0;
  for (let chunk = words[FIRST_CHUNK]!; chunk < end; chunk++) {
    const entry = entryOfChunk(chunk);
    if (Atomics.load(words, entry + ENTRY_OWNER) !== thread) continue;
    const use = words[entry + ENTRY_USE]!;
    if (words[entry + ENTRY_BUMP] === 0)
      giveBackChunk(words, entry); // RP2
    else if (use === RUN_HEAD) runEnd = chunk + words[entry + ENTRY_USED]!;
    else if (use !== RUN_REST) listAgain(words, slot, entry, use);
    else if (chunk >= runEnd) giveBackChunk(words, entry);
  }
}

function listAgain(words: Int32Array, slot: number, entry: number, sizeClass: number): void {
  const bump = words[entry + ENTRY_BUMP]!;
  const carved = (bump - chunkStart(entry)) / CLASS_WORDS[sizeClass]!;
  const used = carved - freeCount(words, entry);
  words[entry + ENTRY_USED] = used;
  if (used === 0) {
    giveBackChunk(words, entry);
    return;
  }
  const room = words[entry + ENTRY_FREE] !== NO_ADDRESS || bump < carvingEnd(entry, sizeClass);
  words[entry + ENTRY_PLACE] = room ? PLACE_AVAILABLE : PLACE_FULL;
  if (!room) return;
  const head = slot + SLOT_AVAILABLE + sizeClass;
  const next = words[head]!;
  words[entry + ENTRY_NEXT] = next;
  words[entry + ENTRY_PREVIOUS] = 0;
  if (next !== 0) words[next + ENTRY_PREVIOUS] = entry;
  words[head] = entry;
}

function freeCount(words: Int32Array, entry: number): number {
  let count = 0;
  for (
    let block = words[entry + ENTRY_FREE]!;
    block !== NO_ADDRESS;
    block = words[block + SPARE_WORD]!
  ) {
    count++;
  }
  return count;
}
