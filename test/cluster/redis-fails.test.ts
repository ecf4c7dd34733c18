/** Redis goes and comes, connections are cut, blocks are damaged, and others write into the queue. */
import { setTimeout as delay } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RedisServer } from "../../bench/redis-server.js";
import type { BlockStore } from "../../dist/src/cluster/block-store.js";
import { ClusterPool } from "../../dist/src/cluster/cluster-pool.js";
import { ClusterWorker } from "../../dist/src/cluster/cluster-worker.js";
import { DirectoryBlocks } from "../../dist/src/cluster/directory-blocks.js";
import type { ClusterOptions, WorkerOptions } from "../../dist/src/cluster/options.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { hasTool } from "../tools.js";
import { RedisProxy } from "./redis-proxy.js";

const MEBIBYTE = 2 ** 20;
const LIBRARY: URL = new URL("./fault-library.mjs", import.meta.url);
const SLOW = Array.from({ length: 6 }, (_, k) => parseAtom(`(let $h (hold 100) ${k})`));
const SLOW_RESULTS = SLOW.map((_, k) => [`${k}`]);

describe.skipIf(!hasTool("redis"))("a cluster", () => {
  const heap = Heap.create({ maxBytes: 64 * MEBIBYTE });
  let redis: RedisServer;
  let parts: AsyncDisposable[];

  beforeEach(async () => {
    redis = await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"]);
    parts = [];
  });

  afterEach(async () => {
    for (const part of parts.reverse()) await part[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  async function startWorker(more: Partial<WorkerOptions> = {}): Promise<ClusterWorker> {
    const options = { url: redis.url, threads: 1, libraryModule: LIBRARY, cacheDirectory: null };
    const worker = await ClusterWorker.start({ ...options, maxHeapBytes: 64 * MEBIBYTE, ...more });
    parts.push(worker);
    return worker;
  }

  async function connect(more: Partial<ClusterOptions> = {}): Promise<ClusterPool> {
    const options = { heap, url: redis.url, libraryModule: LIBRARY, lookMs: 300 };
    const pool = await ClusterPool.connect({ ...options, ...more });
    parts.push({ [Symbol.asyncDispose]: async () => await pool.destroy() });
    return pool;
  }

  /** A call, and when its first branch has ended. */
  function begin(
    pool: ClusterPool,
    base: Environment,
  ): { call: Promise<string[][]>; first: Promise<void> } {
    let tell = (): void => undefined;
    const first = new Promise<void>((resolve) => (tell = resolve));
    const call = pool.evaluateAll(base, SLOW, { onBranch: tell }).then((answer) => {
      using ended = answer;
      return ended.branches.map(({ results }) => results.map(String));
    });
    call.catch(() => undefined);
    return { call, first };
  }

  it("goes on with its calls when Redis comes back with its data", async () => {
    // A job whose end did not reach Redis is done again when its lock is over.
    await startWorker({ lockMs: 2_000 });
    const pool = await connect();
    using base = Environment.create(heap);
    const { call, first } = begin(pool, base);
    await first;
    await redis.end();
    await redis.start();
    expect(await call).toEqual(SLOW_RESULTS);
  });

  it("fails a call with what to do when Redis comes back empty, and makes it again", async () => {
    await startWorker();
    const pool = await connect();
    using base = Environment.create(heap);
    base.add(parseAtom("(kept)"));
    const { call, first } = begin(pool, base);
    await first;
    await redis.end();
    await redis.forget();
    await redis.start();
    await expect(call).rejects.toMatchObject({
      code: "ERR_CLUSTER_LOST",
      message: expect.stringContaining("the call can be made again") as unknown,
    });
    expect(base.count).toBe(1);
    expect(await begin(pool, base).call).toEqual(SLOW_RESULTS);
  });

  it("goes on when a caller's connection was cut for a while", async () => {
    await startWorker();
    await using proxy = await RedisProxy.start(redis.port);
    const pool = await connect({ url: proxy.url });
    using base = Environment.create(heap);
    const { call, first } = begin(pool, base);
    await first;
    proxy.cut();
    await delay(400);
    proxy.mend();
    expect(await call).toEqual(SLOW_RESULTS);
    await pool.destroy();
  });

  it("gives up the jobs of a caller that is gone, and its blocks in time", async () => {
    const worker = await startWorker();
    await using proxy = await RedisProxy.start(redis.port);
    const pool = await connect({ url: proxy.url, callTtlMs: 300 });
    using base = Environment.create(heap);
    const { call, first } = begin(pool, base);
    await first;
    proxy.cut();
    const client = new Redis(redis.url);
    const [queue] = (await client.keys("oxbow:oxbow-*:meta")).map((key) => key.split(":")[1]!);
    const jobs = new Queue(queue!, { connection: client, prefix: "oxbow" });
    // What has begun may end; nothing waits and nothing runs after it.
    while ((await jobs.getJobCountByTypes("waiting", "active", "prioritized")) > 0) await delay(20);
    expect(worker.stats().running).toBe(0);
    expect(worker.stats().branches).toBeLessThan(SLOW.length);
    for (const key of await client.keys("oxbow:oxbow:block:*")) {
      expect(await client.pttl(key)).toBeGreaterThan(0);
    }
    expect(await client.keys("oxbow:oxbow:call:*")).toEqual([]);
    await jobs.close();
    client.disconnect();
    proxy.mend();
    await expect(call).rejects.toMatchObject({ code: "ERR_ABORTED" });
    await pool.destroy();
  });

  it("finds damaged and missing blocks by their hashes, and has them put again", async () => {
    const first = await startWorker();
    const pool = await connect();
    using base = Environment.create(heap);
    for (let index = 0; index < 600; index++) base.add(parseAtom(`(fact ${index})`));
    const ask = [parseAtom("(match &self (fact 599) found)")];
    using _one = await pool.evaluateAll(base, ask);
    await first.close();
    const client = new Redis(redis.url);
    const keys = await client.keys("oxbow:oxbow:block:*");
    expect(keys.length).toBeGreaterThan(2);
    await client.set(keys[0]!, "damaged");
    await client.del(keys[1]!);
    client.disconnect();
    const second = await startWorker();
    using answer = await pool.evaluateAll(base, ask);
    expect(answer.branches[0]!.results.map(String)).toEqual(["found"]);
    expect(second.stats().cache.damaged).toBeGreaterThan(0);
  });

  it("fails a call with the name of a block that its store does not keep", async () => {
    const forgetful: BlockStore = {
      get: async (names) => names.map(() => null),
      put: async () => undefined,
      keep: async (names) => names,
      remove: async () => undefined,
    };
    await startWorker({ blocks: forgetful });
    const pool = await connect({ blocks: forgetful });
    using base = Environment.create(heap);
    await expect(pool.evaluateAll(base, SLOW)).rejects.toMatchObject({
      code: "ERR_CLUSTER_LOST",
      message: expect.stringMatching(/does not keep block [0-9a-f]{64}/) as unknown,
    });
  });

  it("refuses workers of another library before any work, and says what differs", async () => {
    await startWorker();
    const { libraryModule: _library, ...standard } = { heap, url: redis.url, libraryModule: null };
    const pool = await ClusterPool.connect(standard);
    parts.push(pool);
    using base = Environment.create(heap);
    await expect(pool.evaluateAll(base, SLOW)).rejects.toMatchObject({
      code: "ERR_CLUSTER_MISMATCH",
      message: expect.stringContaining("the library module (standard here") as unknown,
    });
  });

  it("has nothing but atoms evaluated, whatever others write into its queue", async () => {
    const worker = await startWorker();
    const pool = await connect();
    using base = Environment.create(heap);
    expect(await begin(pool, base).call).toEqual(SLOW_RESULTS);
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    const [name] = (await client.keys("oxbow:oxbow-*:meta")).map((key) => key.split(":")[1]!);
    const queue = new Queue(name!, { connection: client, prefix: "oxbow" });
    const [good] = await queue.getCompleted(0, 0);
    const wrong: unknown[] = [
      null,
      {},
      { ...good!.data, libraryModule: "/etc/passwd" },
      { ...good!.data, base: "../../etc/passwd" },
      { ...good!.data, question: { block: "../../etc/passwd" } },
      { ...good!.data, question: { bytes: "AAAA" } },
      { ...good!.data, count: -1 },
      { ...good!.data, limits: { maxSteps: "all" } },
    ];
    const before = worker.stats().branches;
    const jobs = await queue.addBulk(wrong.map((data) => ({ name: "branches", data })));
    for (const job of jobs) {
      while (!(await job.isCompleted()) && !(await job.isFailed())) await delay(10);
      const [, value] = [
        await job.getState(),
        (await queue.getJob(job.id!))!.returnvalue as unknown,
      ];
      expect(JSON.stringify(value)).toMatch(/ERR_CLUSTER_DATA|ERR_ABORTED/);
    }
    expect(worker.stats().branches).toBe(before);
    await queue.close();
    client.disconnect();
    expect(await begin(pool, base).call).toEqual(SLOW_RESULTS);
  });

  it("keeps blocks in a directory where it is told to, and takes a password", async () => {
    await using locked = await RedisServer.start(["--requirepass", "secret"]);
    const choice = { url: locked.url, blocks: new DirectoryBlocks(`${locked.directory}/blocks`) };
    await expect(ClusterPool.connect({ heap, ...choice })).rejects.toMatchObject({
      code: "ERR_CLUSTER_LOST",
    });
    const open = { ...choice, redis: { password: "secret" } };
    const worker = await startWorker(open);
    const pool = await connect(open);
    using base = Environment.create(heap);
    expect(await begin(pool, base).call).toEqual(SLOW_RESULTS);
    const client = new Redis(locked.url, { password: "secret" });
    expect(await client.keys("*block*")).toEqual([]);
    client.disconnect();
    expect(worker.stats().cache.fetched).toBeGreaterThan(0);
    await pool.destroy();
    await worker.close();
  });
});
