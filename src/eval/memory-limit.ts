/**
 * The limit on memory: what the shared heap has in use, and by how much this thread's JavaScript heap
 * has grown since the evaluation began. Given or not, an evaluation ends before it fills that heap, since
 * V8 then ends the process.
 *
 * The JavaScript heap also holds garbage that nobody has collected yet. So when it has grown past the
 * limit by some slack it is collected, and only what is left counts; then it may grow by the slack again
 * before it is looked at so closely another time. A collection costs milliseconds, so the slack is not small,
 * and a limit is noticed late by as much.
 *
 * An evaluation is stopped for what it holds, never for its garbage.
 */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Heap } from "../memory/heap.js";

const LEAST_SLACK_BYTES = 64 * 2 ** 20;
/** The part of what V8 may use that an evaluation may leave full. */
const FULL = 0.6;

export class MemoryLimit {
  readonly #heap: Heap;
  readonly #maximumBytes: number;
  readonly #slackBytes: number;
  readonly #startBytes: number;
  /** Growth of the JavaScript heap from which on it is looked at closely. */
  #suspectBytes: number;
  readonly #fullBytes: number = FULL * getHeapStatistics().heap_size_limit;
  #suspectFullBytes: number = this.#fullBytes;

  /** Without a maximum only the JavaScript heap's own limit counts. */
  constructor(heap: Heap, maximumBytes: number = Number.POSITIVE_INFINITY) {
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
    const used = usedBytes();
    if (used > this.#suspectFullBytes) return this.#isFull();
    if (shared + used - this.#startBytes <= this.#suspectBytes) return false;
    collectGarbage();
    const grown = usedBytes() - this.#startBytes;
    this.#suspectBytes = shared + grown + this.#slackBytes;
    return shared + grown > this.#maximumBytes;
  }

  /** Whether what is left after a collection is too much for V8, which does not get much further. */
  #isFull(): boolean {
    collectGarbage();
    const used = usedBytes();
    const rest = this.#fullBytes / FULL - used;
    this.#suspectFullBytes = Math.max(this.#fullBytes, used + rest / 2);
    return used > this.#fullBytes;
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
