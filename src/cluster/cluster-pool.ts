/**
 * ClusterPool: what an `EvaluatorPool` is with threads, with workers on other machines.
 *
 *     caller ── jobs ──▶ BullMQ on Redis ──▶ workers          blocks go by the block store, each once
 *        ▲                     │
 *        └── events ◀──────────┘    and now and then each job is looked for, in case an event was missed
 *
 * While a call runs, it is told of in Redis again and again, and its blocks are kept there; of a caller that dies neither is, so its
 * jobs are dropped by whoever takes them, and its blocks go.
 */
import { hostname } from "node:os";
import type { Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { OxbowError } from "../base/errors.js";
import { after, delay } from "../base/timer.js";
import { type Environment, heapOf } from "../environment/environment.js";
import { createSite } from "../parallel/language-site.js";
import { loadSite, libraryModule as moduleAt } from "../parallel/library-module.js";
import type { BranchOutcome } from "../parallel/outcome.js";
import {
  answerOf,
  type CallAnswer,
  type CallOptions,
  checkCall,
  checkMap,
  disposeResults,
  type MapOptions,
  type StreamedBranch,
} from "../parallel/pool-call.js";
import { START_TIME_MS } from "../parallel/pool-options.js";
import type { Site } from "../parallel/site.js";
import { throwIfAborted } from "../parallel/stop.js";
import { streamCall } from "../parallel/stream.js";
import type { Atom } from "../term/atom.js";
import { BaseSender } from "./base-sender.js";
import { BLOCK_TTL_MS, type BlockStore } from "./block-store.js";
import { ClusterCall, type ClusterCallOptions, type PostedJob } from "./cluster-call.js";
import { connectTo, KEY_PREFIX, keysOf, loadPackages, queueOf } from "./connection.js";
import { describeDifference, digestOf, type Identity, identityOf } from "./identity.js";
import { asJobReply } from "./job-data.js";
import { asClusterOptions, type ClusterOptions } from "./options.js";
import { fromParcel, toParcel } from "./parcel.js";
import { RedisBlocks } from "./redis-blocks.js";
import { Registry } from "./registry.js";

/** What a cluster has done for this caller. */
export interface ClusterStats {
  readonly calls: number;
  readonly branches: number;
  /** Branches by the worker that evaluated them. */
  readonly workers: Readonly<Record<string, number>>;
  /** What was sent: packed blocks, and the bytes of those and of what jobs ask. */
  readonly blocksSent: number;
  readonly bytesSent: number;
  /** Milliseconds of this thread spent in finding what changed, cutting and packing, and in unions. */
  readonly cutMs: number;
  readonly unionMs: number;
}

const CALL_TTL_MS = 60_000;
const LOOK_MS = 2000;
const WORKERS_PAUSE_MS = 100;
/** How long it is believed that there are workers. */
const WORKERS_KNOWN_MS = 5000;
const POSTED_AT_ONCE = 500;
/** How long Redis keeps ended jobs: for a caller that missed the event. */
const ENDED_SECONDS = 60;
const ENDED_COUNT = 5000;

interface Parts {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly events: QueueEvents;
  readonly site: Site;
  readonly identity: Identity;
}

/** Workers on other machines that evaluate branches, which are united here. Close it. */
export class ClusterPool {
  readonly #parts: Parts;
  readonly #options: ClusterOptions;
  readonly #blocks: BlockStore;
  readonly #sender: BaseSender;
  readonly #registry: Registry;
  readonly #running = new Set<Promise<unknown>>();
  readonly #calls = new Set<ClusterCall>();
  /** By the id of a job that is waited for. */
  readonly #waiting = new Map<string, ClusterCall>();
  readonly #workers = new Map<string, number>();
  #count = 0;
  #unionMs = 0;
  #workersSeenMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  /**
   * A pool of the workers that take jobs from a queue. Throws `ERR_PACKAGE_MISSING` without the packages `bullmq` and `ioredis`,
   * `ERR_CLUSTER_LOST` if there is no Redis, `ERR_LIBRARY_MODULE`, `ERR_INVALID_ARGUMENT`.
   */
  static async connect(options: ClusterOptions): Promise<ClusterPool> {
    const { heap } = asClusterOptions("make a pool", options);
    const packages = await loadPackages();
    const { libraryModule, permissions = {} } = options;
    const site =
      libraryModule === undefined
        ? createSite(heap, permissions)
        : await loadSite(heap, moduleAt(libraryModule), START_TIME_MS);
    const identity = await identityOf(site.library!, libraryModule);
    const redis = await connectTo(options, packages);
    const name = queueOf(options, identity);
    const { telemetry } = options;
    const shared = {
      connection: redis,
      prefix: KEY_PREFIX,
      ...(telemetry !== undefined && { telemetry: telemetry as never }),
    };
    const queue = new packages.bullmq.Queue(name, shared);
    const events = new packages.bullmq.QueueEvents(name, shared);
    // What goes wrong with a connection is tried again; jobs are looked for meanwhile.
    queue.on("error", () => undefined);
    events.on("error", () => undefined);
    await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
    return new ClusterPool(options, { redis, queue, events, site, identity });
  }

  private constructor(options: ClusterOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    const keys = keysOf(options);
    this.#blocks = options.blocks ?? new RedisBlocks(parts.redis, keys, BLOCK_TTL_MS);
    this.#sender = new BaseSender(this.#blocks);
    this.#registry = new Registry(parts.redis, keys);
    parts.events.on("completed", ({ jobId, returnvalue }) => {
      this.#take(jobId, returnvalue);
    });
    parts.events.on("failed", ({ jobId, failedReason }) => {
      this.#lose(jobId, failedReason);
    });
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
   * Evaluates each atom on a clone of `environment` of its own, on the workers, and unites what they wrote in the order of the
   * atoms: what it gives is what `EvaluatorPool.evaluateAll` gives. A branch whose workers die, three times, is `lost`.
   * Throws `ERR_ABORTED`, `ERR_RELEASED` for a closed pool, `ERR_INVALID_ARGUMENT`, `ERR_NOT_SHAREABLE` for a value of the host,
   * `ERR_CLUSTER_MISMATCH` if the workers have another version or library, `ERR_CLUSTER_EMPTY` if there are none,
   * `ERR_CLUSTER_LOST` if Redis has lost the jobs, `ERR_WORKER_LOST` if a worker fails at one, HeapExhaustedError: the environment is as it was, and the call can be made again.
   * Costs what of the environment was not sent before, and one job for each atom (from 256 atoms on, several share a job).
   */
  async evaluateAll(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions = {},
  ): Promise<CallAnswer> {
    checkCall(environment, atoms, options);
    this.#refuseIfUnusable(environment, options);
    return await this.#track(environment, atoms, options, (call) => {
      const left = options.race === true ? call.line.takeOnly(call.winner) : call.line.take();
      return answerOf(call.outcomes, left, call.line.unionMs, call.winner);
    });
  }

  /**
   * As that of an `EvaluatorPool`: up to and including the first branch that wrote.
   * @internal
   */
  async evaluateAhead(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions,
  ): Promise<Pick<CallAnswer, "branches" | "environment"> & { readonly hasWritten: boolean }> {
    checkCall(environment, atoms, options);
    this.#refuseIfUnusable(environment, options);
    const ahead = { ...options, untilWritten: true };
    return await this.#track(environment, atoms, ahead, (call) => {
      const writer = call.line.findFirstWriter();
      const count = writer < 0 ? atoms.length : writer + 1;
      const branches = call.outcomes.slice(0, count);
      return { branches, environment: call.line.takeOnly(writer), hasWritten: writer >= 0 };
    });
  }

  /** The pool is not closed before the call has ended, and nothing of a call that fails is left. */
  async #track<Answer>(
    environment: Environment,
    atoms: readonly Atom[],
    options: ClusterCallOptions,
    answer: (call: ClusterCall) => Answer,
  ): Promise<Answer> {
    const call = new ClusterCall(this.#hostOf(), environment, atoms, options);
    const running = this.#evaluate(call, options);
    this.#running.add(running);
    try {
      await running;
      this.#count++;
      const ended = answer(call);
      this.#unionMs += call.line.unionMs;
      return ended;
    } catch (error) {
      disposeResults(call.outcomes);
      throw error;
    } finally {
      this.#calls.delete(call);
      call.dispose();
      this.#running.delete(running);
    }
  }

  async #evaluate(call: ClusterCall, options: CallOptions): Promise<void> {
    const { signal, maxCallMs = Number.POSITIVE_INFINITY } = options;
    const abort = (): void => call.fail(signal?.reason);
    signal?.addEventListener("abort", abort);
    let callOff = (): void => undefined;
    const timers: NodeJS.Timeout[] = [];
    try {
      await this.#untilWorkers(options);
      const tell = async (): Promise<void> => await this.#tell(call);
      await tell();
      this.#calls.add(call);
      const { callTtlMs = CALL_TTL_MS, lookMs = LOOK_MS } = this.#options;
      timers.push(
        every(callTtlMs / 6, tell),
        every(lookMs, async () => await this.#look(call)),
      );
      callOff = after(maxCallMs, () => call.cancelRest());
      await call.run();
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      for (const timer of timers) clearInterval(timer);
      callOff();
      signal?.removeEventListener("abort", abort);
      await this.#forget(call);
    }
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

  stats(): ClusterStats {
    const { blocks, bytes, cutMs } = this.#sender.stats();
    const branches = [...this.#workers.values()].reduce((sum, count) => sum + count, 0);
    return {
      calls: this.#count,
      branches,
      workers: Object.fromEntries(this.#workers),
      blocksSent: blocks,
      bytesSent: bytes,
      cutMs,
      unionMs: this.#unionMs,
    };
  }

  /** Waits for the calls under way and disconnects. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#running);
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { queue, events, redis } = this.#parts;
    await Promise.allSettled([events.close(), queue.close()]);
    this.#sender[Symbol.dispose]();
    redis.disconnect();
  }

  /** Disconnects at once; calls under way fail with `ERR_RELEASED`. */
  async destroy(): Promise<void> {
    const closed = new OxbowError("ERR_RELEASED", "cannot finish the call: the pool was closed");
    for (const call of this.#calls) call.fail(closed);
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #hostOf(): ConstructorParameters<typeof ClusterCall>[0] {
    return {
      identity: this.#parts.identity,
      send: async (environment) => await this.#sender.send(environment),
      toParcel: async (words) => {
        const parcel = await toParcel(words, async (block) => {
          this.#sender.note(block.bytes.length);
          await this.#blocks.put([block]);
        });
        if ("bytes" in parcel) this.#sender.note(parcel.bytes.length);
        return parcel;
      },
      fromParcel: async (parcel) =>
        await fromParcel(parcel, "the answer of a worker", async (name) => {
          const [bytes] = await this.#blocks.get([name]);
          return bytes ?? null;
        }),
      post: async (jobs, call) => await this.#post(jobs, call),
      withdraw: (ids) => this.#withdraw(ids),
      noteBranches: (worker, count) => {
        this.#workers.set(worker, (this.#workers.get(worker) ?? 0) + count);
      },
    };
  }

  async #post(jobs: readonly PostedJob[], call: ClusterCall): Promise<void> {
    for (let from = 0; from < jobs.length && !call.isOver; from += POSTED_AT_ONCE) {
      const some = jobs.slice(from, from + POSTED_AT_ONCE);
      for (const { id } of some) this.#waiting.set(id, call);
      const kept = { age: ENDED_SECONDS, count: ENDED_COUNT };
      await this.#parts.queue.addBulk(
        some.map(({ id, data }) => ({
          name: "branches",
          data,
          opts: { jobId: id, removeOnComplete: kept, removeOnFail: kept },
        })),
      );
    }
  }

  /** Jobs that nobody waits for: those that have not begun are taken back. */
  #withdraw(ids: readonly string[]): void {
    for (const id of ids) {
      this.#waiting.delete(id);
      // One that a worker has is left to it: its call is no longer under way.
      this.#parts.queue.remove(id).catch(() => undefined);
    }
  }

  #take(id: string, value: unknown): void {
    const call = this.#waiting.get(id);
    if (call === undefined) return;
    this.#waiting.delete(id);
    this.#settle(call, async () => await call.reply(id, asJobReply(value)));
  }

  #lose(id: string, reason: string): void {
    const call = this.#waiting.get(id);
    if (call === undefined) return;
    this.#waiting.delete(id);
    this.#settle(call, async () => {
      if (isStalled(reason)) return await call.lose(id);
      throw new OxbowError(
        "ERR_WORKER_LOST",
        `cannot evaluate a branch: a worker failed: ${reason}`,
      );
    });
  }

  /** What goes wrong with a reply makes its call fail. */
  #settle(call: ClusterCall, work: () => Promise<void>): void {
    work().catch((error: unknown) => call.fail(error));
  }

  /** Looks for the jobs of a call, one of which may have ended without our being told. */
  async #look(call: ClusterCall): Promise<void> {
    const { queue } = this.#parts;
    await this.#tellProgress(call);
    const found = await Promise.all(
      call.posted.map(async (id) => ({ id, job: (await queue.getJob(id)) as Job | undefined })),
    );
    for (const { id, job } of found) {
      if (!this.#waiting.has(id)) continue;
      if (job === undefined) call.fail(lostJobs());
      else if (job.failedReason) this.#lose(id, job.failedReason);
      else if (job.finishedOn !== undefined) this.#take(id, job.returnvalue);
    }
  }

  async #tellProgress(call: ClusterCall): Promise<void> {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return;
    const [counts, workers] = await Promise.all([
      this.#parts.queue.getJobCounts("active", "waiting", "prioritized"),
      this.#registry.workers(),
    ]);
    const { active: running = 0, waiting = 0, prioritized = 0 } = counts;
    const { length: branches } = call.atoms;
    const machines = new Set(workers.map(({ host }) => host)).size;
    onProgress({
      branches,
      done: call.done,
      running,
      waiting: waiting + prioritized,
      workers: workers.length,
      machines,
    });
  }

  async #tell(call: ClusterCall): Promise<void> {
    const { callTtlMs = CALL_TTL_MS } = this.#options;
    const note = {
      id: call.id,
      host: hostname(),
      branches: call.atoms.length,
      done: call.done,
      startedMs: Date.now(),
    };
    await this.#registry.tellCall(note, callTtlMs);
    const blocks = call.blocks;
    if (blocks.length > 0) await this.#blocks.keep(blocks);
  }

  async #forget(call: ClusterCall): Promise<void> {
    // While Redis is away nobody waits for it: what is not forgotten is when its time is over.
    const forgotten = this.#registry.removeCall(call.id).catch(() => undefined);
    await Promise.race([forgotten, delay(WORKERS_KNOWN_MS)]);
  }

  /** Waits until there is a worker of our identity. Throws `ERR_CLUSTER_MISMATCH`, `ERR_CLUSTER_EMPTY`, `ERR_ABORTED`. */
  async #untilWorkers({ signal }: CallOptions): Promise<void> {
    const { startTimeMs = START_TIME_MS } = this.#options;
    if (performance.now() - this.#workersSeenMs < WORKERS_KNOWN_MS) return;
    const mine = digestOf(this.#parts.identity);
    for (const began = performance.now(); ; await delay(WORKERS_PAUSE_MS)) {
      throwIfAborted(signal);
      const workers = await this.#registry.workers();
      if (workers.some(({ identity }) => digestOf(identity) === mine)) break;
      const [other] = workers;
      if (other !== undefined) throw mismatch(this.#parts.identity, other.identity);
      if (performance.now() - began < startTimeMs) continue;
      const message = `cannot evaluate: no worker has come within ${startTimeMs} ms; oxbow worker starts one`;
      throw new OxbowError("ERR_CLUSTER_EMPTY", message, { startTimeMs });
    }
    this.#workersSeenMs = performance.now();
  }

  #refuseIfUnusable(environment: Environment, options: CallOptions): void {
    if (this.#isClosed) throw new OxbowError("ERR_RELEASED", "cannot evaluate: the pool is closed");
    if (heapOf(environment) !== this.#parts.site.vocabulary.heap) {
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        "cannot evaluate: the environment is one of another heap than the pool's",
      );
    }
    throwIfAborted(options.signal);
  }
}

function every(periodMs: number, action: () => Promise<void>): NodeJS.Timeout {
  return setInterval(() => {
    // What fails because Redis is away is done the next time.
    action().catch(() => undefined);
  }, periodMs);
}

function isStalled(reason: string): boolean {
  return reason.includes("stalled");
}

function lostJobs(): OxbowError {
  const message =
    "cannot finish a call: Redis no longer has its jobs, as after a start without its data; " +
    "the environment is as it was, and the call can be made again";
  return new OxbowError("ERR_CLUSTER_LOST", message);
}

function mismatch(mine: Identity, theirs: Identity): OxbowError {
  const differences = describeDifference(mine, theirs).join(", ");
  const message = `cannot evaluate: the workers are others than this caller: ${differences}`;
  return new OxbowError("ERR_CLUSTER_MISMATCH", message);
}
