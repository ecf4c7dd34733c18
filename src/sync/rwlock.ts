/**
 * A read-write lock for threads: many readers or one writer; neither can starve the other. The
 * layout, the shared words and the invariants are in `rwlock-protocol.ts`. Here are the
 * uncontended paths, straight-line, and the faces of the lock: blocking, trying, asynchronous.
 *
 * One thread's holds count as one reader. Taking a read lock again inside a read lock is allowed;
 * taking the write lock inside a read lock (an upgrade) is refused, because two threads that did it
 * would deadlock. Asynchronous holds of one thread that overlap without end keep
 * writers out for as long.
 */
import { assert } from "../base/assert.js";
import { OxbowError } from "../base/errors.js";
import { notOwned, reentered, timedOut } from "./mutex.js";
import {
  DRAIN,
  drain,
  FREE,
  GATE,
  isOpenForReaders,
  LIMIT,
  lockReadSlowly,
  lockReadSteps,
  lockWriteSteps,
  MAXIMUM_OWNER,
  NEVER,
  ONE_HOLD,
  OWNER_MASK,
  RWLOCK_WORDS,
  readerIndex,
  recoverRwLockSteps,
  tryLockWriteSteps,
  unlockReadSteps,
  unlockWriteSteps,
  waitToRead,
} from "./rwlock-protocol.js";
import { type Protocol, runAsync, runBlocking } from "./step.js";

const FOR_EVER = Number.POSITIVE_INFINITY;

/** Who holds a lock at this moment: thread numbers, writer 0 for none. */
interface RwLockHolders {
  readonly writer: number;
  readonly readers: readonly number[];
}

/** What a dead thread held in a lock. */
type RecoveredHold = "nothing" | "read" | "write";

/** A view of a read-write lock for one thread; the state is in the shared words alone. */
export class RwLock {
  static readonly WORDS: number = RWLOCK_WORDS;
  /** In words; for speed only (one 128-byte line for the gate, one of 64 bytes a reader). */
  static readonly ALIGN: number = 32;
  static readonly MAXIMUM_OWNER: number = MAXIMUM_OWNER;

  readonly #words: Int32Array;
  readonly #index: number;
  readonly #owner: number;
  readonly #mine: number;

  /** Makes `WORDS` words a free lock. Before any thread attaches. */
  static initialize(words: Int32Array, index: number): void {
    for (let word = index; word < index + RWLOCK_WORDS; word++) Atomics.store(words, word, 0);
  }

  /** @param owner this thread's number, 1 … 128: its slot plus one. */
  constructor(words: Int32Array, index: number, owner: number) {
    assert(owner >= 1 && owner <= MAXIMUM_OWNER, `RW4: ${owner} is not a thread's number`);
    this.#words = words;
    this.#index = index;
    this.#owner = owner;
    this.#mine = readerIndex(index, owner);
  }

  /**
   * Takes a read lock, sleeping while a writer is inside or waits for its turn.
   * Throws `ERR_LOCK_TIMEOUT` after `timeoutMs`, `ERR_LOCK_REENTERED` inside this thread's write lock.
   * Costs two atomic operations when there is no writer.
   */
  lockRead(timeoutMs: number = FOR_EVER): void {
    const words = this.#words;
    const index = this.#index;
    if (Atomics.compareExchange(words, this.#mine, FREE, ONE_HOLD) === FREE) {
      if (isOpenForReaders(Atomics.load(words, index + GATE))) return;
      if (this.isWriter()) {
        Atomics.store(words, this.#mine, FREE);
        throw reentered("read lock", this.#owner);
      }
      this.#await(waitToRead(index, this.#owner, ONE_HOLD), "read lock", timeoutMs);
    } else {
      if (this.isWriter()) throw reentered("read lock", this.#owner);
      this.#await(lockReadSlowly(index, this.#owner), "read lock", timeoutMs);
    }
  }

  /** Takes a read lock if that needs no waiting. */
  tryLockRead(): boolean {
    const open = isOpenForReaders(Atomics.load(this.#words, this.#index + GATE));
    if (!open && !this.isReader()) return false;
    return runBlocking(this.#words, lockReadSteps(this.#index, this.#owner, true), 0);
  }

  /** Like {@link lockRead} on a thread that may not block; waits for a writing task of this thread. */
  async lockReadAsync(timeoutMs: number = FOR_EVER): Promise<void> {
    const steps = lockReadSteps(this.#index, this.#owner, true);
    if (!(await runAsync(this.#words, steps, timeoutMs))) throw timedOut("read lock", timeoutMs);
  }

  /** Ends one read lock. Throws `ERR_LOCK_NOT_OWNED` if this thread has none. */
  unlockRead(): void {
    const words = this.#words;
    if (Atomics.compareExchange(words, this.#mine, ONE_HOLD, FREE) === ONE_HOLD) {
      const gate = Atomics.load(words, this.#index + GATE);
      if ((gate & DRAIN) !== 0) Atomics.notify(words, this.#mine);
      return;
    }
    const held = runBlocking(words, unlockReadSteps(this.#index, this.#owner), 0);
    if (!held) throw notOwned("read lock", this.#owner);
  }

  /**
   * Takes the write lock, sleeping until the writers before it and all readers have left.
   * Throws `ERR_LOCK_TIMEOUT` after `timeoutMs`, `ERR_LOCK_UPGRADE` inside this thread's read lock,
   * `ERR_LOCK_REENTERED` inside its write lock. Costs one atomic operation and one load for each
   * thread that ever read.
   */
  lockWrite(timeoutMs: number = FOR_EVER): void {
    const words = this.#words;
    const index = this.#index;
    if (this.isReader()) throw upgradeRefused(this.#owner);
    if (Atomics.compareExchange(words, index + GATE, 0, this.#owner) === 0) {
      if (this.#hasNoReaders()) return;
      this.#await(drain(index), "write lock", timeoutMs);
    } else {
      if (this.isWriter()) throw reentered("write lock", this.#owner);
      this.#await(lockWriteSteps(index, this.#owner), "write lock", timeoutMs);
    }
  }

  /** Takes the write lock if that needs no waiting. */
  tryLockWrite(): boolean {
    if (this.isReader()) throw upgradeRefused(this.#owner);
    return runBlocking(this.#words, tryLockWriteSteps(this.#index, this.#owner), 0);
  }

  /**
   * Like {@link lockWrite} on a thread that may not block. Another task's hold of this thread cannot
   * be told from this task's, so an upgrade is not refused here: it waits until it times out.
   */
  async lockWriteAsync(timeoutMs: number = FOR_EVER): Promise<void> {
    const steps = lockWriteSteps(this.#index, this.#owner);
    if (!(await runAsync(this.#words, steps, timeoutMs))) throw timedOut("write lock", timeoutMs);
  }

  /** Ends the write lock: the readers that wait get their turn. Throws `ERR_LOCK_NOT_OWNED`. */
  unlockWrite(): void {
    const owner = this.#owner;
    const gate = this.#index + GATE;
    if (Atomics.compareExchange(this.#words, gate, owner, 0) === owner) return;
    const held = runBlocking(this.#words, unlockWriteSteps(this.#index, owner), 0);
    if (!held) throw notOwned("write lock", owner);
  }

  /** Runs `body` inside a read lock. */
  read<Result>(body: () => Result): Result {
    this.lockRead();
    try {
      return body();
    } finally {
      this.unlockRead();
    }
  }

  /** Runs `body` inside the write lock. */
  write<Result>(body: () => Result): Result {
    this.lockWrite();
    try {
      return body();
    } finally {
      this.unlockWrite();
    }
  }

  /** True if this thread has a read lock. */
  isReader(): boolean {
    return Atomics.load(this.#words, this.#mine) >= ONE_HOLD;
  }

  /** True if this thread has the write lock. */
  isWriter(): boolean {
    return (Atomics.load(this.#words, this.#index + GATE) & OWNER_MASK) === this.#owner;
  }

  /** Who is inside, for diagnosis: threads move on while it is read. */
  holders(): RwLockHolders {
    const words = this.#words;
    const readers: number[] = [];
    const limit = Atomics.load(words, this.#index + LIMIT);
    for (let reader = 1; reader <= limit; reader++) {
      if (Atomics.load(words, readerIndex(this.#index, reader)) >= ONE_HOLD) readers.push(reader);
    }
    return { writer: Atomics.load(words, this.#index + GATE) & OWNER_MASK, readers };
  }

  /**
   * Releases what an ended thread held; to be called once, from one thread, outside this lock. What a
   * dead writer had written stays; it was not published.
   */
  recover(deadOwner: number): RecoveredHold {
    const steps = recoverRwLockSteps(this.#index, this.#owner, deadOwner);
    const held = runBlocking(this.#words, steps, 0);
    return held === 2 ? "write" : held === 1 ? "read" : "nothing";
  }

  #hasNoReaders(): boolean {
    const words = this.#words;
    const limit = Atomics.load(words, this.#index + LIMIT);
    for (let reader = 1; reader <= limit; reader++) {
      if (Atomics.load(words, readerIndex(this.#index, reader)) > FREE) return false;
    }
    return true;
  }

  #await(steps: Protocol<boolean>, what: string, timeoutMs: number): void {
    if (!runBlocking(this.#words, steps, timeoutMs)) throw timedOut(what, timeoutMs);
  }
}

/** Checks that no thread holds or waits for the lock. Only when quiescent. */
export function checkRwLock(words: Int32Array, index: number): void {
  const gate = Atomics.load(words, index + GATE);
  assert((gate & OWNER_MASK) === 0, "RW1: a writer is inside");
  assert((gate & DRAIN) === 0, "RW5: a writer drains");
  const limit = Atomics.load(words, index + LIMIT);
  for (let owner = 1; owner <= MAXIMUM_OWNER; owner++) {
    const word = Atomics.load(words, readerIndex(index, owner));
    assert(word === NEVER || word === FREE, `RW1: thread ${owner} is a reader`);
    assert(word === NEVER || owner <= limit, `RW4: thread ${owner} is beyond the limit`);
  }
}

function upgradeRefused(owner: number): OxbowError {
  return new OxbowError(
    "ERR_LOCK_UPGRADE",
    `cannot take the write lock: thread ${owner} is inside its read lock; release that first`,
    { owner },
  );
}
