/**
 * EvaluatorPool: threads that evaluate branches, on one heap.
 *
 *   caller ── job on the board ──▶ threads (piscina's) in `serve`: claim, evaluate, hand over
 *      ▲                                                            │
 *      └─────────── states of the tasks, word `ended` ◀─────────────┘
 *
 * Piscina starts the threads, replaces those that end, and closes them. While a call is under way
 * each of its threads runs one piscina task, `serve`; the branches themselves never pass through a
 * message. The thread that owns the pool never blocks: it waits for a job with `Atomics.waitAsync`.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { delay } from "../base/timer.js";
import { type Environment, heapOf } from "../environment/environment.js";
import { limitValues } from "../eval/limits/limits.js";
import { release } from "../memory/allocator.js";
import { asHeap, type Heap } from "../memory/heap.js";
import { drop, hold } from "../memory/ledger.js";
import { shadowReport } from "../memory/shadow.js";
import { collectorStats } from "../memory/stats.js";
import { sleep } from "../sync/step.js";
import type { Atom } from "../term/atom.js";
import { BlockingCaller } from "./blocking.js";
import { Board, callOf, createBoard } from "./board.js";
import { CallRecord } from "./call-record.js";
import type { HostLocks } from "./host-locks.js";
import {
  ASYNC_WAITER,
  cancelJob,
  ENDED,
  findUnended,
  isEnded,
  loadState,
  loadWinner,
  readTaskCount,
  storeWake,
} from "./job.js";
import { type JobCut, planJob } from "./job-plan.js";
import { createSite } from "./language-site.js";
import { libraryModule, loadSite, siteModule, type ThreadModule } from "./library-module.js";
import type { BranchOutcome } from "./outcome.js";
import {
  answerOf,
  BLOCKING_CHECKS,
  type BlockingOptions,
  Call,
  type CallAnswer,
  type CallOptions,
  checkCall,
  checkMap,
  disposeResults,
  type MapOptions,
  type StreamedBranch,
} from "./pool-call.js";
import { asPoolOptions, type PoolOptions, START_TIME_MS } from "./pool-options.js";
import type { PoolStats } from "./pool-stats.js";
import { notePool } from "./pools.js";
import type { Site } from "./site.js";
import { CallTimer, Stop, throwIfAborted } from "./stop.js";
import { streamCall } from "./stream.js";
import { Threads } from "./threads.js";
import { epochMs, type Trace } from "./trace.js";

interface RunOptions extends CallOptions {
  /** Branches after the first that wrote are not needed. */
  readonly untilWritten?: boolean;
}

/** What only the engine's own callers need. */
interface OwnPoolOptions extends PoolOptions {
  /** Makes the site of each thread. */
  readonly siteModule?: string | URL;
  /** How long forks of the owner's own go without help before the threads are started (BL2); at once if not given. */
  readonly startsAfterMs?: number;
  /** {@link Allowance.programFolder} of what the threads evaluate. */
  readonly programFolder?: string;
}

const FOR_EVER = Number.POSITIVE_INFINITY;
/** The most tasks a call is cut into; more branches share a task. */
const CALL_TASKS = 1024;
/** How often a call checks for ended branches, if no one is notified of each branch. */
const LOOKS = 16;
/** How long to wait for a free place on a full board. */
const BOARD_FULL_MS = 1;

/** Threads that evaluate branches on one heap and unite what they wrote. Close it. */
export class EvaluatorPool {
  /** What this thread evaluates with, as each of the pool's does. @internal */
  readonly site: Site;
  /** What the owner evaluates itself, blocking. @internal */
  readonly own: BlockingCaller;
  readonly #board: Board;
  readonly #boardSlot: number;
  readonly #threads: Threads;
  readonly #trace: Trace | undefined;
  readonly #running = new Set<Promise<unknown>>();
  readonly #jobs = new Set<Address>();
  #calls = 0;
  #unionMs = 0;
  /** Broken: no thread is left and none will be started. */
  #state: "open" | "broken" | "closed" = "open";

  /**
   * A pool on a heap. This thread makes itself a site as each of the pool's threads does, so it does not
   * matter who evaluates a branch. The threads start in the background, some 60 ms each. Throws
   * `ERR_LIBRARY_MODULE` for a module that gives no library, `ERR_INVALID_ARGUMENT`, HeapExhaustedError.
   */
  static async create(heap: Heap, options: PoolOptions): Promise<EvaluatorPool> {
    const act = "make a pool";
    const { permissions, startTimeMs = START_TIME_MS } = asPoolOptions(act, options);
    asHeap(act, heap);
    const module = moduleOf(options);
    const site =
      module === undefined
        ? createSite(heap, permissions)
        : await loadSite(heap, module, startTimeMs);
    return new EvaluatorPool(site, options);
  }

  /**
   * The same for a thread that has made its site already: the owner's branches are evaluated with `site`,
   * those of the threads with what a module gives them, which need not be a library.
   * @internal
   */
  static on(site: Site, options: OwnPoolOptions): EvaluatorPool {
    return new EvaluatorPool(site, options);
  }

  private constructor(site: Site, options: OwnPoolOptions) {
    const { threads, permissions, resourceLimits } = options;
    const { heartbeatMs } = options;
    notePool(this);
    // A single thread whose owner does not evaluate could be helped by nobody.
    const isAlone = threads === 1 && options.startsAfterMs === undefined;
    const { heap } = site.vocabulary;
    // Where that cannot be it says why, before anything is made.
    if (options.startsAfterMs === undefined) heap.share();
    const board = createBoard(heap);
    this.site = site;
    this.#boardSlot = hold(heap, board);
    this.#board = new Board(heap, board);
    this.#trace = options.trace;
    const { inspector } = options;
    if (inspector !== undefined) site.watch = inspector.watchOn(heap);
    this.#threads = new Threads(this.#board, {
      threads,
      module: moduleOf(options),
      startTimeMs: options.startTimeMs ?? START_TIME_MS,
      permissions,
      programFolder: options.programFolder ?? null,
      heartbeatMs: heartbeatMs ?? (isAlone ? FOR_EVER : undefined),
      resourceLimits,
      recording: inspector?.recordingOn(heap, board),
      onBroken: () => {
        // Threads of a pool that is being closed end before they are ready, too.
        if (this.#state === "open") this.#state = "broken";
        this.#cancelAll();
      },
    });
    if (options.startsAfterMs === undefined) this.#threads.start();
    this.own = new BlockingCaller(site, this.#board, this.#threads, {
      heartbeatMs,
      startsAfterMs: options.startsAfterMs ?? 0,
    });
  }

  /** How many threads it has, as it was made. */
  get threads(): number {
    return this.#threads.count;
  }

  /** The trace that records every branch, if any. @internal */
  get trace(): Trace | undefined {
    return this.#trace;
  }

  /**
   * Locks of the host's own that a thread which ends inside them is to be let out of. Those of the
   * engine, shared environments and containers are known.
   * @internal
   */
  get locks(): Pick<HostLocks, "addLock" | "removeLock"> {
    return this.#threads.locks;
  }

  /** Evaluates one atom on a clone of `environment`, as {@link evaluateAll} does. */
  async evaluate(
    environment: Environment,
    atom: Atom,
    options: CallOptions = {},
  ): Promise<BranchOutcome & { readonly environment: Environment }> {
    const answer = await this.evaluateAll(environment, [atom], options);
    return { ...answer.branches[0]!, environment: answer.environment };
  }

  /**
   * Evaluates each atom on a clone of `environment` of its own, on the pool's threads, and unites the
   * clones in the order of the atoms. `environment` is not changed. A branch that fails, meets a limit
   * or loses its thread has that in its outcome. Throws `ERR_ABORTED`, `ERR_RELEASED` for a closed pool,
   * `ERR_INVALID_ARGUMENT` for an environment of another heap, `ERR_NOT_SHAREABLE` for an atom that cannot
   * leave its thread, HeapExhaustedError.
   * Costs one job segment, and one task for each atom (from 1,024 atoms on, several share a task).
   */
  async evaluateAll(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions = {},
  ): Promise<CallAnswer> {
    checkCall(environment, atoms, options);
    this.#refuseIfUnusable(environment, options);
    const call = new Call(this.site, environment, atoms);
    return await this.#track(call, async () => {
      const winner = await this.#runAll(call, options);
      return this.#answer(call, options.race === true, winner);
    });
  }

  /** The pool is not closed before the call has ended, and nothing of a call that fails is left. */
  async #track<Answer>(call: Call, evaluate: () => Promise<Answer>): Promise<Answer> {
    const running = evaluate();
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      disposeResults(call.outcomes);
      throw error;
    } finally {
      call.dispose();
      this.#running.delete(running);
    }
  }

  /** All branches of a call; the winner of a race. */
  async #runAll(call: Call, options: RunOptions): Promise<number> {
    const end = call.atoms.length;
    const all = { first: 0, end, size: Math.ceil(end / CALL_TASKS) };
    const record = new CallRecord(this.#trace, this.site.watch, call, options);
    const winner = await this.#run(call, all, options);
    // A thread takes the other branches of its task along when it ends: they get tasks of their own.
    for (const { first, count } of call.sharedLosses) {
      await this.#run(call, { first, end: first + count, size: 1 }, options);
    }
    record.end(call.outcomes);
    return winner;
  }

  /**
   * Evaluates atoms as if one after another on a clone of `environment`, as far as that is valid: up to
   * and including the first that wrote, since what the others saw is out of date then. The environment is what
   * that one left. Otherwise as {@link evaluateAll}.
   * @internal
   */
  async evaluateAhead(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions,
  ): Promise<Pick<CallAnswer, "branches" | "environment"> & { readonly hasWritten: boolean }> {
    checkCall(environment, atoms, options);
    this.#refuseIfUnusable(environment, options);
    const call = new Call(this.site, environment, atoms);
    return await this.#track(call, async () => {
      await this.#runAll(call, { ...options, untilWritten: true });
      const writer = call.line.findFirstWriter();
      const count = writer < 0 ? atoms.length : writer + 1;
      disposeResults(call.outcomes.slice(count));
      const branches = call.outcomes.slice(0, count);
      return { branches, environment: call.line.takeOnly(writer), hasWritten: writer >= 0 };
    });
  }

  /**
   * As {@link evaluateAll}, blocking: this thread evaluates branches too, and sleeps only while others have the last
   * of them. Its event loop stands still meanwhile, so no message arrives, no timer fires and nothing can
   * abort the call; give it limits. Threads that are not ready yet join in as soon as they are, and a branch that ends its
   * thread while this one evaluates it ends this one. With fewer than two branches no other thread is asked.
   * Throws `ERR_RELEASED` for a closed pool, HeapExhaustedError.
   */
  evaluateAllSync(
    environment: Environment,
    atoms: readonly Atom[],
    options: BlockingOptions = {},
  ): CallAnswer {
    checkCall(environment, atoms, options, BLOCKING_CHECKS);
    this.#refuseIfUnusable(environment, options);
    this.#calls++;
    // What forks here is watched as any fork is.
    const record = new CallRecord(this.#trace, undefined, { base: environment, atoms }, options);
    const answer = this.own.evaluateAll(environment, atoms, options);
    record.end(answer.outcomes);
    this.#unionMs += answer.unionMs;
    return answerOf(answer.outcomes, answer.environment, answer.unionMs, answer.winner);
  }

  /**
   * Evaluates `template` for each match of `pattern` in `&self`, in the order of the matches; otherwise as
   * {@link evaluateAll}.
   */
  async map(environment: Environment, options: MapOptions): Promise<CallAnswer> {
    checkMap(environment, options);
    const { pattern, template, ...call } = options;
    return await this.evaluateAll(environment, [...environment.match(pattern, { template })], call);
  }

  /**
   * Like {@link evaluateAll}, yielding each branch as soon as it ends; the answer is what the
   * generator returns. Leaving the loop early aborts the call.
   */
  stream(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions = {},
  ): AsyncGenerator<StreamedBranch, CallAnswer, undefined> {
    checkCall(environment, atoms, options);
    return streamCall((own) => this.evaluateAll(environment, atoms, own), options);
  }

  #answer(call: Call, isRace: boolean, winner: number): CallAnswer {
    const environment = isRace ? call.line.takeOnly(winner) : call.line.take();
    const { unionMs } = call.line;
    this.#unionMs += unionMs;
    return answerOf(call.outcomes, environment, unionMs, winner);
  }

  /** Posts one job and waits for its end; returns the winner of a race. */
  async #run(call: Call, cut: JobCut, options: RunOptions): Promise<number> {
    if (call.atoms.length === 0) return -1;
    const { heap, owner } = this.#board;
    const request = {
      environment: call.base,
      atoms: call.atoms,
      budget: null,
      limits: limitValues(options),
      depth: 0,
      seed: options.seed ?? 0,
      space: options.space ?? null,
      isRace: options.race === true,
      firstBranch: options.firstBranch ?? 0,
    };
    const job = planJob(this.site, request, cut, { forker: owner, flags: ASYNC_WAITER });
    const slot = hold(heap, job);
    this.#calls++;
    this.#jobs.add(job);
    this.#board.beginCall();
    try {
      while (!this.#board.putUp(job)) await delay(BOARD_FULL_MS);
      this.#threads.serve();
      await this.#waitFor(job, call, options);
      return options.race === true ? loadWinner(heap.words, job) : -1;
    } finally {
      this.#jobs.delete(job);
      this.#board.takeOff(job);
      // Below a thread that has ended, others may be at its forks and not ask whether to go on.
      const name = callOf(heap.words, job);
      if (this.#threads.atCall(name).length > 0) this.#threads.terminateLate(name);
      this.own.keepAwake();
      this.#board.endCall();
      release(heap, drop(heap, slot));
    }
  }

  async #waitFor(job: Address, call: Call, options: RunOptions): Promise<void> {
    const { words } = this.#board.heap;
    const { signal, maxCallMs, race, untilWritten, onBranch } = options;
    const count = readTaskCount(words, job);
    const collected = new Uint8Array(count);
    const stride = onBranch === undefined ? Math.ceil(count / LOOKS) : 1;
    const stop = new Stop(() => {
      cancelJob(words, job);
      this.#threads.terminateLate(callOf(words, job));
    });
    signal?.addEventListener("abort", stop.begin);
    const timer = new CallTimer(maxCallMs ?? FOR_EVER, stop.begin);
    void this.#board.untilReady().then(timer.start);
    try {
      for (let unended = 0; ; ) {
        const seen = Atomics.load(words, job + ENDED);
        const before = unended;
        unended = findUnended(words, job, unended);
        for (let index = before; index < count; index++) {
          if (collected[index] === 1 || !isEnded(loadState(words, job, index))) continue;
          collected[index] = 1;
          // What ends because nobody can evaluate it is not told of: the whole call fails.
          call.collect(job, index, this.#state === "broken" ? undefined : onBranch);
        }
        if (race === true && loadWinner(words, job) >= 0) stop.begin();
        if (untilWritten === true && call.line.findFirstWriter() >= 0) stop.begin();
        if (race !== true && untilWritten !== true) this.#unite(call);
        if (unended === count) break;
        storeWake(words, job, Math.min(seen + stride, count));
        await sleep(words, job + ENDED, seen, FOR_EVER);
      }
    } finally {
      timer.end();
      signal?.removeEventListener("abort", stop.begin);
    }
    this.#threads.throwIfBroken();
    throwIfAborted(signal);
  }

  /** Unites the branches that have come, while the threads evaluate the others. */
  #unite(call: Call): void {
    const started = epochMs();
    const before = call.line.unionMs;
    call.line.unite();
    const unionMs = call.line.unionMs - before;
    if (unionMs === 0) return;
    this.#trace?.addSpan("union", started, unionMs);
    this.site.watch?.united(started, unionMs);
  }

  /** What it has done so far. Costs some words for each thread. */
  stats(): PoolStats {
    const { heap } = this.#board;
    return {
      threads: this.#threads.counters(),
      calls: this.#calls,
      threadsLost: this.#threads.lost,
      recoveredSegments: this.#threads.recoveredSegments,
      unionMs: this.#unionMs,
      collector: collectorStats(heap),
      shadows: { ...shadowReport(heap) },
    };
  }

  /**
   * Ends one thread from outside, by its slot, as `worker.terminate()` does: the branches it was evaluating
   * are lost, and another thread takes its place. For tests of what a program does then.
   * @internal
   */
  async endThread(thread: number): Promise<void> {
    await this.#threads.terminate(thread);
  }

  /** Waits for the calls under way and ends the threads. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#finish(false);
  }

  /** Ends the threads at once; calls under way lose their branches. */
  async destroy(): Promise<void> {
    await this.#finish(true);
  }

  async #finish(force: boolean): Promise<void> {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.own.close();
    await this.#threads.close(force);
    this.#cancelAll();
    await Promise.allSettled(this.#running);
    const { heap } = this.#board;
    release(heap, drop(heap, this.#boardSlot));
  }

  #cancelAll(): void {
    for (const job of this.#jobs) cancelJob(this.#board.heap.words, job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseIfUnusable(environment: Environment, options: CallOptions): void {
    if (this.#state === "closed") {
      throw new OxbowError("ERR_RELEASED", "cannot evaluate: the pool is closed");
    }
    if (heapOf(environment) !== this.site.vocabulary.heap) {
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        "cannot evaluate: the environment is one of another heap than the pool's",
      );
    }
    this.#threads.throwIfBroken();
    throwIfAborted(options.signal);
  }
}

/** What the threads load, if not the language as it is. */
function moduleOf(options: OwnPoolOptions): ThreadModule | undefined {
  if (options.siteModule !== undefined) return siteModule(options.siteModule);
  return options.libraryModule === undefined ? undefined : libraryModule(options.libraryModule);
}
