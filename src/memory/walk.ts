/**
 * Walking a heap that is at rest: every block of every chunk, and who refers to it.
 *
 * Invariants
 *   W1  Blocks start at least SMALLEST_WORDS apart, so `address >>> 3` numbers the blocks of a heap
 *       without collision; tables over all blocks are typed arrays indexed by it.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { TICKET } from "./kinds.js";
import {
  CHUNK_WORDS,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_FREE,
  ENTRY_OWNER,
  ENTRY_USE,
  ENTRY_USED,
  entryOf,
  entryOfChunk,
  FIRST_CHUNK,
  HIGH_WATER,
  ROOT_CAPACITY,
  ROOTS,
  RUN_HEAD,
  RUN_REST,
  SLOT_PENDING,
  SLOT_READING,
  SLOT_REMOTE,
  slotAt,
  usedSlots,
} from "./layout.js";
import { heldBy, ledgerSegments } from "./ledger.js";
import { readChildCount, readFirstChild, readKind, SPARE_WORD } from "./segment.js";
import { CLASS_WORDS, sizeClassFor } from "./size-classes.js";
import { TICKET_WORDS, ticketHolders } from "./ticket-layout.js";

const BLOCK_SHIFT = 3;
const TICKET_CLASS: number = sizeClassFor(TICKET_WORDS);

/** Index of a block in a table over all blocks (W1). */
export function blockIndex(address: Address): number {
  return address >>> BLOCK_SHIFT;
}

/** Length of a table over all blocks of the heap as it is now. */
export function blockTableLength(words: Int32Array): number {
  return (Atomics.load(words, HIGH_WATER) * CHUNK_WORDS) >>> BLOCK_SHIFT;
}

/** Calls `visit` for every block that was ever carved in a claimed chunk, live or free. */
export function forEachBlock(
  words: Int32Array,
  visit: (address: Address, sizeWords: number, entry: number) => void,
): void {
  forEachChunk(words, (entry, use) => {
    const start = chunkStart(entry);
    if (use === RUN_HEAD) {
      visit(start, words[entry + ENTRY_USED]! * CHUNK_WORDS, entry);
      return;
    }
    const size = CLASS_WORDS[use]!;
    const bump = words[entry + ENTRY_BUMP]!;
    for (let block = start; block < bump; block += size) visit(block, size, entry);
  });
}

/** Calls `visit` for every claimed chunk that has blocks or is the head of a run. */
export function forEachChunk(words: Int32Array, visit: (entry: number, use: number) => void): void {
  const end = Atomics.load(words, HIGH_WATER);
  for (let chunk = words[FIRST_CHUNK]!; chunk < end; chunk++) {
    const entry = entryOfChunk(chunk);
    const use = words[entry + ENTRY_USE]!;
    if (words[entry + ENTRY_OWNER] === 0 || use === RUN_REST) continue;
    if (words[entry + ENTRY_BUMP] !== 0) visit(entry, use);
  }
}

/** Whether a block starts at the address, live or free. */
export function isBlock(words: Int32Array, address: Address): boolean {
  if (!Number.isInteger(address) || address <= 0 || address >= words.length) return false;
  const entry = entryOf(address);
  const owner = words[entry + ENTRY_OWNER]!;
  if (owner <= 0 || words[entry + ENTRY_BUMP] === 0) return false;
  const use = words[entry + ENTRY_USE]!;
  const offset = address - chunkStart(entry);
  if (use === RUN_HEAD) return offset === 0;
  if (use === RUN_REST) return false;
  const size = CLASS_WORDS[use]!;
  return address < words[entry + ENTRY_BUMP]! && offset % size === 0;
}

/** The segment in use that the word at `address` belongs to. */
export function blockAround(words: Int32Array, address: Address): Address {
  let entry = entryOf(address);
  const use = words[entry + ENTRY_USE]!;
  if (use !== RUN_HEAD && use !== RUN_REST) {
    const start = chunkStart(entry);
    return start + Math.floor((address - start) / CLASS_WORDS[use]!) * CLASS_WORDS[use]!;
  }
  let start = chunkStart(entry);
  while (words[entry + ENTRY_USE] === RUN_REST) {
    start -= CHUNK_WORDS;
    entry = entryOf(start);
  }
  return start;
}

/** Calls `visit` along a list linked through the spare words. */
function forEachInList(words: Int32Array, head: Address, visit: (block: Address) => void): void {
  for (let at = head; at !== NO_ADDRESS; at = words[at + SPARE_WORD]!) visit(at);
}

/** Calls `visit` for the blocks on the free lists of chunks. */
export function forEachFree(words: Int32Array, visit: (block: Address) => void): void {
  forEachChunk(words, (entry, use) => {
    if (use !== RUN_HEAD) forEachInList(words, words[entry + ENTRY_FREE]!, visit);
  });
}

/** Calls `visit` for blocks freed by another thread than the owner, which has not taken them yet. */
export function forEachRemote(words: Int32Array, visit: (block: Address) => void): void {
  forEachOfSlots(words, SLOT_REMOTE, visit);
}

/** Calls `visit` for segments that nobody holds and that still wait to be freed. */
export function forEachPending(words: Int32Array, visit: (segment: Address) => void): void {
  forEachOfSlots(words, SLOT_PENDING, visit);
}

function forEachOfSlots(words: Int32Array, offset: number, visit: (block: Address) => void): void {
  for (let thread = 1; thread < usedSlots(words); thread++) {
    forEachInList(words, words[slotAt(thread) + offset]!, visit);
  }
}

/** Calls `visit` for each reference that a segment holds. */
export function forEachChild(
  words: Int32Array,
  address: Address,
  visit: (child: Address, place: number) => void,
): void {
  const first = address + readFirstChild(words, address);
  const end = first + readChildCount(words, address);
  for (let place = first; place < end; place++) {
    if (words[place] !== NO_ADDRESS) visit(words[place]!, place);
  }
}

/**
 * The segments that can be reached from `root`, each once, as far as `mayEnter` says that a segment counts: what lies
 * behind one that does not is reached in another way or not at all.
 */
export function reachableFrom(
  words: Int32Array,
  root: Address,
  mayEnter: (segment: Address) => boolean = () => true,
): Set<Address> {
  const reached = new Set<Address>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next) || !mayEnter(next)) continue;
    reached.add(next);
    forEachChild(words, next, (child) => waiting.push(child));
  }
  return reached;
}

/** How many numbers on their way to another thread hold the segment. */
function numbersFor(words: Int32Array, address: Address): number {
  if (words[address]! <= 0 || readKind(words, address) !== TICKET) return 0;
  return ticketHolders(words, address);
}

/**
 * References held from outside of segments: by roots, by the ledgers of all slots, by threads that read a
 * version which has been replaced, and by numbers on their way to another thread.
 */
export function outerReferences(words: Int32Array): Address[] {
  const held: Address[] = [];
  for (let root = 0; root < ROOT_CAPACITY; root++) {
    if (words[ROOTS + root] !== NO_ADDRESS) held.push(words[ROOTS + root]!);
  }
  for (let thread = 1; thread < usedSlots(words); thread++) {
    for (const segment of ledgerSegments(words, thread)) held.push(segment);
    for (const address of heldBy(words, thread)) held.push(address);
    const reading = words[slotAt(thread) + SLOT_READING]!;
    if (reading < 0) held.push(-reading); // VE3
  }
  forEachChunk(words, (entry, use) => {
    if (use !== TICKET_CLASS) return;
    const size = CLASS_WORDS[use]!;
    const bump = words[entry + ENTRY_BUMP]!;
    for (let block = chunkStart(entry); block < bump; block += size) {
      if (numbersFor(words, block) > 0) held.push(block);
    }
  });
  return held;
}
