/**
 * Shared environment: one environment that several threads read and replace.
 *
 *     cell   0        4      5        6      …        32-word line
 *            | header | root | writer | seal | …      | Mutex              |
 *                     | child|                        (sync/mutex.ts)
 *
 * A reader takes a snapshot: a clone of the root, without waiting (memory/versions.ts). A writer works on a
 * clone inside the lock and puts its root into the cell when it is done, so what an unfinished update had written
 * before it threw, or before its thread ended, is never seen. A root takes the place of the one it was made
 * from, or is refused: the lock gives updates their turn, and that none is lost does not rest on it. The cell is a
 * place: it always holds one reference to its root (VE1).
 *
 * Invariants
 *   SE1  `writer` is 0 or a writer number that no handle has: that of the root's head, to be used by the
 *        next update, so that a thousand updates are one entry in the context and not a thousand.
 *
 * Shared words
 *   root    see memory/versions.ts, of which it is a place.
 *   writer  an updater inside the lock takes it (exchange for 0), so a thread that ends in there leaves 0,
 *           and stores its own when it is done. A stale one is not that of the root's head and not used.
 *   seal    whoever made the cell, before it is one (memory/sealed.ts) · who attaches.
 *   lock    see sync/mutex.ts; whoever waits takes it from a thread that has ended.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { asFunction } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { refusePromise } from "../base/promises.js";
import { timeoutIn, type WaitOptions } from "../base/wait-options.js";
import { allocate, release } from "../memory/allocator.js";
import { asHeap, type Heap } from "../memory/heap.js";
import { RAW, SHARED_ENVIRONMENT } from "../memory/kinds.js";
import { drop, hold, holdAnother, type LedgerSlot, reserve } from "../memory/ledger.js";
import { nextGeneration, retainSealed, sealedNumber, sealOf } from "../memory/sealed.js";
import { HEADER_WORDS, setChildren, writeKind } from "../memory/segment.js";
import { asHandle, type SharedHandle } from "../memory/shared-handle.js";
import { mutexAt } from "../memory/thread-slot.js";
import { replaceVersion, takeVersion } from "../memory/versions.js";
import { lockLost, Mutex, reentered } from "../sync/mutex.js";
import { NO_WRITER, readHeadWriter } from "./causal-context.js";
import { asEnvironment, type Environment, environmentOn, handleOf, heapOf } from "./environment.js";
import { retainRoot } from "./handle.js";
import { handleOn } from "./lifecycle.js";

const ROOT: number = HEADER_WORDS;
const WRITER: number = ROOT + 1;
const SEAL: number = WRITER + 1;
const LOCK: number = SEAL + 1;
const CELL_WORDS: number = LOCK + Mutex.ALIGN - 1 + Mutex.WORDS;

/** The lock is on the first line that starts after the cell's own words. */
function lockIndex(cell: Address): number {
  return Math.ceil((cell + LOCK) / Mutex.ALIGN) * Mutex.ALIGN;
}

/** One environment that several threads read, by snapshots, and replace, one update at a time. */
export class SharedEnvironment {
  readonly #heap: Heap;
  readonly #lock: Mutex;
  readonly #slot: LedgerSlot;
  readonly #number: number;
  #cell: Address;

  /** Takes over the caller's reference to the cell, for which there is room in the ledger. */
  private constructor(heap: Heap, cell: Address, number: number) {
    this.#heap = heap;
    this.#cell = cell;
    this.#number = number;
    this.#slot = hold(heap, cell);
    this.#lock = mutexAt(heap, lockIndex(cell));
  }

  /**
   * A shared environment that holds what `env` holds now. Throws ERR_RELEASED for a disposed environment,
   * ERR_INVALID_ARGUMENT for one of another heap, HeapExhaustedError; then nothing is left behind.
   */
  static create(heap: Heap, env: Environment): SharedEnvironment {
    asEnvironment("share an environment", env);
    if (heapOf(env) !== heap) {
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        "cannot share an environment: it is one of another heap, or of another view of this one",
      );
    }
    const { words } = heap;
    reserve(heap);
    const cell = allocate(heap, CELL_WORDS, RAW);
    const generation = nextGeneration(heap);
    words[cell + ROOT] = retainRoot(handleOf(env));
    words[cell + WRITER] = NO_WRITER;
    words[cell + SEAL] = sealOf(words, generation);
    setChildren(words, cell, ROOT, 1);
    Mutex.initialize(words, lockIndex(cell));
    writeKind(words, cell, SHARED_ENVIRONMENT);
    return new SharedEnvironment(heap, cell, sealedNumber(cell, generation));
  }

  /**
   * This thread's view of a shared environment, by what {@link share} gave. Throws `ERR_INVALID_ARGUMENT` for
   * something else, `ERR_STALE_HANDLE` once every view has been disposed and for another heap's, HeapExhaustedError.
   */
  static receive(handle: SharedHandle<"SharedEnvironment">, heap: Heap): SharedEnvironment {
    const { number } = asHandle("SharedEnvironment", handle);
    reserve(asHeap("receive a shared environment", heap));
    const cell = retainSealed(heap, number, SHARED_ENVIRONMENT, SEAL, "shared environment");
    return new SharedEnvironment(heap, cell, number);
  }

  /**
   * A handle for other threads, for {@link SharedEnvironment.receive}; good any number of times, as long as
   * some thread has not disposed its view.
   */
  share(): SharedHandle<"SharedEnvironment"> {
    this.#live();
    return { kind: "SharedEnvironment", number: this.#number };
  }

  /** The root of the current environment, with a reference of the caller's own. Waits for nobody. @internal */
  takeRoot(): Address {
    return takeVersion(this.#heap, this.#live() + ROOT);
  }

  /** Whether the root, which the caller holds, is still that of the current environment. @internal */
  isAt(root: Address): boolean {
    return Atomics.load(this.#heap.words, this.#live() + ROOT) === root;
  }

  /** A clone of the current environment, the caller's own. Waits for nobody. Throws HeapExhaustedError. */
  snapshot(): Environment {
    const heap = this.#heap;
    return environmentOn(handleOn(heap, this.takeRoot()));
  }

  /**
   * Runs `change` on a clone of the present environment while nobody else updates, and makes what it leaves
   * the current environment; if it throws, nothing has happened. The clone is disposed afterwards. Throws
   * ERR_ASYNCHRONOUS for a `change` that gives a promise ({@link updateAsync} waits for it).
   *
   * Waits for other updates: as long as the thread inside is known to live, or `timeoutMs`; 10 s where the
   * system does not tell whether a thread lives. Then throws `ERR_LOCK_TIMEOUT`. Throws `ERR_LOCK_REENTERED` inside
   * another update of this thread, `ERR_LOCK_LOST` if another thread took this one for ended and
   * updated meanwhile.
   */
  update<Result>(change: (env: Environment) => Result, options?: WaitOptions): Result {
    this.#live();
    const timeoutMs = timeoutIn("update", options);
    asFunction("update", change);
    this.#lock.lock(timeoutMs);
    try {
      using update = this.#beginUpdate();
      const result = refusePromise("a shared environment", change(update.env));
      this.#publish(update);
      return result;
    } finally {
      this.#endUpdate();
    }
  }

  /** As {@link update}, for a thread that must not block; `change` may be asynchronous. */
  async updateAsync<Result>(
    change: (env: Environment) => Result | Promise<Result>,
    options?: WaitOptions,
  ): Promise<Result> {
    this.#live();
    const timeoutMs = timeoutIn("update", options);
    asFunction("update", change);
    await this.#lock.lockAsync(timeoutMs);
    try {
      using update = this.#beginUpdate();
      const result = await change(update.env);
      this.#publish(update);
      return result;
    } finally {
      this.#endUpdate();
    }
  }

  /** As {@link Heap.recover}: for those who run threads of their own, on a worker's `exit`. */
  recover(threadId: number): number {
    this.#live();
    return this.#heap.recover(threadId);
  }

  /**
   * Detaches this thread, not inside an update. The last one frees the environment. Disposing twice
   * does nothing.
   */
  dispose(): void {
    if (this.#cell === NO_ADDRESS) return;
    if (this.#lock.isHeld())
      throw reentered("shared environment to dispose of it", this.#heap.thread);
    release(this.#heap, drop(this.#heap, this.#slot));
    this.#cell = NO_ADDRESS;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): Address {
    if (this.#cell !== NO_ADDRESS) return this.#cell;
    throw new OxbowError("ERR_RELEASED", "cannot use a shared environment: this view was disposed");
  }

  #beginUpdate(): Update {
    const { words } = this.#heap;
    const env = this.snapshot();
    let update: Update;
    try {
      update = new Update(this.#heap, env);
    } catch (error) {
      env.dispose();
      throw error;
    }
    const writer = Atomics.exchange(words, this.#cell + WRITER, NO_WRITER);
    // Of another head if a thread has ended after it had published: then the update takes a fresh number (SE1).
    const handle = handleOf(env);
    if (writer === readHeadWriter(words, handle.root)) {
      handle.writer = writer;
      // Snapshots have seen its events.
      handle.escaped = true;
    }
    return update;
  }

  /** The cell goes over to the root of the update's environment, which shares it until it is disposed. */
  #publish({ env, from }: Update): void {
    const heap = this.#heap;
    const handle = handleOf(env);
    const root = retainRoot(handle);
    const isPublished = replaceVersion(heap, this.#cell + ROOT, from, root);
    release(heap, root);
    if (!isPublished) throw lockLost();
    Atomics.store(heap.words, this.#cell + WRITER, handle.writer);
    handle.writer = NO_WRITER;
  }

  #endUpdate(): void {
    if (this.#lock.isHeld()) this.#lock.unlock();
  }
}

/** An update under way: the environment it works on, and the root it started from, held. */
class Update implements Disposable {
  readonly env: Environment;
  readonly from: Address;
  readonly #heap: Heap;
  readonly #slot: LedgerSlot;

  constructor(heap: Heap, env: Environment) {
    this.#heap = heap;
    this.env = env;
    this.from = handleOf(env).root;
    this.#slot = holdAnother(heap, this.from);
  }

  [Symbol.dispose](): void {
    this.env.dispose();
    release(this.#heap, drop(this.#heap, this.#slot));
  }
}

showAs(SharedEnvironment, () => "SharedEnvironment {}");
