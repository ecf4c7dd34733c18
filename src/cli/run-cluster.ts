/** `oxbow run --cluster`: the workers that evaluate, and how they get on. */
import type { ClusterPool } from "../cluster/cluster-pool.js";
import type { ClusterProgress } from "../cluster/options.js";
import type { Heap } from "../memory/heap.js";
import type { RunFlags } from "./flags.js";
import type { Terminal } from "./terminal.js";

/** Connects to the workers that the flags name; on a terminal a line on stderr tells how calls get on. */
export async function connectCluster(
  heap: Heap,
  flags: RunFlags,
  { err }: Terminal,
): Promise<ClusterPool> {
  const { cluster: url = "", queue, allowRead = [], allowWrite = [] } = flags;
  const { ClusterPool: Connected } = await import("../cluster/cluster-pool.js");
  const show = (progress: ClusterProgress): void => {
    const line = describe(progress);
    // Drawn over itself; what is written next begins in its place.
    err.write(`\r${err.colors.yellow(line)}\r`);
  };
  return await Connected.connect({
    heap,
    url,
    permissions: { allowRead, allowWrite },
    ...(queue !== undefined && { queue }),
    ...(err.isTerminal && { onProgress: show }),
  });
}

/** As `12 of 40 branches done; 4 jobs run, 3 wait; 4 workers on 2 machines`. */
function describe({
  branches,
  done,
  running,
  waiting,
  workers,
  machines,
}: ClusterProgress): string {
  const jobs = `${running} jobs run, ${waiting} wait`;
  return `oxbow: ${done} of ${branches} branches done; ${jobs}; ${workers} workers on ${machines} machines`;
}
