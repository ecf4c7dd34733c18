/** The invariants of the heap's map and of its chunks, proved from the words of a heap at rest. */
import { NO_ADDRESS } from "../base/address.js";
import { InvariantError } from "../base/assert.js";
import { carvingEnd } from "./chunks.js";
import {
  CHUNK_COUNT,
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
  LINE_WORDS,
  PLACE_AVAILABLE,
  PLACE_CURRENT,
  RESERVED,
  RUN_HEAD,
  RUN_REST,
  SLOT_AVAILABLE,
  SLOT_CAPACITY,
  SLOT_CURRENT,
  slotAt,
  usedSlots,
} from "./layout.js";
import { CLASS_WORDS, SIZE_CLASS_COUNT } from "./size-classes.js";

/** Stops the engine (InvariantError) unless L1, L4, C2, C3, C4 and AL5 hold. No thread may work on the heap meanwhile. */
export function checkChunks(words: Int32Array): void {
  for (let word = 0; word < LINE_WORDS; word++) {
    must(words[word] === 0, "L1", `word ${word} is not zero`);
  }
  const first = words[FIRST_CHUNK]!;
  const end = words[HIGH_WATER]!;
  for (let chunk = 0; chunk < words[CHUNK_COUNT]!; chunk++) {
    checkOwner(words, chunk, first, end);
  }
  const listed = chunksInLists(words);
  let runEnd = first;
  for (let chunk = first; chunk < end; chunk++) {
    const entry = entryOfChunk(chunk);
    const use = words[entry + ENTRY_USE]!;
    if (words[entry + ENTRY_OWNER] === 0 || words[entry + ENTRY_BUMP] === 0) continue;
    if (use === RUN_HEAD) runEnd = chunk + words[entry + ENTRY_USED]!;
    else if (chunk < runEnd) must(use === RUN_REST, "C3", `chunk ${chunk} is inside of a run`);
    else if (use !== RUN_REST) checkBlocks(words, entry, use, listed);
  }
}

function must(condition: boolean, invariant: string, what: string): void {
  if (!condition) throw new InvariantError(`${invariant}: ${what}`);
}

function checkOwner(words: Int32Array, chunk: number, first: number, end: number): void {
  const entry = entryOfChunk(chunk);
  const owner = words[entry + ENTRY_OWNER]!;
  if (chunk < first) {
    must(owner === RESERVED, "L4", `chunk ${chunk} of the map is owned by ${owner}`);
  } else {
    must(owner >= 0 && owner < SLOT_CAPACITY, "L4", `chunk ${chunk} is owned by ${owner}`);
    must(owner === 0 || chunk < end, "C2", `chunk ${chunk} is above the high water`);
    const isUnused = owner !== 0 || words[entry + ENTRY_BUMP] === 0;
    must(isUnused, "C4", `free chunk ${chunk} is in use`);
  }
}

/** Where the lists of the slots have each chunk: PLACE_CURRENT or PLACE_AVAILABLE by entry. */
function chunksInLists(words: Int32Array): Map<number, number> {
  const found = new Map<number, number>();
  const note = (thread: number, entry: number, use: number, place: number): void => {
    const chunk = chunkOfEntry(entry);
    must(!found.has(entry), "AL5", `chunk ${chunk} is in two lists`);
    const isTheirs = words[entry + ENTRY_OWNER] === thread && words[entry + ENTRY_USE] === use;
    must(isTheirs, "AL5", `chunk ${chunk} is in a list of thread ${thread} for class ${use}`);
    found.set(entry, place);
  };
  for (let thread = 1; thread < usedSlots(words); thread++) {
    for (let use = 0; use < SIZE_CLASS_COUNT; use++) {
      const current = words[slotAt(thread) + SLOT_CURRENT + use]!;
      if (current !== 0) note(thread, current, use, PLACE_CURRENT);
      let previous = 0;
      let entry = words[slotAt(thread) + SLOT_AVAILABLE + use]!;
      for (; entry !== 0; entry = words[entry + ENTRY_NEXT]!) {
        note(thread, entry, use, PLACE_AVAILABLE);
        const isLinked = words[entry + ENTRY_PREVIOUS] === previous;
        must(isLinked, "AL5", `chunk ${chunkOfEntry(entry)} is linked both ways`);
        previous = entry;
      }
    }
  }
  return found;
}

function checkBlocks(
  words: Int32Array,
  entry: number,
  use: number,
  listed: ReadonlyMap<number, number>,
): void {
  const chunk = chunkOfEntry(entry);
  must(CLASS_WORDS[use] !== undefined, "L4", `chunk ${chunk} is for class ${use}`);
  const bump = words[entry + ENTRY_BUMP]!;
  const end = carvingEnd(entry, use);
  must(bump >= chunkStart(entry) && bump <= end, "C4", `chunk ${chunk} is carved inside itself`);
  const place = words[entry + ENTRY_PLACE]!;
  if (place === PLACE_CURRENT || place === PLACE_AVAILABLE) {
    must(listed.get(entry) === place, "AL5", `chunk ${chunk} is where it says`);
    return;
  }
  must(!listed.has(entry), "AL5", `full chunk ${chunk} is in no list`);
  const isFull = words[entry + ENTRY_FREE] === NO_ADDRESS && bump === end;
  must(isFull, "AL5", `chunk ${chunk} is in no list and has room`);
}
