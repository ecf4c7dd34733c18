import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import type { Heap } from "../../src/memory/heap.js";
import type { SharedHandle } from "../../src/memory/shared-handle.js";
import { atom, makeHeap } from "./harness.js";

const FACTS = 1400;
const ROUNDS = 60;
const THREADS = 3;

interface Answer {
  readonly wrong: number;
  readonly result: SharedHandle<"Environment">;
}

function start(
  heap: Heap,
  base: Environment,
  shared: SharedEnvironment,
  gate: SharedArrayBuffer,
  name: string,
): Worker {
  return new Worker(new URL("./sharing-worker.mjs", import.meta.url), {
    workerData: {
      handle: heap.share(),
      environment: base.share(),
      shared: shared.share(),
      rounds: ROUNDS,
      facts: FACTS,
      name,
      gate,
    },
  });
}

test.each(["is counted", "is frozen meanwhile"])(
  "threads query, index, write, unite and update a base that %s, and the heap stays whole",
  async (manner) => {
    const heap = makeHeap(256 * 1024 * 1024);
    const base = Environment.create(heap);
    for (let i = 0; i < FACTS; i++) base.add(atom(`(edge n${i} m${i % 10} c${i % 7})`));
    const shared = SharedEnvironment.create(heap, base);
    const gate = new SharedArrayBuffer(8);
    const words = new Int32Array(gate);
    const names = Array.from({ length: THREADS }, (_, index) => `t${index}`);
    const workers = names.map((name) => start(heap, base, shared, gate, name));
    const answers = Promise.all(workers.map((worker) => once(worker, "message")));
    const ends = workers.map((worker) => once(worker, "exit"));
    while (Atomics.load(words, 0) < THREADS) {
      await Atomics.waitAsync(words, 0, Atomics.load(words, 0), 50).value;
    }
    Atomics.store(words, 1, 1);
    Atomics.notify(words, 1);
    if (manner === "is frozen meanwhile") base.freeze();
    const united = base.clone();
    for (const [answer] of (await answers) as [Answer][]) {
      expect(answer.wrong).toBe(0);
      const result = Environment.receive(answer.result, heap);
      united.absorb(result);
      result.dispose();
    }
    await Promise.all(ends);
    expect(united.count).toBe(FACTS + THREADS);
    const last = shared.snapshot();
    expect(last.count).toBe(FACTS + THREADS * ROUNDS);
    for (const env of [base, united, last]) checkEnvironment(env);
    shared.dispose();
    for (const env of [base, united, last]) env.dispose();
    drain(heap);
    checkHeap(heap);
  },
);
