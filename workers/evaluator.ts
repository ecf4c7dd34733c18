/** A pool's thread: attaches as it starts, then serves. */
import { threadId, workerData } from "node:worker_threads";
import { attach, type WorkerSetup } from "../src/parallel/worker.js";

const attached = attach(workerData as WorkerSetup, threadId);

// Who started the thread may be evaluating already, and not turn to it before that has ended.
void serveCalls();

async function serveCalls(): Promise<void> {
  const fork = await attached;
  orEnd(() => fork?.serveCalls());
}

/**
 * Evaluates what is on the board; a thread that could not be attached does nothing. A broken invariant ends the
 * thread: the pool replaces it.
 */
export async function serve(): Promise<void> {
  const fork = await attached;
  orEnd(() => fork?.serve());
}

function orEnd(serving: () => void): void {
  try {
    serving();
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
