/** The line that `--time` prints: threads, time, heap. */
import { formatBytes, formatCount, formatDuration } from "./format.js";

export interface Summary {
  readonly threads: number;
  /** Wall-clock time of the whole run, reading included. */
  readonly timeMs: number;
  /** User and system time of all threads. */
  readonly cpuMs: number;
  readonly heapBytesInUse: number;
  readonly heapBytesReserved: number;
  /** The most memory the process has had resident. */
  readonly peakBytes: number;
  /** What the threads did; undefined for a run on one. */
  readonly parallel: ParallelSummary | undefined;
}

export interface ParallelSummary {
  readonly branches: number;
  readonly steals: number;
  readonly segmentsCopied: number;
  readonly unionMs: number;
  /** Time spent in branches over the time they took together. */
  readonly speedUp: number;
}

/** One line (two with threads), for example `1 thread · 84 ms (cpu 120 ms) · heap 1.2 MiB of 4 GiB · peak 60 MiB`. */
export function formatSummary(summary: Summary): string {
  const line = [
    formatCount(summary.threads, "thread"),
    `${formatDuration(summary.timeMs)} (cpu ${formatDuration(summary.cpuMs)})`,
    `heap ${formatBytes(summary.heapBytesInUse)} of ${formatBytes(summary.heapBytesReserved)}`,
    `memory at most ${formatBytes(summary.peakBytes)}`,
  ].join(" · ");
  return summary.parallel === undefined ? line : `${line}\n${formatParallel(summary.parallel)}`;
}

function formatParallel(parallel: ParallelSummary): string {
  return [
    formatCount(parallel.branches, "branch").replace("branchs", "branches"),
    `speed-up ${parallel.speedUp.toFixed(2)}`,
    formatCount(parallel.steals, "steal"),
    `${formatCount(parallel.segmentsCopied, "segment")} copied`,
    `unions ${formatDuration(parallel.unionMs)}`,
  ].join(" · ");
}
