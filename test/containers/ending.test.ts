import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { rowCursor } from "../../src/containers/row-cursor.js";
import { appendRow, appendSpans, createRows, removeRow } from "../../src/containers/rows.js";
import { checkRows } from "../../src/containers/rows-check.js";
import { cloneTree, createTree, treeInsert } from "../../src/containers/tree.js";
import { checkTree } from "../../src/containers/tree-check.js";
import { treeCursor } from "../../src/containers/tree-cursor.js";
import { treeDelete } from "../../src/containers/tree-delete.js";
import { PLAIN, SEGMENTS } from "../../src/containers/tree-node.js";
import { allocate, copySegment, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { drop, hold } from "../../src/memory/ledger.js";
import { createThenPack } from "../../src/memory/packed.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { T_SYMBOL, tokenOf } from "../../src/term/tokens.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const HEAP_BYTES = 64 * 2 ** 20;

/** A container that this thread holds, and what another one does to its clone of it. */
interface Scene {
  readonly heap: Heap;
  readonly container: Address;
  /** All that the container holds, as text; proves its invariants too. */
  readonly see: () => string;
  readonly operate: (heap: Heap, clone: Address) => void;
  /** What this thread does to its own container, to find what was freed too early. */
  readonly write: () => void;
}

/** Ends the other thread at every step in turn; how many steps there were. */
function endAtEveryStep({ heap, container, see, operate, write }: Scene): number {
  let at = 1;
  for (let ended = true; ended; at++) {
    const thread = new EndingThread(heap);
    const before = see();
    const other = thread.heap;
    const slot = hold(other, copySegment(other, container));
    ended = thread.endAt(at, () => {
      operate(other, other.words[slot]!);
      release(other, drop(other, slot));
    });
    settleEnded(heap, other);
    expect(see()).toBe(before);
    write();
    const after = see();
    recoverHeap(heap, [container]);
    checkHeap(heap, [container]);
    expect(see()).toBe(after);
  }
  release(heap, container);
  drain(heap);
  recoverHeap(heap);
  checkHeap(heap);
  // A thread's own ledger stays.
  expect(heap.stats().liveSegments - (heap.stats().kinds.get("ledger")?.segments ?? 0)).toBe(0);
  return at;
}

/** A tree with keys of every tenth number, high enough to split and to merge. */
function treeScene(flavour: typeof PLAIN | typeof SEGMENTS, operate: Scene["operate"]): Scene {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const container = createTree(heap, flavour);
  const insert = (key: number): void => {
    const value = flavour === SEGMENTS ? allocate(heap, 8, RAW) : key;
    treeInsert(heap, container, 0, key, value);
  };
  for (let key = 0; key < 4000; key += 10) insert(key);
  const see = (): string => {
    checkTree(heap, container);
    const entries: [number, number][] = [];
    const cursor = treeCursor(heap.words, container, 0, 0);
    while (cursor.next()) entries.push([cursor.low, cursor.value]);
    return entries.join(" ");
  };
  let next = 5;
  const write = (): void => {
    insert((next += 10) % 4000);
    treeDelete(heap, container, 0, (next * 7) % 4000);
  };
  return { heap, container, see, operate, write };
}

for (const [name, flavour] of [
  ["numbers", PLAIN],
  ["segments", SEGMENTS],
] as const) {
  test(`a thread may end at every step of inserting into a tree of ${name}`, () => {
    const scene = treeScene(flavour, (heap, tree) => {
      for (let key = 2001; key < 2010; key++) {
        treeInsert(heap, tree, 0, key, flavour === SEGMENTS ? allocate(heap, 8, RAW) : key);
      }
      if (flavour === SEGMENTS) treeInsert(heap, tree, 0, 2010, allocate(heap, 8, RAW));
    });
    expect(endAtEveryStep(scene)).toBeGreaterThan(50);
  });

  test(`a thread may end at every step of deleting from a tree of ${name}`, () => {
    const scene = treeScene(flavour, (heap, tree) => {
      for (let key = 2000; key < 2150; key += 10) treeDelete(heap, tree, 0, key);
    });
    expect(endAtEveryStep(scene)).toBeGreaterThan(50);
  });
}

/** A vector with filed segments, tombstones, spans of a packed region and a tail. */
function rowsScene(operate: Scene["operate"]): Scene {
  const heap = Heap.create({ maxBytes: HEAP_BYTES });
  const container = createRows(heap);
  let next = 1;
  const append = (count: number): void => {
    for (let added = 0; added < count; added++) appendOne(heap, container, next++);
  };
  append(400);
  // Of the first segment two rows stay.
  for (let id = 1; id < 203; id++) if (id !== 2 && id !== 200) removeRow(heap, container, id);
  appendPacked(heap, container, next, 100);
  next += 100;
  append(190);
  const see = (): string => {
    checkRows(heap, container);
    const found: number[][] = [];
    const cursor = rowCursor(heap.words, container, 0);
    while (cursor.next()) {
      found.push([cursor.id, cursor.writer, cursor.sequence, heap.words[cursor.payload + 2]!]);
    }
    return found.join(" ");
  };
  let removed = 300;
  const write = (): void => {
    append(1);
    removeRow(heap, container, removed++);
  };
  return { heap, container, see, operate, write };
}

/** A row of an event and a token. */
function appendOne(heap: Heap, rows: Address, id: number): void {
  const at = appendRow(heap, rows, id, 3);
  for (const [index, word] of [7, id, TOKEN].entries()) heap.words[at + index] = word;
}

/** Rows of a region of `count` tokens, under ids from `id` on. */
function appendPacked(heap: Heap, rows: Address, id: number, count: number): void {
  using packed = createThenPack(heap, (region) => {
    const runs = region.allocate(count);
    const token = region.allocate(1);
    region.write(token, TOKEN);
    for (let index = 0; index < count; index++) region.write(runs + index, token);
    return region.pack(runs);
  });
  const region = { region: packed.head, runs: packed.root, positions: 0, first: 0, count };
  appendSpans(heap, rows, region, { id, writer: 8, sequence: 1 });
}

/** Above the ids of the scene's rows. */
const LATE_ID = 100_000;
const TOKEN = tokenOf(T_SYMBOL, 1);

test("a thread may end at every step of appending to a vector, through its tail, filing and growing", () => {
  const scene = rowsScene((heap, rows) => {
    // Has no room in the tail, which is the scene's too when it is filed.
    appendRow(heap, rows, LATE_ID - 1, 800);
    for (let id = LATE_ID; id < LATE_ID + 20; id++) appendOne(heap, rows, id);
  });
  expect(endAtEveryStep(scene)).toBeGreaterThan(100);
});

test("a thread may end at every step of removing from a vector, down to a segment's last row", () => {
  const scene = rowsScene((heap, rows) => {
    for (const id of [2, 200, 203, 204, 205]) removeRow(heap, rows, id);
  });
  expect(endAtEveryStep(scene)).toBeGreaterThan(100);
});

test("a thread may end at every step of adding rows of a region and of taking one out", () => {
  const scene = rowsScene((heap, rows) => {
    removeRow(heap, rows, 450);
    removeRow(heap, rows, 401);
    appendPacked(heap, rows, LATE_ID, 40);
    removeRow(heap, rows, LATE_ID + 35);
  });
  expect(endAtEveryStep(scene)).toBeGreaterThan(100);
});

test("a thread may end at every step of cloning a tree, growing it from nothing, and dropping it", () => {
  const scene = treeScene(PLAIN, (heap, tree) => {
    const slot = hold(heap, cloneTree(heap, tree));
    const small = hold(heap, createTree(heap, PLAIN));
    for (let key = 0; key < 40; key++) treeInsert(heap, heap.words[small]!, 0, key, key);
    release(heap, drop(heap, slot));
    release(heap, drop(heap, small));
  });
  expect(endAtEveryStep(scene)).toBeGreaterThan(100);
});
