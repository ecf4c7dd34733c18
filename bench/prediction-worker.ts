/** Makes shadows of an environment for another thread, as many as it takes. */
import { workerData } from "node:worker_threads";
import { Environment, handleOf } from "../src/environment/environment.js";
import { storeOf } from "../src/environment/workspace.js";
import { Heap } from "../src/memory/heap.js";
import type { SharedHandle } from "../src/memory/shared-handle.js";
import { expression, integer, symbol } from "../src/term/atom.js";

interface Task {
  readonly heap: SharedHandle<"Heap">;
  readonly environment: SharedHandle<"Environment">;
  /** Addresses of roots, each with a reference; 0 for a free place. */
  readonly ring: Int32Array;
  readonly count: number;
}

const { heap: handle, environment, ring, count } = workerData as Task;
const heap = Heap.receive(handle);
const base = Environment.receive(environment, heap);
const shadows = storeOf(heap).shadows!;
const { root } = handleOf(base);

function learn(): void {
  for (let round = 0; round < 8; round++) {
    using fork = base.clone();
    fork.add(expression([symbol("r0"), integer(count + round), integer(0)]));
  }
}

learn();
for (let place = 0; ; place = (place + 1) % ring.length) {
  let shadow = 0;
  while (shadow === 0) {
    shadows.prepare();
    shadow = shadows.take(root);
  }
  while (Atomics.compareExchange(ring, place, 0, shadow) !== 0);
}
