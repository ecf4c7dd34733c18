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
 *
 * When a thread ends, in this order: the tasks it had claimed end as lost and the forks it had made
 * are cancelled (board), then its ledger is settled and its slot freed (memory). Until then nobody
 * can be given its slot.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import type { Environment } from "../environment/environment.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { drop, hold, settleThread } from "../memory/ledger.js";
import { sleep } from "../sync/step.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { Board, createBoard, type ThreadCounters } from "./board.js";
import { Call, type OnBranch } from "./call.js";
import { uniteAll } from "./collect.js";
import { createSite } from "./evaluator-site.js";
import { HEARTBEAT_MS } from "./fork.js";
import {
  ASYNC_WAITER,
  type BranchLimits,
  cancelJob,
  claimerOf,
  ENDED,
  findUnended,
  isEnded,
  loadState,
  loadWinner,
  NO_LIMITS,
  readTaskCount,
} from "./job.js";
import type { BranchOutcome } from "./outcome.js";
import { type JobCut, planJob } from "./plan.js";
import type { Site } from "./site.js";
import { registerSize, ThreadRegister } from "./thread-register.js";
import { epochMs, type Trace } from "./trace.js";
import type { WorkerSetup } from "./worker.js";

export interface PoolOptions {
  /** How many threads evaluate; 1 … 60. */
  readonly threads: number;
  /** The module whose `createSite(heap)` makes a thread's site, as a URL; the evaluator's if not given. */
  readonly siteModule?: string;
  /** How long a fork lasts in place before its other branches are put up. */
  readonly heartbeatMs?: number;
  /** Is told of every branch, call and union. */
  readonly trace?: Trace;
  /** V8's limits for each thread. */
  readonly resourceLimits?: {
    readonly maxOldGenerationSizeMb?: number;
    readonly stackSizeMb?: number;
  };
}

export interface CallOptions {
  /** For each branch; no limits if not given. */
  readonly limits?: Partial<BranchLimits>;
  /** What `&self` means; the environment's own space if not given. */
  readonly space?: SpaceAtom;
  /** Ends the call: its branches are interrupted and it rejects with `ERR_ABORTED`. */
  readonly signal?: AbortSignal;
  /** For random operations, 0 if not given: each branch's own seed comes from it. */
  readonly seed?: number;
  /** The number of the first branch, where the call is part of something longer: seeds go by it. */
  readonly firstBranch?: number;
  /** Is told of each branch as it ends, in the order in which they end. */
  readonly onBranch?: OnBranch;
  /** The first branch that ends with a result wins; the others are cancelled. */
  readonly race?: boolean;
}

export interface CallAnswer {
  /** One for each atom, in order. */
  readonly branches: readonly BranchOutcome[];
  /** What the branches wrote, united in the order of the branches; the caller disposes it. */
  readonly environment: Environment;
  /** States that several branches set: the last branch's value counts. */
  readonly conflicts: Environment["conflicts"];
  /** How long the unions took. */
  readonly unionMs: number;
  /** The branch that won a race, −1 otherwise. */
  readonly winner: number;
}

export interface StreamedBranch {
  readonly index: number;
  readonly outcome: BranchOutcome;
}

/** A lock that a dead thread can be let out of, by its number: its slot plus one. */
export interface RecoverableLock {
  recover(deadOwner: number): unknown;
}

export interface PoolStats {
  readonly threads: readonly ThreadCounters[];
  readonly calls: number;
  readonly threadsLost: number;
  readonly unionMs: number;
}

const FOR_EVER = Number.POSITIVE_INFINITY;
/** Forks nest on the stack of their thread. */
const STACK_MB = 16;
/** The most tasks a call is cut into; more branches share a task. */
const CALL_TASKS = 1024;
/** How long to wait for an opening on a full board. */
const BOARD_FULL_MS = 1;
/** A branch that is to stop and does not is ended with its thread after this time. */
const GRACE_MS = 500;
const WORKER_URL: string = new URL("../../workers/evaluator.js", import.meta.url).href;

export class EvaluatorPool {
  readonly #site: Site;
  readonly #board: Board;
  readonly #boardSlot: number;
  readonly #piscina: Piscina;
  readonly #register: ThreadRegister;
  readonly #known = new Set<Worker>();
  readonly #threads: number;
  readonly #trace: Trace | undefined;
  #serving = 0;
  #calls = 0;
  #threadsLost = 0;
  #unionMs = 0;
  #closed = false;
  #isBroken = false;
  #lastError: unknown = null;
  readonly #locks = new Set<RecoverableLock>();
  readonly #exits = new Set<Promise<void>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #jobs = new Set<Address>();

  /** A pool on a heap, with the whole language. As the constructor. */
  static create(heap: Heap, options: PoolOptions): EvaluatorPool {
    return new EvaluatorPool(createSite(heap), options);
  }

  /**
   * Starts the threads. `site` is the owning thread's; its heap is the pool's.
   * Costs some 40 ms for each thread, in the background.
   */
  constructor(site: Site, options: PoolOptions) {
    const { threads, siteModule, resourceLimits } = options;
    // With one thread nobody could help.
    const heartbeatMs = options.heartbeatMs ?? (threads === 1 ? FOR_EVER : HEARTBEAT_MS);
    if (!Number.isInteger(threads) || threads < 1 || threads > 60) {
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        `cannot start ${threads} threads: a pool has 1 to 60`,
        { threads },
      );
    }
    const { heap } = site.vocabulary;
    const board = createBoard(heap);
    this.#site = site;
    this.#boardSlot = hold(heap, board);
    this.#board = new Board(heap, board);
    this.#threads = threads;
    this.#trace = options.trace;
    this.#register = new ThreadRegister(new Int32Array(new SharedArrayBuffer(registerSize())));
    const workerData: WorkerSetup = {
      heap: heap.handle(),
      board,
      register: this.#register.words,
      siteModule,
      heartbeatMs,
    };
    this.#piscina = new Piscina({
      filename: WORKER_URL,
      name: "serve",
      minThreads: threads,
      maxThreads: threads,
      idleTimeout: FOR_EVER,
      atomics: "disabled",
      recordTiming: false,
      workerData,
      resourceLimits: { stackSizeMb: STACK_MB, ...resourceLimits },
    });
    // A thread that dies without a task: it is replaced, and nothing was lost.
    this.#piscina.on("error", () => undefined);
    this.#piscina.on("workerCreate", () => this.#watch());
    this.#watch();
  }

  get threads(): number {
    return this.#threads;
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
   * `ERR_NOT_SHAREABLE` for an atom that cannot leave its thread, HeapExhaustedError.
   * Costs one job segment, and one task for each atom (from 1,024 atoms on, several share a task).
   */
  async evaluateAll(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions = {},
  ): Promise<CallAnswer> {
    this.#refuseIfUnusable(options.signal);
    const call = new Call(this.#site, atoms);
    const running = this.#evaluate(environment, call, options);
    this.#running.add(running);
    try {
      return await running;
    } catch (error) {
      call.dispose();
      throw error;
    } finally {
      this.#running.delete(running);
    }
  }

  async #evaluate(environment: Environment, call: Call, options: CallOptions): Promise<CallAnswer> {
    const end = call.atoms.length;
    const all = { first: 0, end, size: Math.ceil(end / CALL_TASKS) };
    const startedMs = epochMs();
    const winner = await this.#run(environment, call, all, options);
    // A thread takes the other branches of its task along when it ends: they get tasks of their own.
    for (const { first, count } of call.sharedLosses) {
      await this.#run(environment, call, { first, end: first + count, size: 1 }, options);
    }
    if (this.#trace !== undefined) this.#traceCall(this.#trace, call, startedMs);
    return this.#answer(environment, call, winner);
  }

  #traceCall(trace: Trace, call: Call, startedMs: number): void {
    trace.addSpan(`call of ${call.atoms.length} branches`, startedMs, epochMs() - startedMs);
    for (const [index, outcome] of call.outcomes.entries()) {
      trace.addBranch(call.atoms[index]!, index, outcome);
    }
  }

  /** Evaluates `template` for each match of `pattern` in `&self`, in the order of the matches. */
  async map(
    environment: Environment,
    pattern: Atom,
    template: Atom,
    options: CallOptions = {},
  ): Promise<CallAnswer> {
    return await this.evaluateAll(environment, [...environment.match(pattern, template)], options);
  }

  /**
   * Like {@link evaluateAll}, yielding each branch as soon as it ends; the answer is what the
   * generator returns. Leaving the loop early aborts the call.
   */
  async *stream(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions = {},
  ): AsyncGenerator<StreamedBranch, CallAnswer, undefined> {
    const ended: StreamedBranch[] = [];
    let wake: () => void = doNothing;
    const left = new AbortController();
    const signal =
      options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    const onBranch: OnBranch = (index, outcome) => {
      ended.push({ index, outcome });
      options.onBranch?.(index, outcome);
      wake();
    };
    let isDone = false;
    const finish = (): void => {
      isDone = true;
      wake();
    };
    const answer = this.evaluateAll(environment, atoms, { ...options, signal, onBranch });
    answer.then(finish, finish);
    let isHandedOver = false;
    try {
      for (;;) {
        const next = ended.shift();
        if (next !== undefined) yield next;
        else if (isDone) break;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
      isHandedOver = true;
      return await answer;
    } finally {
      if (!isHandedOver) {
        left.abort();
        await answer.then((late) => late.environment.dispose()).catch(() => undefined);
      }
    }
  }

  #answer(environment: Environment, call: Call, winner: number): CallAnswer {
    const started = performance.now();
    const environments = call.takeEnvironments(winner);
    const united = uniteAll(environments) ?? environment.clone();
    const { conflicts } = united;
    const unionMs = performance.now() - started;
    this.#unionMs += unionMs;
    this.#trace?.addSpan("union", performance.timeOrigin + started, unionMs);
    return { branches: call.outcomes, environment: united, conflicts, unionMs, winner };
  }

  /** Puts one job up and waits for its end; the winner of a race. */
  async #run(
    environment: Environment,
    call: Call,
    cut: JobCut,
    options: CallOptions,
  ): Promise<number> {
    if (call.atoms.length === 0) return -1;
    const { heap, owner } = this.#board;
    const request = {
      environment,
      atoms: call.atoms,
      limits: { ...NO_LIMITS, ...options.limits },
      seed: options.seed ?? 0,
      space: options.space ?? null,
      isRace: options.race === true,
      firstBranch: options.firstBranch ?? 0,
    };
    const job = planJob(this.#site, owner, request, cut, ASYNC_WAITER);
    const slot = hold(heap, job);
    this.#calls++;
    this.#jobs.add(job);
    this.#board.beginCall();
    try {
      while (!this.#board.putUp(job)) await delay(BOARD_FULL_MS);
      this.#serve();
      await this.#waitFor(job, call, options);
      return options.race === true ? loadWinner(heap.words, job) : -1;
    } finally {
      this.#jobs.delete(job);
      this.#board.takeOff(job);
      this.#board.endCall();
      release(heap, drop(heap, slot));
    }
  }

  async #waitFor(job: Address, call: Call, options: CallOptions): Promise<void> {
    const { words } = this.#board.heap;
    const { signal, race, onBranch } = options;
    const count = readTaskCount(words, job);
    const collected = new Uint8Array(count);
    const stop = new Stop(() => this.#stop(job));
    signal?.addEventListener("abort", stop.begin);
    try {
      for (let unended = 0; ; ) {
        const seen = Atomics.load(words, job + ENDED);
        const before = unended;
        unended = findUnended(words, job, unended);
        for (let index = before; index < count; index++) {
          if (collected[index] === 1 || !isEnded(loadState(words, job, index))) continue;
          collected[index] = 1;
          call.collect(job, index, onBranch);
        }
        if (race === true && loadWinner(words, job) >= 0) stop.begin();
        if (unended === count) break;
        await sleep(words, job + ENDED, seen, FOR_EVER);
      }
    } finally {
      stop.end();
      signal?.removeEventListener("abort", stop.begin);
    }
    this.#throwIfBroken();
    throwIfAborted(signal);
  }

  #throwIfBroken(): void {
    if (!this.#isBroken) return;
    const message = "cannot evaluate: the pool's threads ended before they were ready";
    throw new OxbowError("ERR_WORKER_LOST", message, {}, { cause: this.#lastError });
  }

  /** Cancels a job, and ends the threads that do not heed it; answers how to call the latter off. */
  #stop(job: Address): () => void {
    const { words } = this.#board.heap;
    cancelJob(words, job);
    const timer = setTimeout(() => {
      for (let index = 0; index < readTaskCount(words, job); index++) {
        const state = loadState(words, job, index);
        if (!isEnded(state)) void this.#terminate(claimerOf(state) - 1);
      }
    }, GRACE_MS);
    return () => clearTimeout(timer);
  }

  async #terminate(thread: number): Promise<void> {
    const threadId = this.#register.threadIdOf(thread);
    const worker = this.#piscina.threads.find((each) => each.threadId === threadId);
    await worker?.terminate();
  }

  /** Sees to it that every thread serves. */
  #serve(): void {
    while (this.#serving < this.#threads && !this.#closed) {
      this.#serving++;
      void this.#piscina.run(null).then(this.#served, this.#served);
    }
  }

  readonly #served = (): void => {
    this.#serving--;
    if (this.#board.hasCalls()) this.#serve();
  };

  /** Learns of the end of every thread that piscina has started. */
  #watch(): void {
    for (const worker of this.#piscina.threads) {
      if (this.#known.has(worker)) continue;
      this.#known.add(worker);
      const { threadId } = worker;
      const exit = new Promise<void>((resolve) => {
        worker.once("exit", () => {
          this.#known.delete(worker);
          this.#recover(threadId);
          this.#exits.delete(exit);
          resolve();
        });
      });
      worker.once("error", (error: unknown) => (this.#lastError = error));
      this.#exits.add(exit);
    }
  }

  #recover(threadId: number): void {
    const thread = this.#register.remove(threadId);
    if (thread >= 0) {
      this.#threadsLost++;
      for (const lock of this.#locks) lock.recover(thread + 1);
      this.#board.recover(thread + 1);
      settleThread(this.#board.heap, thread);
    }
    if (this.#closed) return;
    this.#watch();
    if (this.#known.size > 0) return;
    // Piscina gives up on threads that end while they start; nobody is left to evaluate anything.
    this.#isBroken = true;
    for (const job of this.#jobs) cancelJob(this.#board.heap.words, job);
  }

  /** Locks that a thread which ends inside them is to be let out of, besides the pool's own. */
  addLock(lock: RecoverableLock): void {
    this.#locks.add(lock);
  }

  removeLock(lock: RecoverableLock): void {
    this.#locks.delete(lock);
  }

  stats(): PoolStats {
    const threads = this.#register.threads().map((thread) => this.#board.counters(thread));
    return {
      threads,
      calls: this.#calls,
      threadsLost: this.#threadsLost,
      unionMs: this.#unionMs,
    };
  }

  /** Waits for the calls under way and ends the threads. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#piscina.close();
    await this.#finish();
  }

  /** Ends the threads at once; calls under way lose their branches. */
  async destroy(): Promise<void> {
    if (this.#closed) return;
    await this.#finish();
  }

  async #finish(): Promise<void> {
    this.#closed = true;
    await this.#piscina.destroy();
    await Promise.all(this.#exits);
    for (const job of this.#jobs) cancelJob(this.#board.heap.words, job);
    await Promise.allSettled(this.#running);
    const { heap } = this.#board;
    release(heap, drop(heap, this.#boardSlot));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #refuseIfUnusable(signal: AbortSignal | undefined): void {
    if (this.#closed) {
      throw new OxbowError("ERR_RELEASED", "cannot evaluate: the pool is closed");
    }
    this.#throwIfBroken();
    throwIfAborted(signal);
  }
}

function doNothing(): void {}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const message = "cannot finish the call: it was aborted; the environment is as it was";
  throw new OxbowError("ERR_ABORTED", message, {}, { cause: signal.reason });
}

/** Begins to stop something once, and can call it off. */
class Stop {
  readonly #action: () => () => void;
  #callOff: (() => void) | null = null;
  readonly begin: () => void = () => {
    this.#callOff ??= this.#action();
  };

  constructor(action: () => () => void) {
    this.#action = action;
  }

  end(): void {
    this.#callOff?.();
  }
}
