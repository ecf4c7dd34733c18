import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { hold } from "../../src/memory/ledger.js";
import { HEADER_WORDS, setChildren } from "../../src/memory/segment.js";
import { makeShadow, planShadow } from "../../src/memory/shadow.js";
import { statsOf } from "../../src/memory/stats.js";

/** A segment that leads to those given. */
function segment(heap: Heap, ...children: Address[]): Address {
  const made = allocate(heap, 12, RAW);
  for (const [index, child] of children.entries()) heap.words[made + HEADER_WORDS + index] = child;
  setChildren(heap.words, made, HEADER_WORDS, children.length);
  return made;
}

/** R ─▶ a ─▶ b, d and R ─▶ c, e (none) ─▶ b, held by the ledger. */
function graph(heap: Heap): Record<"r" | "a" | "b" | "c" | "d", Address> {
  const [b, d, c] = [segment(heap), segment(heap), segment(heap)];
  const a = segment(heap, b, d);
  const r = segment(heap, a, 0, c);
  hold(heap, r);
  return { r, a, b, c, d };
}

test("a shadow has copies of what is predicted along its plan and shares the rest", () => {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  const { words } = heap;
  const { r, a, b, c, d } = graph(heap);
  const plan = planShadow(words, r, (it) => it === a || it === b);
  expect(plan.map((step) => [step.segment, step.parent])).toEqual([
    [r, -1],
    [a, 0],
    [b, 1],
  ]);
  const shadow = makeShadow(heap, plan);
  const copy = words[shadow + HEADER_WORDS]!;
  expect([shadow, copy, words[copy + HEADER_WORDS]!].map((it) => words[it])).toEqual([1, 1, 1]);
  expect([copy, words[copy + HEADER_WORDS]!]).not.toContain(a);
  expect([words[copy + HEADER_WORDS + 1], words[shadow + HEADER_WORDS + 2]]).toEqual([d, c]);
  expect([r, a, b, c, d].map((it) => words[it])).toEqual([1, 1, 1, 2, 2]);
  hold(heap, shadow);
  checkHeap(heap);
});

test("what is predicted below something that is not is left out", () => {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  const { r, b } = graph(heap);
  expect(planShadow(heap.words, r, (it) => it === b)).toHaveLength(1);
});

test("a shadow whose k-th copy fails leaves nothing behind, and the source as it was", () => {
  for (let k = 1; k <= 3; k++) {
    const heap = Heap.create({ maxBytes: 2 ** 22 });
    const { r, a, b, c, d } = graph(heap);
    const before = statsOf(heap).liveSegments;
    const plan = planShadow(heap.words, r, (it) => it === a || it === b);
    heap.failAllocationAt(k);
    expect(() => makeShadow(heap, plan)).toThrow(HeapExhaustedError);
    drain(heap);
    expect(statsOf(heap).liveSegments).toBe(before);
    expect([r, a, b, c, d].map((it) => heap.words[it])).toEqual([1, 1, 1, 1, 1]);
    checkHeap(heap);
    const shadow = makeShadow(heap, plan);
    release(heap, shadow);
    drain(heap);
    expect(statsOf(heap).liveSegments).toBe(before);
  }
});
