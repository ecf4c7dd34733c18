// Gives the threads of a pool operations of the host: each thread makes its own from a module.
// Run it after `npm run build`: node examples/24-operations-on-threads/main.mjs
import { atom, Environment, EvaluatorPool, Heap, print } from "oxbow";

const heap = Heap.create();
const environment = Environment.create(heap);
const libraryModule = new URL("./library.mjs", import.meta.url);
const pool = await EvaluatorPool.create(heap, { threads: 2, libraryModule });
const answer = await pool.evaluateAll(environment, [
  atom`(digits 12345)`,
  atom`(digits ${2n ** 64n})`,
]);
for (const { results } of answer.branches) console.log(print(results.at(0)));
answer.dispose();
await pool.close();
// Prints:
// 5
// 20
