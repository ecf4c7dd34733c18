/**
 * RegionQueue: a bounded queue of packed regions between two threads, one that pushes and one that pops.
 *
 *          0        32               64               96
 *          | header | pushed | pusher | popped | popper | cell | cell | …  capacity cells
 *          |        | count  | waits  | count  | waits  └── child range ──
 *
 *     cell  i  address of a region, which the cell holds one reference to; 0 if it is empty
 *     pushed − popped regions are inside; the next one goes to cell pushed mod capacity
 *
 * Invariants
 *   RQ1  0 ≤ pushed − popped ≤ capacity (counts wrap at 2^32).
 *   RQ2  The cells popped … pushed − 1 (mod capacity) hold a region, and no others: but for the first of them, if a
 *        thread has ended while it took that, and the cell behind them, if one has ended while it filled that.
 *
 * Shared words
 *   pushed   the pushing thread (store, after the cell) · the popping thread (load, before the cell).
 *   popped   the popping thread (store, after it emptied the cell) · the pushing thread (load).
 *   waits    the thread that is about to sleep sets its own to 1, then looks at the other count again,
 *            then sleeps on that count; the other thread stores its count, then looks at the flag
 *            and notifies. Whichever comes second sees the other.
 *   cells    plain, ordered by the counts.
 *
 * A thread that ends leaves the queue usable, also if that happens between the store of a cell and that of the count: who
 * comes after it at its end of the queue finds the cell, and does the rest (RQ2). What it had taken is lost with it.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { asOptions, type Checks, refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { assertOwn } from "../base/own.js";
import { timeoutIn, type WaitOptions } from "../base/wait-options.js";
import { platform } from "../platform/current.js";
import { allocate, release } from "./allocator.js";
import { asHeap, type Heap } from "./heap.js";
import { QUEUE } from "./kinds.js";
import { LINE_WORDS, type LocalHeap } from "./layout.js";
import { drop, hold, type LedgerSlot } from "./ledger.js";
import { adoptPacked, asPacked, type Packed, retainPacked } from "./packed.js";
import { CHILD_RANGE_LIMIT, readChildCount, setChildren } from "./segment.js";
import { asHandle, type SharedHandle } from "./shared-handle.js";
import { issueTicket, redeemTicket } from "./ticket.js";

const PUSHED: number = LINE_WORDS;
const PUSHER_WAITS: number = PUSHED + 1;
const POPPED: number = PUSHED + LINE_WORDS;
const POPPER_WAITS: number = POPPED + 1;
const CELLS: number = POPPED + LINE_WORDS;

/** How large a queue is. */
export interface QueueOptions {
  /** Regions that it holds at most, 1 … 65,535. */
  readonly capacity: number;
}

const ACT = "make a queue";
const OWN = Symbol("queue");
const CHECKS: Checks<QueueOptions> = {
  capacity: (act, count) => {
    if (Number.isInteger(count) && count >= 1 && count <= CHILD_RANGE_LIMIT) return count;
    return refuse(act, `a capacity of 1 … ${CHILD_RANGE_LIMIT} regions`, count);
  },
};

/**
 * One thread's end of a queue. `T` describes what is at the regions' roots. Dispose it; what is asked of it then throws
 * `ERR_RELEASED`.
 */
export class RegionQueue<T> implements Disposable {
  /** How many regions it holds at most. */
  readonly capacity: number;
  readonly #heap: LocalHeap;
  readonly #address: Address;
  #entry: LedgerSlot;

  private constructor(own: symbol, heap: LocalHeap, entry: LedgerSlot) {
    assertOwn(own, OWN, "RegionQueue", "RegionQueue.create or RegionQueue.receive");
    this.#heap = heap;
    this.#entry = entry;
    this.#address = heap.words[entry]!;
    this.capacity = readChildCount(heap.words, this.#address);
  }

  /** An empty queue. Throws HeapExhaustedError. */
  static create<T>(heap: Heap, options: QueueOptions): RegionQueue<T> {
    asHeap(ACT, heap);
    const { capacity } = asOptions(ACT, options, CHECKS, ["capacity"]);
    const queue = allocate(heap, CELLS + capacity, QUEUE);
    heap.words.fill(0, queue + PUSHED, queue + CELLS + capacity);
    setChildren(heap.words, queue, CELLS, capacity);
    return RegionQueue.#take<T>(heap, queue);
  }

  /**
   * The other end of a queue, by what {@link share} gave; once for each. Throws `ERR_INVALID_ARGUMENT` for
   * something else, `ERR_STALE_HANDLE` for a handle that was received before or is another heap's,
   * HeapExhaustedError with the handle still good.
   */
  static receive<T>(handle: SharedHandle<"RegionQueue", T>, heap: Heap): RegionQueue<T> {
    const { number } = asHandle("RegionQueue", handle);
    asHeap("receive a queue", heap);
    return RegionQueue.#take<T>(heap, redeemTicket(heap, number, QUEUE));
  }

  static #take<T>(heap: LocalHeap, queue: Address): RegionQueue<T> {
    try {
      return new RegionQueue<T>(OWN, heap, hold(heap, queue));
    } catch (error) {
      release(heap, queue);
      throw error;
    }
  }

  /**
   * A handle for the other thread, for {@link RegionQueue.receive}; good once. It carries a reference to the
   * queue: one that is never received keeps it for the heap's life. Throws HeapExhaustedError.
   */
  share(): SharedHandle<"RegionQueue", T> {
    return { kind: "RegionQueue", number: issueTicket(this.#heap, this.#live()) };
  }

  /** Regions inside now. */
  get length(): number {
    const { words } = this.#heap;
    const at = this.#live();
    return (Atomics.load(words, at + PUSHED) - Atomics.load(words, at + POPPED)) | 0;
  }

  /**
   * Puts a region in; the caller keeps its handle. Only on the pushing thread. Waits for room, up
   * to `timeoutMs` (for ever unless given): false if there was none. Throws `ERR_RELEASED`,
   * `ERR_INVALID_ARGUMENT` for a region of another heap.
   */
  push(packed: Packed<T>, options?: WaitOptions): boolean {
    const timeoutMs = timeoutIn("push a region", options) ?? Number.POSITIVE_INFINITY;
    const { words } = this.#heap;
    const at = this.#live();
    if (asPacked("push a region", packed).words.buffer !== words.buffer) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot push a region of another heap");
    }
    const pushed = words[at + PUSHED]!;
    const full = (pushed - this.capacity) | 0; // what `popped` is then (RQ1)
    if (!awaitChange(words, at + POPPED, full, at + PUSHER_WAITS, timeoutMs)) return false;
    const cell = at + CELLS + ((pushed >>> 0) % this.capacity);
    const left = words[cell]!;
    words[cell] = retainPacked(packed);
    if (left !== NO_ADDRESS) release(this.#heap, left); // RQ2
    Atomics.store(words, at + PUSHED, (pushed + 1) | 0);
    wake(words, at + PUSHED, at + POPPER_WAITS);
    return true;
  }

  /**
   * Takes the oldest region out, for the caller to dispose. Only on the popping thread. Waits for one,
   * up to `timeoutMs` (for ever unless given): undefined if there was none.
   */
  pop(options?: WaitOptions): Packed<T> | undefined {
    const timeoutMs = timeoutIn("pop a region", options) ?? Number.POSITIVE_INFINITY;
    const { words } = this.#heap;
    const at = this.#live();
    const popped = words[at + POPPED]!;
    if (!awaitChange(words, at + PUSHED, popped, at + POPPER_WAITS, timeoutMs)) return undefined;
    const cell = at + CELLS + ((popped >>> 0) % this.capacity);
    const region = words[cell]!;
    words[cell] = NO_ADDRESS;
    Atomics.store(words, at + POPPED, (popped + 1) | 0);
    wake(words, at + POPPED, at + PUSHER_WAITS);
    // Another thread has taken it, and ended before it said so (RQ2).
    return region === NO_ADDRESS ? this.pop(options) : adoptPacked<T>(this.#heap, region);
  }

  /** Releases this end. What is inside is freed with the last end. */
  dispose(): void {
    if (this.#entry === 0) return;
    const entry = this.#entry;
    this.#entry = 0;
    if (!this.#heap.detached) release(this.#heap, drop(this.#heap, entry));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #live(): Address {
    if (this.#entry === 0 || this.#heap.detached) {
      throw new OxbowError("ERR_RELEASED", "cannot use a queue that was disposed");
    }
    return this.#address;
  }
}

/** Waits until the count is no longer `blocked`; false after `timeoutMs`. */
function awaitChange(
  words: Int32Array,
  count: number,
  blocked: number,
  flag: number,
  timeoutMs: number,
): boolean {
  if (Atomics.load(words, count) !== blocked) return true;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    Atomics.store(words, flag, 1);
    if (Atomics.load(words, count) !== blocked) break;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    platform.waiting.wait(words, count, blocked, left);
  }
  Atomics.store(words, flag, 0);
  return true;
}

/** Wakes the other thread if it said that it may be sleeping on the count. */
function wake(words: Int32Array, count: number, flag: number): void {
  if (Atomics.load(words, flag) !== 0) Atomics.notify(words, count);
}
