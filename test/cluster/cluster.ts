/** What tests of faults have: a Redis, callers, and workers in processes of their own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisServer } from "../../bench/redis-server.js";
import { WorkerProcess } from "../../bench/worker-process.js";
import { ClusterPool } from "../../dist/src/cluster/cluster-pool.js";
import type { ClusterOptions } from "../../dist/src/cluster/options.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { parseAtom } from "../../dist/src/term/parser.js";

const MEBIBYTE = 2 ** 20;
const LIBRARY: URL = new URL("./fault-library.mjs", import.meta.url);
/** How long a silent worker has its jobs. Long enough for a machine that is busy. */
const LOCK_MS = 600;

export class TestCluster implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly heap: Heap = Heap.create({ maxBytes: 64 * MEBIBYTE });
  readonly #cache: string;
  readonly #parts: AsyncDisposable[] = [];
  #queues = 0;

  static async start(redisOptions: readonly string[] = []): Promise<TestCluster> {
    const cache = await mkdtemp(join(tmpdir(), "oxbow-cache-"));
    return new TestCluster(await RedisServer.start(redisOptions), cache);
  }

  private constructor(redis: RedisServer, cache: string) {
    this.redis = redis;
    this.#cache = cache;
  }

  /** The name of a queue that nobody has used. */
  queue(): string {
    return `queue-${this.#queues++}`;
  }

  /** A worker process with one thread; `more` are its other arguments. */
  async worker(queue: string, more: readonly string[] = []): Promise<WorkerProcess> {
    const own = [
      "--redis",
      this.redis.url,
      "--queue",
      queue,
      "--threads",
      "1",
      "--cache",
      this.#cache,
    ];
    const lock = ["--lock", `${LOCK_MS}ms`, "--library", LIBRARY.pathname];
    const made = await WorkerProcess.start([...own, ...lock, ...more]);
    this.#parts.push(made);
    return made;
  }

  async pool(queue: string, more: Partial<ClusterOptions> = {}): Promise<ClusterPool> {
    const made = await ClusterPool.connect({
      heap: this.heap,
      url: this.redis.url,
      queue,
      libraryModule: LIBRARY,
      lookMs: 300,
      ...more,
    });
    this.#parts.push({ [Symbol.asyncDispose]: async () => await made.destroy() });
    return made;
  }

  environment(...texts: readonly string[]): Environment {
    const made = Environment.create(this.heap);
    for (const text of texts) made.add(parseAtom(text));
    return made;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.reverse()) await part[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
    await rm(this.#cache, { recursive: true, force: true });
  }
}

/** So many branches that take their time and write. */
export const SLOW_BRANCHES: readonly ReturnType<typeof parseAtom>[] = Array.from(
  { length: 12 },
  (_, k) => parseAtom(`(let $h (hold 40) (let $u (add-atom &self (done ${k})) ${k}))`),
);

/** What they give. */
export const SLOW_ANSWER = {
  results: SLOW_BRANCHES.map((_, k) => [`${k}`]),
  atoms: SLOW_BRANCHES.map((_, k) => `(done ${k})`),
};
