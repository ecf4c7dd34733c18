/** Walking a heap that is at rest: every block of every chunk, and who refers to it. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  CHUNK_WORDS,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_FREE,
  ENTRY_OWNER,
  ENTRY_USE,
  ENTRY_USED,
  entryOfChunk,
  FIRST_CHUNK,
  HIGH_WATER,
  ROOT_CAPACITY,
  ROOTS,
  RUN_HEAD,
  RUN_REST,
  SLOT_CAPACITY,
  SLOT_PENDING,
  SLOT_REMOTE,
  slotAt,
} from "./layout.js";
import { heldBy, ledgerSegments } from "./ledger.js";
import { readChildCount, readFirstChild, SPARE_WORD } from "./segment.js";
import { CLASS_WORDS } from "./size-classes.js";

/** Calls `visit` for every block that was ever carved in a claimed chunk, live or free. */
export function forEachBlock(
  words: Int32Array,
  visit: (address: Address, sizeWords: number, entry: number) => void,
): void {
  const end = Atomics.load(words, HIGH_WATER);
  for (let chunk = words[FIRST_CHUNK]!; chunk < end; chunk++) {
    const entry = entryOfChunk(chunk);
    const use = words[entry + ENTRY_USE]!;
    if (words[entry + ENTRY_OWNER] === 0 || use === RUN_REST) continue;
    const start = chunkStart(entry);
    if (use === RUN_HEAD) {
      visit(start, words[entry + ENTRY_USED]! * CHUNK_WORDS, entry);
      continue;
    }
    const size = CLASS_WORDS[use]!;
    const bump = words[entry + ENTRY_BUMP]!;
    for (let block = start; block < bump; block += size) visit(block, size, entry);
  }
}

/** Follows a list linked through the spare words. */
function listFrom(words: Int32Array, head: Address): Address[] {
  const list: Address[] = [];
  for (let at = head; at !== NO_ADDRESS; at = words[at + SPARE_WORD]!) list.push(at);
  return list;
}

/** Blocks on the free lists of chunks. */
export function freeBlocks(words: Int32Array): Set<Address> {
  const free = new Set<Address>();
  const end = Atomics.load(words, HIGH_WATER);
  for (let chunk = words[FIRST_CHUNK]!; chunk < end; chunk++) {
    const entry = entryOfChunk(chunk);
    if (words[entry + ENTRY_OWNER] === 0 || words[entry + ENTRY_USE]! >= RUN_HEAD) continue;
    for (const block of listFrom(words, words[entry + ENTRY_FREE]!)) free.add(block);
  }
  return free;
}

/** Blocks that another thread than the owner freed and that the owner has not taken yet. */
export function remoteBlocks(words: Int32Array): Set<Address> {
  return listsOfSlots(words, SLOT_REMOTE);
}

/** Segments that nobody holds and that still wait to be freed. */
export function pendingSegments(words: Int32Array): Set<Address> {
  return listsOfSlots(words, SLOT_PENDING);
}

function listsOfSlots(words: Int32Array, offset: number): Set<Address> {
  const found = new Set<Address>();
  for (let thread = 1; thread < SLOT_CAPACITY; thread++) {
    for (const address of listFrom(words, words[slotAt(thread) + offset]!)) found.add(address);
  }
  return found;
}

/** The segments that a segment holds, with repetitions. */
export function childrenOf(words: Int32Array, address: Address): Address[] {
  const first = address + readFirstChild(words, address);
  const children: Address[] = [];
  for (let place = first; place < first + readChildCount(words, address); place++) {
    if (words[place] !== NO_ADDRESS) children.push(words[place]!);
  }
  return children;
}

/** What is held from outside of segments: by roots and by the ledgers of all slots. */
export function outerReferences(words: Int32Array): Address[] {
  const held: Address[] = [];
  for (let root = 0; root < ROOT_CAPACITY; root++) {
    if (words[ROOTS + root] !== NO_ADDRESS) held.push(words[ROOTS + root]!);
  }
  for (let thread = 1; thread < SLOT_CAPACITY; thread++) {
    held.push(...ledgerSegments(words, thread));
    for (const address of heldBy(words, thread)) held.push(address);
  }
  return held;
}
