// Attaches to a heap that another thread has to itself: it gets in when that is over.
import { workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/memory/heap.js";

const { handle, steps } = workerData;
Atomics.store(steps, 0, 1);
Atomics.notify(steps, 0);
const heap = Heap.receive(handle);
Atomics.store(steps, 1, 1);
Atomics.notify(steps, 1);
heap.detach();
