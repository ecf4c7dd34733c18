/** `oxbow worker`: evaluates branches for callers on other machines, until it is told to end. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { ClusterWorker } from "../cluster/cluster-worker.js";
import { DirectoryBlocks } from "../cluster/directory-blocks.js";
import { EXIT_SUCCESS, reportFailure } from "./diagnostics.js";
import type { Terminal } from "./terminal.js";

/** What the command is told. */
export interface WorkerFlags {
  readonly redis: string;
  readonly threads?: number;
  readonly queue?: string;
  readonly library?: string;
  readonly blocks?: string;
  readonly cache?: string;
  readonly lock?: number;
  readonly attempts?: number;
}

/** Serves until a signal says that it is enough; the exit code. */
export async function runWorker(flags: WorkerFlags, terminal: Terminal): Promise<number> {
  const { redis: url, queue, library, blocks, cache, lock, attempts } = flags;
  const threads = flags.threads ?? availableParallelism();
  try {
    const worker = await ClusterWorker.start({
      url,
      threads,
      ...(queue !== undefined && { queue }),
      ...(library !== undefined && { libraryModule: resolve(library) }),
      ...(blocks !== undefined && { blocks: new DirectoryBlocks(blocks) }),
      ...(cache !== undefined && { cacheDirectory: cache }),
      ...(lock !== undefined && { lockMs: lock }),
      ...(attempts !== undefined && { attempts }),
    });
    terminal.err.write(`oxbow: worker ${worker.id} is ready, with ${threads} threads\n`);
    await untilTold();
    await worker.close();
    return EXIT_SUCCESS;
  } catch (error) {
    return reportFailure(terminal, error);
  }
}

/** Until the first signal to end; the second has its usual effect. */
async function untilTold(): Promise<void> {
  await new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => done());
  });
}
