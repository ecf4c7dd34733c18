import fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import {
  Heap,
  type JsonValue,
  type MapReader,
  type MapWriter,
  SharedMap,
  SharedVector,
} from "../../src/containers/index.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";

const newHeap = (): Heap => Heap.create({ maxBytes: 16 * 2 ** 20 });
const code = (name: string): Error => expect.objectContaining({ code: name }) as Error;

/** All that a reader says, to be compared with what a Map says. */
function readings<K extends string | number, V>(map: MapReader<K, V> | Map<K, V>): unknown {
  const visited: unknown[] = [];
  map.forEach((value, key, whole) => {
    visited.push([key, value, whole === map]);
  });
  const sorted = (items: Iterable<unknown>): string[] =>
    Array.from(items, (it) => JSON.stringify(it)).sort();
  return [map.size, ...[map, map.entries(), map.keys(), map.values(), visited].map(sorted)];
}

const keys = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constantFrom("", "1", "a", "\ud800"));
const step = fc.record({ what: fc.nat(11), key: keys, value: fc.jsonValue() });

describe("a shared map", () => {
  it("reads and writes as a Map does, inside an update and outside, whichever allocation fails", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(150), (steps, failAt) => {
        const heap = newHeap();
        const map = SharedMap.create({ heap });
        let model = new Map<string | number, JsonValue>();
        heap.failAllocationAt(failAt);
        const write = (to: MapWriter | Map<string | number, JsonValue>, at: number): void => {
          const { what, key, value } = steps[at]!;
          if (what < 7) expect(to.set(key, value as JsonValue)).toBe(to);
          else if (what < 10) to.delete(key);
          else to.clear();
        };
        for (let at = 0; at < steps.length; at++) {
          const copy = new Map(model);
          try {
            if (at % 3 > 0) {
              write(map, at);
            } else {
              map.update((next) => {
                for (let many = at; many < Math.min(at + 4, steps.length); many++) {
                  write(next, many);
                  write(copy, many);
                  expect(readings(next)).toEqual(readings(copy));
                }
              });
              model = copy;
              continue;
            }
            write(model, at);
          } catch (error) {
            expect(error).toBeInstanceOf(HeapExhaustedError);
          }
          checkHeap(heap);
        }
        heap.failAllocationAt(0);
        expect(readings(map)).toEqual(readings(model));
        using snapshot = map.snapshot();
        map.clear();
        expect([map.size, [...map]]).toEqual([0, []]);
        expect(readings(snapshot)).toEqual(readings(model));
      }),
      { numRuns: 60 },
    );
  });

  it("is walked as it was when the walk began, and a loop that is left gives that version up", () => {
    const heap = newHeap();
    const map = SharedMap.create<number, string>({ heap });
    map.set(1, "a").set(2, "b").set(3, "c");
    const seen: number[] = [];
    for (const key of map.keys()) {
      map.clear();
      seen.push(key);
    }
    expect(seen.toSorted((one, other) => one - other)).toEqual([1, 2, 3]);
    map.set(7, "x").set(8, "y");
    for (const _entry of map) break;
    map.clear();
    drain(heap);
    expect(heap.stats().kinds.get("map")?.segments).toBe(1);
    expect(heap.stats().kinds.get("map entry")).toBeUndefined();
    checkHeap(heap);
  });

  it("takes strings and numbers for keys, told apart as a Map does, and refuses all else", () => {
    const map = SharedMap.create({ heap: newHeap() });
    map.set(-0, "zero").set(Number.NaN, "nan").set("NaN", "text").set(Infinity, "infinity");
    expect(map.get(0)).toBe("zero");
    expect([...map.keys()]).toContainEqual(Number.NaN);
    expect([map.get(Number.NaN), map.get("NaN"), map.get(-Infinity)]).toEqual([
      "nan",
      "text",
      undefined,
    ]);
    const strange = [undefined, null, true, 1n, Symbol("s"), {}, ["a"], () => 1, new String("a")];
    for (const key of strange as string[]) {
      const uses = [
        () => map.get(key),
        () => map.has(key),
        () => map.set(key, 1),
        () => map.delete(key),
        () => map.update((next) => next.set(key, 1)),
        () => map.snapshot().get(key),
      ];
      for (const use of uses) expect(use).toThrow(code("ERR_INVALID_ARGUMENT"));
    }
    expect(map.size).toBe(4);
  });

  it("refuses an asynchronous update, of which nothing is kept, now or later", async () => {
    const heap = newHeap();
    const map = SharedMap.create({ heap });
    map.set("a", 1);
    let end: Promise<unknown> = Promise.resolve();
    const update = (): unknown =>
      map.update((next) => {
        const change = async (): Promise<void> => {
          next.set("a", 2);
          await Promise.resolve();
          next.set("a", 3);
        };
        end = change();
        return end;
      });
    expect(update).toThrow(code("ERR_ASYNCHRONOUS"));
    await expect(end).rejects.toThrow(code("ERR_RELEASED"));
    expect([...map]).toEqual([["a", 1]]);
    checkHeap(heap);
  });

  it("lets nobody use the next version when the update is over", () => {
    const heap = newHeap();
    const map = SharedMap.create({ heap });
    map.set("a", 1);
    const kept = map.update((next) => next);
    const uses = [
      () => kept.set("a", 2),
      () => kept.get("a"),
      () => kept.has("a"),
      () => kept.size,
      () => kept.delete("a"),
      () => kept.clear(),
      () => [...kept],
    ];
    for (const use of uses) expect(use).toThrow(code("ERR_RELEASED"));
    expect(map.get("a")).toBe(1);
    checkHeap(heap);
  });

  it("has the types of its keys and values, and no values that JSON cannot say", () => {
    interface Point {
      readonly x: number;
      readonly y?: number;
      readonly tags: readonly string[];
    }
    const map = SharedMap.create<"a" | "b", Point>({ heap: newHeap() });
    map.set("a", { x: 1, tags: [] }).set("b", { x: 2, y: 3, tags: ["t"] });
    expectTypeOf(map.get("a")).toEqualTypeOf<Point | undefined>();
    expectTypeOf([...map]).toEqualTypeOf<["a" | "b", Point][]>();
    expectTypeOf(map.keys()).toEqualTypeOf<IterableIterator<"a" | "b">>();
    expectTypeOf(map.snapshot().values()).toEqualTypeOf<IterableIterator<Point>>();
    expectTypeOf(map.update((next) => next.get("b")?.y)).toEqualTypeOf<number | undefined>();
    expectTypeOf(SharedMap.receive<string, Point>(map.share())).toEqualTypeOf<
      SharedMap<string, Point>
    >();
    expectTypeOf(SharedMap.create().get("a")).toEqualTypeOf<JsonValue | undefined>();
    expectTypeOf<SharedMap<number, Record<string, number | null>[]>>().not.toBeNever();
    // @ts-expect-error a key of another type
    map.set("c", { x: 1, tags: [] });
    // @ts-expect-error keys are strings and numbers
    expectTypeOf<SharedMap<symbol, number>>().not.toBeNever();
    // @ts-expect-error a Date
    expectTypeOf<SharedMap<string, Date>>().not.toBeNever();
    // @ts-expect-error a Map inside
    expectTypeOf<SharedMap<string, { all: Map<string, number> }>>().not.toBeNever();
    // @ts-expect-error bytes
    expectTypeOf<SharedVector<Uint8Array>>().not.toBeNever();
    // @ts-expect-error a bigint
    expectTypeOf<SharedVector<bigint>>().not.toBeNever();
    // @ts-expect-error what may be undefined
    expectTypeOf<SharedVector<number | undefined>>().not.toBeNever();
    // @ts-expect-error a function
    expectTypeOf<SharedVector<() => void>>().not.toBeNever();
    map.delete("c" as "a");
  });
});

describe("a shared vector", () => {
  it("is walked as it was when the walk began, while others append", () => {
    const heap = newHeap();
    const vector = SharedVector.create<number>({ heap });
    vector.append(1, 2, 3);
    const seen: number[] = [];
    for (const value of vector) {
      expectTypeOf(value).toEqualTypeOf<number>();
      seen.push(value);
      vector.append(value + 10);
    }
    expect(seen).toEqual([1, 2, 3]);
    expect([...vector]).toEqual([1, 2, 3, 11, 12, 13]);
    for (const _value of vector) break;
    vector.dispose();
    drain(heap);
    expect(heap.stats().kinds.get("vector")).toBeUndefined();
  });

  it("takes any number of values at once, or none if one cannot be had", () => {
    const vector = SharedVector.create<number>({ heap: newHeap() });
    const count = 200_000;
    expect(
      vector.appendAll({
        *[Symbol.iterator]() {
          for (let i = 0; i < count; i++) yield i;
        },
      }),
    ).toBe(count);
    expect([vector.at(0), vector.at(-1)]).toEqual([0, count - 1]);
    const broken = (): unknown =>
      vector.appendAll({
        *[Symbol.iterator]() {
          yield 1;
          throw new Error("no more");
        },
      });
    expect(broken).toThrow("no more");
    expect(vector).toHaveLength(count);
  });
});
