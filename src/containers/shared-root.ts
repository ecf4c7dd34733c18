/**
 * Shared root: the place where threads find the present version of a container.
 *
 *     cell   0        4      5      6         …    32-word line
 *            | header | root | seal | content | …  | RwLock …  |
 *                     | child|
 *
 * `content` is the kind of the segments that come and go at the root: a map's, or a vector's.
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
 *   seal, content  whoever made the cell, before it is one (memory/sealed.ts) · who attaches.
 *   lock  see sync/rwlock.ts.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { kindName, RAW, SHARED_ROOT } from "../memory/kinds.js";
import { drop, hold, type LedgerSlot, reserve } from "../memory/ledger.js";
import { nextGeneration, retainSealed, sealedNumber, sealOf, stale } from "../memory/sealed.js";
import { HEADER_WORDS, readKind, retain, setChildren, writeKind } from "../memory/segment.js";
import { RwLock } from "../sync/rwlock.js";

const ROOT: number = HEADER_WORDS;
const SEAL: number = ROOT + 1;
const CONTENT: number = SEAL + 1;
const LOCK: number = CONTENT + 1;
const CELL_WORDS: number = LOCK + RwLock.ALIGN - 1 + RwLock.WORDS;

/** The lock stands on the first line that starts behind the cell's own words. */
function lockIndex(cell: Address): number {
  return Math.ceil((cell + LOCK) / RwLock.ALIGN) * RwLock.ALIGN;
}

/** A segment for a cell, and room in the ledger for it; `root` is released if there is none. */
function allocateCell(heap: Heap, root: Address): Address {
  try {
    reserve(heap);
    return allocate(heap, CELL_WORDS, RAW);
  } catch (error) {
    release(heap, root);
    throw error;
  }
}

export class SharedRoot {
  readonly heap: Heap;
  readonly #lock: RwLock;
  readonly #slot: LedgerSlot;
  readonly #number: number;
  #cell: Address;

  /** A cell for `root`, whose reference it takes over, also if it throws HeapExhaustedError. */
  static create(heap: Heap, root: Address): SharedRoot {
    const { words } = heap;
    const cell = allocateCell(heap, root);
    const generation = nextGeneration(heap);
    words[cell + ROOT] = root;
    words[cell + SEAL] = sealOf(words, generation);
    words[cell + CONTENT] = readKind(words, root);
    setChildren(words, cell, ROOT, 1);
    RwLock.initialize(words, lockIndex(cell));
    writeKind(words, cell, SHARED_ROOT);
    return new SharedRoot(heap, cell, sealedNumber(cell, generation));
  }

  /**
   * This thread's view of a cell with that content, by what another thread's {@link number} gave. Throws
   * ERR_STALE_HANDLE for any other number, HeapExhaustedError.
   */
  static attach(heap: Heap, number: number, content: number): SharedRoot {
    const what = `shared ${kindName(content)}`;
    reserve(heap);
    const cell = retainSealed(heap, number, SHARED_ROOT, SEAL, what);
    if (heap.words[cell + CONTENT] === content) return new SharedRoot(heap, cell, number);
    release(heap, cell);
    throw stale(what, number);
  }

  /** Takes over a reference to the cell, for which there is room in the ledger. */
  private constructor(heap: Heap, cell: Address, number: number) {
    this.heap = heap;
    this.#cell = cell;
    this.#number = number;
    this.#slot = hold(heap, cell);
    this.#lock = new RwLock(heap.words, lockIndex(cell), heap.thread + 1);
  }

  /** To be sent to another thread, for {@link SharedRoot.attach}; good while somebody has a view. */
  get number(): number {
    this.#live();
    return this.#number;
  }

  #live(): Address {
    if (this.#cell !== NO_ADDRESS) return this.#cell;
    throw new OxbowError("ERR_RELEASED", "cannot use a shared container: this view was disposed");
  }

  /** Runs `look` on the present root, which stays as it is meanwhile. */
  read<Result>(look: (root: Address) => Result): Result {
    const { heap } = this;
    const cell = this.#live();
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
    const { heap } = this;
    const cell = this.#live();
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
