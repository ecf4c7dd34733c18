/**
 * Entry point of a pool's threads. It has no top-level await: piscina loads it with `require` first,
 * and Node.js 20 can fail to import a module that it could not require.
 */
import { threadId } from "node:worker_threads";
import { workerData } from "piscina";
import { attach, type WorkerSetup } from "../src/parallel/worker.js";

const attached = attach(workerData as WorkerSetup, threadId);

/** Evaluates what is on the board. A broken invariant ends the thread: the pool replaces it. */
export async function serve(): Promise<void> {
  const fork = await attached;
  try {
    fork.serve();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
