/**
 * Versions: a word whose segment is replaced while other threads read it, without a lock.
 *
 *     place     | version |    the word, in a segment; it holds one reference to the present version
 *
 *     slot of   | READING |    0    the thread reads nothing
 *     a thread                 v    it reads version v, or is about to, without a reference
 *                             −v    v was replaced meanwhile; the thread has a reference to it
 *
 *     reader    READING := v ── place still v? ──yes── looks ── READING := 0 ── was it −v? gives v up
 *                                   └─no: again with the new one
 *     writer    place: v → w ── for each slot that reads v: v + 1 reference, READING: v → −v ── gives v up
 *
 * A reader waits for nobody, and nobody waits for a reader: one that is slow, or has ended, keeps one version
 * from being freed and nothing else.
 *
 * Invariants
 *   VE1  The place holds one reference to its version, always.
 *   VE2  A reader writes READING before it looks at the place again, a writer writes the place before it looks
 *        at READING. Whichever comes second sees the other; so a version that a reader has found in the place
 *        after it announced it is not freed before the reader takes its word back.
 *   VE3  A negative READING stands for one reference of its thread. Whoever settles the thread gives it up.
 *   VE4  A replacement takes place only if the place still holds the version that the writer started from and
 *        has a reference to, so that the address cannot have come back as another version. Of writers that
 *        started from the same version one succeeds, whatever each believes about locks.
 *   VE5  A thread reads one version at a time.
 *
 * Shared words
 *   place    writers (compareExchange: publishes all that the version refers to) · readers (load).
 *   READING  its thread (exchange), writers (compareExchange v → −v), who settles (exchange) · writers. A stale
 *            v of a reader that has not looked at the place again: it is given a reference for nothing.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { release, retainIn } from "./allocator.js";
import { type LocalHeap, SLOT_READING, slotAt, usedSlots } from "./layout.js";

/** The present version; it stays as it is until {@link endReading}. */
export function beginReading(heap: LocalHeap, place: Address): Address {
  const { words, slot } = heap;
  assert(words[slot + SLOT_READING] === NO_ADDRESS, "VE5: a thread reads one version at a time");
  let version = Atomics.load(words, place);
  for (;;) {
    announce(heap, version);
    const now = Atomics.load(words, place); // after the announcement (VE2)
    if (now === version) return version;
    version = now;
  }
}

export function endReading(heap: LocalHeap): void {
  announce(heap, NO_ADDRESS);
}

function announce(heap: LocalHeap, version: Address): void {
  const before = Atomics.exchange(heap.words, heap.slot + SLOT_READING, version);
  if (before < 0) release(heap, -before);
}

/** The present version with a reference of the caller's own. */
export function takeVersion(heap: LocalHeap, place: Address): Address {
  const version = beginReading(heap, place);
  retainIn(heap, version);
  endReading(heap);
  return version;
}

/**
 * Puts `next` in place of `from`; false if something else stands there. The caller has references to both
 * and keeps them.
 */
export function replaceVersion(
  heap: LocalHeap,
  place: Address,
  from: Address,
  next: Address,
): boolean {
  const { words } = heap;
  retainIn(heap, next);
  if (Atomics.compareExchange(words, place, from, next) !== from) {
    release(heap, next);
    return false;
  }
  const end = usedSlots(words);
  for (let thread = 1; thread < end; thread++) {
    const reading = slotAt(thread) + SLOT_READING;
    if (Atomics.load(words, reading) === from) handOver(heap, reading, from);
  }
  release(heap, from); // the place's reference (VE1)
  return true;
}

/** The thread that reads `from` has a reference from now on, unless it has just stopped. */
function handOver(heap: LocalHeap, reading: number, from: Address): void {
  retainIn(heap, from);
  if (Atomics.compareExchange(heap.words, reading, from, -from) !== from) release(heap, from);
}
