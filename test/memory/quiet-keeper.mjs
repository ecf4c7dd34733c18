// Has the heap to itself, and keeps it until it is ended.
import { workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/memory/heap.js";
import { tryInQuiet } from "../../dist/src/memory/quiet.js";

const { handle, steps } = workerData;
const heap = Heap.receive(handle);
for (;;) {
  tryInQuiet(heap, () => {
    Atomics.store(steps, 0, 1);
    Atomics.notify(steps, 0);
    Atomics.wait(steps, 1, 0);
  });
}
