/** Entry point of a pool's threads. */
import { threadId } from "node:worker_threads";
import { workerData } from "piscina";
import { attach, type WorkerSetup } from "../src/parallel/worker.js";

const fork = await attach(workerData as WorkerSetup, threadId);

/** Evaluates what is on the board. A broken invariant ends the thread: the pool replaces it. */
export function serve(): void {
  try {
    fork.serve();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
