/** Worker processes that are killed, paused, and ended by what they evaluate. The stress tests have long forms. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WorkerProcess } from "../../bench/worker-process.js";
import { hasTool } from "../tools.js";
import { SLOW_ANSWER, SLOW_BRANCHES, TestCluster } from "./cluster.js";
import { callAndKill, endingBranch } from "./fault-campaign.js";

describe.skipIf(!hasTool("redis"))("a call whose workers", () => {
  const many = ["--attempts", "50"];
  let cluster: TestCluster;
  let queue: string;
  let second: WorkerProcess;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    queue = cluster.queue();
  });

  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  it("are killed in its middle has every result once", async () => {
    const [first, other] = await Promise.all([
      cluster.worker(queue, many),
      cluster.worker(queue, many),
    ]);
    second = other;
    await callAndKill(cluster, await cluster.pool(queue), first, 2);
  });

  it("are paused for longer than they may takes no result twice", async () => {
    const pool = await cluster.pool(queue);
    using base = cluster.environment();
    const ended: number[] = [];
    const call = pool.evaluateAll(base, SLOW_BRANCHES, {
      onBranch: (index) => {
        ended.push(index);
        if (ended.length === 2) second.signal("SIGSTOP");
        // Others have ended what was the paused one's.
        if (ended.length === SLOW_BRANCHES.length) second.signal("SIGCONT");
      },
    });
    await cluster.worker(queue, many);
    using answer = await call;
    expect([...answer.environment.atoms()].map(String)).toEqual(SLOW_ANSWER.atoms);
    // What the paused one ends now is nobody's any more, and it serves on.
    using again = await pool.evaluateAll(base, SLOW_BRANCHES);
    expect(again.branches.map(({ results }) => results.map(String))).toEqual(SLOW_ANSWER.results);
    expect(ended).toHaveLength(SLOW_BRANCHES.length);
    expect(pool.stats().branches).toBe(2 * SLOW_BRANCHES.length);
  });

  it("are ended by one branch has an error for that branch, and the results of the others", async () => {
    await endingBranch(cluster, 1);
  });
});
