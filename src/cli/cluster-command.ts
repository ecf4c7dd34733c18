/** `oxbow cluster`: what is in a queue, and emptying it. */
import { type ClusterView, ClusterViewer } from "../cluster/cluster-view.js";
import { EXIT_SUCCESS, reportFailure } from "./diagnostics.js";
import { formatCount } from "./format.js";
import type { Terminal } from "./terminal.js";

/** What the command is told. */
export interface ClusterFlags {
  readonly redis: string;
  readonly queue?: string;
  readonly json?: true;
  readonly prometheus?: true;
}

/** Shows what there is; the exit code. */
export async function showCluster(flags: ClusterFlags, terminal: Terminal): Promise<number> {
  return await withViewer(flags, terminal, async (viewer) => {
    if (flags.prometheus === true) return await viewer.metrics();
    const view = await viewer.view();
    return flags.json === true ? `${JSON.stringify(view, null, 2)}\n` : describe(view);
  });
}

/** Takes back what waits; the exit code. */
export async function drainCluster(flags: ClusterFlags, terminal: Terminal): Promise<number> {
  return await withViewer(flags, terminal, async (viewer) => {
    const count = await viewer.drain();
    return `${formatCount(count, "job")} taken back\n`;
  });
}

async function withViewer(
  { redis: url, queue }: ClusterFlags,
  terminal: Terminal,
  act: (viewer: ClusterViewer) => Promise<string>,
): Promise<number> {
  try {
    await using viewer = await ClusterViewer.connect({
      url,
      ...(queue !== undefined && { queue }),
    });
    terminal.out.write(await act(viewer));
    return EXIT_SUCCESS;
  } catch (error) {
    return reportFailure(terminal, error);
  }
}

function describe({ queues, workers, calls, blocks }: ClusterView): string {
  const lines = [
    ...queues.map(
      ({ name, waiting, running, failed, waitList }) =>
        `queue ${name}: ${waiting} waiting, ${running} running, ${failed} failed; what waits is in ${waitList}`,
    ),
    ...workers.map(
      ({ id, threads, running, done }) =>
        `worker ${id}: ${formatCount(threads, "thread")}, ${formatCount(running, "job")}, ${done} branches done`,
    ),
    ...calls.map(
      ({ id, host, branches, done }) =>
        `call ${id} of ${host}: ${done} of ${branches} branches done`,
    ),
    [
      formatCount(queues.length, "queue"),
      formatCount(workers.length, "worker"),
      formatCount(calls.length, "call"),
      formatCount(blocks, "block"),
    ].join(", "),
  ];
  return `${lines.join("\n")}\n`;
}
