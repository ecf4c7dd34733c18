import { expect, test } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap, publishRoot } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import {
  ENTRY_FREE,
  entryOf,
  SLOT_AVAILABLE,
  SLOT_CURRENT,
  SLOT_PENDING,
} from "../../src/memory/layout.js";
import { hold } from "../../src/memory/ledger.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { HEADER_WORDS, retain, setChildren } from "../../src/memory/segment.js";
import { settleEnded } from "../ending-thread.js";

const MAX_BYTES = 16 * 2 ** 20;
const LAST_ROOT = 63;

function parentOf(heap: Heap, child: Address): Address {
  const parent = allocate(heap, 8, RAW);
  heap.words[parent + HEADER_WORDS] = child;
  setChildren(heap.words, parent, HEADER_WORDS, 1);
  return parent;
}

test("recovery keeps what roots, ledgers and the caller hold, and frees the rest (RC1, RC2)", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const other = Heap.receive(heap.share());
  publishRoot(heap, LAST_ROOT, parentOf(heap, allocate(heap, 20, RAW)));
  hold(other, parentOf(other, allocate(other, 5000, RAW)));
  const own = parentOf(heap, allocate(heap, 100_000, RAW));
  for (let lost = 0; lost < 10; lost++) parentOf(heap, allocate(heap, 70_000, RAW));
  expect(() => checkHeap(heap, [own])).toThrow(/S1/);
  // Six segments and the ledger of the other thread can be reached.
  expect(recoverHeap(heap, [own])).toEqual({
    freedSegments: 20,
    correctedCounts: 0,
    reachableSegments: 7,
  });
  checkHeap(heap, [own]);
  release(heap, own);
  checkHeap(heap);
});

test("recovery corrects counts that an ended thread left too high", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const child = allocate(heap, 8, RAW);
  const parent = parentOf(heap, child);
  retain(heap.words, child);
  retain(heap.words, child);
  expect(recoverHeap(heap, [parent]).correctedCounts).toBe(1);
  checkHeap(heap, [parent]);
});

test("recovery frees what waited on lists and forgets the lists", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const other = Heap.receive(heap.share());
  let chain = allocate(heap, 8, RAW);
  for (let length = 0; length < 5000; length++) chain = parentOf(heap, chain);
  release(other, chain);
  expect(heap.words[other.slot + SLOT_PENDING]).not.toBe(0);
  recoverHeap(heap);
  checkHeap(heap);
  expect(drain(other)).toBe(0);
  expect(heap.stats()).toMatchObject({ liveSegments: 0, remoteBytes: 0, pendingBytes: 0 });
});

test("an ended thread's lists are written anew from its chunks (RP1)", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const worker = Heap.receive(heap.share());
  const kept = Array.from({ length: 20_000 }, () => hold(worker, allocate(worker, 8, RAW)));
  expect(kept).toHaveLength(20_000);
  const lost = allocate(worker, 8, RAW);
  // It ended while it took a chunk from its list.
  heap.words[worker.slot + SLOT_AVAILABLE] = 12_345;
  heap.words[worker.slot + SLOT_CURRENT] = 54_321;
  settleEnded(heap, worker);
  drain(heap);
  checkHeap(heap, [lost]);
  const heir = Heap.receive(heap.share());
  expect(heir.thread).toBe(worker.thread);
  const again = Array.from({ length: 20_000 }, () => allocate(heir, 8, RAW));
  checkHeap(heap, [lost, ...again]);
});

test("damage to a free list is noticed", () => {
  const heap = Heap.create({ maxBytes: MAX_BYTES });
  const [first, second] = [allocate(heap, 8, RAW), allocate(heap, 8, RAW)];
  release(heap, first);
  heap.words[entryOf(first) + ENTRY_FREE] = second;
  expect(() => checkHeap(heap, [second])).toThrow(/S1|AL2/);
});
