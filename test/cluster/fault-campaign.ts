/** Workers that are killed in the middle of a call: the call has every result, once. */
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import type { WorkerProcess } from "../../bench/worker-process.js";
import type { ClusterPool } from "../../dist/src/cluster/cluster-pool.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { SLOW_ANSWER, SLOW_BRANCHES, TestCluster } from "./cluster.js";

/** Kills a worker in each of so many calls, at another moment of each. */
export async function killWorkers(kills: number): Promise<void> {
  await using cluster = await TestCluster.start();
  const queue = cluster.queue();
  const many = ["--attempts", "50"];
  await cluster.worker(queue, many);
  const pool = await cluster.pool(queue);
  for (let round = 0; round < kills; round++) {
    const victim = await cluster.worker(queue, many);
    await callAndKill(cluster, pool, victim, 1 + (round % 8));
  }
}

/** A call in which a worker is killed when so many branches have ended. */
export async function callAndKill(
  cluster: TestCluster,
  pool: ClusterPool,
  victim: WorkerProcess,
  after: number,
): Promise<void> {
  using base = cluster.environment();
  const ended: number[] = [];
  const killed: Promise<void>[] = [];
  using answer = await pool.evaluateAll(base, SLOW_BRANCHES, {
    onBranch: (index) => {
      ended.push(index);
      if (ended.length === after) killed.push(victim.kill());
    },
  });
  await Promise.all(killed);
  expect(victim.hasEnded).toBe(true);
  expect(ended.toSorted((a, b) => a - b)).toEqual(SLOW_BRANCHES.map((_, index) => index));
  expect(answer.branches.map(({ results }) => results.map(String))).toEqual(SLOW_ANSWER.results);
  expect([...answer.environment.atoms()].map(String)).toEqual(SLOW_ANSWER.atoms);
}

/** A branch ends whichever worker evaluates it, so many times; where a worker has ended another comes. */
export async function endingBranch(cluster: TestCluster, attempts: number): Promise<void> {
  const queue = cluster.queue();
  const pool = await cluster.pool(queue);
  using base = cluster.environment();
  let workers = 0;
  const over = new AbortController();
  const supervise = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const worker = await cluster.worker(queue, ["--attempts", `${attempts}`]);
      workers++;
      while (!worker.hasEnded && !over.signal.aborted) await delay(20);
    }
  };
  const supervisor = supervise();
  const texts = ["1", "(end-process!)", "(add-atom &self (third))"];
  using answer = await pool.evaluateAll(
    base,
    texts.map((text) => parseAtom(text)),
  );
  over.abort();
  await supervisor;
  expect(answer.branches.map(({ status }) => status)).toEqual(["done", "lost", "done"]);
  expect(String(answer.branches[1]!.results.at(0))).toContain("Error (end-process!)");
  expect([...answer.environment.atoms()].map(String)).toEqual(["(third)"]);
  expect(workers).toBe(attempts + 1);
}
