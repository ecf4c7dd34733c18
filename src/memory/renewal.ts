/**
 * Epochs: when a collection of symbols begins, every thread forgets which numbers the names have.
 *
 *     collector   all idle ── EPOCH := e + 1 ── lets them in again ── …
 *     thread A    idle ──────────────────────── busy: EPOCH is not mine ── forgets ── works
 *
 * A collection begins while one thread has the heap to itself (quiet.ts), so no thread is in the middle of anything,
 * and each of them looks at the epoch when it becomes busy: what it works with all the time costs nothing.
 *
 * Invariants
 *   EO1  While a thread is busy, the epoch does not change but by that thread itself.
 *   EO2  A busy thread's own epoch is the heap's.
 *
 * Shared words
 *   EPOCH  who has the quiet (store) · threads that become busy (load), after they have seen that nobody has it.
 */
import { EPOCH, type LocalHeap } from "./layout.js";

export function loadEpoch(words: Int32Array): number {
  return Atomics.load(words, EPOCH);
}

/** Begins the next epoch; by who has the quiet (EO1). */
export function beginEpoch(heap: LocalHeap): void {
  Atomics.store(heap.words, EPOCH, heap.epoch + 1);
  renew(heap);
}

/** Forgets what is only true in an epoch, if another one has begun (EO2). */
export function renew(heap: LocalHeap): void {
  const epoch = loadEpoch(heap.words);
  if (epoch === heap.epoch) return;
  heap.epoch = epoch;
  for (const forget of heap.renewals) forget();
}
