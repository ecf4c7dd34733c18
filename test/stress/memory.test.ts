import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { settleThread } from "../../src/memory/ledger.js";
import { createThenPack } from "../../src/memory/packed.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { RegionQueue } from "../../src/memory/region-queue.js";
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
    const workerData = { handle: heap.share(), cells, count: CELLS, rounds };
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

test("a million requests go through a queue of a thousand in flat memory, with readers that end", async () => {
  const heap = Heap.create({ maxBytes: 64 * 2 ** 20 });
  using queue = RegionQueue.create<"value">(heap, { capacity: 1000 });
  const start = async (): Promise<{ worker: Worker; thread: number }> => {
    const workerData = { handle: heap.share(), queue: queue.share(), count: Number.MAX_VALUE };
    const file = new URL("../memory/queue-worker.mjs", import.meta.url);
    const worker = new Worker(file, { workerData });
    const [thread] = (await once(worker, "message")) as [number];
    return { worker, thread };
  };
  let { worker, thread } = await start();
  for (let value = 0; value < 1_000_000; value++) {
    using packed = createThenPack<"value">(heap, (region) => {
      const root = region.allocate(8);
      region.write(root, value);
      return region.pack(root);
    });
    queue.push(packed);
    if (value % 50_000 !== 0) continue;
    await worker.terminate();
    settleThread(heap, thread);
    expect(heap.stats().committedBytes).toBeLessThan(8 * 2 ** 20);
    ({ worker, thread } = await start());
  }
  while (queue.length > 0) await new Promise((resolve) => setImmediate(resolve));
  await worker.terminate();
  settleThread(heap, thread);
  recoverHeap(heap);
  checkRegions(heap);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
});
