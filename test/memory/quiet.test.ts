import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { allocate, drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { SLOT_IDLE, slotAt } from "../../src/memory/layout.js";
import { settleThread } from "../../src/memory/ledger.js";
import { becomeBusy, becomeIdle, tryInQuiet, whileBusy } from "../../src/memory/quiet.js";
import { recoverHeap } from "../../src/memory/recover.js";

function twoThreads(): { heap: Heap; other: Heap } {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  return { heap, other: Heap.attach(heap.handle()) };
}

test("there is quiet only while every other thread says that it is idle", () => {
  const { heap, other } = twoThreads();
  expect(tryInQuiet(heap, () => "quiet")).toBeUndefined();
  becomeIdle(other);
  expect(tryInQuiet(heap, () => "quiet")).toBe("quiet");
  becomeBusy(other);
  expect(tryInQuiet(heap, () => "quiet")).toBeUndefined();
  other.detach();
  expect(tryInQuiet(heap, () => "quiet")).toBe("quiet");
});

test("quiet is one thread's at a time, and ends when its action throws", () => {
  const { heap, other } = twoThreads();
  becomeIdle(other);
  becomeIdle(heap);
  expect(tryInQuiet(heap, () => tryInQuiet(other, () => "both"))).toBeUndefined();
  const fail = (): never => {
    throw new Error("as asked");
  };
  expect(() => tryInQuiet(heap, fail)).toThrow("as asked");
  expect(tryInQuiet(other, () => "quiet")).toBe("quiet");
});

test("an idle thread that has something to do is busy meanwhile", () => {
  const { heap, other } = twoThreads();
  becomeIdle(other);
  const seen: unknown[] = [];
  whileBusy(other, () => seen.push(tryInQuiet(heap, () => "quiet")));
  seen.push(tryInQuiet(heap, () => "quiet"));
  whileBusy(heap, () => seen.push(Atomics.load(heap.words, slotAt(heap.thread) + SLOT_IDLE)));
  expect(seen).toEqual([undefined, "quiet", 0]);
});

test("a thread that attaches, or goes on, waits until the quiet is over", async () => {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  const steps = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("./quiet-worker.mjs", import.meta.url), {
    workerData: { handle: heap.handle(), steps },
  });
  const inQuiet = tryInQuiet(heap, () => {
    // The worker says that it is about to attach, and then cannot.
    while (Atomics.load(steps, 0) === 0) Atomics.wait(steps, 0, 0);
    Atomics.wait(steps, 1, 0, 50);
    return Atomics.load(steps, 1);
  });
  expect(inQuiet).toBe(0);
  expect(await once(worker, "exit")).toEqual([0]);
  expect(Atomics.load(steps, 1)).toBe(1);
  checkHeap(heap);
});

test("what an ended thread had in hand is found in quiet", () => {
  const { heap, other } = twoThreads();
  allocate(other, 100, RAW);
  allocate(other, 70_000, RAW);
  settleThread(heap, other.thread);
  expect(() => checkHeap(heap)).toThrow(/S1/);
  expect(tryInQuiet(heap, () => recoverHeap(heap))).toMatchObject({ freedSegments: 2 });
  drain(heap);
  checkHeap(heap);
});
