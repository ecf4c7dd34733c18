// Takes in as many of the numbers as it can, beside another thread that does the same.
import { parentPort, workerData } from "node:worker_threads";
import { release } from "../../dist/src/memory/allocator.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { RAW } from "../../dist/src/memory/kinds.js";
import { redeemTicket } from "../../dist/src/memory/ticket.js";

const THREADS = 2;
const heap = Heap.receive(workerData.handle);
const gate = new Int32Array(workerData.gate);
if (Atomics.add(gate, 0, 1) + 1 === THREADS) Atomics.notify(gate, 0);
for (let there = Atomics.load(gate, 0); there < THREADS; there = Atomics.load(gate, 0)) {
  Atomics.wait(gate, 0, there);
}
let taken = 0;
for (const number of workerData.numbers) {
  try {
    release(heap, redeemTicket(heap, number, RAW));
    taken++;
  } catch (error) {
    if (error.code !== "ERR_STALE_HANDLE") throw error;
  }
}
heap.detach();
parentPort.postMessage(taken);
