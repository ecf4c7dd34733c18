/**
 * Threads that are ended while they write to shared containers, one after the other, while another goes on
 * and nobody is told of the ends.
 */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { SharedMap, SharedVector } from "../../dist/src/containers/index.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { recoverHeap } from "../../dist/src/memory/recover.js";
import { sleep } from "../../dist/src/sync/step.js";

const VICTIM = 0;
const SURVIVOR = 1;
const STOP = 2;
/** Ends a wait that would never end. */
const LONG_MS = 60_000;

/** Ends `rounds` writing threads at moments that `random` chooses; each time the others must come through. */
export async function endWriters(rounds: number, random: () => number): Promise<void> {
  const heap = Heap.create({ maxBytes: 2 ** 28 });
  const map = SharedMap.create({ heap });
  const vector = SharedVector.create({ heap });
  const words = new Int32Array(new SharedArrayBuffer(16));
  const start = (counter: number): Worker =>
    new Worker(new URL("./writing-worker.mjs", import.meta.url), {
      workerData: { map: map.share(), vector: vector.share(), words, counter, stop: STOP },
    });
  const survivor = start(SURVIVOR);
  const failed = once(survivor, "error").then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  const ended = once(survivor, "exit");
  for (let round = 0; round < rounds; round++) {
    const victim = start(VICTIM);
    await reach(words, VICTIM, Atomics.load(words, VICTIM) + 1 + Math.floor(random() * 40));
    await Promise.all([victim.terminate(), spin(random() * 2000)]);
    const before = Atomics.load(words, SURVIVOR);
    expect(map.get("left")).toBeTypeOf("number");
    map.set("round", round);
    expect(map.get("round")).toBe(round);
    expect(vector.at(vector.append(-1) - 1)).toBeDefined();
    await Promise.race([reach(words, SURVIVOR, before + 2), failed]);
  }
  Atomics.store(words, STOP, 1);
  await ended;
  expect(heap.stats().threads).toBeLessThan(4);
  for (const held of [map, vector]) held.dispose();
  // The places of the last victim, which nobody has taken since.
  while (heap.stats().threads > 1) Heap.receive(heap.share()).detach();
  recoverHeap(heap);
  checkHeap(heap);
  expect(heap.stats().kinds.get("shared root")).toBeUndefined();
}

async function reach(words: Int32Array, counter: number, goal: number): Promise<void> {
  for (let seen = Atomics.load(words, counter); seen < goal; seen = Atomics.load(words, counter)) {
    if ((await sleep(words, counter, seen, LONG_MS)) !== 0)
      throw new Error("nobody writes any more");
  }
}

/** Some turns of a loop, so that the end comes at another step each time. */
async function spin(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 100) await Promise.resolve();
}

/** Numbers from 0 to 1, the same in each run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
