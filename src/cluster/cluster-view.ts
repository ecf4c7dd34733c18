/** Cluster view: what is in a queue's Redis, seen from outside: queues, workers and calls; and emptying it. */
import type { Queue } from "bullmq";
import type { Redis } from "ioredis";
import {
  connectTo,
  KEY_PREFIX,
  keysOf,
  loadPackages,
  type Packages,
  type QueueChoice,
} from "./connection.js";
import { type CallNote, Registry, type WorkerNote } from "./registry.js";

/** The jobs of one identity of engine and library. */
interface QueueView {
  readonly name: string;
  /** The list in Redis that has the jobs which wait: what a cluster is scaled by. */
  readonly waitList: string;
  readonly waiting: number;
  readonly running: number;
  readonly failed: number;
}

/** What there is at one moment. */
export interface ClusterView {
  readonly queues: readonly QueueView[];
  readonly workers: readonly WorkerNote[];
  readonly calls: readonly CallNote[];
  /** Blocks in Redis. */
  readonly blocks: number;
}

export class ClusterViewer implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #packages: Packages;
  readonly #keys: string;

  /** Throws `ERR_PACKAGE_MISSING`, `ERR_CLUSTER_LOST`. */
  static async connect(choice: QueueChoice): Promise<ClusterViewer> {
    const packages = await loadPackages();
    return new ClusterViewer(await connectTo(choice, packages), packages, keysOf(choice));
  }

  private constructor(redis: Redis, packages: Packages, keys: string) {
    this.#redis = redis;
    this.#packages = packages;
    this.#keys = keys;
  }

  async view(): Promise<ClusterView> {
    const registry = new Registry(this.#redis, this.#keys);
    const queues = await this.#eachQueue(viewOf);
    const [workers, calls] = await Promise.all([registry.workers(), registry.calls()]);
    return { queues, workers, calls, blocks: await this.#count(`${this.#keys}:block:*`) };
  }

  /** BullMQ's metrics of all queues, in the text of Prometheus. */
  async metrics(): Promise<string> {
    const texts = await this.#eachQueue(async (queue) => await queue.exportPrometheusMetrics());
    return texts.join("\n");
  }

  /** Takes back all jobs that have not begun, whose calls fail; how many those were. */
  async drain(): Promise<number> {
    const counts = await this.#eachQueue(async (queue) => {
      const waiting = await queue.getJobCountByTypes("waiting", "prioritized", "delayed");
      await queue.drain(true);
      return waiting;
    });
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#redis.disconnect();
  }

  async #eachQueue<Value>(look: (queue: Queue) => Promise<Value>): Promise<Value[]> {
    const found: Value[] = [];
    for await (const name of this.#queueNames()) {
      const queue = new this.#packages.bullmq.Queue(name, {
        connection: this.#redis,
        prefix: KEY_PREFIX,
      });
      try {
        found.push(await look(queue));
      } finally {
        await queue.close();
      }
    }
    return found;
  }

  async *#queueNames(): AsyncGenerator<string, void, undefined> {
    const names = new Set<string>();
    for await (const keys of this.#redis.scanStream({ match: `${this.#keys}-*:meta` })) {
      for (const key of keys as string[]) names.add(key.split(":")[1]!);
    }
    yield* [...names].sort();
  }

  async #count(match: string): Promise<number> {
    const found = new Set<string>();
    for await (const keys of this.#redis.scanStream({ match, count: 1000 })) {
      for (const key of keys as string[]) found.add(key);
    }
    return found.size;
  }
}

async function viewOf(queue: Queue): Promise<QueueView> {
  const counts = await queue.getJobCounts("waiting", "prioritized", "active", "failed");
  return {
    name: queue.name,
    waitList: queue.toKey("wait"),
    waiting: (counts["waiting"] ?? 0) + (counts["prioritized"] ?? 0),
    running: counts["active"] ?? 0,
    failed: counts["failed"] ?? 0,
  };
}
