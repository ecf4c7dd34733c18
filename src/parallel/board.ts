/**
 * Board: where forks are posted, so that idle threads find work. One segment in the heap.
 *
 *   0        32     64      96    128            160            288 …
 *   ┌────────┬──────┬───────┬─────┬──────────────┬──────────────┬────────────────┬────────────────┬ …
 *   │ header │ bell │ mutex │ age │ calls, ready │  128 places  │ stack, slot 0  │ stack, slot 1  │
 *   └────────┴──────┴───────┴─────┴──────────────┴──────────────┴────────────────┴────────────────┴ …
 *                                                 └ children ──┘  64 words each: depth, then job addresses;
 *                                                                 then the call; the last 8 are counters (see COUNTERS)
 *   behind the stacks: 32 named mutexes, two words each: the name's symbol + 1, the mutex
 *
 * | word     | written by                    | read by             | order |
 * | -------- | ----------------------------- | ------------------- | ----- |
 * | bell     | src/sync/bell.ts              |                     |       |
 * | mutex    | src/sync/mutex.ts             | guards places and age |   |
 * | calls    | the pool (add, sub)           | serving threads     | atomic; 0 and a bell: they stop serving |
 * | ready    | threads, once they can serve (add); the pool when it is closed | the pool, which sleeps on it | atomic; grows from 0 only |
 * | place    | any thread, inside the mutex  | any, inside the mutex | one store posts or removes a job |
 * | stack    | its thread (plain)            | recovery, after the thread's end | |
 * | call     | its thread (atomic store)     | the pool, when a call has ended or is to end | names one call for ever; a stale one is that of a call which has ended |
 * | named    | the first to use a name (compareExchange 0 → name); then src/sync/mutex.ts | any | atomic |
 * | counters | its thread (atomic store)     | statistics          | |
 *
 * Invariants
 *   BO1  A job in a place is held by the board (the place is a child); nobody else needs to.
 *   BO2  A thread writes a job onto its stack before it claims a task of it and takes it off after the
 *        task ended. So recovery finds every task that a dead thread had claimed.
 *   BO3  Threads take tasks of the oldest job first (smallest age).
 *   BO4  The bell rings after a job was posted, after a task ended, and after `calls` became 0.
 *   BO5  While its stack is not empty, a thread's call names the job at the top of all that it is inside of (F2: there
 *        is one). So a call that has ended finds every thread that is still at it, however deep.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { OxbowError } from "../base/errors.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { QUEUE, TASK } from "../memory/kinds.js";
import { SLOT_CAPACITY } from "../memory/layout.js";
import { heldBy } from "../memory/ledger.js";
import { HEADER_WORDS, readKind, retain, setChildren } from "../memory/segment.js";
import { incarnationOf, mutexAt } from "../memory/thread-slot.js";
import { ring } from "../sync/bell.js";
import type { Mutex } from "../sync/mutex.js";
import { sleep } from "../sync/step.js";
import { AGE, cancelJob, hasReadyTask, isBelow, loseTasks, readForker, readTop } from "./job.js";

const LINE = 32;
const BELL: number = LINE;
const MUTEX: number = BELL + LINE;
const NEXT_AGE: number = MUTEX + LINE;
const CALLS: number = NEXT_AGE + LINE;
const READY: number = CALLS + 1;
const PLACES: number = CALLS + LINE;
const PLACE_COUNT = 128;
const STACKS: number = PLACES + PLACE_COUNT;
const STACK_WORDS = 64;
/** One for each slot of the heap. */
const STACK_COUNT: number = SLOT_CAPACITY;
const COUNTER_COUNT = 8;
/** How deep forks may nest on one thread before it evaluates branches in place. */
export const STACK_LIMIT: number = STACK_WORDS - COUNTER_COUNT - 2;
const COUNTERS: number = STACK_WORDS - COUNTER_COUNT;
/** What the thread works for, as {@link callOf} names it; 0 for nothing. */
const CALL: number = COUNTERS - 1;
const NAMED: number = STACKS + STACK_COUNT * STACK_WORDS;
/** How many names `with-mutex` may use at once in a pool; a name keeps its place. */
const NAMED_COUNT = 32;
const NAMED_WORDS = 2;
const BOARD_WORDS: number = NAMED + NAMED_COUNT * NAMED_WORDS;

const NS_PER_US = 1000;

/** Counters of one thread. */
export const COUNTER_TASKS = 0;
export const COUNTER_STEALS = 1;
export const COUNTER_FORKS = 2;
export const COUNTER_SLEEPS = 3;
export const COUNTER_BRANCHES = 4;
export const COUNTER_IN_PLACE = 5;
export const COUNTER_FORK_COST_NS = 6;

/** What one thread of a pool has done so far. */
export interface ThreadCounters {
  /** The thread's slot of the heap, as outcomes name it. */
  readonly thread: number;
  /** Tasks run. */
  readonly tasks: number;
  /** Of these, tasks that another thread had forked. */
  readonly steals: number;
  /** Forks that it has posted for others. */
  readonly forks: number;
  /** How often it has waited for work. */
  readonly sleeps: number;
  /** Branches that it has evaluated. */
  readonly branches: number;
  /** Branches evaluated without being posted. */
  readonly inPlace: number;
  /** What sharing a fork costs the thread, as it measured when it started; 0 if it did not. */
  readonly forkCostUs: number;
}

/** Makes a board with one reference, the caller's. */
export function createBoard(heap: Heap): Address {
  const board = allocate(heap, BOARD_WORDS, QUEUE);
  heap.words.fill(0, board + HEADER_WORDS, board + BOARD_WORDS);
  heap.words[board + NEXT_AGE] = 1; // a job that has no age has not been put up
  setChildren(heap.words, board, PLACES, PLACE_COUNT);
  return board;
}

/** A mutex of a board: the number of the symbol that names it, −1 for the one that guards the places. */
interface BoardLock {
  readonly name: number;
  readonly index: Address;
}

/** The mutexes of a board that are in use. */
export function boardLocks(words: Int32Array, board: Address): BoardLock[] {
  const locks = [{ name: -1, index: board + MUTEX }];
  for (let number = 0; number < NAMED_COUNT; number++) {
    const place = board + NAMED + number * NAMED_WORDS;
    const name = Atomics.load(words, place) - 1;
    if (name >= 0) locks.push({ name, index: place + 1 });
  }
  return locks;
}

/** A board as one thread uses it. */
export class Board {
  readonly heap: Heap;
  readonly address: Address;
  readonly owner: number;
  readonly #mutex: Mutex;
  readonly #stack: Address;

  constructor(heap: Heap, address: Address) {
    this.heap = heap;
    this.address = address;
    this.owner = heap.thread + 1;
    this.#mutex = mutexAt(heap, address + MUTEX);
    this.#stack = stackAt(address, heap.thread);
  }

  get bell(): Address {
    return this.address + BELL;
  }

  /** Posts a job for others; false if there is no free place, in which case the forker runs it alone. */
  putUp(job: Address): boolean {
    const { words } = this.heap;
    const done = this.#mutex.run(() => {
      const place = this.#findPlace(NO_ADDRESS);
      if (place === NO_ADDRESS) return false;
      words[job + AGE] = words[this.address + NEXT_AGE]!;
      words[this.address + NEXT_AGE] = words[job + AGE]! + 1;
      retain(words, job);
      words[place] = job;
      return true;
    });
    if (done) ring(words, this.bell); // BO4
    return done;
  }

  /** Removes a job, if it is still posted. */
  takeOff(job: Address): void {
    const { words } = this.heap;
    const found = this.#mutex.run(() => {
      const place = this.#findPlace(job);
      if (place !== NO_ADDRESS) words[place] = NO_ADDRESS;
      return place !== NO_ADDRESS;
    });
    if (found) release(this.heap, job);
  }

  /**
   * The oldest job with a task that nobody has claimed, put onto this thread's stack (BO2, BO3) and retained:
   * the caller claims, runs and then calls {@link leave}. Jobs without tasks are removed. 0 for none.
   *
   * @param above only jobs that are below this one; 0 for any.
   */
  enterOldest(above: Address = NO_ADDRESS): Address {
    const exhausted: Address[] = [];
    const found = this.#mutex.run(() => {
      const { words } = this.heap;
      let oldest: Address = NO_ADDRESS;
      for (let index = 0; index < PLACE_COUNT; index++) {
        const place = this.address + PLACES + index;
        const job = words[place]!;
        if (job === NO_ADDRESS) continue;
        if (!hasReadyTask(words, job)) {
          words[place] = NO_ADDRESS;
          exhausted.push(job);
        } else if (oldest === NO_ADDRESS || words[job + AGE]! < words[oldest + AGE]!) {
          if (above === NO_ADDRESS || isBelow(words, job, above)) oldest = job;
        }
      }
      if (oldest !== NO_ADDRESS) {
        retain(words, oldest);
        this.enter(oldest);
      }
      return oldest;
    });
    for (const job of exhausted) release(this.heap, job);
    return found;
  }

  /** How many jobs this thread is inside of. */
  get depth(): number {
    return this.heap.words[this.#stack]!;
  }

  /** The last job on the stack, 0 for none. */
  get current(): Address {
    const { depth } = this;
    return depth === 0 ? NO_ADDRESS : this.heap.words[this.#stack + depth]!;
  }

  /** Writes a job onto the stack (BO2). */
  enter(job: Address): void {
    const { words } = this.heap;
    const depth = words[this.#stack]!;
    assert(depth < STACK_LIMIT, "BO2: the stack of jobs has room");
    if (depth === 0) Atomics.store(words, this.#stack + CALL, callOf(words, job));
    words[this.#stack + 1 + depth] = job;
    Atomics.store(words, this.#stack, depth + 1);
  }

  /** Takes the last job off the stack. */
  leave(): void {
    const { words } = this.heap;
    const depth = words[this.#stack]! - 1;
    Atomics.store(words, this.#stack, depth);
    if (depth === 0) Atomics.store(words, this.#stack + CALL, 0);
  }

  /** Whether a thread works for a call: at a task of its job, or at one that is below it (BO5). */
  isAt(thread: number, call: number): boolean {
    return (
      call !== 0 && Atomics.load(this.heap.words, stackAt(this.address, thread) + CALL) === call
    );
  }

  count(counter: number, amount = 1): void {
    const word = this.#stack + COUNTERS + counter;
    Atomics.store(this.heap.words, word, this.heap.words[word]! + amount);
  }

  setCounter(counter: number, value: number): void {
    Atomics.store(this.heap.words, this.#stack + COUNTERS + counter, value);
  }

  counters(thread: number): ThreadCounters {
    const at = stackAt(this.address, thread) + COUNTERS;
    const read = (counter: number): number => Atomics.load(this.heap.words, at + counter);
    return {
      thread,
      tasks: read(COUNTER_TASKS),
      steals: read(COUNTER_STEALS),
      forks: read(COUNTER_FORKS),
      sleeps: read(COUNTER_SLEEPS),
      branches: read(COUNTER_BRANCHES),
      inPlace: read(COUNTER_IN_PLACE),
      forkCostUs: read(COUNTER_FORK_COST_NS) / NS_PER_US,
    };
  }

  /**
   * The mutex of a name, given by its symbol's number; the same in all threads of the pool. Throws
   * `ERR_LIMIT` when 32 other names have been used.
   */
  namedMutex(name: number): Mutex {
    const { words } = this.heap;
    for (let index = 0; index < NAMED_COUNT; index++) {
      const place = this.address + NAMED + index * NAMED_WORDS;
      const found = Atomics.compareExchange(words, place, 0, name + 1);
      if (found === 0 || found === name + 1) return mutexAt(this.heap, place + 1);
    }
    const message = `cannot make a mutex: ${NAMED_COUNT} names are in use, the most a pool has`;
    throw new OxbowError("ERR_LIMIT", message, { limit: NAMED_COUNT });
  }

  /** One more thread can serve. */
  addReady(): void {
    Atomics.add(this.heap.words, this.address + READY, 1);
    Atomics.notify(this.heap.words, this.address + READY);
  }

  /** Settles as soon as a thread could serve; also when none will, or the pool is closed. */
  async untilReady(): Promise<void> {
    const { words } = this.heap;
    await sleep(words, this.address + READY, 0, Number.POSITIVE_INFINITY);
  }

  /** One more call is in progress: serving threads stay. */
  beginCall(): void {
    Atomics.add(this.heap.words, this.address + CALLS, 1);
  }

  endCall(): void {
    const before = Atomics.sub(this.heap.words, this.address + CALLS, 1);
    if (before === 1) ring(this.heap.words, this.bell); // BO4
  }

  hasCalls(): boolean {
    return Atomics.load(this.heap.words, this.address + CALLS) > 0;
  }

  /**
   * After the end of a thread, once, before its ledger is settled: frees the mutex, ends the tasks
   * it had claimed as LOST, and cancels and takes off the jobs it had forked. How many tasks were lost.
   */
  recover(dead: number): number {
    const { words } = this.heap;
    const incarnation = incarnationOf(words, dead - 1);
    this.#mutex.recover(incarnation);
    for (let index = 0; index < NAMED_COUNT; index++) {
      const mutex = this.address + NAMED + index * NAMED_WORDS + 1;
      mutexAt(this.heap, mutex).recover(incarnation);
    }
    const stack = stackAt(this.address, dead - 1);
    let lost = 0;
    for (let depth = Atomics.load(words, stack); depth > 0; depth--) {
      lost += loseTasks(words, words[stack + depth]!, dead);
    }
    Atomics.store(words, stack, 0);
    Atomics.store(words, stack + CALL, 0);
    // A fork may have no place any more while others are at its last branches: the ledger knows it.
    for (const held of heldBy(words, dead - 1)) {
      if (readKind(words, held) !== TASK) continue;
      if (readForker(words, held) === dead) cancelJob(words, held);
    }
    for (const job of this.#forkedBy(dead)) {
      cancelJob(words, job);
      this.takeOff(job);
    }
    ring(words, this.bell);
    return lost;
  }

  #forkedBy(owner: number): Address[] {
    const { words } = this.heap;
    return this.#mutex.run(() => {
      const jobs: Address[] = [];
      for (let index = 0; index < PLACE_COUNT; index++) {
        const job = words[this.address + PLACES + index]!;
        if (job !== NO_ADDRESS && readForker(words, job) === owner) jobs.push(job);
      }
      return jobs;
    });
  }

  #findPlace(holding: Address): Address {
    const { words } = this.heap;
    for (let index = 0; index < PLACE_COUNT; index++) {
      const place = this.address + PLACES + index;
      if (words[place] === holding) return place;
    }
    return NO_ADDRESS;
  }
}

/** Names the call that a job is part of, by the age of the job above all others; 0 before that is put up. */
export function callOf(words: Int32Array, job: Address): number {
  return words[readTop(words, job) + AGE]!;
}

function stackAt(board: Address, thread: number): Address {
  return board + STACKS + thread * STACK_WORDS;
}

/** Checks that no job is posted and no thread is inside one. Only when quiescent. */
export function checkIdleBoard(heap: Heap, board: Address): void {
  for (let index = 0; index < PLACE_COUNT; index++) {
    assert(heap.words[board + PLACES + index] === NO_ADDRESS, "BO1: a job is still posted");
  }
  for (let thread = 0; thread < STACK_COUNT; thread++) {
    const depth = heap.words[stackAt(board, thread)];
    assert(depth === 0, `BO2: thread ${thread} is inside ${depth} jobs`);
  }
}
