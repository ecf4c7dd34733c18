// One of a crowd: waits until all are there, then adds its rules to its clone.
import { parentPort, workerData } from "node:worker_threads";
import { Environment } from "../../dist/src/environment/environment.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { expression, integer, symbol } from "../../dist/src/term/atom.js";

const { handle, base, index, threads, rules, words } = workerData;
const ARRIVED = 0;
const heap = Heap.receive(handle);
const environment = Environment.receive(base, heap);
if (Atomics.add(words, ARRIVED, 1) + 1 === threads) Atomics.notify(words, ARRIVED);
for (let seen = 0; (seen = Atomics.load(words, ARRIVED)) < threads; ) {
  Atomics.wait(words, ARRIVED, seen, 50);
}
for (let rule = 0; rule < rules; rule++) {
  const head = expression([symbol("rule"), integer(index), integer(rule)]);
  environment.add(expression([symbol("="), head, integer(rule)]));
  // Half of the threads also take the same facts away.
  if (index % 2 === 0 && rule < 10) {
    environment.remove(expression([symbol("taken"), integer(rule)]));
  }
}
const grown = environment.share();
environment.dispose();
heap.detach();
parentPort.postMessage(grown);
