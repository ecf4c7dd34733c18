/**
 * The threads of an interpreter: a pool that is made when it is first needed, and what its branches have cost.
 *
 * An interpreter that may block has helpers, which join its own thread and are started when a fork turns out to be worth
 * it. One that has to stay awake, because somebody sits before it, has threads that do everything.
 */
import type { Evaluator } from "../eval/evaluator/evaluator.js";
import type { Inspector } from "../inspector/inspector.js";
import type { Heap } from "../memory/heap.js";
import type { ThreadCounters } from "../parallel/board.js";
import { ForkInPlace } from "../parallel/fork-in-place.js";
import { siteOf } from "../parallel/library-site.js";
import type { BranchOutcome } from "../parallel/outcome.js";
import { EvaluatorPool } from "../parallel/pool.js";
import type { Fork, ForkRequest, ForkResult, Site } from "../parallel/site.js";
import type { Trace } from "../parallel/trace.js";

export interface ThreadOptions {
  /** How many threads evaluate in the place of the caller's, which stays awake. */
  readonly threads?: number;
  /** How many threads may join the caller's, which blocks. Not together with `threads`. */
  readonly helpers?: number;
  /** Whether helpers evaluate consecutive `!` at the same time, too, and not only the branches of forks. */
  readonly runsAhead?: boolean;
  /** Is told of everything the threads do. */
  readonly events?: Trace;
  /** Looks at what the threads do. */
  readonly inspector?: Inspector;
}

/** What the threads have done; times in milliseconds. */
export interface ThreadFigures {
  /** The caller's own among them. */
  readonly threads: readonly ThreadCounters[];
  readonly unionMs: number;
  readonly branches: number;
  readonly branchMs: number;
  readonly segmentsCopied: number;
}

/** Forks that last longer than this altogether are worth the start of helpers: a part of what that costs. */
const WORTH_MS = 40;

/** They are also how an interpreter forks that has helpers. */
export class Threads implements Fork {
  readonly #heap: Heap;
  readonly #evaluator: () => Evaluator;
  readonly #options: ThreadOptions;
  #pool: EvaluatorPool | null = null;
  #site: Site | null = null;
  /** Of the program: the threads may read modules in it. */
  #folder: string | null = null;
  #branches = 0;
  #branchMs = 0;
  #segmentsCopied = 0;

  /** @param evaluator what branches on the caller's thread are evaluated with, as those on others are. */
  constructor(heap: Heap, evaluator: () => Evaluator, options: ThreadOptions) {
    this.#heap = heap;
    this.#evaluator = evaluator;
    this.#options = options;
  }

  /** What follows is a program of this folder. */
  async enter(folder: string): Promise<void> {
    if (folder === this.#folder) return;
    await this.close();
    this.#folder = folder;
  }

  get site(): Site {
    return (this.#site ??= siteOf(this.#heap, this.#evaluator(), this.#folder));
  }

  get pool(): EvaluatorPool {
    return (this.#pool ??= this.#makePool());
  }

  #makePool(): EvaluatorPool {
    const { threads, helpers = 0, events, inspector } = this.#options;
    const { permissions } = this.#evaluator().library;
    return EvaluatorPool.on(this.site, {
      threads: threads ?? helpers,
      ...(threads === undefined ? { startsAfterMs: WORTH_MS } : {}),
      permissions,
      ...(this.#folder === null ? {} : { programFolder: this.#folder }),
      ...(events === undefined ? {} : { trace: events }),
      ...(inspector === undefined ? {} : { inspector }),
    });
  }

  join(request: ForkRequest): ForkResult {
    const isFork = request.atoms.length > 1;
    const fork = isFork ? this.pool.own.fork : new ForkInPlace(this.site, this);
    const joined = fork.join(request);
    if (isFork) for (const outcome of joined.outcomes) this.count(outcome);
    return joined;
  }

  withMutex(name: number, isInterrupted: () => boolean, body: () => void): boolean {
    return this.pool.own.fork.withMutex(name, isInterrupted, body);
  }

  count(outcome: BranchOutcome): void {
    this.#branches += 1;
    this.#branchMs += outcome.timeMs;
    this.#segmentsCopied += outcome.segmentsCopied;
  }

  /** Undefined if they have had nothing to do. */
  figures(): ThreadFigures | undefined {
    const pool = this.#pool;
    if (pool === null || (this.#options.runsAhead !== true && !pool.own.hasThreads))
      return undefined;
    const { threads, unionMs } = pool.stats();
    return {
      threads: [pool.own.counters, ...threads],
      unionMs,
      branches: this.#branches,
      branchMs: this.#branchMs,
      segmentsCopied: this.#segmentsCopied,
    };
  }

  /** Ends them; those of helpers at once, since nothing is under way. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    this.#site = null;
    if (this.#options.threads === undefined) await pool?.destroy();
    else await pool?.close();
  }
}
