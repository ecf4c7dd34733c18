import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { rowCursor } from "../../src/containers/row-cursor.js";
import { RowFinder } from "../../src/containers/row-finder.js";
import {
  appendRow,
  createRows,
  findRow,
  lastRowId,
  removeRow,
  rowCount,
} from "../../src/containers/rows.js";
import { checkRows } from "../../src/containers/rows-check.js";
import { diffRows } from "../../src/containers/rows-diff.js";
import { ownedFrom, shapeOfRows } from "../../src/containers/rows-shape.js";
import { copySegment, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { statsOf } from "../../src/memory/stats.js";

const HEAP_BYTES = 64 * 2 ** 20;

/** Rows of the model: id → its words. */
type Model = Map<number, readonly number[]>;

function append(heap: Heap, rows: Address, id: number, payload: readonly number[]): void {
  const at = appendRow(heap, rows, id, payload.length);
  for (const [index, word] of payload.entries()) heap.words[at + index] = word;
}

function expectSame(heap: Heap, rows: Address, model: Model): void {
  checkRows(heap, rows);
  expect(rowCount(heap.words, rows)).toBe(model.size);
  const cursor = rowCursor(heap.words, rows, 0);
  for (const [id, payload] of model) {
    expect(cursor.next()).toBe(true);
    expect(cursor.id).toBe(id);
    const found = heap.words.subarray(cursor.payload, cursor.payload + payload.length);
    expect([...found]).toEqual(payload);
    expect(findRow(heap.words, rows, id)).toBe(cursor.payload);
  }
  expect(cursor.next()).toBe(false);
  const last = lastRowId(heap.words, rows) + 2;
  for (const stride of [1, Math.ceil(last / 5)]) {
    const finder = new RowFinder(heap.words);
    finder.begin(rows);
    for (let id = 1; id <= last; id += stride) {
      expect(finder.find(id)).toBe(findRow(heap.words, rows, id)); // RF1
    }
  }
}

const step = fc.record({
  what: fc.nat(9),
  payload: fc.array(fc.integer(), { minLength: 1, maxLength: 40 }),
  pick: fc.nat(),
  tree: fc.nat(3),
});

test("clones of a vector agree with a model under random programs, whichever allocation fails", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat(80), (steps, failAt) => {
      const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
      const vectors: { rows: Address; model: Model }[] = [
        { rows: createRows(heap), model: new Map() },
      ];
      heap.failAllocationAt(failAt);
      let nextId = 1;
      for (const { what, payload, pick, tree } of steps) {
        const index = tree % vectors.length;
        const { rows, model } = vectors[index]!;
        try {
          if (what < 5) {
            append(heap, rows, nextId, payload);
            model.set(nextId, payload);
            nextId += 1 + (pick % 3);
          } else if (what < 8 && model.size > 0) {
            const id = [...model.keys()][pick % model.size]!;
            expect(removeRow(heap, rows, id)).toBe(true);
            model.delete(id);
          } else if (what === 8 && vectors.length < 4) {
            vectors.push({ rows: copySegment(heap, rows), model: new Map(model) });
          } else if (vectors.length > 1) {
            vectors.splice(index, 1);
            release(heap, rows);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(HeapExhaustedError);
        }
        for (const each of vectors) checkRows(heap, each.rows);
      }
      for (const each of vectors) expectSame(heap, each.rows, each.model);
      checkHeap(
        heap,
        vectors.map((each) => each.rows),
      );
      for (const each of vectors) release(heap, each.rows);
      drain(heap);
      expect(statsOf(heap).liveSegments).toBe(0);
    }),
    { numRuns: 80 },
  );
});

test("a vector of many rows finds each, clears away its dead and starts from any id", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const rows = createRows(heap);
  const model: Model = new Map();
  for (let id = 1; id <= 20_000; id++) {
    append(heap, rows, id * 2, [id, id + 1, id + 2]);
    model.set(id * 2, [id, id + 1, id + 2]);
  }
  expectSame(heap, rows, model);
  expect(findRow(heap.words, rows, 3)).toBe(0);
  const cursor = rowCursor(heap.words, rows, 30_001);
  expect(cursor.next() && cursor.id).toBe(30_002);
  const full = statsOf(heap).liveBytes;
  for (let id = 1; id <= 20_000; id++) {
    if (id % 10 === 0) continue;
    removeRow(heap, rows, id * 2);
    model.delete(id * 2);
  }
  expectSame(heap, rows, model);
  expect(statsOf(heap).liveBytes).toBeLessThan(full / 3);
});

test("a row of a million words has a segment of its own", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const rows = createRows(heap);
  const payload = Array.from({ length: 1_000_000 }, (_, index) => index);
  append(heap, rows, 1, [7]);
  append(heap, rows, 2, payload);
  append(heap, rows, 3, [9]);
  expectSame(
    heap,
    rows,
    new Map([
      [1, [7]],
      [2, payload],
      [3, [9]],
    ]),
  );
  checkHeap(heap, [rows]);
});

test("the difference of two clones names the segments that one of them has alone", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const rows = createRows(heap);
  for (let id = 1; id <= 10_000; id++) append(heap, rows, id, [id, 0, 0, 0]);
  const clone = copySegment(heap, rows);
  expect(diffRows(heap.words, rows, clone)).toEqual({ left: [], right: [] });
  removeRow(heap, clone, 500);
  append(heap, clone, 10_001, [1]);
  const difference = diffRows(heap.words, rows, clone);
  expect(difference.left).toHaveLength(2);
  expect(difference.right).toHaveLength(2);
  const segments = shapeOfRows(heap.words, clone, ownedFrom(heap.words, clone));
  expect(segments.filter(({ isShared }) => isShared).length).toBeGreaterThan(segments.length - 4);
  checkHeap(heap, [rows, clone]);
});

test("a write after cloning copies its path and a second write copies nothing", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const rows = createRows(heap);
  for (let id = 1; id <= 50_000; id++) append(heap, rows, id, [id, 0, 0, 0]);
  const clone = copySegment(heap, rows);
  const before = heap.segmentsCopied;
  append(heap, clone, 50_001, [1]);
  const copies = heap.segmentsCopied - before;
  expect(copies).toBeLessThanOrEqual(1);
  append(heap, clone, 50_002, [1]);
  expect(heap.segmentsCopied - before).toBe(copies);
});

test("a vector of one short row takes at most 192 bytes", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  append(heap, createRows(heap), 1, [1, 2, 3, 4, 5]);
  expect(statsOf(heap).liveBytes).toBeLessThanOrEqual(192);
});
