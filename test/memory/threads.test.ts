import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { settleThread } from "../../src/memory/ledger.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { HEADER_WORDS, setChildren } from "../../src/memory/segment.js";

const CELLS = 200;
const MAX_BYTES = 256 * 2 ** 20;

/** A segment whose words are exchanged by the threads; what stands in them is held by it. */
function newCells(heap: Heap): Address {
  const cells = allocate(heap, HEADER_WORDS + CELLS, RAW);
  heap.words.fill(0, cells + HEADER_WORDS, cells + HEADER_WORDS + CELLS);
  setChildren(heap.words, cells, HEADER_WORDS, CELLS);
  return cells;
}

interface Party {
  readonly worker: Worker;
  readonly thread: number;
  readonly ended: Promise<unknown>;
}

async function start(
  heap: Heap,
  cells: Address,
  rounds: number,
  script = "./exchange-worker.mjs",
): Promise<Party> {
  const workerData = { handle: heap.share(), cells, count: CELLS, rounds };
  const worker = new Worker(new URL(script, import.meta.url), { workerData });
  const ended = once(worker, "exit");
  const [thread] = (await once(worker, "message")) as [number];
  return { worker, thread, ended };
}

test("threads that free each other's segments leave every count and every block in place", async () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const cells = newCells(heap);
  const parties = await Promise.all([1, 2, 3].map(() => start(heap, cells, 60_000)));
  expect(await Promise.all(parties.map((party) => party.ended))).toEqual([[0], [0], [0]]);
  checkHeap(heap, [cells]);
  release(heap, cells);
  drain(heap);
  checkHeap(heap);
  expect(heap.stats()).toMatchObject({ liveSegments: 0, threads: 1 });
});

test("threads that are ended anywhere lose nothing that others hold, and recovery finds the rest", async () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const cells = newCells(heap);
  for (let round = 0; round < 6; round++) {
    const parties = await Promise.all([1, 2].map(() => start(heap, cells, Number.MAX_VALUE)));
    for (const { worker, thread } of parties) {
      await worker.terminate();
      settleThread(heap, thread);
    }
    // Other threads work on what the ended ones left, before anything is recovered.
    const heir = await start(heap, cells, 2000);
    expect(await heir.ended).toEqual([0]);
    recoverHeap(heap, [cells]);
    checkHeap(heap, [cells]);
    expect(recoverHeap(heap, [cells])).toMatchObject({ freedSegments: 0, correctedCounts: 0 });
    expect(heap.stats().threads).toBe(1);
  }
  expect(heap.stats().liveBytes).toBeLessThan(CELLS * 2 * 80_000);
  release(heap, cells);
  drain(heap);
  checkHeap(heap);
  expect(heap.stats().liveSegments).toBe(0);
});

test("regions that threads build, refer to and pass around stay unchanged while they can be reached", async () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const cells = newCells(heap);
  const script = "./region-worker.mjs";
  const parties = await Promise.all([1, 2, 3].map(() => start(heap, cells, 15_000, script)));
  expect(await Promise.all(parties.map((party) => party.ended))).toEqual([[0], [0], [0]]);
  checkRegions(heap, [cells]);
  expect(heap.stats().kinds.get("region")?.segments).toBeGreaterThan(CELLS / 2);
  const lost = await start(heap, cells, Number.MAX_VALUE, script);
  await lost.worker.terminate();
  settleThread(heap, lost.thread);
  recoverHeap(heap, [cells]);
  checkRegions(heap, [cells]);
  release(heap, cells);
  drain(heap);
  checkRegions(heap);
  expect(heap.stats().liveSegments).toBe(0);
});
