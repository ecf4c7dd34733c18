// Sends a million requests to another thread through a queue of a thousand. A request is a region: built,
// packed, read in place by the other thread, and freed when its last reader lets go. Memory stays flat.
// Run it after `npm run build`: node examples/03-request-queue/main.mjs [COUNT]
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createThenPack, Heap, RegionQueue } from "oxbow/regions";

const count = Number(process.argv[2] ?? 1_000_000);
const heap = Heap.create();
const queue = RegionQueue.create(heap, { capacity: 1000 });
const reader = new Worker(new URL("./reader.mjs", import.meta.url), {
  workerData: { heap: heap.share(), queue: queue.share(), count },
});
const answer = once(reader, "message");

for (let number = 1; number <= count; number++) {
  const request = createThenPack(heap, (region) => {
    const root = region.allocate(2);
    region.write(root, number);
    region.write(root + 1, number % 7);
    return region.pack(root);
  });
  queue.push(request); // waits while the queue is full
  request.dispose(); // the queue holds it now
}

const [sum] = await answer;
const { committedBytes, mapBytes } = heap.stats();
console.log(`${count} requests, sum of n × (n mod 7) = ${sum}`);
console.log(`memory stayed flat: ${committedBytes - mapBytes <= 4 * 2 ** 20}`);
// Prints:
// 1000000 requests, sum of n × (n mod 7) = 1500000499999
// memory stayed flat: true
