/**
 * Shared environment: one environment that several threads read and replace.
 *
 *     cell   0        4      5        6      …        32-word line
 *            | header | root | writer | seal | …      | RwLock …           |
 *                     | child|                        (sync/rwlock.ts)
 *
 * A reader takes a snapshot: a clone of the root, made under the read lock. A writer works on a clone
 * under the write lock and puts its root into the cell when it is done, so what an update had begun
 * when it threw, or when its thread ended, is never seen.
 *
 * Invariants
 *   SE1  The cell holds one reference to its root, always.
 *   SE2  `writer` is 0 or a writer number that no handle has: that of the root's head, to be used by the
 *        next update, so that a thousand updates are one entry in the context and not a thousand.
 *
 * Shared words
 *   root    an updater inside the write lock (store, after the new root is complete; it publishes all
 *           that the root refers to) · snapshots inside the read lock (load). Never stale: the lock
 *           orders the two.
 *   writer  an updater inside the write lock: 0 while it works, so a thread that ends in there leaves 0.
 *   seal    whoever made the cell, before it is one (memory/sealed.ts) · who attaches.
 *   lock    see sync/rwlock.ts; recovered with `recover` when a thread has ended.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { refusePromise } from "../base/promises.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { RAW, SHARED_ENVIRONMENT } from "../memory/kinds.js";
import { drop, hold, type LedgerSlot, reserve } from "../memory/ledger.js";
import { nextGeneration, retainSealed, sealedNumber, sealOf } from "../memory/sealed.js";
import { HEADER_WORDS, retain, setChildren, writeKind } from "../memory/segment.js";
import { RwLock } from "../sync/rwlock.js";
import { NO_WRITER, readHeadWriter } from "./context.js";
import { Environment } from "./environment.js";
import { assertLive, retainRoot } from "./handle.js";

const ROOT: number = HEADER_WORDS;
const WRITER: number = ROOT + 1;
const SEAL: number = WRITER + 1;
const LOCK: number = SEAL + 1;
const CELL_WORDS: number = LOCK + RwLock.ALIGN - 1 + RwLock.WORDS;

/** The lock stands on the first line that starts behind the cell's own words. */
function lockIndex(cell: Address): number {
  return Math.ceil((cell + LOCK) / RwLock.ALIGN) * RwLock.ALIGN;
}

export class SharedEnvironment {
  private readonly heap: Heap;
  private readonly lock: RwLock;
  private readonly slot: LedgerSlot;
  private readonly number: number;
  private cell: Address;

  /** Takes over the caller's reference to the cell, for which there is room in the ledger. */
  private constructor(heap: Heap, cell: Address, number: number) {
    this.heap = heap;
    this.cell = cell;
    this.number = number;
    this.slot = hold(heap, cell);
    this.lock = new RwLock(heap.words, lockIndex(cell), heap.thread + 1);
  }

  /**
   * A shared environment that holds what `env` holds now. Throws ERR_RELEASED for a disposed environment,
   * ERR_INVALID_ARGUMENT for one of another heap, HeapExhaustedError; then nothing is left behind.
   */
  static create(heap: Heap, env: Environment): SharedEnvironment {
    assertLive(env);
    if (env.store.heap !== heap) {
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        "cannot share an environment: it is one of another heap, or of another view of this one",
      );
    }
    const { words } = heap;
    reserve(heap);
    const cell = allocate(heap, CELL_WORDS, RAW);
    const generation = nextGeneration(heap);
    words[cell + ROOT] = retainRoot(env);
    words[cell + WRITER] = NO_WRITER;
    words[cell + SEAL] = sealOf(words, generation);
    setChildren(words, cell, ROOT, 1);
    RwLock.initialize(words, lockIndex(cell));
    writeKind(words, cell, SHARED_ENVIRONMENT);
    return new SharedEnvironment(heap, cell, sealedNumber(cell, generation));
  }

  /**
   * This thread's view of a shared environment that another thread gave the handle of. The handle is good for
   * any number of views, as long as some thread has not disposed its own. Throws ERR_STALE_HANDLE for any other
   * number, HeapExhaustedError.
   */
  static attach(heap: Heap, handle: number): SharedEnvironment {
    reserve(heap);
    const cell = retainSealed(heap, handle, SHARED_ENVIRONMENT, SEAL, "shared environment");
    return new SharedEnvironment(heap, cell, handle);
  }

  /** A number for {@link attach} on another thread. */
  handle(): number {
    this.live();
    return this.number;
  }

  /**
   * A clone of the present environment, the caller's own. Waits while an update is at work. Throws
   * ERR_LOCK_TIMEOUT after `timeoutMs`, HeapExhaustedError.
   */
  snapshot(timeoutMs: number = Number.POSITIVE_INFINITY): Environment {
    this.live();
    this.lock.lockRead(timeoutMs);
    try {
      return this.present();
    } finally {
      this.lock.unlockRead();
    }
  }

  /** As {@link snapshot}, for a thread that may not block. */
  async snapshotAsync(timeoutMs: number = Number.POSITIVE_INFINITY): Promise<Environment> {
    this.live();
    await this.lock.lockReadAsync(timeoutMs);
    try {
      return this.present();
    } finally {
      this.lock.unlockRead();
    }
  }

  /**
   * Runs `change` on a clone of the present environment while nobody else reads or updates, and makes what
   * it leaves the present environment; if it throws, nothing has happened. The clone is disposed
   * afterwards. Throws ERR_ASYNCHRONOUS for a `change` that gives a promise ({@link updateAsync} waits for it),
   * ERR_LOCK_TIMEOUT, and ERR_LOCK_REENTERED inside another update of this thread.
   */
  update<Result>(
    change: (env: Environment) => Result,
    timeoutMs: number = Number.POSITIVE_INFINITY,
  ): Result {
    this.live();
    this.lock.lockWrite(timeoutMs);
    try {
      using env = this.beginUpdate();
      const result = refusePromise("a shared environment", change(env));
      this.publish(env);
      return result;
    } finally {
      this.lock.unlockWrite();
    }
  }

  /** As {@link update}, for a thread that may not block; `change` may take its time. */
  async updateAsync<Result>(
    change: (env: Environment) => Result | Promise<Result>,
    timeoutMs: number = Number.POSITIVE_INFINITY,
  ): Promise<Result> {
    this.live();
    await this.lock.lockWriteAsync(timeoutMs);
    try {
      using env = this.beginUpdate();
      const result = await change(env);
      this.publish(env);
      return result;
    } finally {
      this.lock.unlockWrite();
    }
  }

  /** Gives back what a thread that has ended (`thread`, its slot) held of the lock. Once, by one thread. */
  recover(thread: number): void {
    this.live();
    this.lock.recover(thread + 1);
  }

  /** Detaches this thread. The last one to go frees the environment. Disposing twice does nothing. */
  dispose(): void {
    if (this.cell === NO_ADDRESS) return;
    release(this.heap, drop(this.heap, this.slot));
    this.cell = NO_ADDRESS;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private live(): Address {
    if (this.cell !== NO_ADDRESS) return this.cell;
    throw new OxbowError("ERR_RELEASED", "cannot use a shared environment: this view was disposed");
  }

  /** A clone of the present environment; inside the lock. */
  private present(): Environment {
    const { heap } = this;
    const root = Atomics.load(heap.words, this.cell + ROOT);
    retain(heap.words, root);
    try {
      return Environment.fromRoot(heap, root);
    } catch (error) {
      release(heap, root);
      throw error;
    }
  }

  private beginUpdate(): Environment {
    const { words } = this.heap;
    const env = this.present();
    const writer = words[this.cell + WRITER]!;
    words[this.cell + WRITER] = NO_WRITER;
    if (writer === readHeadWriter(words, env.root)) {
      env.writer = writer;
      // Snapshots have seen its events.
      env.escaped = true;
    }
    return env;
  }

  /** The cell goes over to the root of `env`, which shares it until it is disposed. */
  private publish(env: Environment): void {
    const { heap } = this;
    const root = retainRoot(env);
    const old = Atomics.exchange(heap.words, this.cell + ROOT, root);
    heap.words[this.cell + WRITER] = env.writer;
    env.writer = NO_WRITER;
    release(heap, old);
  }
}

showAs(SharedEnvironment, () => "SharedEnvironment {}");
