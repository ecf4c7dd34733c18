/** Negative space: every invariant that a check of the heap promises is broken by hand, and the check says which it was. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW, TICKET } from "../../src/memory/kinds.js";
import {
  CHUNK_COUNT,
  ENTRY_BUMP,
  ENTRY_FREE,
  ENTRY_NEXT,
  ENTRY_OWNER,
  ENTRY_PLACE,
  ENTRY_USE,
  ENTRY_USED,
  entryOf,
  entryOfChunk,
  HIGH_WATER,
  PLACE_AVAILABLE,
  PLACE_FULL,
  SLOT_AVAILABLE,
  SLOT_CURRENT,
  SLOT_PENDING,
  SLOT_READING,
  SLOT_REMOTE,
} from "../../src/memory/layout.js";
import { createThenPack, type Packed } from "../../src/memory/packed.js";
import { GENERATION, INLINE, USED } from "../../src/memory/region-layout.js";
import {
  HEADER_WORDS,
  readKind,
  SPARE_WORD,
  setChildren,
  TYPE_WORD,
} from "../../src/memory/segment.js";
import { sizeClassFor } from "../../src/memory/size-classes.js";
import { issueTicket } from "../../src/memory/ticket.js";
import { PURPOSE } from "../../src/memory/ticket-layout.js";
import { forEachBlock } from "../../src/memory/walk.js";

/** A heap with a segment of every state: live, free, pending, on a remote stack; a run, a ticket, two regions. */
interface Place {
  readonly heap: Heap;
  readonly words: Int32Array;
  /** Holds `child` and a large segment. */
  readonly parent: Address;
  readonly child: Address;
  readonly large: Address;
  readonly free: Address;
  readonly ticket: Address;
  /** In a chunk that is full, and in one that is in its owner's list. */
  readonly full: Address;
  readonly available: Address;
  readonly older: Packed<"object">;
  readonly newer: Packed<"object">;
  readonly held: readonly Address[];
}

const SIZE = 3000;

function region(heap: Heap, other: Packed<"object"> | null): Packed<"object"> {
  return createThenPack<"object">(heap, (building) => {
    const root = building.allocate(2);
    building.write(root, 7);
    if (other !== null) building.write(root + 1, building.refer(other));
    return building.pack(root);
  });
}

function wholeHeap(): Place {
  const heap = Heap.create({ maxBytes: 16 * 2 ** 20 });
  const { words } = heap;
  const worker = Heap.receive(heap.share());
  const [child, large] = [allocate(heap, 8, RAW), allocate(heap, 200_000, RAW)];
  const parent = allocate(heap, 8, RAW);
  words.set([child, large], parent + HEADER_WORDS);
  setChildren(words, parent, HEADER_WORDS, 2);
  const free = allocate(heap, 8, RAW);
  const theirs = allocate(worker, 8, RAW);
  release(heap, theirs);
  const target = allocate(heap, 8, RAW);
  issueTicket(heap, target);
  const many = Array.from({ length: 70 }, () => allocate(heap, SIZE, RAW));
  const [available, full] = [many[0]!, many.at(-30)!];
  release(heap, many[1]!);
  const older = region(heap, null);
  const newer = region(heap, older);
  const held = [parent, target, ...many.toSpliced(1, 1)];
  let chain = allocate(heap, 8, RAW);
  for (let length = 0; length < 5000; length++) {
    const next = allocate(heap, 8, RAW);
    words[next + HEADER_WORDS] = chain;
    setChildren(words, next, HEADER_WORDS, 1);
    chain = next;
  }
  release(heap, chain);
  release(heap, free);
  let ticket = 0;
  forEachBlock(words, (address) => {
    if (readKind(words, address) === TICKET) ticket = address;
  });
  expect(ticket).not.toBe(0);
  expect(words[heap.slot + SLOT_PENDING]).not.toBe(0);
  expect(words[worker.slot + SLOT_REMOTE]).toBe(theirs);
  expect(words[entryOf(available) + ENTRY_PLACE]).toBe(PLACE_AVAILABLE);
  expect(words[entryOf(full) + ENTRY_PLACE]).toBe(PLACE_FULL);
  checkRegions(heap, held);
  return { heap, words, parent, child, large, free, ticket, full, available, older, newer, held };
}

function set({ words }: Place, address: number, value: number): void {
  words[address] = value;
}

function change({ words }: Place, address: number, by: number): void {
  words[address]! += by;
}

const DAMAGE: readonly (readonly [id: string, what: string, damage: (place: Place) => void])[] = [
  ["L1", "a word before the map", (p) => set(p, 5, 1)],
  ["L4", "a free chunk of the map", (p) => set(p, entryOfChunk(0) + ENTRY_OWNER, 0)],
  ["L4", "a chunk of a thread that cannot be", (p) => set(p, entryOf(p.full) + ENTRY_OWNER, 512)],
  ["L4", "a chunk for a class that is none", (p) => set(p, entryOf(p.full) + ENTRY_USE, 99)],
  ["C2", "a claimed chunk above the high water", (p) => change(p, HIGH_WATER, -1)],
  [
    "C2",
    "the last chunk claimed without a trace",
    (p) => set(p, entryOfChunk(p.words[CHUNK_COUNT]! - 1) + ENTRY_OWNER, 1),
  ],
  [
    "C3",
    "a run that is longer than its chunks",
    (p) => change(p, entryOf(p.large) + ENTRY_USED, 1),
  ],
  [
    "C4",
    "a chunk that is carved beyond its end",
    (p) => change(p, entryOf(p.full) + ENTRY_BUMP, 8),
  ],
  [
    "C4",
    "a free chunk that is carved",
    (p) => set(p, entryOfChunk(p.words[HIGH_WATER]!) + ENTRY_BUMP, 1),
  ],
  ["AL1", "a count of blocks in use", (p) => change(p, entryOf(p.full) + ENTRY_USED, 1)],
  ["AL2", "a list that leads to no block", (p) => set(p, p.free + SPARE_WORD, p.child + 1)],
  [
    "AL2",
    "a block in two lists",
    (p) => set(p, p.heap.slot + SLOT_REMOTE, p.words[entryOf(p.child) + ENTRY_FREE]!),
  ],
  ["AL2", "a block in no list", (p) => set(p, p.child + TYPE_WORD, 0)],
  ["AL3", "a live segment that nobody counts", (p) => set(p, p.child, 0)],
  ["AL3", "a pending segment with a count", (p) => set(p, p.words[p.heap.slot + SLOT_PENDING]!, 1)],
  [
    "AL5",
    "a chunk with room in no list",
    (p) => set(p, p.heap.slot + SLOT_AVAILABLE + sizeClassFor(SIZE), 0),
  ],
  [
    "AL5",
    "a full chunk in a list",
    (p) => set(p, entryOf(p.available) + ENTRY_NEXT, entryOf(p.full)),
  ],
  [
    "AL5",
    "a chunk that is current and available",
    (p) => set(p, p.heap.slot + SLOT_CURRENT + sizeClassFor(SIZE), entryOf(p.available)),
  ],
  [
    "AL5",
    "a chunk that is current for another class",
    (p) => set(p, p.heap.slot + SLOT_CURRENT + 1, entryOf(p.child)),
  ],
  ["AL5", "a full chunk with room", (p) => set(p, entryOf(p.available) + ENTRY_PLACE, PLACE_FULL)],
  ["KI1", "a free block with a kind", (p) => set(p, p.free + TYPE_WORD, RAW)],
  ["S1", "a count that is too high", (p) => change(p, p.child, 1)],
  ["S1", "a free block with a count", (p) => set(p, p.free, 1)],
  ["S1", "a reference that nobody counted", (p) => set(p, p.parent + HEADER_WORDS + 1, p.child)],
  ["S3", "a reference to a free block", (p) => set(p, p.parent + HEADER_WORDS, p.free)],
  ["S3", "a reference to the middle of a block", (p) => change(p, p.parent + HEADER_WORDS, 1)],
  ["S4", "another class than the chunk's", (p) => change(p, p.child + TYPE_WORD, 1 << 8)],
  ["TK1", "a ticket for another kind", (p) => set(p, p.ticket + PURPOSE, TICKET)],
  ["S1", "a reader without a reference (VE3)", (p) => set(p, p.heap.slot + SLOT_READING, -p.child)],
  ["R1", "a region that uses more than it has", (p) => set(p, p.older.head + USED, 1 << 20)],
  ["R2", "a reference to something else", (p) => referTo(p, p.older.head, p.child)],
  ["R2", "regions that refer to each other", (p) => referTo(p, p.older.head, p.newer.head)],
  ["R3", "a root elsewhere", (p) => set(p, p.older.head + GENERATION + 1, p.newer.root)],
  ["R4", "a generation twice", (p) => set(p, p.older.head + GENERATION, generation(p.newer, p))],
  ["R4", "a packed region without a generation", (p) => set(p, p.older.head + GENERATION, 0)],
];

/** A region's second inline reference leads to another segment, which counts it. */
function referTo(place: Place, head: Address, other: Address): void {
  set(place, head + INLINE + 1, other);
  change(place, other, 1);
}

const generation = ({ head }: Packed<"object">, { words }: Place): number =>
  words[head + GENERATION]!;

describe("a check of a heap", () => {
  it.each(DAMAGE)("finds %s broken: %s", (id, _what, damage) => {
    const place = wholeHeap();
    damage(place);
    expect(() => checkRegions(place.heap, place.held)).toThrow(
      new RegExp(`^invariant broken: ${id}: `, "u"),
    );
  });

  it("finds nothing when nothing is broken", () => {
    const { heap, held } = wholeHeap();
    checkHeap(heap, held);
    checkRegions(heap, held);
  });
});

/** Numbered invariants that the words of a heap at rest cannot prove, and what proves them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  AL4: "every allocation fails once: allocator.test.ts",
  AL6: "threads that share segments: threads.test.ts",
  AL7: "threads that are ended anywhere: threads.test.ts",
  C1: "as AL2 and S4: no block is in two places, none of another class",
  L2: "the constants themselves: layout.ts",
  L3: "threads that free each other's segments: threads.test.ts",
  S2: "clones compared with a model: test/containers",
  S5: "as AL2: lists are followed through it",
  S6: "freezing at once with holders: freeze.explore.test.ts",
  S7: "writes to what is immutable: writable.test.ts",
  TK2: "two threads take in the same numbers: ticket.test.ts",
  TK3: "a thread ends at every step: ticket.test.ts",
};

const CHECKED = [
  "layout",
  "chunks",
  "allocator",
  "segment",
  "kinds",
  "ticket-layout",
  "region-layout",
];

it("every invariant that the headers of the checked files number is broken above, or proved elsewhere by name", () => {
  const promised = CHECKED.flatMap((file) => {
    const text = readFileSync(new URL(`../../src/memory/${file}.ts`, import.meta.url), "utf8");
    return [...text.matchAll(/^ \* {3}([A-Z]+\d+) {2}/gm)].map(([, id]) => id!);
  });
  const broken = new Set(DAMAGE.map(([id]) => id));
  const proved = [...broken, ...Object.keys(ELSEWHERE)];
  expect(proved.toSorted()).toEqual(promised.toSorted());
});
