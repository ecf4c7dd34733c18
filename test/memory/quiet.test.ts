import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { allocate, drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { QUIET, SLOT_IDLE, SLOT_TURN, slotAt } from "../../src/memory/layout.js";
import { hold } from "../../src/memory/ledger.js";
import { becomeBusy, becomeIdle, tryInQuiet, whileBusy } from "../../src/memory/quiet.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { setChildren } from "../../src/memory/segment.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

function twoThreads(): { heap: Heap; other: Heap } {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  return { heap, other: Heap.receive(heap.share()) };
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
    workerData: { handle: heap.share(), steps },
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
  settleEnded(heap, other);
  expect(() => checkHeap(heap)).toThrow(/S1/);
  expect(tryInQuiet(heap, () => recoverHeap(heap))).toMatchObject({ freedSegments: 2 });
  drain(heap);
  checkHeap(heap);
});

test("a thread that goes on finds out that who had the quiet has ended, and recovers the heap", async () => {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  const steps = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(new URL("./quiet-keeper.mjs", import.meta.url), {
    workerData: { handle: heap.share(), steps },
  });
  allocate(heap, 100, RAW); // in nobody's ledger
  becomeIdle(heap);
  await Atomics.waitAsync(steps, 0, 0).value;
  await worker.terminate();
  expect(Atomics.load(heap.words, QUIET)).not.toBe(0);
  becomeBusy(heap);
  expect(Atomics.load(heap.words, QUIET)).toBe(0);
  checkHeap(heap);
});

test("quiet is taken back from a thread that has ended while it asked", () => {
  const { heap, other } = twoThreads();
  Atomics.store(heap.words, QUIET, other.incarnation);
  becomeIdle(other);
  expect(tryInQuiet(heap, () => "quiet")).toBeUndefined();
  pretendEnd(heap.words, other.thread);
  expect(tryInQuiet(heap, () => "quiet")).toBeUndefined();
  expect(tryInQuiet(heap, () => "quiet")).toBe("quiet");
});

test("of a recovery that ends at any step the next does the whole", () => {
  for (let at = 1, ended = true; ended; at++) {
    const heap = Heap.create({ maxBytes: 2 ** 23 });
    const kept = untidyHeap(heap);
    const dying = new EndingThread(heap);
    becomeIdle(heap);
    ended = dying.endAt(at, () => tryInQuiet(dying.heap, () => recoverHeap(dying.heap)));
    if (ended) pretendEnd(heap.words, dying.heap.thread);
    becomeBusy(heap);
    expect(Atomics.load(heap.words, QUIET)).toBe(0);
    settleEnded(heap, dying.heap);
    const report = tryInQuiet(heap, () => recoverHeap(heap));
    expect(report?.reachableSegments).toBeGreaterThan(kept);
    checkHeap(heap);
    if (!ended) expect(at).toBeGreaterThan(50);
  }
});

/** As who waits sees a thread that has ended: its slot is another's turn. */
function pretendEnd(words: Int32Array, thread: number): void {
  Atomics.add(words, slotAt(thread) + SLOT_TURN, 1);
}

/** Blocks of several sizes that are held, lost, counted wrong and freed by another; how many are held. */
function untidyHeap(heap: Heap): number {
  const other = Heap.receive(heap.share());
  let kept = 0;
  for (const [index, size] of [10, 20, 100, 70_000, 10, 300].entries()) {
    const mine = allocate(heap, size, RAW);
    setChildren(heap.words, mine, 0, 0);
    allocate(other, size, RAW);
    if (index % 3 === 2) continue;
    hold(heap, mine);
    kept++;
    if (index % 3 === 1) Atomics.add(heap.words, mine, 1);
  }
  settleEnded(heap, other);
  return kept;
}
