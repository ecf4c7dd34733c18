/**
 * Taps: what threads tell somebody who looks on, without waiting for him. One buffer of shared memory, in it a tap for
 * each thread: a queue of messages, and how often the thread has done each of some numbered things.
 *
 *     byte  0        128     …                      a tap     0         128              128 + 8 × COUNTS
 *           ┌────────┬───────┬───────┬ …                      ┌─────────┬────────────────┬───────────────────┐
 *           │ header │ tap 0 │ tap 1 │                        │ its     │ counts         │ messages, a ring  │
 *           └────────┴───────┴───────┴ …                      │ words   │ 64-bit floats  │ of bytes          │
 *                                                             └─────────┴────────────────┴───────────────────┘
 *     a message in the ring, which may go on at its beginning:   │ length │ JSON as UTF-8, padded to words │
 *
 * | word     | written by                       | read by       | order |
 * | -------- | -------------------------------- | ------------- | ----- |
 * | claimed  | threads, when they begin (add)   | the looker    | atomic; grows |
 * | wish     | the looker (store); a thread that grants it (exchange for 0) | threads, when they look | atomic; a stale 0 grants it a little later |
 * | written  | the tap's thread (store)         | the looker    | the store publishes the bytes before it; a load acquires them |
 * | consumed | the looker (store)               | the tap's thread | the store says that the bytes before it were read; a stale one drops a message needlessly |
 * | dropped, thread | the tap's thread (store)  | the looker    | only for people |
 * | doing    | the tap's thread (plain)         | the looker, to sample it | a stale one is a sample of a moment ago |
 * | counts   | the tap's thread (plain)         | the looker    | only for people |
 *
 * Invariants
 *   TP1  A message is in the ring as a whole before `written` is behind it, and nobody writes where the looker has not
 *        read: so he never sees half of one. `written` − `consumed`, modulo 2³², is at most the ring's size.
 *   TP2  Nobody waits. A message for which there is no room is dropped, which is counted.
 *   TP3  A tap belongs to the thread that claimed it and is never given to another; those that come when all are
 *        claimed tell nothing.
 */
import { decodeUtf8, encodeUtf8 } from "../base/utf8.js";
import { platform } from "../platform/current.js";

const WORD = 4;
const LINE = 128;
/** More threads than anyone looks at. */
export const TAP_COUNT = 64;
/** Numbers of things that are counted: 0 … this − 1. */
export const COUNTS = 4096;
const RING_BYTES: number = 2 ** 18;
const COUNTS_AT: number = LINE;
const RING_AT: number = COUNTS_AT + 8 * COUNTS;
const TAP_BYTES: number = RING_AT + RING_BYTES;
const TAPS_BYTES: number = LINE + TAP_COUNT * TAP_BYTES;

// Words of the header
const CLAIMED = 0;
const WISH = 1;

// Words of a tap
const WRITTEN = 0;
const CONSUMED = 1;
const DROPPED = 2;
const THREAD = 3;
const DOING = 4;

/** What a thread is doing that does nothing which has a number. */
export const IDLE = -1;

/** The shared memory of all taps, as it goes to other threads. */
export type TapMemory = SharedArrayBuffer;

/** Memory for taps; the system backs what is used of it. */
export function createTaps(): TapMemory {
  return platform.memory.reserve(TAPS_BYTES);
}

function wordsOf(memory: TapMemory, index: number): Int32Array {
  return new Int32Array(memory, LINE + index * TAP_BYTES, LINE / WORD);
}

function countsOf(memory: TapMemory, index: number): Float64Array {
  return new Float64Array(memory, LINE + index * TAP_BYTES + COUNTS_AT, COUNTS);
}

function ringOf(memory: TapMemory, index: number): Uint8Array {
  return new Uint8Array(memory, LINE + index * TAP_BYTES + RING_AT, RING_BYTES);
}

function padded(length: number): number {
  return (length + WORD - 1) & -WORD;
}

/** A thread's own end. */
export class Tap {
  /** How often the thread has done what the index numbers. */
  readonly counts: Float64Array;
  /** One word: the number of what it is doing. */
  readonly doing: Int32Array;
  readonly #header: Int32Array;
  readonly #words: Int32Array;
  readonly #ring: Uint8Array;

  private constructor(memory: TapMemory, index: number) {
    this.#header = new Int32Array(memory, 0, LINE / WORD);
    this.#words = wordsOf(memory, index);
    this.#ring = ringOf(memory, index);
    this.counts = countsOf(memory, index);
    this.doing = this.#words.subarray(DOING, DOING + 1);
  }

  /** A tap for the calling thread, whose slot of the heap is `thread` (0: not known yet); null if all are taken (TP3). */
  static claim(memory: TapMemory, thread: number): Tap | null {
    const index = Atomics.add(new Int32Array(memory, 0, 1), CLAIMED, 1);
    if (index >= TAP_COUNT) return null;
    const tap = new Tap(memory, index);
    tap.doing[0] = IDLE;
    tap.setThread(thread);
    return tap;
  }

  setThread(thread: number): void {
    Atomics.store(this.#words, THREAD, thread);
  }

  /** Tells what has a JSON form; false if it was dropped (TP2). */
  tell(message: object): boolean {
    const bytes = encodeUtf8(JSON.stringify(message));
    const size = WORD + padded(bytes.length);
    const words = this.#words;
    const written = words[WRITTEN]!;
    const used = (written - Atomics.load(words, CONSUMED)) >>> 0;
    if (size > RING_BYTES - used) {
      Atomics.add(words, DROPPED, 1);
      return false;
    }
    new DataView(this.#ring.buffer).setUint32(this.#place(written), bytes.length, true);
    const start = (written + WORD) & (RING_BYTES - 1);
    const first = Math.min(bytes.length, RING_BYTES - start);
    this.#ring.set(bytes.subarray(0, first), start);
    this.#ring.set(bytes.subarray(first), 0);
    Atomics.store(words, WRITTEN, (written + size) | 0); // TP1
    return true;
  }

  #place(position: number): number {
    return this.#ring.byteOffset + (position & (RING_BYTES - 1));
  }

  /** What is wished for, 0 for nothing; of several threads that ask one gets it. */
  takeWish(): number {
    if (Atomics.load(this.#header, WISH) === 0) return 0;
    return Atomics.exchange(this.#header, WISH, 0);
  }
}

/** What the looker sees of one thread. */
export interface TapView {
  readonly index: number;
  /** The thread's slot of the heap; 0 if it has none. */
  readonly thread: number;
  /** What it is doing, by number. */
  readonly doing: number;
  readonly counts: Float64Array;
  /** Messages that it could not tell. */
  readonly dropped: number;
}

/** The looker's end. */
export class TapReader {
  readonly #memory: TapMemory;
  readonly #header: Int32Array;
  readonly #taps: { readonly words: Int32Array; readonly counts: Float64Array }[] = [];

  constructor(memory: TapMemory) {
    this.#memory = memory;
    this.#header = new Int32Array(memory, 0, LINE / WORD);
  }

  /** Has a thread that looks do something: see {@link Tap.takeWish}. */
  wish(what: number): void {
    Atomics.store(this.#header, WISH, what);
  }

  /** The taps that are in use. */
  views(): TapView[] {
    const count = Math.min(TAP_COUNT, Atomics.load(this.#header, CLAIMED));
    while (this.#taps.length < count) {
      const index = this.#taps.length;
      this.#taps.push({
        words: wordsOf(this.#memory, index),
        counts: countsOf(this.#memory, index),
      });
    }
    return this.#taps.map(({ words, counts }, index) => ({
      index,
      thread: Atomics.load(words, THREAD),
      doing: words[DOING]!,
      counts,
      dropped: Atomics.load(words, DROPPED),
    }));
  }

  /** What a tap has told since the last call, in order. */
  *messages(index: number): Generator<unknown, void, undefined> {
    const words = this.#taps[index]!.words;
    const ring = ringOf(this.#memory, index);
    const view = new DataView(this.#memory, ring.byteOffset, RING_BYTES);
    const end = Atomics.load(words, WRITTEN);
    for (let at = words[CONSUMED]!; at !== end; ) {
      const length = view.getUint32(at & (RING_BYTES - 1), true);
      const start = (at + WORD) & (RING_BYTES - 1);
      const bytes = new Uint8Array(length);
      const first = Math.min(length, RING_BYTES - start);
      bytes.set(ring.subarray(start, start + first));
      bytes.set(ring.subarray(0, length - first), first);
      at = (at + WORD + padded(length)) | 0;
      Atomics.store(words, CONSUMED, at); // TP1
      yield JSON.parse(decodeUtf8(bytes));
    }
  }
}
