/**
 * Shared environment: one environment that several threads read and replace.
 *
 * It is a shared root (containers/shared-root.ts) of an environment. A reader takes a snapshot: a clone of the root,
 * without waiting. A writer works on a clone inside the lock and puts its root there when it is done, so what an
 * unfinished update had written before it threw, or before its thread ended, is never seen.
 *
 * Invariants
 *   SE1  The root's note is 0 or a writer number that no handle has: that of the root's head, to be used by the
 *        next update, so that a thousand updates are one entry in the context and not a thousand. One that is not
 *        that of the root's head is not used.
 */
import { asFunction } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { showAs } from "../base/inspect.js";
import { assertOwn } from "../base/own.js";
import { refusePromise } from "../base/promises.js";
import { timeoutIn, type WaitOptions } from "../base/wait-options.js";
import { SharedRoot, type Turn } from "../containers/shared-root.js";
import { asHeap, type Heap } from "../memory/heap.js";
import { ENVIRONMENT } from "../memory/kinds.js";
import { asHandle, type SharedHandle } from "../memory/shared-handle.js";
import { NO_WRITER, readHeadWriter } from "./causal-context.js";
import { asEnvironment, type Environment, environmentOn, handleOf, heapOf } from "./environment.js";
import { retainRoot, shareRoot } from "./handle.js";
import { handleOn, handleSharing } from "./lifecycle.js";

const OWN = Symbol("shared environment");

let rootIn: (shared: SharedEnvironment) => SharedRoot;

/** One environment that several threads read, by snapshots, and replace, one update at a time. */
export class SharedEnvironment implements Disposable {
  readonly #root: SharedRoot;

  static {
    rootIn = (shared) => shared.#root;
  }

  private constructor(own: symbol, root: SharedRoot) {
    assertOwn(
      own,
      OWN,
      "SharedEnvironment",
      "SharedEnvironment.create or SharedEnvironment.receive",
    );
    this.#root = root;
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
    return new SharedEnvironment(OWN, SharedRoot.create(heap, retainRoot(handleOf(env))));
  }

  /**
   * This thread's view of a shared environment, by what {@link share} gave. Throws `ERR_INVALID_ARGUMENT` for
   * something else, `ERR_STALE_HANDLE` once every view has been disposed and for another heap's, HeapExhaustedError.
   */
  static receive(handle: SharedHandle<"SharedEnvironment">, heap: Heap): SharedEnvironment {
    const { number } = asHandle("SharedEnvironment", handle);
    asHeap("receive a shared environment", heap);
    return new SharedEnvironment(OWN, SharedRoot.attach(heap, number, ENVIRONMENT));
  }

  /**
   * A handle for other threads, for {@link SharedEnvironment.receive}; good any number of times, as long as
   * some thread has not disposed its view.
   */
  share(): SharedHandle<"SharedEnvironment"> {
    return { kind: "SharedEnvironment", number: this.#root.number };
  }

  /** A clone of the current environment, the caller's own. Waits for nobody. Throws HeapExhaustedError. */
  snapshot(): Environment {
    return environmentOn(handleOn(this.#root.heap, this.#root.take()));
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
    const timeoutMs = timeoutIn("update", options);
    asFunction("update", change);
    return this.#root.replace((turn) => {
      using env = this.#open(turn);
      const result = refusePromise("a shared environment", change(env));
      publish(turn, env);
      return result;
    }, timeoutMs);
  }

  /** As {@link update}, for a thread that must not block; `change` may be asynchronous. */
  async updateAsync<Result>(
    change: (env: Environment) => Result | Promise<Result>,
    options?: WaitOptions,
  ): Promise<Result> {
    const timeoutMs = timeoutIn("update", options);
    asFunction("update", change);
    return await this.#root.replaceAsync(async (turn) => {
      using env = this.#open(turn);
      const result = await change(env);
      publish(turn, env);
      return result;
    }, timeoutMs);
  }

  /** The environment of an update, with the last one's writer (SE1). */
  #open(turn: Turn): Environment {
    const { heap } = this.#root;
    const handle = handleSharing(heap, turn.from);
    const writer = turn.takeNote();
    // Of another head if a thread has ended after it had published.
    if (writer === readHeadWriter(heap.words, turn.from)) {
      handle.writer = writer;
      // Snapshots have seen its events.
      handle.escaped = true;
    }
    return environmentOn(handle);
  }

  /** As {@link Heap.recover}: for those who run threads of their own, on a worker's `exit`. */
  recover(threadId: number): number {
    return this.#root.heap.recover(threadId);
  }

  /**
   * Detaches this thread, not inside an update. The last one frees the environment. Disposing twice
   * does nothing.
   */
  dispose(): void {
    this.#root.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The update's environment becomes the current one; its writer is the next update's. */
function publish(turn: Turn, env: Environment): void {
  const handle = handleOf(env);
  turn.publish(shareRoot(handle));
  turn.leaveNote(handle.writer);
  handle.writer = NO_WRITER;
}

/** The place of a shared environment. */
export function rootOf(shared: SharedEnvironment): SharedRoot {
  return rootIn(shared);
}

showAs(SharedEnvironment, () => "SharedEnvironment {}");
