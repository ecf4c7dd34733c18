/** Attaches, holds a segment and a mutex if it is asked to, says so, and stays until it is ended. */
import { parentPort, workerData } from "node:worker_threads";
import { allocate } from "../../dist/src/memory/allocator.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { RAW } from "../../dist/src/memory/kinds.js";
import { hold } from "../../dist/src/memory/ledger.js";
import { keepSlot, mutexAt } from "../../dist/src/memory/thread-slot.js";

const { handle, keeper, mutex } = workerData;
const heap = Heap.receive(handle);
if (keeper !== undefined) keepSlot(heap, keeper);
hold(heap, allocate(heap, 1000, RAW));
if (mutex !== undefined) mutexAt(heap, mutex).lock();
parentPort.postMessage(heap.thread);
setInterval(() => undefined, 1000);
