/** A thread of the storage suite: attaches to the heap, answers point queries and a scan, and says when. */
import { parentPort, workerData } from "node:worker_threads";
import { Environment } from "../src/environment/environment.js";
import { Heap } from "../src/memory/heap.js";
import { detach } from "../src/memory/ledger.js";
import type { SharedHandle } from "../src/memory/shared-handle.js";
import { expression, symbol, variable } from "../src/term/atom.js";

interface Job {
  readonly heap: SharedHandle<"Heap">;
  readonly environment: SharedHandle<"Environment">;
  readonly nodes: number;
}

const { heap: handle, environment, nodes } = workerData as Job;
const heap = Heap.receive(handle);
const env = Environment.receive(environment, heap);
const edge = symbol("edge");
const x = variable("x");
const y = variable("y");
let found = env.countMatches(expression([edge, x, y]));
for (let index = 0; index < 1000; index++) {
  found += env.countMatches(expression([edge, symbol(`n${(index * 7919) % nodes}`), y]));
}
parentPort!.postMessage({ found, rssBytes: process.memoryUsage().rss });
parentPort!.once("message", () => {
  env.dispose();
  detach(heap);
  process.exit(0);
});
