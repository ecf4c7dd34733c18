/** What is held in a heap: what must be again what it was when all that was made since is dropped. */
import { drain } from "../../dist/src/memory/allocator.js";
import type { Heap } from "../../dist/src/memory/heap.js";
import type { HeapStats } from "../../dist/src/memory/stats.js";

export type Held = Pick<
  HeapStats,
  "liveBytes" | "liveSegments" | "kinds" | "threads" | "pendingBytes"
>;

export function heldIn(heap: Heap): Held {
  drain(heap);
  const { liveBytes, liveSegments, kinds, threads, pendingBytes } = heap.stats();
  return { liveBytes, liveSegments, kinds, threads, pendingBytes };
}
