import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { adoptPacked, type Packed, retainPacked } from "../../src/memory/packed.js";
import { recoverHeap } from "../../src/memory/recover.js";
import type { PackedResults } from "../../src/parallel/branch-results.js";
import {
  type BranchOutcome,
  branchOutcomes,
  decodeAtoms,
  encodeAtoms,
  packOutcomes,
} from "../../src/parallel/outcome.js";
import { type Atom, HostAtom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { Vocabulary } from "../../src/term/vocabulary.js";
import { settleEnded } from "../ending-thread.js";

function newVocabulary(): Vocabulary {
  const heap = Heap.create({ maxBytes: 2 ** 25 });
  return Vocabulary.of(heap);
}

const parsed = (text: string): Atom => parseAtom(text);
const printed = (atom: Atom): string => print(atom);

const outcome: BranchOutcome = {
  status: "stopped",
  results: ['(f $x "a string" 1.5)', "()", "123456789012345678901234567890"].map(parsed),
  output: "näive\nüber\n",
  stopped: "maxSteps",
  failure: "the heap of the thread is full",
  hadErrors: true,
  steps: 2 ** 45 + 7,
  timeMs: 1.5,
  startedMs: 1_700_000_000_000.25,
  segmentsCopied: 3,
  thread: 2,
};
const nothing: BranchOutcome = {
  ...outcome,
  status: "done",
  results: [],
  output: "",
  stopped: "completed",
  failure: "",
};

/** Outcomes in a region, and their readers. */
function handedOver(vocabulary: Vocabulary, outcomes: readonly BranchOutcome[]): PackedResults[] {
  const opened = branchOutcomes(vocabulary, packOutcomes(vocabulary, outcomes));
  return opened.map(({ results }) => results as PackedResults);
}

function regionCount({ heap }: Vocabulary): number {
  drain(heap);
  return heap.stats().kinds.get("region")?.segments ?? 0;
}

const comparable = ({ results, ...rest }: BranchOutcome): object => ({
  ...rest,
  results: results.map(printed),
});

test("outcomes come back from the heap as they were", () => {
  const vocabulary = newVocabulary();
  const packed = packOutcomes(vocabulary, [nothing, outcome, nothing]);
  const found = branchOutcomes(vocabulary, packed);
  expect(found.map(comparable)).toEqual([nothing, outcome, nothing].map(comparable));
  checkRegions(vocabulary.heap);
  checkHeap(vocabulary.heap);
});

test("results larger than the largest size class come back", () => {
  const vocabulary = newVocabulary();
  const results = Array.from({ length: 20_000 }, (_, index) => parseAtom(`(item ${index})`));
  const [found] = branchOutcomes(vocabulary, packOutcomes(vocabulary, [{ ...outcome, results }]));
  expect(found!.results.map(printed)).toEqual(results.map(printed));
  checkHeap(vocabulary.heap);
});

test("atoms are put one behind the other and read from any of them on", () => {
  const vocabulary = newVocabulary();
  const atoms = ["a", "(b $x $x)", "3", '"s"'].map(parsed);
  const { segment, offsets } = encodeAtoms(vocabulary, atoms);
  expect(decodeAtoms(vocabulary, segment + offsets[1]!, 3).map(printed)).toEqual([
    "(b $x $x)",
    "3",
    '"s"',
  ]);
  release(vocabulary.heap, segment);
  checkHeap(vocabulary.heap);
});

test("a result that cannot be shared is refused and leaves nothing in the heap", () => {
  const vocabulary = newVocabulary();
  const results = [parseAtom("a"), new HostAtom({}, "Object")];
  const refused = expect.objectContaining({ code: "ERR_NOT_SHAREABLE" });
  expect(() => packOutcomes(vocabulary, [{ ...outcome, results }])).toThrow(refused);
  expect(regionCount(vocabulary)).toBe(0);
  expect(() => encodeAtoms(vocabulary, results)).toThrow(refused);
  checkHeap(vocabulary.heap);
});

test("results are decoded when they are looked at, each once, and the region goes with the last", () => {
  const vocabulary = newVocabulary();
  const results = Array.from({ length: 1000 }, (_, index) => parseAtom(`(item ${index} $x)`));
  const [first, second] = handedOver(vocabulary, [
    { ...outcome, results },
    { ...outcome, results: results.slice(0, 2) },
  ]);
  expect(first!.length).toBe(1000);
  expect(first!.decodedCount).toBe(0);
  // Damage to one run is met by its reader only.
  const damaged = vocabulary.heap.words[first!.runAt(5)]!;
  vocabulary.heap.words[first!.runAt(5)] = -1;
  expect(printed(first!.at(-1)!)).toBe("(item 999 $x)");
  expect(first!.at(999)).toBe(first!.at(-1));
  expect(first!.at(1000)).toBeUndefined();
  expect(first!.decodedCount).toBe(1);
  expect(() => first!.at(5)).toThrow();
  vocabulary.heap.words[first!.runAt(5)] = damaged;
  expect([...second!].map(printed)).toEqual(["(item 0 $x)", "(item 1 $x)"]);
  expect(regionCount(vocabulary)).toBe(1);
  expect(first!.map(printed)).toEqual(results.map(printed));
  expect(regionCount(vocabulary)).toBe(0);
  expect(first!.some((result) => printed(result) === "(item 7 $x)")).toBe(true);
  checkHeap(vocabulary.heap);
});

test("disposed results keep what was looked at and refuse the rest", () => {
  const vocabulary = newVocabulary();
  const [results] = handedOver(vocabulary, [outcome, nothing]);
  const seen = results!.at(0);
  results!.dispose();
  results!.dispose();
  expect(regionCount(vocabulary)).toBe(0);
  expect(results!.at(0)).toBe(seen);
  expect(() => results!.at(1)).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
});

test("outcomes without results hold nothing", () => {
  const vocabulary = newVocabulary();
  const [found] = branchOutcomes(vocabulary, packOutcomes(vocabulary, [nothing]));
  expect(found!.results).toEqual([]);
  expect(regionCount(vocabulary)).toBe(0);
});

test("whichever allocation fails, outcomes are packed whole or leave nothing", () => {
  const results = Array.from({ length: 100 }, (_, index) => parseAtom(`(item ${index})`));
  for (let failing = 1; ; failing++) {
    const vocabulary = newVocabulary();
    packOutcomes(vocabulary, [{ ...outcome, results }]).dispose();
    vocabulary.heap.failAllocationAt(failing);
    try {
      const [found] = handedOver(vocabulary, [{ ...outcome, results }]);
      expect(failing).toBeGreaterThan(3);
      expect(found!.map(printed)).toEqual(results.map(printed));
      break;
    } catch (error) {
      expect(error).toMatchObject({ code: "ERR_HEAP_EXHAUSTED" });
      expect(regionCount(vocabulary)).toBe(0);
    }
  }
});

test("a thread that ends between packing and handing over leaves nothing after recovery", () => {
  const vocabulary = newVocabulary();
  const { heap } = vocabulary;
  packOutcomes(vocabulary, [outcome]).dispose();
  drain(heap);
  const before = heap.stats().liveSegments;
  const steps: readonly ((packed: Packed<unknown>) => void)[] = [
    () => {},
    (packed) => void retainPacked(packed),
    (packed) => {
      retainPacked(packed);
      packed.dispose();
    },
  ];
  for (const step of steps) {
    const other = Heap.receive(heap.share());
    step(packOutcomes(Vocabulary.of(other), [outcome]));
    settleEnded(heap, other);
    recoverHeap(heap, []);
    drain(heap);
    expect(heap.stats().liveSegments).toBe(before);
    checkRegions(heap);
    checkHeap(heap);
  }
});

test("results of a thread that ended after handing them over stay readable", () => {
  const vocabulary = newVocabulary();
  const { heap } = vocabulary;
  const other = Heap.receive(heap.share());
  const packed = packOutcomes(Vocabulary.of(other), [outcome]);
  const word = retainPacked(packed);
  settleEnded(heap, other);
  const [found] = branchOutcomes(vocabulary, adoptPacked(heap, word));
  expect(found!.results.map(printed)).toEqual(outcome.results.map(printed));
  checkHeap(heap);
});

async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 10; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
}

test("results that are forgotten are freed when they are collected, and not before", async () => {
  const vocabulary = newVocabulary();
  const [kept] = handedOver(vocabulary, [outcome]);
  (() => void handedOver(vocabulary, [outcome, outcome]))();
  expect(regionCount(vocabulary)).toBe(2);
  await collectGarbage();
  expect(regionCount(vocabulary)).toBe(1);
  expect(kept!.map(printed)).toEqual(outcome.results.map(printed));
  expect(regionCount(vocabulary)).toBe(0);
});
