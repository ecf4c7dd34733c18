// A thread of the program's own with a pool of its own, which it waits for.
import { parentPort, workerData } from "node:worker_threads";
import { Environment } from "../../dist/src/environment/environment.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { createSite } from "./command-site.mjs";

const { handle, base, siteModule } = workerData;
const heap = Heap.receive(handle);
const pool = EvaluatorPool.on(createSite(heap), { threads: 2, siteModule, heartbeatMs: 0 });
const environment = Environment.receive(base, heap);
const atoms = [0, 1, 2, 3].map((index) =>
  parseAtom(`(do (work 2) (add (from ${index})) ${index})`),
);
(await pool.evaluateAll(environment, atoms)).dispose();
const answer = pool.evaluateAllSync(environment, atoms);
const results = answer.branches.flatMap((branch) =>
  Array.from(branch.results, (atom) => print(atom)),
);
const united = answer.environment.share();
answer.dispose();
environment.dispose();
await pool.close();
heap.detach();
parentPort.postMessage({ results, environment: united });
