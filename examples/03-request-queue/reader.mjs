// The other thread: takes requests out, reads them where they are, lets them go.
import { parentPort, workerData } from "node:worker_threads";
import { Heap, RegionQueue } from "oxbow/regions";

const heap = Heap.receive(workerData.heap);
const queue = RegionQueue.receive(workerData.queue, heap);
let sum = 0;
for (let left = workerData.count; left > 0; left--) {
  const request = queue.pop(); // waits while the queue is empty
  sum += request.read(request.root) * request.read(request.root + 1);
  request.dispose();
}
queue.dispose();
heap.detach();
parentPort.postMessage(sum);
