/**
 * Register of a pool's threads: which slot of the heap belongs to which thread of Node.js.
 *
 *   0       1          2            3         …
 *   ┌───────┬──────────┬────────────┬────────── …
 *   │ count │ thread 1 │ thread 2   │           the threadId of the thread in slot 1, 2, …; 0 for none;
 *   └───────┴──────────┴────────────┴────────── …  −threadId while it does not serve yet
 *
 * A thread writes its word twice, after it attached and before it serves; the pool's owner reads it
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

  /** A thread has attached and begins to make its site. */
  add(thread: number, threadId: number): void {
    Atomics.store(this.words, thread, -threadId);
  }

  /** It serves from now on. */
  setReady(thread: number, threadId: number): void {
    Atomics.store(this.words, thread, threadId);
  }

  /** Strikes a thread off; null if it never attached. */
  remove(threadId: number): { readonly thread: number; readonly hasServed: boolean } | null {
    for (let thread = 0; thread < SLOTS; thread++) {
      const found = Atomics.load(this.words, thread);
      if (Math.abs(found) !== threadId) continue;
      Atomics.store(this.words, thread, 0);
      return { thread, hasServed: found > 0 };
    }
    return null;
  }

  threadIdOf(thread: number): number {
    return Math.abs(Atomics.load(this.words, thread));
  }

  /** The slots of threads that serve. */
  threads(): number[] {
    const found: number[] = [];
    for (let thread = 0; thread < SLOTS; thread++) {
      if (Atomics.load(this.words, thread) > 0) found.push(thread);
    }
    return found;
  }
}
