/** What `--time` prints: threads, time, heap, and what the threads did. */
import { formatBytes, formatCount, formatDuration } from "./format.js";
import type { ThreadFigures } from "./interpreter-threads.js";

export interface Figures {
  readonly threads: number;
  /** Wall-clock time of the run, reading included. */
  readonly timeMs: number;
  /** User and system time of all threads, start-up of the process included. */
  readonly cpuMs: number;
  readonly heapBytesInUse: number;
  readonly heapBytesReserved: number;
  /** The most memory the process has had resident. */
  readonly peakBytes: number;
  /** Undefined for a run on the main thread alone. */
  readonly parallel: ThreadFigures | undefined;
}

/** One line, for example `1 thread · 84 ms (cpu 120 ms) · heap 1.2 MiB of 4 GiB · …`; two with threads. */
export function formatFigures(figures: Figures): string {
  const line = [
    formatCount(figures.threads, "thread"),
    `${formatDuration(figures.timeMs)} (cpu ${formatDuration(figures.cpuMs)})`,
    `heap ${formatBytes(figures.heapBytesInUse)} of ${formatBytes(figures.heapBytesReserved)}`,
    `memory at most ${formatBytes(figures.peakBytes)}`,
  ].join(" · ");
  return figures.parallel === undefined
    ? line
    : `${line}\n${formatParallel(figures.parallel, figures.timeMs)}`;
}

/** The same as one JSON object. */
export function formatFiguresJson(figures: Figures): string {
  const { parallel, ...rest } = figures;
  return JSON.stringify(parallel === undefined ? rest : { ...rest, ...summarise(parallel) });
}

function summarise(figures: ThreadFigures): {
  branches: number;
  branchMs: number;
  segmentsCopied: number;
  steals: number;
  forks: number;
  unionMs: number;
} {
  const { threads, branches, branchMs, segmentsCopied, unionMs } = figures;
  const steals = threads.reduce((sum, thread) => sum + thread.steals, 0);
  const forks = threads.reduce((sum, thread) => sum + thread.forks, 0);
  return { branches, branchMs, segmentsCopied, steals, forks, unionMs };
}

function formatParallel(figures: ThreadFigures, timeMs: number): string {
  const { branches, branchMs, segmentsCopied, steals, forks, unionMs } = summarise(figures);
  return [
    `${branches.toLocaleString("en-US")} ${branches === 1 ? "branch" : "branches"}`,
    `${formatDuration(branchMs)} of work in ${formatDuration(timeMs)} (× ${(branchMs / timeMs).toFixed(2)})`,
    `${formatCount(forks, "fork")}, ${formatCount(steals, "steal")}`,
    `${formatCount(segmentsCopied, "segment")} copied`,
    `unions ${formatDuration(unionMs)}`,
  ].join(" · ");
}
