import { afterEach, expect, test, vi } from "vitest";
import type { Address } from "../../src/base/address.js";
import { allocate, drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { SLOT_READING } from "../../src/memory/layout.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { HEADER_WORDS, loadReferenceCount, setChildren } from "../../src/memory/segment.js";
import {
  beginReading,
  endReading,
  replaceVersion,
  takeVersion,
} from "../../src/memory/versions.js";
import { execute, type Protocol } from "../../src/sync/step.js";
import { settleEnded } from "../ending-thread.js";
import {
  beginReadingSteps,
  endReadingSteps,
  replaceVersionSteps,
  takeVersionSteps,
  type VersionWords,
} from "./version-steps.js";

afterEach(() => {
  vi.restoreAllMocks();
});

interface Scene {
  readonly heap: Heap;
  readonly other: Heap;
  readonly cell: Address;
  readonly place: Address;
}

/** A cell with one version in it, in a heap of two threads. */
function newScene(): Scene {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const other = Heap.receive(heap.share());
  const cell = allocate(heap, 2 * HEADER_WORDS, RAW);
  const place = cell + HEADER_WORDS;
  heap.words[place] = allocate(heap, 16, RAW);
  setChildren(heap.words, cell, HEADER_WORDS, 1);
  return { heap, other, cell, place };
}

/** One replacement by `heap`, from what stands there. */
function replace({ heap, place }: Scene): boolean {
  const from = takeVersion(heap, place);
  const next = allocate(heap, 16, RAW);
  const isDone = replaceVersion(heap, place, from, next);
  release(heap, next);
  release(heap, from);
  return isDone;
}

test("a version that is replaced while it is read goes when the reader ends, and not before", () => {
  const scene = newScene();
  const { heap, other, cell, place } = scene;
  const read = beginReading(other, place);
  expect(replace(scene)).toBe(true);
  expect(loadReferenceCount(heap.words, read)).toBe(1);
  expect(other.words[other.slot + SLOT_READING]).toBe(-read);
  checkHeap(heap, [cell]);
  endReading(other);
  expect(loadReferenceCount(heap.words, read)).toBe(0);
  checkHeap(heap, [cell]);
});

test("a reader that ends without a word keeps one version until its thread is settled", () => {
  const scene = newScene();
  const { heap, other, cell, place } = scene;
  const read = beginReading(other, place);
  for (let round = 0; round < 3; round++) expect(replace(scene)).toBe(true);
  recoverHeap(heap, [cell]);
  expect(loadReferenceCount(heap.words, read)).toBe(1);
  settleEnded(heap, other);
  expect(loadReferenceCount(heap.words, read)).toBe(0);
  release(heap, cell);
  drain(heap);
  checkHeap(heap);
  expect(heap.stats().liveSegments).toBe(0);
});

test("of two writers that start from one version the second is refused, with nothing lost", () => {
  const scene = newScene();
  const { heap, other, cell, place } = scene;
  const from = takeVersion(other, place);
  const late = allocate(other, 16, RAW);
  expect(replace(scene)).toBe(true);
  const present = heap.words[place];
  expect(replaceVersion(other, place, from, late)).toBe(false);
  expect(heap.words[place]).toBe(present);
  for (const held of [from, late]) release(other, held);
  checkHeap(heap, [cell]);
});

test("a thread that reads may not begin to read another version", () => {
  const { heap, place } = newScene();
  beginReading(heap, place);
  expect(() => beginReading(heap, place)).toThrow(/VE5/u);
});

/** What `body` does to the words of the protocol, in order, as `name index operands`. */
function record({ heap, other, place }: Scene, body: () => void): string[] {
  const watched = [place, heap.slot + SLOT_READING, other.slot + SLOT_READING];
  const calls: string[] = [];
  for (const name of ["load", "exchange", "compareExchange"] as const) {
    const original = Atomics[name] as (...operands: unknown[]) => number;
    vi.spyOn(Atomics, name).mockImplementation(((words: Int32Array, ...operands: number[]) => {
      if (watched.includes(operands[0]!)) calls.push([name, ...operands].join(" "));
      return original(words, ...operands);
    }) as never);
  }
  body();
  vi.restoreAllMocks();
  return calls;
}

const wordsOf = ({ heap, other, place }: Scene): VersionWords => ({
  place,
  reading: [heap.slot + SLOT_READING, other.slot + SLOT_READING],
});

function run(heap: Heap, protocol: Protocol<unknown>): void {
  let next = protocol.next(0);
  while (!next.done) next = protocol.next(execute(heap.words, next.value));
}

test("reading, taking and replacing do the steps of the proved protocol", () => {
  const operations: ((scene: Scene, isReal: boolean) => void)[] = [
    (scene, isReal) => {
      if (isReal) beginReading(scene.heap, scene.place);
      else run(scene.heap, beginReadingSteps(wordsOf(scene), 0));
    },
    (scene, isReal) => {
      if (isReal) endReading(scene.heap);
      else run(scene.heap, endReadingSteps(wordsOf(scene), 0));
    },
    (scene, isReal) => {
      if (isReal) takeVersion(scene.heap, scene.place);
      else run(scene.heap, takeVersionSteps(wordsOf(scene), 0));
    },
    (scene, isReal) => {
      const { heap, other, place } = scene;
      // One reader is inside meanwhile.
      beginReading(other, place);
      const [from, next] = [heap.words[place]!, allocate(heap, 16, RAW)];
      if (isReal) replaceVersion(heap, place, from, next);
      else run(heap, replaceVersionSteps(wordsOf(scene), from, next));
    },
  ];
  const [real, model] = [newScene(), newScene()];
  for (const operation of operations) {
    const steps = record(model, () => operation(model, false));
    expect(record(real, () => operation(real, true))).toEqual(steps);
    expect(steps.length).toBeGreaterThan(0);
  }
});
