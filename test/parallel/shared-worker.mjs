// One thread of the shared environment's stress test: a reader, or a writer that writes in pairs.
import { workerData } from "node:worker_threads";
import { Environment } from "../../dist/src/environment/environment.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { expression, integer, symbol } from "../../dist/src/term/atom.js";

const { handle, shared: address, job, index, words, layout } = workerData;
const heap = Heap.receive(handle);
const shared = SharedEnvironment.receive(address, heap);

const atom = (name, round) => expression([symbol(name), integer(index), integer(round)]);

function write(round) {
  shared.update((environment) => {
    if (!(environment instanceof Environment)) throw new Error("no environment");
    environment.add(atom("left", round));
    // A round later the pair is taken away again, so that the space stays small.
    if (round > 0) {
      environment.remove(atom("left", round - 1));
      environment.remove(atom("right", round - 1));
    }
    environment.add(atom("right", round));
  });
}

/** A half-written pair, or a writer's two pairs at once, is a fault. */
function read() {
  const environment = shared.snapshot();
  const seen = [...environment.atoms()].map(({ children }) => children);
  environment.dispose();
  const lefts = seen.filter(([name]) => name === symbol("left"));
  const rights = seen.filter(([name]) => name === symbol("right"));
  const key = ([, by, round]) => `${by.value} ${round.value}`;
  const paired = new Set(lefts.map(key));
  const whole = lefts.length === rights.length && rights.every((right) => paired.has(key(right)));
  const single = new Set(lefts.map(([, by]) => by.value)).size === lefts.length;
  if (!whole || !single) Atomics.add(words, layout.faults, 1);
}

Atomics.add(words, layout.arrived, 1);
Atomics.notify(words, layout.arrived);
Atomics.wait(words, layout.gate, 0);
for (let round = 0; Atomics.load(words, layout.stop) === 0; round++) {
  if (job === "write") write(round);
  else read();
  Atomics.add(words, layout.counts + index, 1);
}
shared.dispose();
heap.detach();
