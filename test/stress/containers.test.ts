import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { SharedMap } from "../../dist/src/containers/index.js";
import { endWriters, randomFrom } from "../containers/terminations.js";

test("two hundred writers that are ended anywhere stop nobody else, though nobody is told", async () => {
  await endWriters(200, randomFrom(11));
});

test("three hundred threads attach to a map and go, a fifth of them without a word", async () => {
  const map = SharedMap.create({ maxBytes: 2 ** 28 });
  map.set("left", 0);
  const words = new Int32Array(new SharedArrayBuffer(16));
  const handle = map.share();
  for (let round = 0; round < 60; round++) {
    Atomics.store(words, 2, 0);
    const workers = Array.from({ length: 5 }, (_, index) => {
      const workerData = {
        map: handle,
        vector: undefined,
        words,
        counter: index === 0 ? 0 : 1,
        stop: 2,
      };
      return new Worker(new URL("../containers/writing-worker.mjs", import.meta.url), {
        workerData,
      });
    });
    const ends = workers.map((worker) => once(worker, "exit"));
    await once(workers[0]!, "message");
    await workers[0]!.terminate();
    Atomics.store(words, 2, 1);
    await Promise.all(ends);
    map.set("round", round);
    expect(map.get("round")).toBe(round);
  }
  map.dispose();
});
