// Counts every other word, a thousand times over.
import { workerData } from "node:worker_threads";
import { SharedMap } from "oxbow/containers";

const counts = SharedMap.receive(workerData.counts);
const mine = workerData.words.filter((_, index) => index % 2 === workerData.half);
for (let round = 0; round < 1000; round++) {
  for (const word of mine) {
    counts.update((next) => next.set(word, (next.get(word) ?? 0) + 1));
  }
}
counts.dispose();
