/** Readers and writers on one SharedEnvironment, for a while. */
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { sleep } from "../../dist/src/sync/step.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { heldIn } from "./held.js";

const layout = { arrived: 0, gate: 32, stop: 64, faults: 96, counts: 128 };

export interface PartyFigures {
  readonly faults: number;
  /** What each reader has read and each writer has written. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
  /** Pairs left in the end: one for each writer that wrote. */
  readonly pairs: number;
}

/** The heap is checked at the end: it holds what it held before. */
export async function runParty(
  readers: number,
  writers: number,
  durationMs: number,
): Promise<PartyFigures> {
  const heap = Heap.create({ maxBytes: 2 ** 28 });
  const empty = Environment.create(heap);
  // Names are never freed: they stand in the heap before the party and after it.
  for (const text of ["(left 0 0)", "(right 0 0)"]) {
    using named = empty.clone();
    named.add(parseAtom(text));
  }
  const before = heldIn(heap);
  const shared = SharedEnvironment.create(heap, empty);
  const count = readers + writers;
  const words = new Int32Array(new SharedArrayBuffer((layout.counts + count) * 4));
  const ends = Array.from({ length: count }, (_, index) => {
    const job = index < writers ? "write" : "read";
    const workerData = {
      handle: heap.share(),
      shared: shared.share(),
      job,
      index,
      words,
      layout,
    };
    const worker = new Worker(new URL("./shared-worker.mjs", import.meta.url), { workerData });
    return new Promise((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", resolve);
    });
  });
  for (;;) {
    const arrived = Atomics.load(words, layout.arrived);
    if (arrived === count) break;
    await sleep(words, layout.arrived, arrived, 10_000);
  }
  Atomics.store(words, layout.gate, 1);
  Atomics.notify(words, layout.gate);
  await delay(durationMs);
  Atomics.store(words, layout.stop, 1);
  await Promise.all(ends);
  const last = shared.snapshot();
  const pairs = last.count / 2;
  for (const held of [last, shared]) held.dispose();
  expect(heldIn(heap)).toEqual(before);
  checkHeap(heap);
  const counts = [...words.subarray(layout.counts)];
  const faults = words[layout.faults]!;
  return { faults, reads: counts.slice(writers), writes: counts.slice(0, writers), pairs };
}
