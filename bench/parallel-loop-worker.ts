/** A thread that counts and touches no memory, to see what two threads of the machine gain. */
import { parentPort } from "node:worker_threads";

parentPort!.on("message", (steps: number) => {
  let state = 0;
  for (let step = 0; step < steps; step++) state = (Math.imul(state, 1_103_515_245) + step) | 0;
  parentPort!.postMessage(state);
});
