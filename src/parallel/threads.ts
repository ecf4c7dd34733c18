/**
 * Threads: the life of a pool's threads. The platform starts them, replaces those that end, and closes
 * them; here is what has to happen in the heap when one ends.
 *
 * When a thread ends, these happen in order: the locks it held are freed, the tasks it had claimed end as lost
 * and the forks it had made are cancelled (board), then its ledger is settled and its slot freed
 * (memory). Until then its slot cannot be reused. What it was using without a ledger entry is found and freed
 * at a moment when no thread uses the heap.
 */
import { OxbowError } from "../base/errors.js";
import { considerCollecting } from "../environment/collector.js";
import type { Permissions } from "../eval/host/permissions.js";
import { settleThread } from "../memory/ledger.js";
import { tryInQuiet } from "../memory/quiet.js";
import { recoverHeap } from "../memory/recover.js";
import { slotsKept } from "../memory/thread-slot.js";
import { platform } from "../platform/current.js";
import type { GroupThread, ThreadGroup } from "../platform/platform.js";
import type { Board, ThreadCounters } from "./board.js";
import { HostLocks } from "./host-locks.js";
import { libraryModuleError, type ThreadModule } from "./library-module.js";
import type { ThreadRecording } from "./pool-observer.js";
import type { ResourceLimits } from "./pool-options.js";
import { StartFailure } from "./start-failure.js";
import { registerSize, ThreadRegister } from "./thread-register.js";
import type { WorkerSetup } from "./worker.js";

interface ThreadsOptions {
  readonly threads: number;
  /** A URL; undefined: sites with the whole language. */
  readonly module: ThreadModule | undefined;
  readonly startTimeMs: number;
  readonly permissions: Permissions | undefined;
  /** {@link Allowance.programFolder}. */
  readonly programFolder: string | null;
  readonly heartbeatMs: number | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
  /** What the threads tell of themselves; undefined: nobody looks. */
  readonly recording: ThreadRecording | undefined;
  /** Called once if no thread is left and none will be started. */
  readonly onBroken: () => void;
}

/** Forks nest on the stack of their thread. */
const STACK_MB = 16;

/** How long to wait for quiet before asking again. */
const QUIET_MS = 20;

/** A branch that is to stop and does not is ended with its thread after this time. */
const GRACE_MS = 500;

/** How often each thread may end before it is ready to serve. */
const START_ATTEMPTS = 3;

export class Threads {
  readonly count: number;
  readonly locks: HostLocks = new HostLocks();
  readonly #board: Board;
  readonly #options: ThreadsOptions;
  /** Null until it is started. */
  #group: ThreadGroup | null = null;
  readonly #register: ThreadRegister;
  readonly #failure = new StartFailure();
  readonly #known = new Set<GroupThread>();
  /** Threads that were settled before their exit event. */
  readonly #settledEarly = new Set<number>();
  #serving = 0;
  #lost = 0;
  /** What ended threads had been using, as far as it has been found. */
  #recoveredSegments = 0;
  /** Whether a thread has ended since the heap was last recovered. */
  #mayLeak = false;
  #callOffQuiet: (() => void) | undefined;
  /** Threads in a row that ended before they could serve. */
  #failedStarts = 0;
  #isClosed = false;
  #isBroken = false;
  #lastError: unknown = null;

  constructor(board: Board, options: ThreadsOptions) {
    this.count = options.threads;
    this.#board = board;
    this.#options = options;
    this.#register = new ThreadRegister(new Int32Array(new SharedArrayBuffer(registerSize())));
  }

  get isStarted(): boolean {
    return this.#group !== null;
  }

  /** Starts the threads in the background, unless that was done. Needs no turn of the event loop. */
  start(): void {
    if (this.#group !== null || this.#isClosed || this.count === 0) return;
    const board = this.#board;
    const { threads, module, startTimeMs, permissions, programFolder, heartbeatMs } = this.#options;
    const setup: WorkerSetup = {
      heap: board.heap.share(),
      board: board.address,
      keeper: board.heap.incarnation,
      register: this.#register.words,
      failure: this.#failure.words,
      module,
      startTimeMs,
      permissions,
      programFolder,
      heartbeatMs,
      recording: this.#options.recording,
    };
    this.#group = platform.threads.startGroup({
      threads,
      setup,
      stackMb: STACK_MB,
      resourceLimits: this.#options.resourceLimits,
      onStart: (thread) => this.#known.add(thread),
      onEnd: (thread, error) => {
        this.#known.delete(thread);
        if (error !== undefined) this.#lastError = error;
        this.#hasEnded(thread.threadId);
      },
    });
  }

  /** How many threads have ended before the pool was closed. */
  get lost(): number {
    return this.#lost;
  }

  /** Segments that ended threads had been using and that have been freed since. */
  get recoveredSegments(): number {
    return this.#recoveredSegments;
  }

  /** What each thread has done. */
  counters(): ThreadCounters[] {
    return this.#register.threads().map((thread) => this.#board.counters(thread));
  }

  /** Ensures that every thread serves as long as there are calls. */
  serve(): void {
    this.start();
    const group = this.#group;
    if (group === null) return;
    while (this.#serving < this.count && !this.#isClosed && !this.#isBroken) {
      this.#serving++;
      void group.serve().then(this.#served, this.#served);
    }
  }

  readonly #served = (): void => {
    this.#serving--;
    considerCollecting(this.#board.heap);
    this.#findFailure();
    if (this.#board.hasCalls()) this.serve();
    else this.#recoverAtRest();
  };

  /**
   * Finds what ended threads had been using, as soon as no thread uses the heap. If threads other than the
   * pool's do, they must call `becomeIdle` from time to time, or this never happens.
   */
  #recoverAtRest(): void {
    if (!this.#mayLeak || this.#serving > 0 || this.#callOffQuiet !== undefined) return;
    const { heap } = this.#board;
    const report = tryInQuiet(heap, () => recoverHeap(heap));
    if (report !== undefined) {
      this.#mayLeak = false;
      this.#recoveredSegments += report.freedSegments;
    } else if (!this.#isClosed) {
      this.#callOffQuiet = platform.waiting.later(QUIET_MS, this.#askAgain);
    }
  }

  readonly #askAgain = (): void => {
    this.#callOffQuiet = undefined;
    this.#recoverAtRest();
  };

  /**
   * Ends the threads that are still working for a call after the time of grace, also those at forks deep in its
   * branches. If none is, this does nothing: no later call has the same name.
   */
  terminateLate(call: number): void {
    const terminate = (): void => {
      for (const thread of this.atCall(call)) void this.terminate(thread);
    };
    platform.waiting.later(GRACE_MS, terminate); // the threads keep the process alive
  }

  /** The slots of the threads that work for a call (BO5). */
  atCall(call: number): number[] {
    return this.#register.threads().filter((thread) => this.#board.isAt(thread, call));
  }

  /** Ends one thread, by its slot; another takes its place. */
  async terminate(thread: number): Promise<void> {
    const threadId = this.#register.threadIdOf(thread);
    const found = [...this.#known].find((each) => each.threadId === threadId);
    await found?.end();
  }

  /** Throws what kept the threads from serving: ERR_LIBRARY_MODULE, or another reason, or `ERR_WORKER_LOST`. */
  throwIfBroken(): void {
    this.#findFailure();
    if (!this.#isBroken) return;
    const failure = this.#failure.find();
    if (failure !== undefined) throw failure;
    const cause = this.#lastError;
    const { module } = this.#options;
    if (module !== undefined) {
      throw libraryModuleError(module, "each thread ended before it had one", cause);
    }
    const message = "cannot evaluate: the pool's threads ended before they were ready";
    throw new OxbowError("ERR_WORKER_LOST", message, {}, { cause });
  }

  /** A thread that could not begin to serve cannot the next time either. */
  #findFailure(): void {
    if (!this.#isBroken && this.#failure.find() !== undefined) this.#giveUp();
  }

  /** Ends the threads once they have served; at once if `force`. */
  async close(force: boolean): Promise<void> {
    this.#isClosed = true; // from now on threads that end are no loss
    if (!force) await this.#group?.close();
    this.#board.addReady();
    await this.#group?.destroy();
    this.#callOffQuiet?.();
    this.#callOffQuiet = undefined;
    this.#serving = 0;
    this.#recoverAtRest();
  }

  /** To be called before {@link settleDead}, while the threads in question are still alive. */
  noteLoops(): void {
    for (const thread of this.#known) thread.noteAlive();
  }

  /**
   * Frees what ended threads held when no event can report their end, because this thread waits and does
   * not return to its event loop.
   */
  settleDead(): void {
    for (const thread of this.#known) {
      const { threadId } = thread;
      if (thread.hasEnded() && this.#settle(threadId)) this.#settledEarly.add(threadId);
    }
  }

  /** Frees what a thread that has ended held; false if it never served. */
  #settle(threadId: number): boolean {
    const { heap } = this.#board;
    const found = this.#register.remove(threadId);
    if (found === null) {
      // It may have come as far as to have a slot.
      for (const slot of slotsKept(heap, threadId)) settleThread(heap, slot);
      return false;
    }
    const { thread, hasServed } = found;
    this.locks.recover(thread);
    this.#board.recover(thread + 1);
    settleThread(heap, thread);
    this.#mayLeak = true;
    if (!hasServed) return false;
    if (!this.#isClosed) this.#lost++;
    this.#failedStarts = 0;
    return true;
  }

  #hasEnded(threadId: number): void {
    if (!this.#settledEarly.delete(threadId) && !this.#settle(threadId)) this.#failedStarts++;
    if (this.#isClosed) return;
    if (this.#known.size > 0 && this.#failedStarts < this.count * START_ATTEMPTS) return;
    if (!this.#isBroken) this.#giveUp();
  }

  /** Threads that end before they can serve would be started for ever: no thread is left to evaluate. */
  #giveUp(): void {
    this.#isBroken = true;
    this.#board.addReady();
    this.#options.onBroken();
    void this.#group?.destroy();
  }
}
