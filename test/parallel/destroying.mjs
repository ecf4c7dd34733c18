// Makes pools and destroys each a little later after it was made than the one before: while its threads
// start, each time at another place.
import { setTimeout as delay } from "node:timers/promises";
import { Heap } from "../../dist/src/memory/heap.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";

const heap = Heap.create({ maxBytes: 2 ** 26 });
const POOLS = 12;
for (let index = 0; index < POOLS; index++) {
  const pool = await EvaluatorPool.create(heap, { threads: 2 });
  await delay(index * 10);
  await pool.destroy();
}
console.log(`destroyed ${POOLS} pools`);
