/** The commands that use a cluster: run --cluster, cluster status and drain. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisServer } from "../../bench/redis-server.js";
import { ClusterWorker } from "../../dist/src/cluster/cluster-worker.js";
import { oxbow } from "../cli/terminal.js";
import { hasTool } from "../tools.js";

/** Jobs in a queue that no worker takes from. */
async function postWithoutWorker(url: string): Promise<{ waiting: number }> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue("oxbow-000000000000", { connection, prefix: "oxbow" });
  const jobs = [1, 2, 3].map((data) => ({ name: "branches", data }));
  await queue.addBulk(jobs);
  const waiting = await queue.getWaitingCount();
  await queue.close();
  connection.disconnect();
  return { waiting };
}

describe.skipIf(!hasTool("redis"))("oxbow", () => {
  let redis: RedisServer;
  let worker: ClusterWorker;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "oxbow-cluster-"));
    redis = await RedisServer.start();
    const options = { url: redis.url, threads: 1, cacheDirectory: null, maxHeapBytes: 2 ** 26 };
    worker = await ClusterWorker.start(options);
  });

  afterAll(async () => {
    await worker.close();
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it("runs a program on the workers of a queue as it does here", async () => {
    const path = join(folder, "family.metta");
    // The first takes long enough to be worth the way.
    const text = `
      (= (count $n) (if (== $n 0) end (count (- $n 1))))
      !(count 100000)
      !(add-atom &self (parent Ann Bob))
      !(match &self (parent Ann $x) $x)
      !(println! "said")
    `;
    writeFileSync(path, text);
    const here = await oxbow(["run", path]);
    const before = worker.stats().branches;
    expect(await oxbow(["run", "--cluster", redis.url, path])).toEqual(here);
    expect(here.out).toBe('[end]\n[()]\n[Bob]\n"said"\n[()]\n'.replaceAll('"', ""));
    expect(worker.stats().branches).toBeGreaterThan(before);
  });

  it("shows a queue, its workers, and what waits in which list", async () => {
    const { out, exitCode } = await oxbow(["cluster", "status", "--redis", redis.url]);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^queue oxbow-[0-9a-f]{12}: 0 waiting, 0 running, 0 failed; what waits is in oxbow:oxbow-\S+:wait$/m,
    );
    expect(out).toContain(`worker ${worker.id}: 1 thread`);
    expect(out).toContain("1 queue, 1 worker, 0 calls");
    const json = await oxbow(["cluster", "status", "--redis", redis.url, "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ workers: [{ id: worker.id }], calls: [] });
    const metrics = await oxbow(["cluster", "status", "--redis", redis.url, "--prometheus"]);
    expect(metrics.out).toMatch(
      /^bullmq_job_count\{queue="oxbow-[0-9a-f]{12}", state="active"\} 0$/m,
    );
  });

  it("takes back what has not begun", async () => {
    const { waiting } = await postWithoutWorker(redis.url);
    expect(waiting).toBe(3);
    const { out, exitCode } = await oxbow(["cluster", "drain", "--redis", redis.url]);
    expect({ out, exitCode }).toEqual({ out: "3 jobs taken back\n", exitCode: 0 });
  });

  it("says that there is no Redis where there is none, and no secret", async () => {
    const url = "redis://user:secret@127.0.0.1:1";
    const { exitCode, err } = await oxbow(["cluster", "status", "--redis", url]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^oxbow: cannot connect to Redis at redis:\/\/127\.0\.0\.1:1: /);
    expect(err).not.toContain("secret");
  });
});
