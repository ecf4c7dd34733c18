/**
 * Register of a pool's threads: which slot of the heap belongs to which thread of Node.js.
 *
 *   0       1          2            3         …
 *   ┌───────┬──────────┬────────────┬────────── …
 *   │ count │ thread 1 │ thread 2   │           the threadId of the thread in slot 1, 2, …; 0 for none
 *   └───────┴──────────┴────────────┴────────── …
 *
 * A thread writes its word once, after it attached and before it serves; the pool's owner reads it
 * when the thread has ended, and clears it. All accesses are atomic.
 */
import { SLOT_CAPACITY } from "../memory/layout.js";

/** One for each slot of the heap. */
const SLOTS: number = SLOT_CAPACITY;

/** In bytes. */
export function registerSize(): number {
  return SLOTS * 4;
}

export class ThreadRegister {
  readonly words: Int32Array;

  constructor(words: Int32Array) {
    this.words = words;
  }

  add(thread: number, threadId: number): void {
    Atomics.store(this.words, thread, threadId);
  }

  /** Strikes a thread off; its slot, −1 if it never came so far. */
  remove(threadId: number): number {
    for (let thread = 0; thread < SLOTS; thread++) {
      if (Atomics.compareExchange(this.words, thread, threadId, 0) === threadId) return thread;
    }
    return -1;
  }

  threadIdOf(thread: number): number {
    return Atomics.load(this.words, thread);
  }

  /** The slots in use. */
  threads(): number[] {
    const found: number[] = [];
    for (let thread = 0; thread < SLOTS; thread++) {
      if (Atomics.load(this.words, thread) !== 0) found.push(thread);
    }
    return found;
  }
}
