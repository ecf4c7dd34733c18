import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { settleThread } from "../../src/memory/ledger.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { HEADER_WORDS, setChildren } from "../../src/memory/segment.js";

const CELLS = 300;
const ROUNDS = 60;
const SCRIPTS = ["exchange-worker.mjs", "region-worker.mjs"];

test.each(SCRIPTS)("%s: threads ended at random lose nothing that others hold", async (script) => {
  const heap = Heap.create({ maxBytes: 512 * 2 ** 20 });
  const cells = allocate(heap, HEADER_WORDS + CELLS, RAW);
  heap.words.fill(0, cells + HEADER_WORDS, cells + HEADER_WORDS + CELLS);
  setChildren(heap.words, cells, HEADER_WORDS, CELLS);
  const start = async (rounds: number) => {
    const workerData = { handle: heap.handle(), cells, count: CELLS, rounds };
    const worker = new Worker(new URL(`../memory/${script}`, import.meta.url), { workerData });
    const ended = once(worker, "exit");
    const [thread] = (await once(worker, "message")) as [number];
    return { worker, thread, ended };
  };
  for (let round = 0; round < ROUNDS; round++) {
    const survivor = await start(20_000);
    const victims = await Promise.all([start(Number.MAX_VALUE), start(Number.MAX_VALUE)]);
    for (const { worker, thread } of victims) {
      await new Promise((resolve) => setTimeout(resolve, round % 20));
      await worker.terminate();
      // The survivor goes on while the ended threads are settled.
      settleThread(heap, thread);
    }
    expect(await survivor.ended).toEqual([0]);
    if (round % 3 !== 0) continue;
    recoverHeap(heap, [cells]);
    checkRegions(heap, [cells]);
  }
  recoverHeap(heap, [cells]);
  release(heap, cells);
  drain(heap);
  checkRegions(heap);
  expect(heap.stats()).toMatchObject({ liveSegments: 0, threads: 1 });
});
