/**
 * The threads of an interpreter: a pool that is opened when it is first needed, and what its branches have cost.
 */
import type { Library } from "../eval/library/library.js";
import type { Heap } from "../memory/heap.js";
import type { BranchOutcome } from "../parallel/outcome.js";
import type { EvaluatorPool, PoolStats } from "../parallel/pool.js";
import type { Site } from "../parallel/site.js";
import type { Trace } from "../parallel/trace.js";

export interface ThreadOptions {
  /** How many threads evaluate; the caller's own if not given. */
  readonly threads?: number;
  /** Is told of everything the threads do. */
  readonly events?: Trace;
}

/** What the threads have done; times in milliseconds. */
export interface ThreadFigures {
  readonly pool: PoolStats;
  readonly branches: number;
  readonly branchMs: number;
  readonly segmentsCopied: number;
}

export class Threads {
  readonly site: Site;
  readonly pool: EvaluatorPool;
  #branches = 0;
  #branchMs = 0;
  #segmentsCopied = 0;

  private constructor(site: Site, pool: EvaluatorPool) {
    this.site = site;
    this.pool = pool;
  }

  static async open(heap: Heap, library: Library, options: ThreadOptions): Promise<Threads> {
    const { threads = 1, events } = options;
    const [{ siteWith }, { EvaluatorPool: Pool }] = await Promise.all([
      import("../parallel/library-site.js"),
      import("../parallel/pool.js"),
    ]);
    const site = siteWith(heap, library);
    const { permissions } = library;
    const traced = events === undefined ? {} : { trace: events };
    return new Threads(site, Pool.on(site, { threads, permissions, ...traced }));
  }

  count(outcome: BranchOutcome): void {
    this.#branches += 1;
    this.#branchMs += outcome.timeMs;
    this.#segmentsCopied += outcome.segmentsCopied;
  }

  figures(): ThreadFigures {
    return {
      pool: this.pool.stats(),
      branches: this.#branches,
      branchMs: this.#branchMs,
      segmentsCopied: this.#segmentsCopied,
    };
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
