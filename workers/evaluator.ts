/** A pool's thread: attaches as it starts, then serves. */
import { threadId } from "node:worker_threads";
import { workerData } from "piscina";
import { attach, type WorkerSetup } from "../src/parallel/worker.js";

const attached = attach(workerData as WorkerSetup, threadId);

/**
 * Evaluates what is on the board; a thread that could not be attached does nothing. A broken invariant ends the
 * thread: the pool replaces it.
 */
export async function serve(): Promise<void> {
  const fork = await attached;
  try {
    fork?.serve();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
