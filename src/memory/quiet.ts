/**
 * Quiet: moments in which one thread has the whole heap to itself, so that it can be recovered.
 *
 *     thread A   busy ───┐ idle                        ┌─ waits ─┐ busy …
 *     thread B   idle ───┼─────────────────────────────┼─────────┼──────
 *     owner              └ asks for quiet: all idle? ── yes: works ┘ lets them in again
 *
 * A thread that says it is idle touches no word of the heap until it has said that it is busy again, and
 * there it waits while another thread has the quiet. A thread that has just attached is busy.
 *
 *     QUIET   31 … 29   28      27 …          0
 *             | 0     | WORKS | incarnation     |   0: nobody has it; without WORKS the owner asks
 *
 * Shared words
 *   QUIET      who has the quiet (compareExchange 0 → asks; store works; store 0), who finds that the owner has
 *              ended (compareExchange asks → 0, works → its own) · threads that attach or become busy · a thread
 *              first makes its own word busy and then looks here; whoever asks for quiet first takes this word
 *              and then looks at theirs. Whichever comes second sees the other.
 *   slot.IDLE  its thread · whoever asks for quiet · 1 after everything else that the thread did.
 *
 * Invariants
 *   QU1  While the word says WORKS, no thread but the owner uses the heap.
 *   QU2  An owner that has ended while it asked has changed nothing. Of one that has ended while it worked, who
 *        waits takes the quiet over, word and all, and recovers the heap (RC3) before anybody uses it.
 */
import { platform } from "../platform/current.js";
import { ENDED, Patience, timedOut, UNKNOWN, UNKNOWN_OWNER_MS } from "../sync/mutex.js";
import {
  type LocalHeap,
  loadSlotState,
  QUIET,
  SLOT_FREE,
  SLOT_IDLE,
  SLOT_LIVE,
  slotAt,
  usedSlots,
} from "./layout.js";
import { recoverHeap } from "./recover.js";
import { renew } from "./renewal.js";
import { lifeOf } from "./thread-slot.js";

/** Above the bits of an incarnation. */
const WORKS: number = 1 << 28;
const INCARNATION_MASK: number = WORKS - 1;

/** From now on this thread leaves the heap alone. */
export function becomeIdle({ words, slot }: LocalHeap): void {
  Atomics.store(words, slot + SLOT_IDLE, 1);
}

/**
 * This thread is about to use the heap again. Waits, blocking, while another has the quiet, and sees to it if that
 * one has ended. Throws `ERR_LOCK_TIMEOUT` after ten seconds if nothing tells whether it lives; then this thread is idle.
 */
export function becomeBusy(heap: LocalHeap): void {
  const { words, slot } = heap;
  const started = performance.now();
  const patience = new Patience(Number.POSITIVE_INFINITY);
  for (;;) {
    Atomics.store(words, slot + SLOT_IDLE, 0);
    const holder = Atomics.load(words, QUIET);
    if (holder === 0) {
      renew(heap);
      return;
    }
    Atomics.store(words, slot + SLOT_IDLE, 1);
    if (patience.isOver) throw timedOut("heap", Math.round(performance.now() - started));
    if (platform.waiting.wait(words, QUIET, holder, patience.nextMs())) continue;
    const life = lifeOf(heap, holder & INCARNATION_MASK);
    if (life === ENDED) endFor(heap, holder);
    if (life === UNKNOWN) patience.endWith(UNKNOWN_OWNER_MS);
  }
}

/** Runs `action` with this thread busy, and leaves it as it was. */
export function whileBusy<Result>(heap: LocalHeap, action: () => Result): Result {
  if (Atomics.load(heap.words, heap.slot + SLOT_IDLE) === 0) return action();
  becomeBusy(heap);
  try {
    return action();
  } finally {
    becomeIdle(heap);
  }
}

/**
 * Runs `action` if no other thread uses the heap, and keeps all away meanwhile; undefined if one does. `action`
 * must not wait for another thread, and a recovery after it must be able to mend what it leaves half done.
 */
export function tryInQuiet<Result>(heap: LocalHeap, action: () => Result): Result | undefined {
  const { words, incarnation } = heap;
  const holder = Atomics.compareExchange(words, QUIET, 0, incarnation);
  if (holder !== 0) {
    if (lifeOf(heap, holder & INCARNATION_MASK) === ENDED) endFor(heap, holder);
    return undefined;
  }
  try {
    if (busyThreads(heap).length > 0) return undefined;
    Atomics.store(words, QUIET, incarnation | WORKS); // QU1
    return action();
  } finally {
    admit(words);
  }
}

/** The numbers of the other threads that use the heap. */
export function busyThreads({ words, thread }: LocalHeap): number[] {
  const busy: number[] = [];
  for (let other = 1; other < usedSlots(words); other++) {
    const slot = slotAt(other);
    const state = loadSlotState(words, other);
    if (other === thread || state === SLOT_FREE) continue;
    if (state !== SLOT_LIVE || Atomics.load(words, slot + SLOT_IDLE) === 0) busy.push(other);
  }
  return busy;
}

/** Ends the quiet of an owner that has ended, by what QUIET said of it (QU2). Of several threads one does it. */
function endFor(heap: LocalHeap, holder: number): void {
  const { words, incarnation } = heap;
  const mine = (holder & WORKS) === 0 ? 0 : incarnation | WORKS;
  if (Atomics.compareExchange(words, QUIET, holder, mine) !== holder) return;
  if (mine !== 0) recoverHeap(heap);
  admit(words);
}

/** Lets the others in again; by who has the quiet. */
function admit(words: Int32Array): void {
  Atomics.store(words, QUIET, 0);
  Atomics.notify(words, QUIET);
}
