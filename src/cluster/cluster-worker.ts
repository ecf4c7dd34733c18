/**
 * ClusterWorker: takes jobs from the queue and evaluates their branches on the threads of a pool of its own.
 *
 *     job ──▶ checked ──▶ call under way? ──▶ base opened ──▶ branches on the pool ──▶ answer
 *                │              │                │
 *             refused        refused          missing blocks: the caller puts them again
 *
 * Invariants
 *   CLW1  Nothing in a job names a file, a module or an address: what is evaluated is atoms, with the worker's own library.
 *   CLW2  A job of a call that is no longer under way is not begun, and ended soon if it was.
 */
import { randomUUID } from "node:crypto";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { OxbowError } from "../base/errors.js";
import { type Environment, handleOf } from "../environment/environment.js";
import { Heap } from "../memory/heap.js";
import { EvaluatorPool } from "../parallel/pool.js";
import { type AnsweredBranch, writeAnswer } from "./answer.js";
import { BaseOpener, type OpenBase } from "./base-opener.js";
import { BlockCache, type CacheStats, MissingBlocks } from "./block-cache.js";
import { BLOCK_TTL_MS, type BlockStore } from "./block-store.js";
import {
  connectTo,
  KEY_PREFIX,
  keysOf,
  loadPackages,
  type Packages,
  queueOf,
} from "./connection.js";
import { DirectoryBlocks } from "./directory-blocks.js";
import { describeDifference, type Identity, identityOf } from "./identity.js";
import { asJobData, type JobData, type JobReply } from "./job-data.js";
import { asWorkerOptions, type WorkerOptions } from "./options.js";
import { fromParcel, type Parcel, toParcel } from "./parcel.js";
import { readQuestion } from "./question.js";
import { RedisBlocks } from "./redis-blocks.js";
import { Registry, WORKER_BEAT_MS } from "./registry.js";
import { badData } from "./words.js";

/** What a worker has done. */
export interface WorkerStats {
  readonly id: string;
  readonly jobs: number;
  readonly branches: number;
  readonly running: number;
  readonly basesOpened: number;
  readonly cache: CacheStats;
}

const LOCK_MS = 30_000;
const ATTEMPTS = 3;
const BASES_KEPT = 8;
const MEMORY_BYTES: number = 64 * 2 ** 20;
const DISK_BYTES: number = 2 ** 30;
/** How often it is looked whether the calls of running jobs are still under way. */
const LOOK_MS = 500;

/** The jobs of a call that run here. */
interface RunningCall {
  readonly controller: AbortController;
  jobs: number;
}

/** Evaluates branches of callers on other machines. Close it. */
export class ClusterWorker {
  readonly id: string;
  readonly #identity: Identity;
  readonly #redis: Redis;
  readonly #pool: EvaluatorPool;
  readonly #opener: BaseOpener;
  readonly #cache: BlockCache;
  readonly #blocks: BlockStore;
  readonly #registry: Registry;
  readonly #calls = new Map<string, RunningCall>();
  readonly #timers: NodeJS.Timeout[] = [];
  #worker: Worker | null = null;
  #jobs = 0;
  #branches = 0;
  #running = 0;

  /**
   * Connects and takes jobs from then on. Throws `ERR_INVALID_ARGUMENT`, `ERR_PACKAGE_MISSING`, `ERR_CLUSTER_LOST` if there is no Redis, and what
   * `EvaluatorPool.create` throws.
   */
  static async start(options: WorkerOptions): Promise<ClusterWorker> {
    asWorkerOptions("start a worker", options);
    const packages = await loadPackages();
    const redis = await connectTo(options, packages);
    try {
      const { threads, libraryModule, permissions, maxHeapBytes } = options;
      const heap = Heap.create(maxHeapBytes === undefined ? {} : { maxBytes: maxHeapBytes });
      const pool = await EvaluatorPool.create(heap, {
        threads,
        ...(libraryModule !== undefined && { libraryModule }),
        ...(permissions !== undefined && { permissions }),
      });
      const identity = await identityOf(pool.site.library!, libraryModule);
      const made = new ClusterWorker(options, { redis, pool, identity, heap });
      await made.#begin(options, packages.bullmq);
      return made;
    } catch (error) {
      redis.disconnect();
      throw error;
    }
  }

  private constructor(
    options: WorkerOptions,
    {
      redis,
      pool,
      identity,
      heap,
    }: { redis: Redis; pool: EvaluatorPool; identity: Identity; heap: Heap },
  ) {
    const keys = keysOf(options);
    this.id = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
    this.#identity = identity;
    this.#redis = redis;
    this.#pool = pool;
    this.#blocks = options.blocks ?? new RedisBlocks(redis, keys, BLOCK_TTL_MS);
    this.#cache = new BlockCache(this.#blocks, directoryOf(options), {
      memoryBytes: options.memoryBytes ?? MEMORY_BYTES,
      diskBytes: options.diskBytes ?? DISK_BYTES,
    });
    this.#opener = new BaseOpener(heap, this.#cache, options.basesKept ?? BASES_KEPT);
    this.#registry = new Registry(redis, keys);
  }

  async #begin(options: WorkerOptions, bullmq: Packages["bullmq"]): Promise<void> {
    const { lockMs = LOCK_MS, attempts = ATTEMPTS, telemetry } = options;
    this.#worker = new bullmq.Worker(
      queueOf(options, this.#identity),
      async (job: Job) => await this.#process(job),
      {
        connection: this.#redis,
        prefix: KEY_PREFIX,
        name: this.id,
        concurrency: options.threads,
        lockDuration: lockMs,
        stalledInterval: lockMs,
        maxStalledCount: attempts - 1,
        ...(telemetry !== undefined && { telemetry: telemetry as never }),
      },
    );
    // What goes wrong with the connection is tried again.
    this.#worker.on("error", () => undefined);
    await this.#worker.waitUntilReady();
    await this.#beat();
    this.#every(WORKER_BEAT_MS, () => this.#beat());
    this.#every(LOOK_MS, () => this.#endLateJobs());
  }

  /** Does something now and then; what fails because Redis is away is done the next time. */
  #every(periodMs: number, action: () => Promise<void>): void {
    let isBusy = false;
    const timer = setInterval(() => {
      if (isBusy) return;
      isBusy = true;
      action().then(
        () => (isBusy = false),
        () => (isBusy = false),
      );
    }, periodMs);
    this.#timers.push(timer);
  }

  stats(): WorkerStats {
    return {
      id: this.id,
      jobs: this.#jobs,
      branches: this.#branches,
      running: this.#running,
      basesOpened: this.#opener.opened,
      cache: this.#cache.stats(),
    };
  }

  /** Ends the jobs that it has, takes no more, and closes. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#worker?.close();
    await this.#registry.removeWorker(this.id);
    await this.#pool.close();
    this.#opener[Symbol.dispose]();
    this.#redis.disconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #beat(): Promise<void> {
    await this.#registry.tellWorker({
      id: this.id,
      host: hostname(),
      pid: process.pid,
      threads: this.#pool.threads,
      identity: this.#identity,
      running: this.#running,
      done: this.#branches,
    });
  }

  async #process(job: Job): Promise<JobReply> {
    const { id: worker } = this;
    this.#running++;
    try {
      return { worker, answer: await this.#answer(asJobData(job.data)) };
    } catch (error) {
      if (error instanceof MissingBlocks) return { worker, missing: error.blocks };
      if (!(error instanceof OxbowError)) throw error;
      return { worker, refused: { code: error.code, message: error.message } };
    } finally {
      this.#running--;
      this.#jobs++;
    }
  }

  async #answer(data: JobData): Promise<Parcel> {
    const differences = describeDifference(this.#identity, data.identity);
    if (differences.length > 0) {
      const message = `cannot evaluate a branch: ${differences.join(", ")}`;
      throw new OxbowError("ERR_CLUSTER_MISMATCH", message);
    }
    const running = await this.#enter(data.call);
    try {
      return await this.#opener.with(
        data.base,
        async (base) => await this.#evaluate(data, base, running.controller.signal),
      );
    } finally {
      this.#leave(data.call, running);
    }
  }

  /** Atoms are all that a job has evaluated (CLW1). */
  async #evaluate(data: JobData, base: OpenBase, signal: AbortSignal): Promise<Parcel> {
    const { environment, names } = base;
    const words = await fromParcel(data.question, "a question", async (name) => {
      const [bytes] = await this.#blocks.get([name]);
      if (bytes === undefined || bytes === null) throw new MissingBlocks([name]);
      return bytes;
    });
    const { atoms, space } = readQuestion(words, handleOf(environment), names);
    if (atoms.length !== data.count) throw badData("a job", "it has another count of atoms");
    const options = { ...data.limits, seed: data.seed, signal, ...(space !== null && { space }) };
    const ended = await Promise.allSettled(
      atoms.map(async (atom, index) => {
        const firstBranch = data.firstBranch + index;
        return await this.#pool.evaluate(environment, atom, { ...options, firstBranch });
      }),
    );
    const branches: AnsweredBranch[] = [];
    try {
      for (const branch of ended) {
        if (branch.status === "rejected") throw branch.reason;
        const { environment: left, ...outcome } = branch.value;
        branches.push({ outcome, environment: keepIfWritten(left, environment) });
      }
      const answer = writeAnswer(branches, environment, names);
      this.#branches += branches.length;
      return await toParcel(answer, async (block) => await this.#blocks.put([block]));
    } finally {
      for (const branch of branches) {
        branch.environment?.dispose();
        branch.outcome.results.dispose?.();
      }
    }
  }

  /** Counts a job of a call that is under way. Throws `ERR_ABORTED` for another (CLW2). */
  async #enter(call: string): Promise<RunningCall> {
    const known = this.#calls.get(call) ?? { controller: new AbortController(), jobs: 0 };
    this.#calls.set(call, known);
    known.jobs++;
    try {
      if ((await this.#registry.underWay([call])).has(call)) return known;
    } catch (error) {
      this.#leave(call, known);
      throw error;
    }
    this.#leave(call, known);
    throw new OxbowError(
      "ERR_ABORTED",
      "cannot evaluate a branch: its call is no longer under way",
    );
  }

  #leave(call: string, running: RunningCall): void {
    if (--running.jobs === 0) this.#calls.delete(call);
  }

  async #endLateJobs(): Promise<void> {
    const ids = [...this.#calls.keys()];
    const underWay = await this.#registry.underWay(ids);
    for (const id of ids) {
      if (!underWay.has(id)) this.#calls.get(id)?.controller.abort();
    }
  }
}

/** Null, and disposed, if it is what the base is. */
function keepIfWritten(left: Environment, base: Environment): Environment | null {
  if (handleOf(left).root !== handleOf(base).root) return left;
  left.dispose();
  return null;
}

function directoryOf({ cacheDirectory }: WorkerOptions): DirectoryBlocks | null {
  if (cacheDirectory === null) return null;
  return new DirectoryBlocks(cacheDirectory ?? join(tmpdir(), "oxbow-blocks"));
}
