import { expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { Site } from "../../dist/src/parallel/site.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { createSite } from "./fault-site.mjs";

const siteModule = new URL("./fault-site.mjs", import.meta.url);

async function poolOfTwo(heap: Heap, base: Environment): Promise<EvaluatorPool> {
  const pool = EvaluatorPool.on(createSite(heap) as Site, { threads: 2, siteModule });
  while (pool.stats().threads.length < 2) {
    await evaluateOnce(pool, base);
  }
  return pool;
}

async function evaluateOnce(pool: EvaluatorPool, base: Environment): Promise<void> {
  (await pool.evaluate(base, parseAtom("(+ 1 1)"))).environment.dispose();
}

test("a call that ends frees the threads that are stuck at forks in its branches", async () => {
  const heap = Heap.create();
  const base = Environment.create(heap);
  const pool = await poolOfTwo(heap, base);
  // The first thread forks and takes one branch itself, the second takes the other.
  const stuck = parseAtom("(race (fault stuck) (fault stuck))");
  const answer = await pool.evaluate(base, stuck, { maxCallMs: 1_000 });
  expect(["lost", "cancelled"]).toContain(answer.status);
  answer.environment.dispose();
  while (pool.stats().threadsLost < 2) await evaluateOnce(pool, base); // ends once both have
  await pool.close();
  base.dispose();
  checkHeap(heap);
});

test("the threads that a pool ends when it is closed are not lost", async () => {
  const heap = Heap.create();
  const base = Environment.create(heap);
  const pool = await poolOfTwo(heap, base);
  await pool.close();
  expect(pool.stats().threadsLost).toBe(0);
  expect((await heap.collect()).isComplete).toBe(true);
  const { collector, shadows } = heap.stats();
  expect(collector.collections).toBe(1);
  expect(pool.stats()).toMatchObject({ collector, shadows });
  base.dispose();
});
