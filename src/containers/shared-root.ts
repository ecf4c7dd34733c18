/**
 * Shared root: the place where threads find the current version of a container.
 *
 *     cell   0        4      5      6         7      …    32-word line
 *            | header | root | seal | content | note | …  | Mutex     |
 *                     | child|
 *
 * `content` is the kind of the segments that come and go at the root: a map's, a vector's, or an environment's. `note` is
 * what a writer leaves for the next one.
 *
 * A reader announces the version it reads (memory/versions.ts), or takes it with it and reads it for as long as
 * it likes: nobody is waited for. A writer makes the next version inside the lock and puts it here when
 * it is complete, so work that was cut short by an exception, or by the end of its thread, is never seen.
 *
 * The lock gives writers their turn; that nothing is lost does not rest on it. A version takes the place of the
 * one it was made from, or is refused (VE4). So a lock may be taken from a thread that has ended, by
 * whoever waits for it, and even one that was taken from a living thread by mistake costs that thread
 * an error and nobody a write.
 *
 * The cell is a place: it always holds one reference to its root (VE1). What a root refers to is not written any
 * more once the root stands here.
 *
 * Shared words
 *   root  see memory/versions.ts, of which it is a place.
 *   seal, content  whoever made the cell, before it is one (memory/sealed.ts) · who attaches.
 *   note  a writer inside the lock takes it (exchange for 0), so a thread that ends in there leaves 0, and stores its
 *         own once its root stands here. Of a thread that ends in between it is that of a root before: who takes it
 *         has to see whether it fits.
 *   lock  see sync/mutex.ts; whoever waits takes it from a thread that has ended.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { kindName, RAW, SHARED_ROOT } from "../memory/kinds.js";
import { drop, type LedgerSlot, reserve } from "../memory/ledger.js";
import { nextGeneration, retainSealed, sealedNumber, sealOf, stale } from "../memory/sealed.js";
import { HEADER_WORDS, readKind, setChildren, writeKind } from "../memory/segment.js";
import { mutexAt } from "../memory/thread-slot.js";
import { beginReading, endReading, replaceVersion, takeVersion } from "../memory/versions.js";
import { lockLost, Mutex, reentered } from "../sync/mutex.js";
import { dropForHandle, holdForHandle, holdReference } from "./tenant.js";

const ROOT: number = HEADER_WORDS;
const SEAL: number = ROOT + 1;
const CONTENT: number = SEAL + 1;
const NOTE: number = CONTENT + 1;
const LOCK: number = NOTE + 1;
/** Nothing is left for the next writer. */
const NO_NOTE = 0;
const CELL_WORDS: number = LOCK + Mutex.ALIGN - 1 + Mutex.WORDS;

/** The lock is on the first line that starts after the cell's own words. */
export function lockIndex(cell: Address): number {
  return Math.ceil((cell + LOCK) / Mutex.ALIGN) * Mutex.ALIGN;
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

/** What a cell is called by what is at its root. */
export function nameOfRoot(words: Int32Array, cell: Address): string {
  return nameOf(words[cell + CONTENT]!);
}

function nameOf(content: number): string {
  return `shared ${kindName(content)}`;
}

export class SharedRoot {
  readonly heap: Heap;
  readonly #lock: Mutex;
  readonly #slot: LedgerSlot;
  readonly #number: number;
  /** What is at the root, for messages. */
  readonly #what: string;
  #cell: Address;

  /** A cell for `root`, whose reference it takes over, also if it throws HeapExhaustedError. */
  static create(heap: Heap, root: Address): SharedRoot {
    const { words } = heap;
    const cell = allocateCell(heap, root);
    const generation = nextGeneration(heap);
    words[cell + ROOT] = root;
    words[cell + SEAL] = sealOf(words, generation);
    words[cell + CONTENT] = readKind(words, root);
    words[cell + NOTE] = NO_NOTE;
    setChildren(words, cell, ROOT, 1);
    Mutex.initialize(words, lockIndex(cell));
    writeKind(words, cell, SHARED_ROOT);
    return new SharedRoot(heap, cell, sealedNumber(cell, generation));
  }

  /**
   * This thread's view of a cell with that content, by what another thread's {@link number} gave. Throws
   * ERR_STALE_HANDLE for any other number, HeapExhaustedError.
   */
  static attach(heap: Heap, number: number, content: number): SharedRoot {
    const what = nameOf(content);
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
    this.#what = nameOf(heap.words[cell + CONTENT]!);
    this.#slot = holdForHandle(heap, cell);
    this.#lock = mutexAt(heap, lockIndex(cell));
  }

  /** A number to send to another thread, for {@link SharedRoot.attach}; valid while any thread has a view. */
  get number(): number {
    this.#live();
    return this.#number;
  }

  #live(): Address {
    if (this.#cell !== NO_ADDRESS) return this.#cell;
    throw new OxbowError("ERR_RELEASED", `cannot use a ${this.#what}: this view was disposed`);
  }

  /** Runs `look`, which reads no other root, on the present one, which stays as it is meanwhile. */
  read<Result>(look: (root: Address) => Result): Result {
    const { heap } = this;
    const root = beginReading(heap, this.#live() + ROOT);
    try {
      return look(root);
    } finally {
      endReading(heap);
    }
  }

  /** The current root with a reference of the caller's own; it never changes any more. */
  take(): Address {
    return takeVersion(this.heap, this.#live() + ROOT);
  }

  /** Whether the root, which the caller holds, is still the current one. */
  isAt(root: Address): boolean {
    return Atomics.load(this.heap.words, this.#live() + ROOT) === root;
  }

  /**
   * Runs `change` on a copy of the current root that `copy` makes, and makes it the current one; if
   * it throws, nothing has happened. As {@link replace} for all else.
   */
  write<Result>(
    copy: (heap: Heap, root: Address) => Address,
    change: (root: Address) => Result,
    timeoutMs?: number,
  ): Result {
    const { heap } = this;
    return this.replace((turn) => {
      // In the ledger, so that it is given up if the thread ends in here.
      const next = holdReference(heap, copy(heap, turn.from));
      try {
        const version = heap.words[next]!;
        const result = change(version);
        turn.publish(version);
        return result;
      } finally {
        release(heap, drop(heap, next));
      }
    }, timeoutMs);
  }

  /**
   * Runs `work` while no other thread does that here. Throws `ERR_LOCK_TIMEOUT` (see {@link Mutex.lock}),
   * `ERR_LOCK_REENTERED`.
   */
  replace<Result>(work: (turn: Turn) => Result, timeoutMs?: number): Result {
    const cell = this.#live();
    this.#lock.lock(timeoutMs);
    try {
      using turn = new Turn(this.heap, cell);
      return work(turn);
    } finally {
      this.#endTurn();
    }
  }

  /** As {@link replace}, for a thread that must not block; `work` may be asynchronous. */
  async replaceAsync<Result>(
    work: (turn: Turn) => Promise<Result>,
    timeoutMs?: number,
  ): Promise<Result> {
    const cell = this.#live();
    await this.#lock.lockAsync(timeoutMs);
    try {
      using turn = new Turn(this.heap, cell);
      return await work(turn);
    } finally {
      this.#endTurn();
    }
  }

  #endTurn(): void {
    if (this.#lock.isHeld()) this.#lock.unlock();
  }

  /** Releases this view; the last one released frees the container. Not inside {@link write}. */
  dispose(): void {
    if (this.#cell === NO_ADDRESS) return;
    if (this.#lock.isHeld()) throw reentered(`${this.#what} to dispose of it`, this.heap.thread);
    this.#cell = NO_ADDRESS;
    dropForHandle(this.heap, this.#slot);
  }
}

/** What a writer has inside the lock: the root that it found, which it holds, and the way to the next. */
export class Turn implements Disposable {
  readonly from: Address;
  readonly #heap: Heap;
  readonly #cell: Address;
  readonly #slot: LedgerSlot;

  constructor(heap: Heap, cell: Address) {
    this.#heap = heap;
    this.#cell = cell;
    // In the ledger, so that it is given up if the thread ends in here.
    this.#slot = holdReference(heap, takeVersion(heap, cell + ROOT));
    this.from = heap.words[this.#slot]!;
  }

  /**
   * Makes `next` the current root; the cell gets a reference of its own. Throws `ERR_LOCK_LOST` if another thread took
   * this one for ended and wrote meanwhile.
   */
  publish(next: Address): void {
    if (!replaceVersion(this.#heap, this.#cell + ROOT, this.from, next)) throw lockLost();
  }

  /** What the last writer has left for the next, 0 for nothing; it is gone then. */
  takeNote(): number {
    return Atomics.exchange(this.#heap.words, this.#cell + NOTE, NO_NOTE);
  }

  leaveNote(note: number): void {
    Atomics.store(this.#heap.words, this.#cell + NOTE, note);
  }

  [Symbol.dispose](): void {
    release(this.#heap, drop(this.#heap, this.#slot));
  }
}
