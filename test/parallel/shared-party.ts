/** Readers and writers on one SharedEnvironment, for a while. */
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Environment } from "../../dist/src/environment/environment.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { sleep } from "../../dist/src/sync/step.js";

const layout = { arrived: 0, gate: 32, stop: 64, faults: 96, reads: 128, writes: 160 };
const LAYOUT_WORDS = 192;

export interface PartyFigures {
  readonly faults: number;
  readonly reads: number;
  readonly writes: number;
  /** Pairs left in the end: one for each writer that wrote. */
  readonly pairs: number;
}

export async function runParty(
  readers: number,
  writers: number,
  durationMs: number,
): Promise<PartyFigures> {
  const heap = Heap.create({ maxBytes: 2 ** 28 });
  const empty = Environment.create(heap);
  const shared = SharedEnvironment.create(heap, empty);
  const words = new Int32Array(new SharedArrayBuffer(LAYOUT_WORDS * 4));
  const count = readers + writers;
  const ends = Array.from({ length: count }, (_, index) => {
    const job = index < writers ? "write" : "read";
    const workerData = {
      handle: heap.handle(),
      shared: shared.handle(),
      job,
      writer: index,
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
  const last = await shared.snapshotAsync();
  const pairs = last.count / 2;
  for (const held of [last, shared, empty]) held.dispose();
  drain(heap);
  checkHeap(heap);
  const { faults, reads, writes } = layout;
  return { faults: words[faults]!, reads: words[reads]!, writes: words[writes]!, pairs };
}
