/**
 * The containers on their own: the B+ tree against the `sorted-btree` package and a JavaScript `Map`,
 * and what one write after a copy costs in the persistent maps that a user would pick instead.
 */
import { enableMapSet, produce } from "immer";
import { Map as ImmutableMap } from "immutable";
import SortedBTree from "sorted-btree";
import { cloneTree, createTree, treeFind, treeInsert } from "../src/containers/tree.js";
import { PLAIN } from "../src/containers/tree-node.js";
import { drain, release } from "../src/memory/allocator.js";
import { Heap } from "../src/memory/heap.js";
import { atMost, type Figure, figure, medianOf, nanoseconds, ratio } from "./figure.js";
import { consume } from "./harness.js";

const ENTRIES = 1_000_000;
const SMALL = 10_000;
const ROUNDS = 3;
const WRITES = 2000;

/** Keys 0 … n − 1 in an order that looks random and is the same at every run. */
function shuffledKeys(count: number): Int32Array {
  const keys = Int32Array.from({ length: count }, (_, index) => index);
  let state = 12345;
  for (let index = count - 1; index > 0; index--) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const other = state % (index + 1);
    const swapped = keys[index]!;
    keys[index] = keys[other]!;
    keys[other] = swapped;
  }
  return keys;
}

/** Milliseconds that `work` takes. */
function timed(work: () => unknown): number {
  const start = process.hrtime.bigint();
  consume(work());
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** Medians of `ROUNDS` rounds in which all contenders take their turn. */
function inTurns<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
): Record<Name, number> {
  const names = Object.keys(contenders) as Name[];
  const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) samples.get(name)!.push(timed(contenders[name]));
  }
  return Object.fromEntries(names.map((name) => [name, medianOf(samples.get(name)!)])) as Record<
    Name,
    number
  >;
}

type NumberTree = SortedBTree.default<number, number>;
const NumberTree = SortedBTree.default;

function insertions(heap: Heap, keys: Int32Array): Figure[] {
  const roots: number[] = [];
  const found = inTurns({
    tree: () => {
      const root = createTree(heap, PLAIN);
      for (let index = 0; index < keys.length; index++) {
        treeInsert(heap, root, 0, keys[index]!, index);
      }
      return roots.push(root);
    },
    sorted: () => {
      const tree: NumberTree = new NumberTree<number, number>();
      for (let index = 0; index < keys.length; index++) tree.set(keys[index]!, index);
      return tree;
    },
    map: () => {
      const map = new Map<number, number>();
      for (let index = 0; index < keys.length; index++) map.set(keys[index]!, index);
      return map;
    },
  });
  // As with the others, giving the memory back is not counted in.
  for (const root of roots) release(heap, root);
  while (drain(heap, 100_000) > 0);
  return [
    figure("insert-1m-random", found.tree, "ms"),
    figure("sorted-btree insert-1m-random", found.sorted, "ms"),
    figure("js-map insert-1m-random", found.map, "ms"),
    ratio("insert-1m-random", found.tree, "sorted-btree", found.sorted, atMost(0.6)),
  ];
}

function lookUps(heap: Heap, keys: Int32Array): Figure[] {
  const root = createTree(heap, PLAIN);
  const sorted = new NumberTree<number, number>();
  const map = new Map<number, number>();
  for (let index = 0; index < keys.length; index++) {
    treeInsert(heap, root, 0, keys[index]!, index);
    sorted.set(keys[index]!, index);
    map.set(keys[index]!, index);
  }
  const { words } = heap;
  const sum = (get: (key: number) => number): number => {
    let total = 0;
    for (let index = 0; index < keys.length; index++) total += get(keys[index]!);
    return total;
  };
  const found = inTurns({
    tree: () => sum((key) => treeFind(words, root, 0, key)),
    sorted: () => sum((key) => sorted.get(key)!),
    map: () => sum((key) => map.get(key)!),
  });
  release(heap, root);
  return [
    nanoseconds("get-1m", (found.tree * 1e6) / ENTRIES),
    nanoseconds("sorted-btree get-1m", (found.sorted * 1e6) / ENTRIES),
    nanoseconds("js-map-get-1m", (found.map * 1e6) / ENTRIES),
    ratio("get-1m", found.tree, "js-map-get-1m", found.map, atMost(6)),
  ];
}

/** Cloning a map of 10,000 entries and writing one key: the persistent maps' own game. */
function writesAfterClone(heap: Heap): Figure[] {
  enableMapSet();
  const root = createTree(heap, PLAIN);
  const sorted = new NumberTree<number, number>();
  const plain = new Map<number, number>();
  for (let key = 0; key < SMALL; key++) {
    treeInsert(heap, root, 0, key, key);
    sorted.set(key, key);
    plain.set(key, key);
  }
  const immutable = ImmutableMap(plain);
  const times = (count: number, write: (key: number) => unknown) => (): unknown => {
    let last: unknown;
    for (let index = 0; index < count; index++) last = write((index * 7919) % SMALL);
    return last;
  };
  const few = WRITES / 100;
  const found = inTurns({
    tree: times(WRITES, (key) => {
      const clone = cloneTree(heap, root);
      treeInsert(heap, clone, 0, key, -1);
      release(heap, clone);
      return clone;
    }),
    sorted: times(WRITES, (key) => sorted.clone().set(key, -1)),
    immutable: times(WRITES, (key) => immutable.set(key, -1)),
    immer: times(few, (key) => produce(plain, (draft) => draft.set(key, -1))),
    map: times(few, (key) => new Map(plain).set(key, -1)),
  });
  release(heap, root);
  return [
    nanoseconds("clone-and-write-10k", (found.tree * 1e6) / WRITES),
    nanoseconds("sorted-btree clone-and-write-10k", (found.sorted * 1e6) / WRITES),
    nanoseconds("immutable set-10k", (found.immutable * 1e6) / WRITES),
    nanoseconds("immer set-10k", (found.immer * 1e6) / few),
    nanoseconds("js-map copy-and-set-10k", (found.map * 1e6) / few),
  ];
}

/** The figures of the tree. */
export function containerFigures(): Figure[] {
  const heap = Heap.create({ maxBytes: 2 ** 30 });
  const keys = shuffledKeys(ENTRIES);
  return [...insertions(heap, keys), ...lookUps(heap, keys), ...writesAfterClone(heap)];
}
