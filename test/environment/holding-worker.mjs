// Receives an environment, says how many atoms it has, and stays until it is ended.
import { parentPort, workerData } from "node:worker_threads";
import { Environment, Heap } from "../../dist/src/index.js";

const heap = Heap.receive(workerData.handle);
const environment = Environment.receive(workerData.environment, heap);
parentPort.postMessage(environment.count);
setInterval(() => environment.count, 1000);
