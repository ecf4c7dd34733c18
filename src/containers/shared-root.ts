/**
 * Shared root: the place where threads find the present version of a container.
 *
 *     cell   0        4      …    32-word line
 *            | header | root | …  | RwLock …  |
 *                     | child|
 *
 * A reader works under the read lock, or takes the root with it and reads it for as long as it likes:
 * whoever writes meanwhile copies. A writer makes a new version under the write lock and puts it here
 * when it is complete, so what it had begun when it threw, or when its thread ended, is never seen.
 *
 * Invariants
 *   SR1  The cell holds one reference to its root, always.
 *   SR2  What a root refers to is not written any more once the root stands here, unless the cell is
 *        its only holder and the write lock is held.
 *
 * Shared words
 *   root  a writer inside the write lock (exchange: publishes all that the root refers to) · readers
 *         inside the read lock (load). Never stale: the lock orders the two.
 *   lock  see sync/rwlock.ts.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { SHARED_ROOT } from "../memory/kinds.js";
import { drop, hold, type LedgerSlot } from "../memory/ledger.js";
import { HEADER_WORDS, readKind, retain, setChildren } from "../memory/segment.js";
import { RwLock } from "../sync/rwlock.js";

const ROOT: number = HEADER_WORDS;
const LOCK: number = ROOT + 1;
const CELL_WORDS: number = LOCK + RwLock.ALIGN - 1 + RwLock.WORDS;

/** The lock stands on the first line that starts behind the cell's own words. */
function lockIndex(cell: Address): number {
  return Math.ceil((cell + LOCK) / RwLock.ALIGN) * RwLock.ALIGN;
}

export class SharedRoot {
  readonly heap: Heap;
  readonly #lock: RwLock;
  readonly #slot: LedgerSlot;
  #cell: Address;

  /** A cell for `root`, whose reference it takes over. Throws HeapExhaustedError. */
  static create(heap: Heap, root: Address): SharedRoot {
    const { words } = heap;
    const cell = allocate(heap, CELL_WORDS, SHARED_ROOT);
    words[cell + ROOT] = root;
    setChildren(words, cell, ROOT, 1);
    RwLock.initialize(words, lockIndex(cell));
    return new SharedRoot(heap, cell);
  }

  /** This thread's view of a cell that another thread gave the address of. */
  static attach(heap: Heap, cell: Address): SharedRoot {
    if (readKind(heap.words, cell) !== SHARED_ROOT) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot attach: no shared container is there", {
        cell,
      });
    }
    retain(heap.words, cell);
    return new SharedRoot(heap, cell);
  }

  private constructor(heap: Heap, cell: Address) {
    this.heap = heap;
    this.#cell = cell;
    this.#slot = hold(heap, cell);
    this.#lock = new RwLock(heap.words, lockIndex(cell), heap.thread + 1);
  }

  /** To be sent to another thread, for {@link SharedRoot.attach}. */
  get cell(): Address {
    if (this.#cell !== NO_ADDRESS) return this.#cell;
    throw new OxbowError("ERR_RELEASED", "cannot use a shared container: this view was disposed");
  }

  /** Runs `look` on the present root, which stays as it is meanwhile. */
  read<Result>(look: (root: Address) => Result): Result {
    const { cell, heap } = this;
    this.#lock.lockRead();
    try {
      return look(Atomics.load(heap.words, cell + ROOT));
    } finally {
      this.#lock.unlockRead();
    }
  }

  /** The present root with a reference of the caller's own; it never changes any more. */
  take(): Address {
    return this.read((root) => {
      retain(this.heap.words, root);
      return root;
    });
  }

  /**
   * Runs `change` on a copy of the present root that `copy` makes, and makes it the present one; if
   * it throws, nothing has happened. One writer at a time.
   */
  write<Result>(
    copy: (heap: Heap, root: Address) => Address,
    change: (root: Address) => Result,
  ): Result {
    const { cell, heap } = this;
    this.#lock.lockWrite();
    try {
      const next = copy(heap, heap.words[cell + ROOT]!);
      let result: Result;
      try {
        result = change(next);
      } catch (error) {
        release(heap, next);
        throw error;
      }
      release(heap, Atomics.exchange(heap.words, cell + ROOT, next));
      return result;
    } finally {
      this.#lock.unlockWrite();
    }
  }

  /** Takes back what a thread that has ended (`thread`, its slot) held of the lock. */
  recover(thread: number): void {
    this.#lock.recover(thread + 1);
  }

  /** Gives this view up; the last one to go frees the container. */
  dispose(): void {
    if (this.#cell === NO_ADDRESS) return;
    release(this.heap, drop(this.heap, this.#slot));
    this.#cell = NO_ADDRESS;
  }
}
