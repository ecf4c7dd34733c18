// The reading end of a queue: says its slot, adds up what it is sent and says that at the end.
import { parentPort, workerData } from "node:worker_threads";
import { Heap } from "../../dist/src/memory/heap.js";
import { RegionQueue } from "../../dist/src/memory/region-queue.js";

const heap = Heap.receive(workerData.handle);
parentPort.postMessage(heap.thread);
const queue = RegionQueue.receive(workerData.queue, heap);
let sum = 0;
for (let left = workerData.count; left > 0; left--) {
  const request = queue.pop();
  sum += request.read(request.root);
  request.dispose();
}
queue.dispose();
heap.detach();
parentPort.postMessage(sum);
