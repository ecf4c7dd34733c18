import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { expect, expectTypeOf, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkRegions, referencesOf } from "../../src/memory/check-regions.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { adoptPacked, createThenPack, Packed, retainPacked } from "../../src/memory/packed.js";
import { recoverHeap } from "../../src/memory/recover.js";
import type { Packing, Region } from "../../src/memory/region.js";
import { INLINE } from "../../src/memory/region-layout.js";
import { settleEnded } from "../ending-thread.js";

const MAX_BYTES = 256 * 2 ** 20;

function newHeap(options: { tracing?: boolean } = {}): Heap {
  return Heap.create({ maxBytes: MAX_BYTES, ...options });
}

function liveSegments(heap: Heap): number {
  drain(heap);
  return heap.stats().liveSegments;
}

/** A region with one object: a value, then the roots of other regions. */
function note(heap: Heap, value: number, others: readonly Packed<"note">[] = []): Packed<"note"> {
  return createThenPack<"note">(heap, (region) => {
    const root = region.allocate(1 + others.length);
    region.write(root, value);
    for (const [index, other] of others.entries()) {
      region.write(root + 1 + index, region.refer(other));
    }
    return region.pack(root);
  });
}

test("a packed region holds what its initializer wrote, in as many pieces as it takes", () => {
  const heap = newHeap();
  using packed = createThenPack(heap, (region) => {
    const root = region.allocate(5000);
    for (let index = 0; index < 5000; index++) {
      const size = 1 + (index % 40);
      const object = region.allocate(size);
      for (let word = 0; word < size; word++) region.write(object + word, index * 100 + word);
      region.write(root + index, object);
    }
    const large = region.allocate(100_000);
    region.write(large + 99_999, 7);
    region.write(root, large);
    return region.pack(root);
  });
  const { root } = packed;
  expect(packed.read(packed.read(root) + 99_999)).toBe(7);
  for (let index = 1; index < 5000; index++) {
    expect(packed.read(packed.read(root + index) + (index % 40))).toBe(index * 100 + (index % 40));
  }
  checkRegions(heap);
  expect(packed.sizeBytes).toBeGreaterThan(5000 * 20 * 4 + 400_000);
  packed.dispose();
  // The ledger's own segment remains.
  expect(liveSegments(heap)).toBe(1);
  checkRegions(heap);
});

test("an initializer that throws, or returns without packing, leaves nothing behind", () => {
  const heap = newHeap();
  note(heap, 1).dispose();
  const before = liveSegments(heap);
  const kept: Region<"read" | "write" | "allocate">[] = [];
  const fails = (): Packed<unknown> =>
    createThenPack(heap, (region) => {
      kept.push(region);
      region.allocate(100_000);
      throw new Error("no more");
    });
  expect(fails).toThrow("no more");
  const returns = createThenPack(heap, (region): Packing<unknown> | undefined => {
    kept.push(region);
    region.allocate(1000);
    return undefined;
  });
  expect(returns).toBeUndefined();
  const packsAndThrows = (): Packed<unknown> =>
    createThenPack(heap, (region) => {
      region.pack(region.allocate(1));
      throw new Error("too late");
    });
  expect(packsAndThrows).toThrow("too late");
  expect(liveSegments(heap)).toBe(before);
  for (const region of kept) {
    expect(() => region.allocate(1)).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
  }
  checkRegions(heap);
});

test("a packed region refuses every kind of writing", () => {
  const heap = newHeap();
  let region: Region<"read" | "write" | "allocate"> | undefined;
  let root: Address = 0;
  using packed = createThenPack<"word">(heap, (building) => {
    region = building;
    root = building.allocate(1);
    building.write(root, 5);
    return building.pack(root);
  });
  using other = note(heap, 1);
  const acts = [
    () => region!.allocate(1),
    () => region!.write(root, 6),
    () => region!.writable(),
    () => region!.refer(other),
    () => region!.refer(packed),
    () => region!.pack(root),
  ];
  for (const act of acts) {
    expect(act).toThrow(expect.objectContaining({ code: "ERR_REGION_PACKED" }));
  }
  expect(packed.read(root)).toBe(5);
});

test("capabilities are part of a region's type", () => {
  const heap = newHeap();
  using packed = note(heap, 3);
  const { region } = packed;
  expectTypeOf(region).toEqualTypeOf<Region<"read">>();
  expectTypeOf<Region<"read" | "write">>().toExtend<Region<"read">>();
  expectTypeOf<Region<"read">>().not.toExtend<Region<"write">>();
  expectTypeOf(packed).not.toExtend<Packed<"other">>();
  expect(region.read(packed.root)).toBe(3);
  const acts = [
    // @ts-expect-error a region to read cannot be written
    () => region.write(packed.root, 1),
    // @ts-expect-error a region to read cannot be allocated in
    () => region.allocate(1),
    // @ts-expect-error a region to read cannot be packed
    () => region.pack(packed.root),
    // @ts-expect-error a region to read cannot get references
    () => region.refer(packed),
  ];
  for (const act of acts) {
    expect(act).toThrow(expect.objectContaining({ code: "ERR_REGION_PACKED" }));
  }
});

test("a region keeps the regions it refers to, each once however often it refers to them", () => {
  const heap = newHeap();
  const inner = Array.from({ length: 300 }, (_, index) => note(heap, index));
  using outer = note(heap, -1, [...inner.flatMap((item) => [item, item]), ...inner.slice(0, 2)]);
  expect(new Set(referencesOf(heap.words, outer.head)).size).toBe(300);
  expect(referencesOf(heap.words, outer.head)).toHaveLength(300);
  for (const item of inner) item.dispose();
  checkRegions(heap);
  for (let index = 0; index < 600; index++) {
    expect(outer.read(outer.read(outer.root + 1 + index))).toBe(index >>> 1);
  }
  outer.dispose();
  drain(heap);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
});

test("a region cannot come to refer to itself or to one that is packed after it", () => {
  const heap = newHeap();
  const attempts: unknown[] = [];
  using packed = createThenPack<"note">(heap, (region) => {
    const root = region.allocate(2);
    using early = note(heap, 1);
    region.write(root + 1, region.refer(early));
    // What would refer back has no handle of this region to refer to: it is not packed.
    // @ts-expect-error a region that is being built is no packed region
    attempts.push(() => note(heap, 2, [region]));
    return region.pack(root);
  });
  for (const attempt of attempts) expect(attempt).toThrow();
  using later = note(heap, 3, [packed]);
  // A forged reference is found.
  heap.words[packed.head + INLINE + 1] = later.head;
  heap.words[later.head]!++;
  expect(() => checkRegions(heap)).toThrow(/R2: 2 regions refer to each other/);
  heap.words[packed.head + INLINE + 1] = 0;
  heap.words[later.head]!--;
  checkRegions(heap);
});

test("a chain of a million regions is released without recursion and in slices", () => {
  const heap = newHeap();
  let last = note(heap, 0);
  for (let index = 1; index < 1_000_000; index++) {
    const next = note(heap, index, [last]);
    last.dispose();
    last = next;
  }
  expect(heap.stats().kinds.get("region")?.segments).toBe(1_000_000);
  last.dispose();
  expect(heap.stats().kinds.get("region")?.segments).toBeGreaterThan(990_000);
  let calls = 0;
  for (; drain(heap, 10_000) > 0; calls++);
  expect(calls).toBeGreaterThan(50);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
});

test("a disposed handle is an error, not somebody else's data", () => {
  const heap = newHeap();
  const packed = note(heap, 1);
  const { root } = packed;
  const handle = packed.share();
  using received = Packed.receive(handle, heap);
  packed.dispose();
  packed.dispose();
  const uses = [
    () => packed.root,
    () => packed.head,
    () => packed.words,
    () => packed.region,
    () => packed.read(root),
    () => packed.share(),
    () => retainPacked(packed),
    () => note(heap, 2, [packed]),
  ];
  for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
  const refused = expect.objectContaining({ code: "ERR_STALE_HANDLE" });
  expect(() => Packed.receive(handle, heap)).toThrow(refused);
  expect(received.read(root)).toBe(1);
  received.dispose();
  // The address now belongs to another region, then to another kind of thing.
  const successor = note(heap, 9);
  expect(successor.root).toBe(root);
  expect(() => Packed.receive(handle, heap)).toThrow(refused);
  expect(() => packed.read(root)).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
  const { head } = successor;
  successor.dispose();
  const segment = allocate(heap, 32, RAW);
  expect(segment).toBe(head);
  expect(() => Packed.receive(handle, heap)).toThrow(refused);
  release(heap, segment);
  for (const number of [root, head, root + 1, -5, 0.5, Number.NaN]) {
    expect(() => Packed.receive({ kind: "Packed", number }, heap)).toThrow(refused);
  }
  checkRegions(heap);
});

test("a handle on its way to another thread keeps its region and is settled with its receiver", () => {
  const heap = newHeap();
  const other = Heap.receive(heap.share());
  const packed = note(heap, 42);
  const handle = structuredClone(packed.share());
  packed.dispose();
  checkRegions(heap);
  recoverHeap(heap);
  const received = Packed.receive(handle, other);
  expect(received.read(received.root)).toBe(42);
  checkRegions(heap);
  settleEnded(heap, other);
  expect(heap.stats().kinds.get("region")).toBeUndefined();
  checkRegions(heap);
});

test("a reference in a word of the heap can be taken out as a handle again", () => {
  const heap = newHeap();
  const packed = note(heap, 8);
  const address = retainPacked(packed);
  packed.dispose();
  checkRegions(heap, [address]);
  using again = adoptPacked<"note">(heap, address);
  expect(again.read(again.root)).toBe(8);
  const segment = allocate(heap, 8, RAW);
  expect(() => adoptPacked(heap, segment)).toThrow(/no region/);
  checkRegions(heap, [segment]);
});

test("a root outside of the region and an empty object are refused", () => {
  const heap = newHeap();
  using other = note(heap, 1);
  const outside = (): Packed<unknown> =>
    createThenPack(heap, (region) => {
      region.allocate(1);
      return region.pack(other.root);
    });
  expect(outside).toThrow(expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }));
  for (const size of [0, -1, 1.5, Number.NaN]) {
    const empty = (): Packed<unknown> =>
      createThenPack(heap, (region) => region.pack(region.allocate(size)));
    expect(empty).toThrow();
  }
  const stranger = newHeap();
  expect(() => note(stranger, 1, [other])).toThrow(/another heap/);
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

test("a forgotten region is freed by the net, and a debug run names where it was made", async () => {
  const heap = newHeap({ tracing: true });
  const forget = (): void => {
    for (let value = 0; value < 10; value++) note(heap, value);
  };
  using kept = note(heap, 100);
  note(heap, 1).dispose();
  forget();
  const made = heap.stats().regions;
  expect(made.undisposed).toHaveLength(11);
  expect(made.undisposed[3]?.madeAt).toContain("region.test.ts");
  await collectGarbage();
  const { leakedCount, leaked, undisposed } = heap.stats().regions;
  expect(leakedCount).toBe(10);
  expect(leaked[0]?.madeAt).toContain("region.test.ts");
  expect(undisposed).toEqual([
    expect.objectContaining({ generation: kept.generation, address: kept.head }),
  ]);
  expect(heap.stats().kinds.get("region")?.segments).toBe(1);
  checkRegions(heap);
});

test("whichever allocation fails, a region is whole or not there", () => {
  const heap = newHeap();
  using inner = note(heap, 1);
  const others = Array.from({ length: 40 }, (_, index) => note(heap, index, [inner]));
  const build = (): Packed<unknown> =>
    createThenPack(heap, (region) => {
      const root = region.allocate(3);
      for (const other of others) region.refer(other);
      for (let size = 1; size < 300; size += 20) region.allocate(size);
      region.allocate(20_000);
      return region.pack(root);
    });
  const before = liveSegments(heap);
  let failAt = 1;
  for (; ; failAt++) {
    heap.failAllocationAt(failAt);
    try {
      build().dispose();
      break;
    } catch (error) {
      expect(error).toBeInstanceOf(HeapExhaustedError);
    }
    expect(liveSegments(heap)).toBe(before);
    checkRegions(heap);
  }
  heap.failAllocationAt(0);
  expect(failAt).toBeGreaterThan(5);
  for (const other of others) other.dispose();
});

test("random programs of regions keep what is reachable and free the rest", () => {
  interface Known {
    readonly packed: Packed<"note">;
    readonly value: number;
    readonly others: readonly Known[];
  }
  const readAll = (first: Known): void => {
    const waiting: [Known, Address][] = [[first, first.packed.root]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [{ value, others }, root] = next;
      expect(first.packed.read(root)).toBe(value);
      for (const [index, other] of others.entries()) {
        waiting.push([other, first.packed.read(root + 1 + index)]);
      }
    }
  };
  const step = fc.record({
    what: fc.nat(3),
    value: fc.nat(),
    picks: fc.array(fc.nat(), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
      let known: Known[] = [];
      for (const { what, value, picks } of steps) {
        const others = picks.flatMap((pick) =>
          known.length > 0 ? [known[pick % known.length]!] : [],
        );
        if (what <= 1) {
          const packed = note(
            heap,
            value,
            others.map((other) => other.packed),
          );
          known.push({ packed, value, others });
        } else if (what === 2) {
          for (const { packed } of others) packed.dispose();
          known = known.filter(({ packed }) => !packed.disposed);
        } else {
          for (const { packed, ...rest } of others) {
            known.push({ packed: Packed.receive(packed.share(), heap), ...rest });
          }
        }
        checkRegions(heap);
        for (const item of known) readAll(item);
      }
      for (const { packed } of known) packed.dispose();
      drain(heap);
      expect(heap.stats().kinds.get("region")).toBeUndefined();
    }),
    { numRuns: 40 },
  );
});
