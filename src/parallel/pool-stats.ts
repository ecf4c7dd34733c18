/** What a pool tells of what it has done. */
import type { HeapStats } from "../memory/stats.js";
import type { ThreadCounters } from "./board.js";

/** What the threads of a pool have done so far. */
export interface PoolStats {
  /** What each thread has done. */
  readonly threads: readonly ThreadCounters[];
  /** Calls of all kinds. */
  readonly calls: number;
  /** Threads that ended while they were needed; others took their places. */
  readonly threadsLost: number;
  /** Segments that lost threads had been using, found and freed when the pool was idle. */
  readonly recoveredSegments: number;
  /** How long this thread has united what branches wrote, in milliseconds. */
  readonly unionMs: number;
  /** What the collector of this thread has done, as in `heap.stats()`: no other thread of the pool collects. */
  readonly collector: HeapStats["collector"];
  /** What became of the copies that this thread made in advance of writes, as in `heap.stats()`; each thread has its own. */
  readonly shadows: HeapStats["shadows"];
}
