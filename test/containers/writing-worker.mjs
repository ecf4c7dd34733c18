/** Writes to and reads from shared containers until it is ended or told to stop; counts its rounds. */
import { parentPort, workerData } from "node:worker_threads";
import { SharedMap, SharedVector } from "../../dist/src/containers/index.js";

const { map: mapHandle, vector: vectorHandle, words, counter, stop } = workerData;
const map = SharedMap.receive(mapHandle);
// Not everybody has a vector.
const vector = vectorHandle === undefined ? null : SharedVector.receive(vectorHandle);
parentPort.postMessage("attached");
for (let round = 0; Atomics.load(words, stop) === 0; round++) {
  map.set(`key ${round % 300}`, round);
  map.update((next) => {
    next.set("left", round);
    next.set("right", round);
  });
  const snapshot = map.snapshot();
  if (snapshot.get("left") !== snapshot.get("right")) throw new Error("half of an update is seen");
  snapshot.dispose();
  map.get("left");
  vector?.append(round);
  vector?.at(-1);
  Atomics.add(words, counter, 1);
  Atomics.notify(words, counter);
}
map.dispose();
vector?.dispose();
