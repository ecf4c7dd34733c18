import fc from "fast-check";
import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import {
  cloneTree,
  createTree,
  NOT_FOUND,
  treeCount,
  treeFind,
  treeHas,
  treeInsert,
  treeOwnedValue,
} from "../../src/containers/tree.js";
import { buildTree } from "../../src/containers/tree-build.js";
import { checkTree } from "../../src/containers/tree-check.js";
import { floorCursor, treeCursor } from "../../src/containers/tree-cursor.js";
import { treeDelete } from "../../src/containers/tree-delete.js";
import { diffTrees } from "../../src/containers/tree-diff.js";
import {
  createNode,
  moveTail,
  ownChildAt,
  PLAIN,
  readCount,
  readLevel,
  readLow,
  SEGMENTS,
  SET,
  type TreeFlavour,
  valuesOf,
  writeKey,
} from "../../src/containers/tree-node.js";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { HeapExhaustedError } from "../../src/memory/exhausted.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { statsOf } from "../../src/memory/stats.js";

const HEAP_BYTES = 64 * 2 ** 20;
type Model = Map<number, number>;

/** Keys of the model are numbers; in the tree they are two words, the high one from the top bits. */
const highOf = (key: number): number => (key >> 8) | (key & 1 ? 0x80000000 : 0);
const lowOf = (key: number): number => key & 0xff;
const inOrder = (model: Model): number[] =>
  [...model.keys()].sort(
    (a, b) => (highOf(a) >>> 0) - (highOf(b) >>> 0) || (lowOf(a) >>> 0) - (lowOf(b) >>> 0),
  );

function entriesOf(heap: Heap, root: Address): [number, number, number][] {
  const cursor = treeCursor(heap.words, root, 0, 0);
  const entries: [number, number, number][] = [];
  while (cursor.next()) entries.push([cursor.high, cursor.low, cursor.value]);
  return entries;
}

function expectSame(heap: Heap, root: Address, model: Model, flavour: TreeFlavour): void {
  const expected = inOrder(model).map((key) => [
    highOf(key) >>> 0,
    lowOf(key),
    flavour === SET ? 0 : model.get(key)!,
  ]);
  expect(entriesOf(heap, root)).toEqual(expected);
}

test("a map keeps its root's address while it grows and shrinks through every height", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const root = createTree(heap, PLAIN);
  for (let key = 0; key < 20_000; key++) treeInsert(heap, root, key % 7, (key * 7919) | 0, key);
  checkTree(heap, root);
  expect(treeCount(heap.words, root)).toBe(20_000);
  for (let key = 0; key < 20_000; key++) {
    expect(treeFind(heap.words, root, key % 7, (key * 7919) | 0)).toBe(key);
  }
  for (let key = 0; key < 20_000; key++) {
    expect(treeDelete(heap, root, key % 7, (key * 7919) | 0)).toBe(true);
    if (key % 500 === 0) checkTree(heap, root);
  }
  checkTree(heap, root);
  expect(treeCount(heap.words, root)).toBe(0);
  checkHeap(heap, [root]);
  release(heap, root);
  expect(statsOf(heap).liveSegments).toBe(0);
});

const programStep = fc.record({
  what: fc.nat(9),
  key: fc.nat(600),
  tree: fc.nat(7),
  value: fc.nat(1000),
});

test.each([PLAIN, SET] as const)(
  "up to eight clones of flavour %i agree with a model under random programs, whichever allocation fails (T3)",
  (flavour) => {
    fc.assert(
      fc.property(fc.array(programStep, { maxLength: 400 }), fc.nat(120), (steps, failAt) => {
        const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
        const first = createTree(heap, flavour);
        heap.failAllocationAt(failAt);
        const trees: { root: Address; model: Model }[] = [{ root: first, model: new Map() }];
        for (const { what, key, tree, value } of steps) {
          const index = tree % trees.length;
          const { root, model } = trees[index]!;
          try {
            if (what < 5) {
              treeInsert(heap, root, highOf(key), lowOf(key), value);
              model.set(key, value);
            } else if (what < 8) {
              expect(treeDelete(heap, root, highOf(key), lowOf(key))).toBe(model.has(key));
              model.delete(key);
            } else if (what === 8 && trees.length < 8) {
              trees.push({ root: cloneTree(heap, root), model: new Map(model) });
            } else if (trees.length > 1) {
              trees.splice(index, 1);
              release(heap, root);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(HeapExhaustedError);
          }
          for (const each of trees) checkTree(heap, each.root);
          expect(treeHas(heap.words, trees[0]!.root, highOf(key), lowOf(key))).toBe(
            trees[0]!.model.has(key),
          );
        }
        for (const each of trees) expectSame(heap, each.root, each.model, flavour);
        checkHeap(
          heap,
          trees.map((each) => each.root),
        );
        for (const each of trees) release(heap, each.root);
        drain(heap);
        expect(statsOf(heap).liveSegments).toBe(0);
      }),
      { numRuns: 60 },
    );
  },
);

/** Words at the edges of signed and unsigned order, and any others. */
const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7fff_fffe, 0x7fff_ffff, -0x8000_0000, -0x7fff_ffff, -2, -1),
  fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
);
/** Runs of keys: up or down from anywhere, by any step, through the low word or the high one. */
const run = fc.record({
  high: word,
  low: word,
  step: fc.oneof(fc.constantFrom(1, -1), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })),
  inHigh: fc.boolean(),
  length: fc.integer({ min: 1, max: 400 }),
  insert: fc.integer({ min: 0, max: 3 }).map((it) => it > 0),
});

test.each([PLAIN, SET] as const)(
  "a tree of flavour %i keeps its invariants over the whole range of both words of its keys",
  (flavour) => {
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 8 }), (runs) => {
        const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
        const root = createTree(heap, flavour);
        const model = new Map<string, readonly [number, number]>();
        for (const { high, low, step, inHigh, length, insert } of runs) {
          for (let index = 0; index < length; index++) {
            const offset = Math.imul(step, index);
            const key = inHigh ? ([high + offset, low] as const) : ([high, low + offset] as const);
            const unsigned = [key[0] >>> 0, key[1] >>> 0] as const;
            if (insert) {
              treeInsert(heap, root, key[0] | 0, key[1] | 0, index);
              model.set(unsigned.join(), unsigned);
            } else {
              expect(treeDelete(heap, root, key[0] | 0, key[1] | 0)).toBe(
                model.delete(unsigned.join()),
              );
            }
            if (index % 29 === 0) checkTree(heap, root);
          }
          checkTree(heap, root);
        }
        const sorted = [...model.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(entriesOf(heap, root).map(([high, low]) => [high, low])).toEqual(sorted);
        for (const [high, low] of sorted) expect(treeHas(heap.words, root, high, low)).toBe(true);
        checkHeap(heap, [root]);
      }),
      { numRuns: 40 },
    );
  },
);

test("keys may come in descending order, and a tree of them can be taken down in any order", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  for (const first of [0, 0x7fff_0000, 0x8000_8000]) {
    const root = createTree(heap, PLAIN);
    for (let low = 30_000; low > 0; low--) {
      treeInsert(heap, root, 7, first + low, low);
      if (low % 997 === 0) checkTree(heap, root);
    }
    for (let step = 0; step < 30_000; step++) {
      const low = ((step * 7919) % 30_000) + 1;
      if (treeFind(heap.words, root, 7, first + low) !== low) expect.fail(`${low} is lost`);
      treeDelete(heap, root, 7, first + low);
      if (step % 997 === 0) checkTree(heap, root);
    }
    expect(treeCount(heap.words, root)).toBe(0);
    release(heap, root);
  }
});

test("a check refuses a node whose first key is not its lower bound", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const root = createTree(heap, PLAIN);
  for (let key = 0; key < 20_000; key++) treeInsert(heap, root, 0, key, key);
  const child = heap.words[valuesOf(heap.words, root) + 1]!;
  writeKey(heap.words, child, 0, 0, readLow(heap.words, child, 0) + 1);
  expect(() => checkTree(heap, root)).toThrow(/N2/);
});

test("the difference of two clones is what was written since, and shared nodes are not looked at", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const base = createTree(heap, PLAIN);
  for (let key = 0; key < 5000; key++) treeInsert(heap, base, 0, key * 2, key);
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.nat(10_000), side: fc.boolean(), insert: fc.boolean() }), {
        maxLength: 80,
      }),
      (writes) => {
        const roots = [cloneTree(heap, base), cloneTree(heap, base)] as const;
        for (const { key, side, insert } of writes) {
          const root = roots[side ? 1 : 0];
          if (insert) treeInsert(heap, root, 0, key, key + 7);
          else treeDelete(heap, root, 0, key);
        }
        const before = entriesOf(heap, roots[0]);
        const after = new Map(before.map(([, low, value]) => [low, value]));
        let told = 0;
        diffTrees(heap.words, roots[0], roots[1], {
          left: (_high, low) => {
            told++;
            after.delete(low);
          },
          right: (_high, low, value) => {
            told++;
            after.set(low, value);
          },
          changed: (_high, low, left, right) => {
            told++;
            expect(after.get(low)).toBe(left);
            after.set(low, right);
          },
        });
        const expected = new Map(entriesOf(heap, roots[1]).map(([, low, value]) => [low, value]));
        expect(after.size).toBe(expected.size);
        for (const [low, value] of expected) expect(after.get(low)).toBe(value);
        expect(told).toBeLessThanOrEqual(writes.length);
        for (const root of roots) release(heap, root);
      },
    ),
    { numRuns: 50 },
  );
  checkHeap(heap, [base]);
});

test("a tree of segments holds them, and owns one that is written", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const tree = createTree(heap, SEGMENTS);
  for (let key = 0; key < 300; key++) treeInsert(heap, tree, 1, key, allocate(heap, 8, RAW));
  checkHeap(heap, [tree]);
  const clone = cloneTree(heap, tree);
  const shared = treeFind(heap.words, tree, 1, 77);
  const owned = treeOwnedValue(heap, clone, 1, 77);
  expect(owned).not.toBe(shared);
  expect(treeFind(heap.words, tree, 1, 77)).toBe(shared);
  expect(treeOwnedValue(heap, clone, 1, 77)).toBe(owned);
  treeInsert(heap, clone, 1, 77, allocate(heap, 8, RAW));
  treeDelete(heap, clone, 1, 78);
  checkHeap(heap, [tree, clone]);
  release(heap, tree);
  release(heap, clone);
  drain(heap);
  expect(statsOf(heap).liveSegments).toBe(0);
});

/** Every other inner node below an owned one as nodes of older stores are: with twice the block that it has. */
function enlargeNodes(heap: Heap, node: Address, flavour: TreeFlavour): void {
  const { words } = heap;
  if (readLevel(words, node) < 2) return;
  for (let index = 0; index < readCount(words, node); index++) {
    const child = ownChildAt(heap, node, index);
    enlargeNodes(heap, child, flavour);
    if (index % 2 === 0) continue;
    const larger = createNode(heap, 256, readLevel(words, child), flavour);
    moveTail(words, child, 0, larger);
    words[valuesOf(words, node) + index] = larger;
    release(heap, child);
  }
}

test.each([PLAIN, SET] as const)(
  "a tree of flavour %i whose inner nodes are as large as in older stores is written as any other (N6)",
  (flavour) => {
    const heap = Heap.create({ maxBytes: HEAP_BYTES });
    const root = createTree(heap, flavour);
    const keyAt = (at: number): number => (at * 7919) % 30_011;
    for (let at = 0; at < 5_000; at++) treeInsert(heap, root, 0, keyAt(at), 1);
    enlargeNodes(heap, root, flavour);
    for (let at = 5_000; at < 30_000; at++) treeInsert(heap, root, 0, keyAt(at), 1);
    checkTree(heap, root);
    const held = cloneTree(heap, root);
    // From both ends, so that entries move from large nodes to small ones and back.
    for (let key = 0; key < 30_011; key++) {
      treeDelete(heap, root, 0, key < 15_000 ? key : 45_010 - key);
      if (key % 500 === 0) checkTree(heap, root);
    }
    expect(treeCount(heap.words, root)).toBe(0);
    checkTree(heap, held);
    expect(treeCount(heap.words, held)).toBe(30_000);
    for (let at = 0; at < 30_011; at++) treeInsert(heap, held, 1, keyAt(at), 1);
    checkTree(heap, held);
    expect(treeCount(heap.words, held)).toBe(60_011);
    checkHeap(heap, [root, held]);
  },
);

test("a floor is the last key that is not above, across leaves and gaps", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const tree = createTree(heap, PLAIN);
  for (let key = 10; key < 20_000; key += 10) treeInsert(heap, tree, 0, key, key);
  for (let key = 5000; key < 9000; key += 10) treeDelete(heap, tree, 0, key);
  checkTree(heap, tree);
  const floorOf = (low: number): number => floorCursor(heap.words, tree, 0, low)?.low ?? NOT_FOUND;
  expect(floorOf(9)).toBe(NOT_FOUND);
  expect(floorOf(10)).toBe(10);
  expect(floorOf(8999)).toBe(4990);
  expect(floorOf(9000)).toBe(9000);
  expect(floorOf(99_999)).toBe(19_990);
});

test("a tree built from sorted entries is the one that insertion makes", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  for (const count of [0, 1, 8, 9, 100, 5000, 50_000]) {
    let key = -1;
    const tree = buildTree(heap, PLAIN, {
      next: () => ++key < count,
      get high() {
        return 3;
      },
      get low() {
        return key;
      },
      get value() {
        return key * 2;
      },
    });
    checkTree(heap, tree);
    for (let low = 0; low < 500; low++) treeInsert(heap, tree, 2, 500 - low, low);
    checkTree(heap, tree);
    for (let low = 0; low < 500; low++) treeDelete(heap, tree, 2, 500 - low);
    checkTree(heap, tree);
    expect(treeCount(heap.words, tree)).toBe(count);
    expect(treeFind(heap.words, tree, 3, count - 1)).toBe(count === 0 ? NOT_FOUND : count * 2 - 2);
    treeInsert(heap, tree, 4, 1, 1);
    checkTree(heap, tree);
    release(heap, tree);
  }
  drain(heap);
  expect(statsOf(heap).liveSegments).toBe(0);
});

test("a tree of a few entries takes 128 bytes", () => {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const tree = createTree(heap, PLAIN);
  for (let key = 0; key < 4; key++) treeInsert(heap, tree, 0, key, key);
  expect(statsOf(heap).liveBytes).toBe(128);
});
