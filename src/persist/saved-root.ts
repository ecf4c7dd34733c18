/**
 * Saved root: the root that the writing thread has as its image, held for it.
 *
 * Invariants
 *   SVR1  The root is held in this thread's ledger until the next was written or failed.
 */
import type { Address } from "../base/address.js";
import type { SharedRoot } from "../containers/shared-root.js";
import { rootOf, type SharedEnvironment } from "../environment/shared.js";
import { release } from "../memory/allocator.js";
import { type Heap, readCounters } from "../memory/heap.js";
import { drop, hold, type LedgerSlot, reserve } from "../memory/ledger.js";
import { Vocabulary } from "../term/vocabulary.js";
import type { Moment } from "./store-file.js";

export class SavedRoot {
  readonly #heap: Heap;
  readonly #shared: SharedRoot;
  #slot: LedgerSlot;
  /** Whether the root is on the disk: not after a write that failed. */
  isWritten: boolean;

  /** Begins with what the environment holds now. */
  constructor(heap: Heap, environment: SharedEnvironment, isWritten: boolean) {
    this.#heap = heap;
    this.#shared = rootOf(environment);
    this.#slot = hold(heap, this.#shared.take());
    this.isWritten = isWritten;
  }

  get root(): Address {
    return this.#heap.words[this.#slot]!;
  }

  /** Whether what the environment holds now is on the disk. */
  isNewest(): boolean {
    return this.isWritten && this.#shared.isAt(this.root);
  }

  /** What the thread is told of the root. */
  moment(): Moment {
    const { root } = this;
    // After the root: every symbol in it has its id. What is saved of the symbols is never written again (SG2).
    const symbols = Vocabulary.of(this.#heap).symbols.keepAll();
    return { root, symbols, counters: readCounters(this.#heap) };
  }

  /** Runs `write` with the present root, which takes the place of the saved one whatever comes of it (SVR1). */
  async replace<Value>(write: (moment: Moment) => Promise<Value>): Promise<Value> {
    const heap = this.#heap;
    const before = this.#slot;
    // What can fail comes first.
    reserve(heap);
    this.#slot = hold(heap, this.#shared.take());
    this.isWritten = false;
    try {
      return await write(this.moment());
    } finally {
      release(heap, drop(heap, before));
    }
  }

  dispose(): void {
    release(this.#heap, drop(this.#heap, this.#slot));
  }
}
