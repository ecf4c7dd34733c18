import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, copySegment, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { detach, drop, heldBy, hold } from "../../src/memory/ledger.js";
import {
  HEADER_WORDS,
  loadReferenceCount,
  readCapacityWords,
  retain,
  setChildren,
} from "../../src/memory/segment.js";
import { CLASS_WORDS, LARGEST_WORDS, sizeClassFor } from "../../src/memory/size-classes.js";
import { type HeapStats, statsOf } from "../../src/memory/stats.js";
import { settleEnded } from "../ending-thread.js";

const SMALLEST_WORDS = CLASS_WORDS[0]!;
const HEAP_BYTES = 64 * 2 ** 20;

function newHeap(): Heap {
  return Heap.create({ maxBytes: HEAP_BYTES });
}

function sumOfParts(stats: HeapStats): number {
  return (
    stats.mapBytes +
    stats.liveBytes +
    stats.pendingBytes +
    stats.remoteBytes +
    stats.freeBytes +
    stats.uncarvedBytes +
    stats.unclaimedBytes
  );
}

/** A segment with the given children, taking over the references. */
function parentOf(heap: Heap, children: readonly Address[], sizeWords = 0): Address {
  const parent = allocate(heap, Math.max(sizeWords, HEADER_WORDS + children.length), RAW);
  for (const [index, child] of children.entries())
    heap.words[parent + HEADER_WORDS + index] = child;
  setChildren(heap.words, parent, HEADER_WORDS, children.length);
  return parent;
}

test("a block is the smallest that holds what was asked for, and wastes a fifth of its words at most (SC2)", () => {
  for (let size = SMALLEST_WORDS; size <= LARGEST_WORDS; size++) {
    const sizeClass = sizeClassFor(size);
    const words = CLASS_WORDS[sizeClass]!;
    expect(words).toBeGreaterThanOrEqual(size);
    if (sizeClass > 0) expect(CLASS_WORDS[sizeClass - 1]!).toBeLessThan(size);
    expect((words - size) / words).toBeLessThanOrEqual(1 / 5);
  }
});

test("a segment holds at least what was asked for, whatever the size", () => {
  const heap = newHeap();
  for (const size of [4, 8, 9, 64, 1000, 16_384, 16_385, 65_536, 200_000]) {
    const segment = allocate(heap, size, RAW);
    expect(readCapacityWords(heap.words, segment)).toBeGreaterThanOrEqual(size);
    expect(loadReferenceCount(heap.words, segment)).toBe(1);
    checkHeap(heap, [segment]);
    release(heap, segment);
    checkHeap(heap);
  }
  expect(statsOf(heap).liveBytes).toBe(0);
});

test("every byte of the heap is accounted for", () => {
  const heap = newHeap();
  const held = [20, 300, 5000, 100_000].map((size) => allocate(heap, size, RAW));
  release(heap, held.pop()!);
  const stats = statsOf(heap);
  expect(sumOfParts(stats)).toBe(stats.reservedBytes);
  expect(stats.liveSegments).toBe(held.length);
  for (const segment of held) release(heap, segment);
  const after = statsOf(heap);
  expect(sumOfParts(after)).toBe(after.reservedBytes);
  expect(after.liveBytes).toBe(0);
});

test("a released segment releases what only it held", () => {
  const heap = newHeap();
  const shared = allocate(heap, 8, RAW);
  retain(heap.words, shared);
  const root = parentOf(heap, [parentOf(heap, [shared]), allocate(heap, 100, RAW)]);
  checkHeap(heap, [root, shared]);
  release(heap, root);
  checkHeap(heap, [shared]);
  expect(statsOf(heap).liveSegments).toBe(1);
});

test("a copy holds the same children once more and is counted", () => {
  const heap = newHeap();
  const child = allocate(heap, 8, RAW);
  const original = parentOf(heap, [child]);
  const before = heap.segmentsCopied;
  const copy = copySegment(heap, original);
  expect(heap.segmentsCopied - before).toBe(1);
  expect(loadReferenceCount(heap.words, child)).toBe(2);
  checkHeap(heap, [original, copy]);
});

test("a long chain is released in slices, without recursion", () => {
  const heap = newHeap();
  let chain = allocate(heap, 8, RAW);
  for (let index = 0; index < 200_000; index++) chain = parentOf(heap, [chain], 8);
  release(heap, chain);
  const waiting = statsOf(heap);
  expect(waiting.liveSegments).toBeGreaterThan(190_000);
  while (drain(heap, 10_000) > 0);
  expect(statsOf(heap).liveSegments).toBe(0);
  checkHeap(heap);
});

test("a full heap says so with its numbers and works on after a release", () => {
  const heap = Heap.create({ maxBytes: 4 * 2 ** 20 });
  const held: Address[] = [];
  const fill = (): void => {
    for (;;) held.push(allocate(heap, 4000, RAW));
  };
  expect(fill).toThrow(HeapExhaustedError);
  checkHeap(heap, held);
  try {
    fill();
  } catch (error) {
    expect(error).toMatchObject({
      code: "ERR_HEAP_EXHAUSTED",
      details: { bytesAsked: 16_384, bytesLimit: 4 * 2 ** 20 },
    });
  }
  release(heap, held.pop()!);
  held.push(allocate(heap, 4000, RAW));
  checkHeap(heap, held);
});

interface Step {
  readonly what: number;
  readonly size: number;
  readonly pick: number;
}

/** Runs the program with the heap checked after each step; returns how many allocations it asked for. */
function runProgram(steps: readonly Step[], failAt: number): number {
  const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
  heap.failAllocationAt(failAt);
  const held: Address[] = [];
  let asked = 0;
  const attempt = (make: () => Address): void => {
    asked++;
    const before = [...held];
    try {
      held.push(make());
      expect(asked).not.toBe(failAt);
    } catch (error) {
      expect(error).toBeInstanceOf(HeapExhaustedError);
      expect(held).toEqual(before);
    }
  };
  for (const { what, size, pick } of steps) {
    const index = held.length === 0 ? -1 : pick % held.length;
    if (what === 0 || index < 0) attempt(() => allocate(heap, size, RAW));
    else if (what === 1) release(heap, held.splice(index, 1)[0]!);
    else if (what === 2) attempt(() => copySegment(heap, held[index]!));
    else if (what === 3) {
      retain(heap.words, held[index]!);
      held.push(held[index]!);
    } else {
      attempt(() => {
        const children = held.slice(index, index + 3);
        const parent = parentOf(heap, children);
        for (const child of children) retain(heap.words, child);
        return parent;
      });
    }
    checkHeap(heap, held);
  }
  for (const segment of held) release(heap, segment);
  drain(heap);
  expect(heap.stats().liveSegments).toBe(0);
  return asked;
}

test("random programs keep every count and every block, whichever allocation fails (AL4)", () => {
  const step = fc.record({
    what: fc.nat(4),
    size: fc.oneof(fc.integer({ min: 4, max: 3000 }), fc.integer({ min: 16_000, max: 100_000 })),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const asked = runProgram(steps, 0);
      for (let failAt = 1; failAt <= asked; failAt++) runProgram(steps, failAt);
    }),
    { numRuns: 25 },
  );
});

test("a wide segment is released in slices as well", () => {
  const heap = newHeap();
  const children = Array.from({ length: 60_000 }, () => allocate(heap, 8, RAW));
  release(heap, parentOf(heap, children));
  expect(statsOf(heap).liveSegments).toBeGreaterThan(59_000);
  checkHeap(heap);
  // Each later call that releases takes its slice.
  for (let call = 0; call < 200; call++) release(heap, allocate(heap, 8, RAW));
  expect(statsOf(heap).liveSegments).toBe(0);
  checkHeap(heap);
});

test("a chunk whose blocks are all freed serves other sizes", () => {
  const heap = Heap.create({ maxBytes: 8 * 2 ** 20 });
  for (let round = 0; round < 3; round++) {
    for (const size of [8, 100, 1000, 9000]) {
      const held: Address[] = [];
      for (let bytes = 0; bytes < 5 * 2 ** 20; bytes += size * 5) {
        held.push(allocate(heap, size, RAW));
      }
      for (const segment of held) release(heap, segment);
    }
  }
  checkHeap(heap);
  const large = allocate(heap, 1.8 * 2 ** 20, RAW);
  checkHeap(heap, [large]);
});

test("what another thread's view frees comes back to its owner", () => {
  const owner = newHeap();
  const other = Heap.receive(owner.share());
  const segments = Array.from({ length: 1000 }, () => allocate(owner, 8, RAW));
  for (const segment of segments) release(other, segment);
  checkHeap(owner);
  expect(statsOf(owner).remoteBytes).toBe(1000 * 32);
  // The next chunk's worth of blocks comes from them before new ground is taken.
  const committed = statsOf(owner).committedBytes;
  const again = Array.from({ length: 9000 }, () => allocate(owner, 8, RAW));
  expect(statsOf(owner).remoteBytes).toBe(0);
  expect(statsOf(owner).committedBytes).toBe(committed + 2 ** 18);
  for (const segment of again) release(owner, segment);
  checkHeap(owner);
});

test("settling a thread releases what it held and lets its slot be taken again", () => {
  const heap = newHeap();
  const worker = Heap.receive(heap.share());
  const entries = Array.from({ length: 600 }, () => hold(worker, allocate(worker, 8, RAW)));
  for (const entry of entries.slice(0, 100)) release(worker, drop(worker, entry));
  expect(heldBy(heap.words, worker.thread)).toHaveLength(500);
  checkHeap(heap);
  expect(settleEnded(heap, worker)).toBe(500);
  drain(heap);
  checkHeap(heap);
  expect(statsOf(heap).liveSegments).toBe(0);
  const next = Heap.receive(heap.share());
  expect(next.thread).toBe(worker.thread);
  hold(next, allocate(next, 8, RAW));
  detach(next);
  drain(heap);
  expect(statsOf(heap).liveSegments).toBe(0);
  checkHeap(heap);
});

test("a damaged count or a lost block is noticed", () => {
  const heap = newHeap();
  const segment = allocate(heap, 8, RAW);
  retain(heap.words, segment);
  expect(() => checkHeap(heap, [segment])).toThrow(/S1/);
  heap.words[segment] = 0;
  expect(() => checkHeap(heap)).toThrow(/AL3/);
});

test("something that is no heap cannot be attached", () => {
  const memory = {
    buffer: new SharedArrayBuffer(2 ** 20),
    tracing: false,
    merges: true,
    shadows: "none" as const,
  };
  expect(() => Heap.receive({ kind: "Heap", number: 0, memory })).toThrow(
    /not one of this version/,
  );
  expect(() => Heap.create({ maxBytes: 1 })).toThrow(
    /cannot make a heap with option maxBytes: .*4194304 at least/,
  );
});
