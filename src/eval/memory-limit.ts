/**
 * The limit on memory: what the shared heap has in use, and by how much this thread's JavaScript heap
 * has grown since the evaluation began.
 *
 * The JavaScript heap also holds garbage that nobody has collected yet. So when it has grown past the
 * limit by some slack it is collected, and only what is left counts; then it may grow by the slack again
 * before it is looked at so closely another time. A collection costs milliseconds, so the slack is not small,
 * and a limit is noticed late by as much.
 *
 *   ML1  An evaluation is stopped for what it holds, never for its garbage.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Heap } from "../memory/heap.js";

const LEAST_SLACK_BYTES = 64 * 2 ** 20;

export class MemoryLimit {
  readonly #heap: Heap;
  readonly #maximumBytes: number;
  readonly #slackBytes: number;
  readonly #startBytes: number;
  /** Growth of the JavaScript heap from which on it is looked at closely. */
  #suspectBytes: number;

  constructor(heap: Heap, maximumBytes: number) {
    this.#heap = heap;
    this.#maximumBytes = maximumBytes;
    this.#slackBytes = Math.max(maximumBytes / 2, LEAST_SLACK_BYTES);
    this.#startBytes = usedBytes();
    this.#suspectBytes = maximumBytes + this.#slackBytes;
  }

  /** Cost: about a microsecond; a collection when there seems to be too much. */
  isReached(): boolean {
    const shared = this.#heap.claimedBytes();
    if (shared > this.#maximumBytes) return true;
    if (shared + this.#grownBytes() <= this.#suspectBytes) return false;
    collectGarbage();
    const grown = this.#grownBytes();
    this.#suspectBytes = shared + grown + this.#slackBytes;
    return shared + grown > this.#maximumBytes;
  }

  #grownBytes(): number {
    return usedBytes() - this.#startBytes;
  }
}

function usedBytes(): number {
  return getHeapStatistics().used_heap_size;
}

/** V8 collects when it sees fit; to be told needs a flag, which is taken back at once. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  setFlagsFromString("--no-expose-gc");
  if (typeof collect === "function") collect();
}
