// One map, written by two threads at once. `update` makes reading and writing one step, so no count is
// lost; a snapshot stays as it was while the threads go on.
// Run it after `npm run build`: node examples/04-shared-map/main.mjs
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { SharedMap } from "oxbow/containers";

const words = "the river leaves the stream and the stream goes on and the river comes back".split(
  " ",
);
const counts = SharedMap.create({ maxBytes: 64 * 2 ** 20 });
counts.set("the", 0);
const before = counts.snapshot();

const workers = [0, 1].map(
  (half) =>
    new Worker(new URL("./counter.mjs", import.meta.url), {
      workerData: { counts: counts.share(), words, half },
    }),
);
await Promise.all(workers.map((worker) => once(worker, "exit")));

// A worker that is ended while it writes stops nobody, and what it held is given back at its end.
const ended = new Worker(new URL("./counter.mjs", import.meta.url), {
  workerData: { counts: counts.share(), words: ["lost"], half: 0 },
});
const { threadId } = ended; // is -1 after the end
ended.once("exit", () => counts.recover(threadId));
await ended.terminate();

const total = words.reduce((sum, word) => sum + (counts.get(word) ?? 0) / count(word), 0);
console.log(`the: ${counts.get("the")}, river: ${counts.get("river")}, words: ${total}`);
console.log(`the snapshot still says the: ${before.get("the")}`);

function count(word) {
  return words.filter((other) => other === word).length;
}
// Prints:
// the: 4000, river: 2000, words: 15000
// the snapshot still says the: 0
