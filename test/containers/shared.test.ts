import fc from "fast-check";
import { expect, test } from "vitest";
import {
  Heap,
  type JsonValue,
  type SharedHandle,
  SharedMap,
  SharedVector,
} from "../../src/containers/index.js";
import { checkMaps } from "../../src/containers/map-check.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { detach } from "../../src/memory/ledger.js";

const newHeap = (): Heap => Heap.create({ maxBytes: 32 * 2 ** 20 });
const keys = fc.oneof(
  fc.integer({ min: 0, max: 20 }),
  fc.constantFrom("", "a", "b", "1", "ä\ud800"),
);
const values = fc.jsonValue().map((value) => value as JsonValue);

test("a shared map agrees with a Map under random programs, whichever allocation fails", () => {
  const step = fc.record({ what: fc.nat(9), key: keys, value: values });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(200), (steps, failAt) => {
      const heap = newHeap();
      const map = SharedMap.create({ heap });
      const model = new Map<string | number, string>();
      heap.failAllocationAt(failAt);
      for (const { what, key, value } of steps) {
        try {
          if (what < 6) {
            map.set(key, value);
            model.set(key, JSON.stringify(value));
          } else {
            expect(map.delete(key)).toBe(model.has(key));
            model.delete(key);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(HeapExhaustedError);
        }
        expect(map.size).toBe(model.size);
        expect(JSON.stringify(map.get(key))).toBe(model.get(key));
        checkHeap(heap);
        checkMaps(heap);
      }
      heap.failAllocationAt(0);
      const snapshot = map.snapshot();
      const found = new Map(
        [...snapshot.entries()].map(([key, value]) => [key, JSON.stringify(value)]),
      );
      expect(found).toEqual(model);
      snapshot.dispose();
      map.dispose();
      drain(heap);
      detach(heap);
      expect(heap.stats().liveSegments).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("a snapshot stays as it was, and what the map does after it is not seen there", () => {
  const map = SharedMap.create({ heap: newHeap() });
  map.set("a", 1);
  using snapshot = map.snapshot();
  map.set("a", 2);
  map.delete("b");
  expect([snapshot.get("a"), snapshot.size, map.get("a")]).toEqual([1, 1, 2]);
});

test("an update that throws changes nothing", () => {
  const map = SharedMap.create({ heap: newHeap() });
  map.set("a", 1);
  const broken = (): void =>
    map.update((next) => {
      next.set("a", 2);
      next.set("b", 3);
      throw new Error("no");
    });
  expect(broken).toThrow("no");
  expect([map.get("a"), map.has("b"), map.size]).toEqual([1, false, 1]);
});

test("two views of one map see each other's writes", () => {
  const map = SharedMap.create({ heap: newHeap() });
  const other = SharedMap.receive(map.share());
  map.set("x", { list: [1, 2, 3] });
  expect(other.get("x")).toEqual({ list: [1, 2, 3] });
  other.set(7, null);
  expect([map.get(7), map.get("7")]).toEqual([null, undefined]);
});

test("a handle that leads to no such container is refused, and costs no place on the heap", () => {
  const heap = newHeap();
  const map = SharedMap.create({ heap });
  const vector = SharedVector.create({ heap });
  const strange = SharedMap.create({ heap: newHeap() });
  const gone = SharedMap.create({ heap });
  const goneHandle = gone.share();
  gone.dispose();
  using successor = SharedMap.create({ heap });
  const handle = map.share();
  const { number } = handle;
  const stale = [
    goneHandle,
    { ...handle, number: vector.share().number },
    { ...handle, number: strange.share().number },
    { ...handle, number: number + 1 },
    { ...handle, number: number % 2 ** 31 },
    { ...handle, number: 12_345 },
    { ...handle, number: Number.NaN },
  ];
  const { threads } = heap.stats();
  for (const each of stale) {
    expect(() => SharedMap.receive(each)).toThrow(
      expect.objectContaining({ code: "ERR_STALE_HANDLE" }),
    );
    expect(heap.stats().threads).toBe(threads);
    checkHeap(heap);
  }
  const ofVector: SharedHandle<"SharedVector"> = { ...handle, kind: "SharedVector" };
  expect(() => SharedVector.receive(ofVector)).toThrow(/no shared vector/);
  for (const buffer of [undefined, {}, new ArrayBuffer(8), new SharedArrayBuffer(2 ** 23)]) {
    const memory = {
      buffer: buffer as SharedArrayBuffer,
      tracing: false,
      merges: true,
      shadows: "none" as const,
    };
    expect(() => SharedMap.receive({ ...handle, memory })).toThrow(
      expect.objectContaining({ code: "ERR_HEAP_ATTACH" }),
    );
  }
  for (const each of [map, vector, successor]) each.dispose();
  checkHeap(heap);
});

test("what JSON cannot say is refused and nothing is written", () => {
  const map = SharedMap.create({ heap: newHeap() });
  const cycle: JsonValue[] = [];
  cycle.push(cycle);
  for (const value of [Number.NaN, cycle, undefined as unknown as JsonValue]) {
    expect(() => map.set("a", value)).toThrow(/cannot share a value/);
  }
  expect(map.size).toBe(0);
});

test("a shared vector agrees with an array, and its snapshots stay", () => {
  fc.assert(
    fc.property(fc.array(fc.array(values, { maxLength: 4 }), { maxLength: 60 }), (batches) => {
      const heap = newHeap();
      const vector = SharedVector.create({ heap });
      const model: JsonValue[] = [];
      const early = vector.snapshot();
      for (const batch of batches) {
        model.push(...batch);
        expect(vector.append(...batch)).toBe(model.length);
      }
      const text = (value: JsonValue | undefined): string | undefined => JSON.stringify(value);
      const snapshot = vector.snapshot();
      expect([...snapshot].map(text)).toEqual(model.map(text));
      for (const index of [0, 1, model.length - 1, -1, model.length, -model.length - 1]) {
        expect(text(vector.at(index))).toBe(text(model.at(index)));
      }
      expect([early.length, snapshot.length, vector.length]).toEqual([
        0,
        model.length,
        model.length,
      ]);
      for (const each of [early, snapshot, vector]) each.dispose();
      expect(() => snapshot.at(0)).toThrow(/disposed/);
      drain(heap);
      detach(heap);
      expect(heap.stats().liveSegments).toBe(0);
    }),
    { numRuns: 60 },
  );
});
