import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { HEADER_WORDS } from "../../src/memory/segment.js";
import { incarnationOf, lifeOf, mutexAt } from "../../src/memory/thread-slot.js";
import { systemThread } from "../../src/platform/node/system-thread.js";
import { ALIVE, ENDED } from "../../src/sync/mutex.js";

const newHeap = (): Heap => Heap.create({ maxBytes: 2 ** 24 });
/** Elsewhere the system does not tell of a thread's end. */
const telling = test.skipIf(systemThread() === 0);

interface Party {
  readonly thread: number;
  readonly threadId: number;
  readonly end: () => Promise<unknown>;
}

/** A thread of Node.js with a slot and a segment of its own. */
async function start(heap: Heap, more: object = {}): Promise<Party> {
  const workerData = { handle: heap.share(), ...more };
  const worker = new Worker(new URL("./slot-worker.mjs", import.meta.url), { workerData });
  const [thread] = (await once(worker, "message")) as [number];
  return { thread, threadId: worker.threadId, end: () => worker.terminate() };
}

test("many more threads can be attached at once than a machine runs, and one too many is refused", () => {
  const heap = newHeap();
  const views = Array.from({ length: 510 }, () => Heap.receive(heap.share()));
  expect(new Set(views.map(({ thread }) => thread)).size).toBe(510);
  const refused = expect.objectContaining({
    code: "ERR_TOO_MANY_THREADS",
    details: { limit: 511 },
  });
  expect(() => Heap.receive(heap.share())).toThrow(refused);
  views[7]!.detach();
  expect(Heap.receive(heap.share()).thread).toBe(views[7]!.thread);
  checkHeap(heap);
});

test("a slot serves thousands of threads one after the other, each with a incarnation of its own", () => {
  const heap = newHeap();
  const incarnations = new Set<number>();
  for (let round = 0; round < 5000; round++) {
    const view = Heap.receive(heap.share());
    incarnations.add(view.incarnation);
    release(view, allocate(view, 16, RAW));
    expect(lifeOf(heap, view.incarnation)).toBe(ALIVE);
    view.detach();
    expect(lifeOf(heap, view.incarnation)).toBe(ENDED);
  }
  expect(incarnations.size).toBe(5000);
  expect(heap.stats().threads).toBe(1);
});

telling(
  "the slot of a thread that was ended goes to the next one, and what it held is freed",
  async () => {
    const heap = newHeap();
    const { thread, end } = await start(heap);
    const incarnation = incarnationOf(heap.words, thread);
    expect(lifeOf(heap, incarnation)).toBe(ALIVE);
    await end();
    expect(lifeOf(heap, incarnation)).toBe(ENDED);
    const view = Heap.receive(heap.share());
    expect(view.thread).toBe(thread);
    expect(view.incarnation).not.toBe(incarnation);
    view.detach();
    drain(heap);
    checkHeap(heap);
    expect(heap.stats()).toMatchObject({ liveSegments: 0, threads: 1 });
  },
);

test("a thread of Node.js that has ended is recovered by its number, a running one is not", async () => {
  const heap = newHeap();
  const { threadId, end } = await start(heap);
  const refused = expect.objectContaining({ code: "ERR_INVALID_ARGUMENT", details: { threadId } });
  if (systemThread() !== 0) expect(() => heap.recover(threadId)).toThrow(refused);
  await end();
  expect([heap.recover(threadId), heap.recover(threadId)]).toEqual([1, 0]);
  drain(heap);
  checkHeap(heap);
  expect(heap.stats()).toMatchObject({ liveSegments: 0, threads: 1 });
});

telling("a slot with a keeper is the keeper's to settle, as long as that one lives", async () => {
  const heap = newHeap();
  const keeper = Heap.receive(heap.share());
  const { thread, threadId, end } = await start(heap, { keeper: keeper.incarnation });
  await end();
  const apart = Heap.receive(heap.share());
  expect(apart.thread).not.toBe(thread);
  expect(heap.recover(threadId)).toBe(0);
  keeper.detach();
  expect(heap.recover(threadId)).toBe(1);
});

telling(
  "who waits for a mutex takes it from an owner that has ended, without being told",
  async () => {
    const heap = newHeap();
    const cell = allocate(heap, 2 * HEADER_WORDS, RAW);
    heap.words[cell + HEADER_WORDS] = 0;
    const mutex = mutexAt(heap, cell + HEADER_WORDS);
    for (let round = 0; round < 5; round++) {
      const { thread, end } = await start(heap, { mutex: cell + HEADER_WORDS });
      expect(mutex.holder()).toBe(incarnationOf(heap.words, thread));
      expect(mutex.lockWithin(100)).toBe(false);
      await end();
      if (round % 2 === 0) mutex.lock();
      else await mutex.lockAsync();
      mutex.unlock();
    }
  },
);
