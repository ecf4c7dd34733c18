/**
 * The limit on memory: what the shared heap has in use, and by how much this thread's JavaScript heap
 * has grown since the evaluation began. Given or not, an evaluation ends before it fills that heap, since
 * V8 then ends the process.
 *
 *     0                start         full      danger         limit of V8
 *     ├── the host's ───┼── added ────┼───────────┼──────────────┤
 *
 * How much the evaluation may add goes by what the host has left of the part that V8 lets a program fill in
 * peace; beyond it V8 spends its time on collecting, and ends the process when that finds too little.
 *
 * The JavaScript heap also holds garbage that nobody has collected yet. So when it seems to have grown past the
 * limit it is collected, and only what is left counts; then it may grow by some slack before it is looked at so
 * closely another time. A collection costs milliseconds, so the slack is not small, and a limit is noticed
 * late by as much.
 *
 * An evaluation is stopped for what it holds, never for its garbage nor for what the host holds.
 */
import type { Heap } from "../../memory/heap.js";
import { platform } from "../../platform/current.js";

const MIB: number = 2 ** 20;
const LEAST_SLACK_BYTES: number = 64 * MIB;
/** The part of its heap that V8 sets apart for new objects, at most. */
const YOUNG_BYTES: number = 48 * MIB;
const YOUNG_PART = 3 / 11;
/** The part of what is left for old objects from which on V8 may find that collecting is in vain. */
const DANGER = 0.8;
/** How much of what a host has left until then an evaluation may add. */
const FULL = 0.75;
/** How much of the rest, where the host itself is near there. */
const LEAST = 1 / 8;

export class MemoryLimit {
  readonly #heap: Heap;
  readonly #maximumBytes: number;
  readonly #slackBytes: number;
  /** At least what the host held at the start: garbage of then shows when it is gone. */
  #startBytes: number;
  /** The heap's size from which on growth is looked at closely, and fullness. */
  #suspectBytes: number;
  #suspectFullBytes: number;
  readonly #endBytes: number;

  /** Without a maximum only the JavaScript heap's own limit counts. */
  constructor(heap: Heap, maximumBytes: number = Number.POSITIVE_INFINITY) {
    this.#heap = heap;
    this.#maximumBytes = maximumBytes;
    this.#slackBytes = Math.max(maximumBytes / 2, LEAST_SLACK_BYTES);
    const { usedBytes: used, limitBytes: limit } = platform.memory.objects();
    this.#endBytes = limit - Math.min(YOUNG_BYTES, limit * YOUNG_PART);
    this.#startBytes = used;
    this.#suspectBytes = maximumBytes + this.#slackBytes;
    this.#suspectFullBytes = this.#fullBytes;
  }

  /** What the heap may hold. */
  get #fullBytes(): number {
    const start = this.#startBytes;
    const end = this.#endBytes;
    const inPeace = start + FULL * (DANGER * end - start);
    return Math.max(inPeace, start + LEAST * (end - start));
  }

  /** Cost: about a microsecond; a collection when there seems to be too much. */
  isReached(): boolean {
    const shared = this.#heap.claimedBytes();
    if (shared > this.#maximumBytes) return true;
    const used = this.#usedBytes();
    if (used > this.#suspectFullBytes) return this.#isFull();
    if (shared + used - this.#startBytes <= this.#suspectBytes) return false;
    platform.memory.collect();
    const grown = this.#usedBytes() - this.#startBytes;
    this.#suspectBytes = shared + grown + this.#slackBytes;
    return shared + grown > this.#maximumBytes;
  }

  /** Whether what is left after a collection is too much for V8, which does not get much further. */
  #isFull(): boolean {
    platform.memory.collect();
    const used = this.#usedBytes();
    const full = this.#fullBytes;
    // Half of what may go on without danger may be garbage before it is looked at again.
    this.#suspectFullBytes = Math.max(full, used + (DANGER * this.#endBytes - used) / 2);
    return used > full;
  }

  #usedBytes(): number {
    const { usedBytes: used } = platform.memory.objects();
    if (used < this.#startBytes) this.#startBytes = used;
    return used;
  }
}
