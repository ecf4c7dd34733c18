// A reader: asks snapshots what all accounts hold together until it is told to stop.
import { setImmediate as turn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { atom, evaluate, Heap, SharedEnvironment } from "oxbow";

const heap = Heap.receive(workerData.heap);
const shared = SharedEnvironment.receive(workerData.shared, heap);
const total = atom`
  (let $sums (collapse (match &self (balance $account $sum) $sum))
    (foldl-atom $sums 0 $a $b (+ $a $b)))`;
const expected = BigInt(10 * workerData.ACCOUNTS);

const told = new AbortController();
parentPort.once("message", () => told.abort());
let reads = 0;
let wrong = 0;
while (!told.signal.aborted) {
  const snapshot = shared.snapshot();
  const [sum] = evaluate(snapshot, total).results;
  snapshot.dispose();
  if (BigInt(sum.value) !== expected) wrong++;
  if (reads++ === 0) parentPort.postMessage("ready");
  await turn(); // lets the message come in
}
shared.dispose();
heap.detach();
parentPort.postMessage({ reads, wrong });
