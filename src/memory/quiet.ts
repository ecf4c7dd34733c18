/**
 * Quiet: moments in which one thread has the whole heap to itself, so that it can be recovered.
 *
 *     thread A   busy ───┐ idle                        ┌─ waits ─┐ busy …
 *     thread B   idle ───┼─────────────────────────────┼─────────┼──────
 *     owner              └ asks for quiet: all idle? ── yes: works ┘ opens again
 *
 * A thread that says it is idle touches no word of the heap until it has said that it is busy again, and
 * there it waits while another thread has the quiet. A thread that has just attached is busy.
 *
 * Shared words
 *   QUIET      who has the quiet (compareExchange 0 → its slot; store 0; settling, if it ended) · threads that
 *              attach or become busy · a thread first makes its own word busy and then looks here; whoever asks
 *              for quiet first takes this word and then looks at theirs. Whichever comes second sees the other.
 *   slot.IDLE  its thread · whoever asks for quiet · 1 after everything else that the thread did.
 */
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

/** From now on this thread leaves the heap alone. */
export function becomeIdle({ words, slot }: LocalHeap): void {
  Atomics.store(words, slot + SLOT_IDLE, 1);
}

/** This thread is about to use the heap again. Waits, blocking, while another has the quiet. */
export function becomeBusy({ words, slot }: Pick<LocalHeap, "words" | "slot">): void {
  for (;;) {
    Atomics.store(words, slot + SLOT_IDLE, 0);
    const holder = Atomics.load(words, QUIET);
    if (holder === 0) return;
    Atomics.store(words, slot + SLOT_IDLE, 1);
    Atomics.wait(words, QUIET, holder);
  }
}

/** Runs `action` with this thread busy, and leaves it as it was. */
export function whileBusy(heap: LocalHeap, action: () => void): void {
  if (Atomics.load(heap.words, heap.slot + SLOT_IDLE) === 0) {
    action();
    return;
  }
  becomeBusy(heap);
  try {
    action();
  } finally {
    becomeIdle(heap);
  }
}

/**
 * Runs `action` if no other thread uses the heap, and keeps all away meanwhile; undefined if one does. `action`
 * must not wait for another thread.
 */
export function tryInQuiet<Result>(heap: LocalHeap, action: () => Result): Result | undefined {
  const { words, thread } = heap;
  if (Atomics.compareExchange(words, QUIET, 0, thread) !== 0) return undefined;
  try {
    return othersAreIdle(heap) ? action() : undefined;
  } finally {
    endQuiet(words, thread);
  }
}

function othersAreIdle({ words, thread }: LocalHeap): boolean {
  for (let other = 1; other < usedSlots(words); other++) {
    const slot = slotAt(other);
    const state = loadSlotState(words, other);
    if (other === thread || state === SLOT_FREE) continue;
    if (state !== SLOT_LIVE || Atomics.load(words, slot + SLOT_IDLE) === 0) return false;
  }
  return true;
}

/** Gives the quiet back if `thread` has it: after its action, or after its end. */
export function endQuiet(words: Int32Array, thread: number): void {
  if (Atomics.compareExchange(words, QUIET, thread, 0) === thread) Atomics.notify(words, QUIET);
}
