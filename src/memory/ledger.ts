/**
 * The ledger: what a thread's handles hold, written down in the heap.
 *
 *     slot words                      ledger segment
 *     | ledger | first free entry |   | header | next segment | entry | entry | …
 *
 *     entry  > 0  address of a segment that the thread holds one reference to
 *            < 0  free: −1 − (address of the next free entry, 0 for none)
 *
 * JavaScript objects vanish silently when their thread ends; the ledger remains, and whoever
 * settles the thread releases what is in it.
 *
 * Invariants
 *   LE1  An entry and the reference it stands for come and go together: a thread that ends between
 *        the two loses one reference, which recovery finds.
 *   LE2  Entries are plain words of the thread that owns the slot (L3); a settler comes after its end.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { allocate, drain, release } from "./allocator.js";
import { LEDGER } from "./kinds.js";
import {
  type LocalHeap,
  SLOT_LEDGER,
  SLOT_LEDGER_FREE,
  SLOT_PENDING,
  SLOT_PENDING_COUNT,
  SLOT_READING,
  slotAt,
} from "./layout.js";
import { rebuildLists } from "./repair.js";
import { HEADER_WORDS, readCapacityWords, retain, SPARE_WORD } from "./segment.js";
import { beginSettling, freeSlot, slotsOfGone } from "./thread-slot.js";

const NEXT: number = HEADER_WORDS;
const ENTRIES: number = NEXT + 1;
const SEGMENT_WORDS = 256;

/** Where an entry stands; given back with {@link drop}. */
export type LedgerSlot = number;

/** Records that this thread holds `address`, taking over the caller's reference. */
export function hold(heap: LocalHeap, address: Address): LedgerSlot {
  const { words, slot } = heap;
  let entry = words[slot + SLOT_LEDGER_FREE]!;
  if (entry === 0) entry = extend(heap);
  words[slot + SLOT_LEDGER_FREE] = -1 - words[entry]!;
  words[entry] = address;
  return entry;
}

/** Makes sure that the next {@link hold} of this thread does not fail. Throws HeapExhaustedError. */
export function reserve(heap: LocalHeap): void {
  if (heap.words[heap.slot + SLOT_LEDGER_FREE] === 0) extend(heap);
}

/**
 * Records one more reference to `address`, which someone else holds meanwhile. The count is raised
 * first: a thread that ends between the two steps leaks a reference and never releases one too many.
 */
export function holdAnother(heap: LocalHeap, address: Address): LedgerSlot {
  retain(heap.words, address);
  try {
    return hold(heap, address);
  } catch (error) {
    release(heap, address);
    throw error;
  }
}

/** Removes the entry; its reference passes to the caller. */
export function drop(heap: LocalHeap, entry: LedgerSlot): Address {
  const { words, slot } = heap;
  const address = words[entry]!;
  assert(address > 0, "LE1: only an entry in use is dropped");
  words[entry] = -1 - words[slot + SLOT_LEDGER_FREE]!;
  words[slot + SLOT_LEDGER_FREE] = entry;
  return address;
}

/** The entry refers to `address` from now on; the old reference passes to the caller. */
export function replaceHeld(heap: LocalHeap, entry: LedgerSlot, address: Address): void {
  heap.words[entry] = address;
}

function extend(heap: LocalHeap): Address {
  const { words, slot } = heap;
  const segment = allocate(heap, SEGMENT_WORDS, LEDGER);
  words[segment + NEXT] = words[slot + SLOT_LEDGER]!;
  const end = segment + readCapacityWords(words, segment);
  for (let entry = segment + ENTRIES; entry < end; entry++) {
    words[entry] = entry + 1 < end ? -1 - (entry + 1) : -1;
  }
  words[slot + SLOT_LEDGER] = segment;
  words[slot + SLOT_LEDGER_FREE] = segment + ENTRIES;
  return segment + ENTRIES;
}

/** The segments that a slot's ledger consists of. */
export function ledgerSegments(words: Int32Array, thread: number): Address[] {
  const segments: Address[] = [];
  let segment = words[slotAt(thread) + SLOT_LEDGER]!;
  for (; segment !== NO_ADDRESS; segment = words[segment + NEXT]!) segments.push(segment);
  return segments;
}

/** What a slot's ledger holds, with repetitions. */
export function heldBy(words: Int32Array, thread: number): Address[] {
  const held: Address[] = [];
  for (const segment of ledgerSegments(words, thread)) {
    const end = segment + readCapacityWords(words, segment);
    for (let entry = segment + ENTRIES; entry < end; entry++) {
      if (words[entry]! > 0) held.push(words[entry]!);
    }
  }
  return held;
}

/**
 * Releases everything that an ended thread held and frees its slot; its chunks stay with the slot and
 * go to the thread that takes it next, their lists rebuilt. Only after the thread's end; of several
 * threads that try, one does it. Returns the number of references.
 */
export function settleThread(heap: LocalHeap, thread: number): number {
  assert(thread !== heap.thread, "LE2: a thread does not settle itself; it detaches");
  const { words } = heap;
  if (!beginSettling(words, thread)) return 0;
  adoptPending(heap, slotAt(thread));
  const references = releaseLedger(heap, thread);
  rebuildLists(words, thread);
  freeSlot(words, thread);
  return references;
}

/** Settles the slots of threads that have certainly ended and that nobody keeps. How many references they had. */
export function settleEnded(heap: LocalHeap): number {
  return slotsOfGone(heap).reduce((sum, thread) => sum + settleThread(heap, thread), 0);
}

/**
 * Puts in order what the ended thread whose slot this thread has taken over left in it: its lists are written
 * anew, what its ledger held is released.
 */
export function settleInherited(heap: LocalHeap): void {
  const { thread, words } = heap;
  rebuildLists(words, thread);
  releaseLedger(heap, thread);
}

/** Empties the ledger of a slot, and the word of what its thread was reading. How many entries there were. */
function releaseLedger(heap: LocalHeap, thread: number): number {
  const { words } = heap;
  const slot = slotAt(thread);
  const held = heldBy(words, thread);
  const segments = ledgerSegments(words, thread);
  words[slot + SLOT_LEDGER] = NO_ADDRESS;
  words[slot + SLOT_LEDGER_FREE] = 0;
  const reading = Atomics.exchange(words, slot + SLOT_READING, NO_ADDRESS);
  if (reading < 0) release(heap, -reading);
  for (const address of held) release(heap, address);
  for (const segment of segments) release(heap, segment);
  return held.length;
}

/** What the ended thread still had to free is freed by this one. */
function adoptPending(heap: LocalHeap, slot: number): void {
  const { words } = heap;
  let last = words[slot + SLOT_PENDING]!;
  if (last === NO_ADDRESS) return;
  const first = last;
  while (words[last + SPARE_WORD] !== NO_ADDRESS) last = words[last + SPARE_WORD]!;
  words[last + SPARE_WORD] = words[heap.slot + SLOT_PENDING]!;
  words[heap.slot + SLOT_PENDING] = first;
  const mine = words[heap.slot + SLOT_PENDING_COUNT]!;
  words[heap.slot + SLOT_PENDING_COUNT] = mine + words[slot + SLOT_PENDING_COUNT]!;
  words[slot + SLOT_PENDING] = NO_ADDRESS;
  words[slot + SLOT_PENDING_COUNT] = 0;
}

/** Releases what this thread holds, and its slot; the heap must not be used with it again. */
export function detach(heap: LocalHeap): void {
  const { words, thread } = heap;
  if (heap.detached) return;
  heap.detached = true;
  releaseLedger(heap, thread);
  drain(heap);
  freeSlot(words, thread);
}
