// One thread of the environment's stress tests: it queries what it was given by places that have no
// index yet, writes a clone, takes snapshots and updates, and posts what it saw. It runs the built files.
import { parentPort, workerData } from "node:worker_threads";
import { Environment } from "../../dist/src/environment/environment.js";
import { SharedEnvironment } from "../../dist/src/environment/shared.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { detach } from "../../dist/src/memory/ledger.js";
import { parseAtom } from "../../dist/src/term/parser.js";

const { handle, environment, shared, rounds, facts, name } = workerData;
const heap = Heap.receive(handle);
const base = Environment.receive(environment, heap);
const cell = SharedEnvironment.receive(shared, heap);

let wrong = 0;
function expectCount(env, pattern, count) {
  const found = env.countMatches(parseAtom(pattern));
  if (found !== count) wrong++;
}

const gate = new Int32Array(workerData.gate);
Atomics.add(gate, 0, 1);
Atomics.notify(gate, 0);
while (Atomics.load(gate, 1) === 0) Atomics.wait(gate, 1, 0);

for (let round = 0; round < rounds; round++) {
  // Nobody has asked by these places before: all threads build the indexes at once.
  expectCount(base, `(edge $a $b c${round % 7})`, Math.ceil((facts - (round % 7)) / 7));
  expectCount(base, `(edge n${round} $b $c)`, 1);
  expectCount(base, `(edge $a m${round % 10} $c)`, facts / 10);
  const mine = base.clone();
  mine.add(parseAtom(`(edge ${name} m1 c1)`));
  if (!mine.remove(parseAtom(`(edge n${round} m${round % 10} c${round % 7})`))) wrong++;
  expectCount(mine, "(edge $a m1 $c)", facts / 10 + (round % 10 === 1 ? 0 : 1));
  const before = cell.snapshot();
  cell.update((env) => env.add(parseAtom(`(done ${name} ${round})`)));
  const after = cell.snapshot();
  expectCount(after, `(done ${name} $x)`, round + 1);
  expectCount(before, `(done ${name} $x)`, round);
  const united = after.union(mine);
  expectCount(united, `(edge ${name} $b $c)`, 1);
  for (const env of [mine, before, after, united]) env.dispose();
}

const last = base.clone();
last.add(parseAtom(`(result ${name})`));
const result = last.share();
for (const it of [last, base, cell]) it.dispose();
detach(heap);
parentPort.postMessage({ wrong, result });
