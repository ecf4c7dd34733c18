/**
 * A mutual exclusion lock in one shared word.
 *
 *   31          30   29 28   27 …                0
 *   ┌──────────┬────┬───────┬────────────────────┐
 *   │ 0        │ W  │ 0     │ owner              │   W = WAITERS: a thread sleeps on the word
 *   └──────────┴────┴───────┴────────────────────┘   owner 0 = free
 *
 * | word  | written by              | read by   | order                  | a stale read causes |
 * | ----- | ----------------------- | --------- | ---------------------- | ------------------- |
 * | state | owner, waiters (W only) | everybody | sequentially consistent | a failed exchange, tried again |
 *
 * Invariants
 *   MU1  At most one thread is between `lock` and `unlock`, and `owner` names it.
 *   MU2  A thread sleeps on the word only after it set W while the lock was held; so whoever frees
 *        the lock and finds W set wakes one.
 *   MU3  A thread that has slept takes the lock with W set, because others may still be asleep.
 *   MU4  A dead thread's lock is freed by `recover`, which wakes everybody: the dead thread may have
 *        been the one that was woken. Any thread may do it, and several at once, because a number
 *        names one thread for ever: the lock is taken from that owner or from nobody.
 *
 * Who waits looks again and again whether the owner has ended, if whoever made the view said how to find
 * out, and recovers the lock itself. So a death stops nobody, though no event tells of it.
 *
 * What the dead owner was writing is not undone here. Whoever guards data with a mutex publishes a
 * new version with its last write, so that a half-written one is never seen.
 */
import { OxbowError } from "../base/errors.js";
import {
  COMPARE_EXCHANGE,
  EVERYONE,
  EXCHANGE,
  LOAD,
  NOTIFY,
  OR,
  type Protocol,
  runAsync,
  runBlocking,
  step,
  TIMED_OUT,
  WAIT,
} from "./step.js";

const OWNER_BITS = 28;
const OWNER_MASK = (1 << OWNER_BITS) - 1;
const WAITERS = 1 << 30;

/** What can be told of the thread that an owner's number names. */
export type OwnerLife = typeof ALIVE | typeof ENDED | typeof UNKNOWN;
export const ALIVE = 0;
/** Certain: it will not do anything any more. */
export const ENDED = 1;
export const UNKNOWN = 2;

/** When who waits first looks whether the owner has ended, and how often in the end. */
const FIRST_LOOK_MS = 2;
const LOOK_MS = 64;
/** How long to wait for an owner of whom nothing is known, if the caller sets no limit. */
export const UNKNOWN_OWNER_MS = 10_000;
const FOR_EVER = Number.POSITIVE_INFINITY;

/** Takes the lock; false if it timed out. */
export function* lockMutexSteps(index: number, owner: number): Protocol<boolean> {
  let carried = 0;
  for (;;) {
    const seen = yield step("M-free?", LOAD, index, 0, 0, carried);
    if ((seen & OWNER_MASK) === 0) {
      const taken = seen | owner | carried;
      const found = yield step("M-take", COMPARE_EXCHANGE, index, seen, taken, carried);
      if (found === seen) return true;
      continue;
    }
    const held = yield step("M-announce", OR, index, WAITERS, 0, carried);
    if ((held & OWNER_MASK) === 0) continue;
    const outcome = yield step("M-sleep", WAIT, index, held | WAITERS, 0, carried);
    if (outcome === TIMED_OUT) return false;
    carried = WAITERS; // MU3
  }
}

/** Frees the lock; false if `owner` does not hold it. */
export function* unlockMutexSteps(index: number, owner: number): Protocol<boolean> {
  const found = yield step("M-release", COMPARE_EXCHANGE, index, owner, 0);
  if (found === owner) return true;
  if ((found & OWNER_MASK) !== owner) return false;
  yield step("M-release-slow", EXCHANGE, index, 0);
  yield step("M-wake-one", NOTIFY, index, 1);
  return true;
}

/** Frees what a dead thread held (MU4); true if it held the lock. */
export function* recoverMutexSteps(index: number, dead: number): Protocol<boolean> {
  let freed = false;
  for (;;) {
    const seen = yield step("M-dead?", LOAD, index, 0, 0, Number(freed));
    if ((seen & OWNER_MASK) !== dead) break;
    const found = yield step("M-take-back", COMPARE_EXCHANGE, index, seen, 0);
    if (found === seen) freed = true;
  }
  yield step("M-wake-all", NOTIFY, index, EVERYONE, 0, Number(freed));
  return freed;
}

/** A view of a mutex for one thread; the state is the shared word alone. */
export class Mutex {
  static readonly WORDS: number = 1;
  /** In words. One lock per 128-byte line keeps two locks from slowing each other down. */
  static readonly ALIGN: number = 32;
  /** Owners are 1 … MAXIMUM_OWNER. */
  static readonly MAXIMUM_OWNER: number = OWNER_MASK;

  readonly #words: Int32Array;
  readonly #index: number;
  readonly #owner: number;
  readonly #lifeOf: (owner: number) => OwnerLife;
  readonly #waiting: number | null;

  /** Makes the word a free lock. Before any thread attaches. */
  static initialize(words: Int32Array, index: number): void {
    Atomics.store(words, index, 0);
  }

  /**
   * @param owner this thread's number, 1 … {@link Mutex.MAXIMUM_OWNER}, never another's.
   * @param lifeOf what can be told of an owner. If not given, owners are waited for as if they lived.
   * @param waiting a word that says which lock this thread sleeps at, for those who look; null: none does.
   */
  constructor(
    words: Int32Array,
    index: number,
    owner: number,
    lifeOf: (owner: number) => OwnerLife = livesOn,
    waiting: number | null = null,
  ) {
    this.#words = words;
    this.#index = index;
    this.#owner = owner;
    this.#lifeOf = lifeOf;
    this.#waiting = waiting;
  }

  /**
   * Takes the lock, sleeping until it is free or its owner has ended. Throws `ERR_LOCK_TIMEOUT` after
   * `timeoutMs`; if that is not given, after {@link UNKNOWN_OWNER_MS} of an owner of whom nothing is
   * known. Throws `ERR_LOCK_REENTERED` if this thread holds it already.
   */
  lock(timeoutMs: number = FOR_EVER): void {
    const started = performance.now();
    if (!this.lockWithin(timeoutMs)) throw this.#timedOut(started);
  }

  /** Like {@link lock}; false, instead of an error, if it was not free in time. */
  lockWithin(timeoutMs: number): boolean {
    if (this.tryLock()) return true;
    if (this.isHeld()) throw reentered("mutex", this.#owner);
    const patience = new Patience(timeoutMs);
    this.#showWaiting(this.#index);
    try {
      for (;;) {
        const steps = lockMutexSteps(this.#index, this.#owner);
        if (runBlocking(this.#words, steps, patience.nextMs())) return true;
        if (this.#recoverIfEnded(patience)) continue;
        if (patience.isOver) return false;
      }
    } finally {
      this.#showWaiting(0);
    }
  }

  #showWaiting(index: number): void {
    if (this.#waiting !== null) Atomics.store(this.#words, this.#waiting, index);
  }

  /** Takes the lock if that needs no waiting. */
  tryLock(): boolean {
    return Atomics.compareExchange(this.#words, this.#index, 0, this.#owner) === 0
      ? true
      : this.#tryAgain();
  }

  /** Like {@link lock} on a thread that must not block. Another task of this thread is waited for. */
  async lockAsync(timeoutMs: number = FOR_EVER): Promise<void> {
    if (this.tryLock()) return;
    const started = performance.now();
    const patience = new Patience(timeoutMs);
    this.#showWaiting(this.#index);
    try {
      for (;;) {
        const steps = lockMutexSteps(this.#index, this.#owner);
        // In turn: each waits for what the one before came to.
        if (await runAsync(this.#words, steps, patience.nextMs())) return;
        if (this.#recoverIfEnded(patience)) continue;
        if (patience.isOver) throw this.#timedOut(started);
      }
    } finally {
      this.#showWaiting(0);
    }
  }

  /** Throws `ERR_LOCK_NOT_OWNED` if this thread does not hold the lock. */
  unlock(): void {
    const words = this.#words;
    const owner = this.#owner;
    if (Atomics.compareExchange(words, this.#index, owner, 0) === owner) return;
    const held = runBlocking(words, unlockMutexSteps(this.#index, owner), 0);
    if (!held) throw notOwned("mutex", owner);
  }

  /** Runs `body` inside the lock. */
  run<Result>(body: () => Result): Result {
    this.lock();
    try {
      return body();
    } finally {
      this.unlock();
    }
  }

  /** True if this thread holds the lock. */
  isHeld(): boolean {
    return this.holder() === this.#owner;
  }

  /** The thread that holds the lock, 0 for none. */
  holder(): number {
    return Atomics.load(this.#words, this.#index) & OWNER_MASK;
  }

  /** Releases the lock if an ended thread held it; true if so. Any number of times. */
  recover(deadOwner: number): boolean {
    return runBlocking(this.#words, recoverMutexSteps(this.#index, deadOwner), 0);
  }

  /** Whether the owner has been found to have ended; then the lock is free now. */
  #recoverIfEnded(patience: Patience): boolean {
    const holder = this.holder();
    if (holder === 0 || holder === this.#owner) return false;
    const life = this.#lifeOf(holder);
    if (life === ENDED) return this.recover(holder);
    if (life === UNKNOWN) patience.endWith(UNKNOWN_OWNER_MS);
    return false;
  }

  #timedOut(started: number): OxbowError {
    return timedOut("mutex", Math.round(performance.now() - started));
  }

  /** A free lock may carry a stale WAITERS flag: one more try with it. */
  #tryAgain(): boolean {
    const seen = Atomics.load(this.#words, this.#index);
    if ((seen & OWNER_MASK) !== 0) return false;
    const taken = seen | this.#owner;
    return Atomics.compareExchange(this.#words, this.#index, seen, taken) === seen;
  }
}

/** What the word of a mutex says, for those who only look: who holds it, 0 for nobody, and whether others may sleep. */
export function readMutex(
  words: Int32Array,
  index: number,
): { readonly holder: number; readonly hasWaiters: boolean } {
  const state = Atomics.load(words, index);
  return { holder: state & OWNER_MASK, hasWaiters: (state & WAITERS) !== 0 };
}

function livesOn(): OwnerLife {
  return ALIVE;
}

/** How long a thread goes on waiting, look by look. */
export class Patience {
  readonly #started: number = performance.now();
  readonly #isLimited: boolean;
  #lookMs = FIRST_LOOK_MS / 2;
  #limitMs: number;

  constructor(limitMs: number) {
    this.#isLimited = limitMs !== FOR_EVER;
    this.#limitMs = limitMs;
  }

  /** How long to sleep before the next look. */
  nextMs(): number {
    this.#lookMs = Math.min(2 * this.#lookMs, LOOK_MS);
    return Math.max(0, Math.min(this.#lookMs, this.#leftMs()));
  }

  get isOver(): boolean {
    return this.#leftMs() <= 0;
  }

  /** Limits a wait that has no limit of its own. */
  endWith(limitMs: number): void {
    if (!this.#isLimited) this.#limitMs = limitMs;
  }

  #leftMs(): number {
    return this.#limitMs - (performance.now() - this.#started);
  }
}

export function timedOut(what: string, timeoutMs: number): OxbowError {
  return new OxbowError(
    "ERR_LOCK_TIMEOUT",
    `cannot take the ${what}: it was not free within ${timeoutMs} ms; nothing has been taken`,
    { timeoutMs },
  );
}

export function reentered(what: string, owner: number): OxbowError {
  return new OxbowError(
    "ERR_LOCK_REENTERED",
    `cannot take the ${what}: thread ${owner} already holds it and would wait for itself`,
    { owner },
  );
}

/** What was made inside the lock is not published. */
export function lockLost(): OxbowError {
  return new OxbowError(
    "ERR_LOCK_LOST",
    "cannot publish the update: another thread took this one for ended and has written since; nothing of the update has been seen",
  );
}

export function notOwned(what: string, owner: number): OxbowError {
  return new OxbowError(
    "ERR_LOCK_NOT_OWNED",
    `cannot release the ${what}: thread ${owner} does not hold it`,
    { owner },
  );
}
