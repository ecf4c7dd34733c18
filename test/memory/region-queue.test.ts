import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test, vi } from "vitest";
import { drain } from "../../src/memory/allocator.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { settleThread } from "../../src/memory/ledger.js";
import { createThenPack, Packed } from "../../src/memory/packed.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { RegionQueue } from "../../src/memory/region-queue.js";

const MAX_BYTES = 64 * 2 ** 20;

function request(heap: Heap, value: number): Packed<"value"> {
  return createThenPack<"value">(heap, (region) => {
    const root = region.allocate(1);
    region.write(root, value);
    return region.pack(root);
  });
}

test("regions come out of a queue in the order they went in, and it holds no more than it may", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  using pusher = RegionQueue.create<"value">(heap, { capacity: 3 });
  using popper = RegionQueue.receive<"value">(pusher.share(), heap);
  expect(popper.pop({ timeoutMs: 0 })).toBeUndefined();
  for (let round = 0; round < 10; round++) {
    for (let value = 0; value < 3; value++) {
      using packed = request(heap, round * 3 + value);
      expect(pusher.push(packed)).toBe(true);
    }
    using extra = request(heap, -1);
    expect(pusher.push(extra, { timeoutMs: 1 })).toBe(false);
    expect(popper).toHaveLength(3);
    checkRegions(heap);
    for (let value = 0; value < 3; value++) {
      using packed = popper.pop()!;
      expect(packed.read(packed.root)).toBe(round * 3 + value);
    }
  }
  checkRegions(heap);
});

test.each(["pop", "push"] as const)(
  "a thread that ends in the middle of a %s leaves the queue to who comes after it (RQ2)",
  (act) => {
    const heap = Heap.create({ maxBytes: MAX_BYTES });
    using pusher = RegionQueue.create<"value">(heap, { capacity: 3 });
    using popper = RegionQueue.receive<"value">(pusher.share(), heap);
    const push = (value: number): void => {
      using packed = request(heap, value);
      pusher.push(packed);
    };
    push(1);
    push(2);
    // The cell is written, and the count is not.
    const store = vi.spyOn(Atomics, "store").mockImplementation(() => {
      throw new Error("ended");
    });
    expect(() => (act === "pop" ? popper.pop() : push(3))).toThrow("ended");
    store.mockRestore();
    push(4);
    const left = act === "pop" ? [2, 4] : [1, 2, 4];
    for (const value of left) {
      using packed = popper.pop()!;
      expect(packed.read(packed.root)).toBe(value);
    }
    expect(popper.pop({ timeoutMs: 0 })).toBeUndefined();
    recoverHeap(heap);
    checkRegions(heap);
    expect(heap.stats().kinds.get("region")).toBeUndefined();
  },
);

test("what is in a queue goes with its last end", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const first = RegionQueue.create<"value">(heap, { capacity: 10 });
  const second = RegionQueue.receive<"value">(first.share(), heap);
  for (let value = 0; value < 10; value++) {
    using packed = request(heap, value);
    first.push(packed);
  }
  first.dispose();
  first.dispose();
  expect(heap.stats().kinds.get("region")?.segments).toBe(10);
  expect(() => first.pop()).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
  second.dispose();
  drain(heap);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
  checkRegions(heap);
});

test("an end of a queue is received once for each time it was shared, and stays while it is on its way", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const queue = RegionQueue.create<"value">(heap, { capacity: 4 });
  using packed = request(heap, 7);
  queue.push(packed);
  const handle = queue.share();
  queue.dispose();
  checkRegions(heap);
  expect(recoverHeap(heap)).toMatchObject({ freedSegments: 0, correctedCounts: 0 });
  const stale = expect.objectContaining({ code: "ERR_STALE_HANDLE" });
  const misread = { kind: "Packed", number: handle.number } as const;
  expect(() => Packed.receive(misread, heap)).toThrow(stale);
  const received = RegionQueue.receive<"value">(handle, heap);
  expect(() => RegionQueue.receive(handle, heap)).toThrow(stale);
  using popped = received.pop()!;
  expect(popped.read(popped.root)).toBe(7);
  received.dispose();
  expect(() => RegionQueue.receive(handle, heap)).toThrow(stale);
  checkRegions(heap);
});

test("a region of another heap does not go into a queue", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  using queue = RegionQueue.create<"value">(heap, { capacity: 4 });
  using foreign = request(Heap.create({ maxBytes: MAX_BYTES }), 7);
  const refused = expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" });
  expect(() => queue.push(foreign)).toThrow(refused);
  expect(queue).toHaveLength(0);
  checkRegions(heap);
});

test("memory stays flat while many requests go through a short queue to another thread", async () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  using queue = RegionQueue.create<"value">(heap, { capacity: 1000 });
  const count = 200_000;
  const workerData = { handle: heap.share(), queue: queue.share(), count };
  const worker = new Worker(new URL("./queue-worker.mjs", import.meta.url), { workerData });
  await once(worker, "message");
  const answer = once(worker, "message");
  const ended = once(worker, "exit");
  let expected = 0;
  for (let value = 0; value < count; value++) {
    using packed = request(heap, value % 1000);
    queue.push(packed);
    expected += value % 1000;
  }
  expect(await answer).toEqual([expected]);
  await ended;
  // A thousand requests and what the threads have at hand, in chunks of 256 KiB.
  expect(heap.stats().committedBytes).toBeLessThan(4 * 2 ** 20);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
  checkRegions(heap);
});

test("a queue goes on when the thread at its reading end has ended", async () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  using queue = RegionQueue.create<"value">(heap, { capacity: 1000 });
  const start = async (count: number): Promise<{ worker: Worker; thread: number }> => {
    const workerData = { handle: heap.share(), queue: queue.share(), count };
    const worker = new Worker(new URL("./queue-worker.mjs", import.meta.url), { workerData });
    const [thread] = (await once(worker, "message")) as [number];
    return { worker, thread };
  };
  const send = (count: number): void => {
    for (let value = 0; value < count; value++) {
      using packed = request(heap, 1);
      queue.push(packed);
    }
  };
  for (let round = 0; round < 5; round++) {
    const { worker, thread } = await start(Number.MAX_VALUE);
    send(3000 + round);
    await worker.terminate();
    settleThread(heap, thread);
  }
  // What the ended threads had not taken is there for the next one, and nothing else.
  const left = queue.length;
  const { worker } = await start(left + 2000);
  const answer = once(worker, "message");
  const ended = once(worker, "exit");
  send(2000);
  expect(await answer).toEqual([left + 2000]);
  await ended;
  recoverHeap(heap);
  checkRegions(heap);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
});
