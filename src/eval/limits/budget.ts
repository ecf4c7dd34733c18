/**
 * Budget: what an evaluation has used of its limits, and whether it has to end. All its parts use one budget:
 * its branches, on whatever thread, and the modules that it loads.
 *
 *     evaluate ── machine ── fork ──┬── branch ── machine
 *                   │               └── branch ── machine ── import! ── machine
 *                   └───────────────────────┬────────────────────────────┘
 *                                        budget
 *
 * While one thread evaluates, it is an object. For branches on other threads it moves into a segment, of which
 * each thread has a budget object of its own:
 *
 *   0        4         5          6        8            10       22
 *   ┌────────┬─────────┬──────────┬────────┬────────────┬────────┐
 *   │ header │ stopped │ branches │ steps  │ deadline   │ limits │
 *   └────────┴─────────┴──────────┴────────┴────────────┴────────┘
 *
 * | word     | written by                                  | read by  | order |
 * | -------- | ------------------------------------------- | -------- | ----- |
 * | stopped  | whoever first finds a limit reached (compareExchange 0 → reason) | any part, when it looks | atomic; a stale 0 costs some thousand steps more |
 * | branches | who forks (add), and at the join (sub)      | who forks | atomic; of a thread that ended in a fork it stays too high |
 * | steps    | each machine (add), every few thousand steps and at its end | machines | atomic, 64 bits; too low by what machines have not told yet |
 * | all else | who made it, before it is published         | any      | plain |
 *
 * Invariants
 *   BU1  A budget stops once, for one reason, and then no part of the evaluation gives a value, writes to what
 *        outlives it, or begins a branch.
 *   BU2  After a join the steps of all its branches are told. So whether an evaluation meets `maxSteps` does not
 *        depend on how they were shared between threads, only when it is noticed.
 *   BU3  What withdraws a branch alone (the end of a race, of a call, of its thread) does not stop the budget.
 */
import { type Address, NO_ADDRESS } from "../../base/address.js";
import { allocate, release } from "../../memory/allocator.js";
import type { Heap } from "../../memory/heap.js";
import { BUDGET } from "../../memory/kinds.js";
import { drop, hold, type LedgerSlot } from "../../memory/ledger.js";
import { HEADER_WORDS } from "../../memory/segment.js";
import {
  LIMIT_NAMES,
  type Limits,
  type LimitValues,
  limitValues,
  STOP_REASONS,
  type StopReason,
} from "./limits.js";
import { MemoryLimit } from "./memory-limit.js";

const STOPPED: number = HEADER_WORDS;
const BRANCHES: number = STOPPED + 1;
const STEPS: number = BRANCHES + 1;
const DEADLINE: number = STEPS + 2;
const LIMITS: number = DEADLINE + 2;
export const LIMITS_WORDS: number = 2 * LIMIT_NAMES.length;
const BUDGET_WORDS: number = LIMITS + LIMITS_WORDS;

/** How often the memory is looked at. */
const MEMORY_LOOK_MS = 0.5;

export class Budget {
  readonly limits: LimitValues;
  readonly #heap: Heap;
  readonly #outside: Pick<Limits, "signal" | "isInterrupted">;
  /** By the clock of this thread. */
  readonly #deadline: number;
  #stopped: StopReason | null = null;
  #steps = 0;
  #branches = 0;
  #memory: MemoryLimit | null;
  #memoryLookMs = Number.NEGATIVE_INFINITY;
  #segment: Address = NO_ADDRESS;
  /** Of the segment in this thread's ledger, if this object made it. */
  #slot: LedgerSlot = -1;

  /**
   * Begins now.
   *
   * @param deadline when the time is over, by `performance.now()`, where it began elsewhere.
   */
  constructor(
    heap: Heap,
    limits: LimitValues,
    outside: Pick<Limits, "signal" | "isInterrupted"> = {},
    deadline: number = performance.now() + limits.maxTimeMs,
  ) {
    this.#heap = heap;
    this.limits = limits;
    this.#outside = outside;
    this.#deadline = deadline;
    this.#memory = Number.isFinite(limits.maxHeapBytes)
      ? new MemoryLimit(heap, limits.maxHeapBytes)
      : null;
  }

  /** The budget in a segment, which the caller keeps alive. */
  static attach(heap: Heap, segment: Address): Budget {
    const { words } = heap;
    const deadline = readNumber(words, segment + DEADLINE) - performance.timeOrigin;
    const budget = new Budget(heap, readLimitValues(words, segment + LIMITS), {}, deadline);
    budget.#segment = segment;
    return budget;
  }

  /** The segment for other threads, which lives until {@link close}. Throws HeapExhaustedError. */
  share(): Address {
    if (this.#segment !== NO_ADDRESS) return this.#segment;
    const heap = this.#heap;
    const segment = allocate(heap, BUDGET_WORDS, BUDGET);
    const { words } = heap;
    try {
      this.#slot = hold(heap, segment);
    } catch (error) {
      release(heap, segment);
      throw error;
    }
    words[segment + STOPPED] = this.#stopped === null ? 0 : STOP_REASONS.indexOf(this.#stopped);
    words[segment + BRANCHES] = this.#branches;
    stepsIn(words, segment)[0] = BigInt(this.#steps);
    writeNumber(words, segment + DEADLINE, this.#deadline + performance.timeOrigin);
    writeLimitValues(words, segment + LIMITS, this.limits);
    this.#segment = segment;
    return segment;
  }

  /** When the evaluation is over: gives the segment up. */
  close(): void {
    if (this.#slot < 0) return;
    this.#steps = this.steps;
    this.#stopped = this.stopped;
    this.#segment = NO_ADDRESS;
    release(this.#heap, drop(this.#heap, this.#slot));
    this.#slot = -1;
  }

  /** Why the whole evaluation has to end, as far as somebody has found out; or null. */
  get stopped(): StopReason | null {
    if (this.#stopped !== null || this.#segment === NO_ADDRESS) return this.#stopped;
    const reason = Atomics.load(this.#heap.words, this.#segment + STOPPED);
    if (reason !== 0) this.#stopped = STOP_REASONS[reason]!;
    return this.#stopped;
  }

  /** Ends the whole evaluation (BU1); the reason, which is another if it has to end already. */
  stop(reason: StopReason): StopReason {
    if (this.#stopped !== null) return this.#stopped;
    if (this.#segment === NO_ADDRESS) {
      this.#stopped = reason;
      return reason;
    }
    const { words } = this.#heap;
    const before = Atomics.compareExchange(
      words,
      this.#segment + STOPPED,
      0,
      STOP_REASONS.indexOf(reason),
    );
    this.#stopped = before === 0 ? reason : STOP_REASONS[before]!;
    return this.#stopped;
  }

  /** Looks at the clock, the signal and the memory: the reason to end now, or null. Costs some 100 ns. */
  look(): StopReason | null {
    const known = this.stopped;
    if (known !== null) return known;
    const reason = this.#reached();
    return reason === null ? null : this.stop(reason);
  }

  #reached(): StopReason | null {
    const { signal, isInterrupted } = this.#outside;
    if (signal?.aborted === true || isInterrupted?.() === true) return "aborted";
    const now = performance.now();
    if (now >= this.#deadline) return "maxTimeMs";
    if (now - this.#memoryLookMs < MEMORY_LOOK_MS) return null;
    this.#memoryLookMs = now;
    this.#memory ??= new MemoryLimit(this.#heap);
    return this.#memory.isReached() ? "maxHeapBytes" : null;
  }

  get signal(): AbortSignal | undefined {
    return this.#outside.signal;
  }

  /** Milliseconds until the time is over. */
  get timeLeftMs(): number {
    return this.#deadline - performance.now();
  }

  /** Steps that all parts have told of. */
  get steps(): number {
    if (this.#segment === NO_ADDRESS) return this.#steps;
    return Number(Atomics.load(stepsIn(this.#heap.words, this.#segment), 0));
  }

  /** What is left of them; below 0 if several parts have used the same rest. */
  get stepsLeft(): number {
    const { maxSteps } = this.limits;
    return maxSteps === Number.POSITIVE_INFINITY ? maxSteps : maxSteps - this.steps;
  }

  /** Tells of steps that were done. */
  spend(steps: number): void {
    if (steps === 0) return;
    if (this.#segment === NO_ADDRESS) this.#steps += steps;
    else Atomics.add(stepsIn(this.#heap.words, this.#segment), 0, BigInt(steps));
  }

  /** Before a fork: false if it would be too many branches, and then the evaluation is to end. */
  beginBranches(count: number): boolean {
    const before = this.#addBranches(count);
    if (before + count <= this.limits.maxBranches) return true;
    this.#addBranches(-count);
    this.stop("maxBranches");
    return false;
  }

  /** After the join. */
  endBranches(count: number): void {
    this.#addBranches(-count);
  }

  #addBranches(count: number): number {
    if (this.#segment !== NO_ADDRESS) {
      return Atomics.add(this.#heap.words, this.#segment + BRANCHES, count);
    }
    const before = this.#branches;
    this.#branches += count;
    return before;
  }
}

/** What a part of an evaluation may use. */
export interface Allowance {
  readonly budget: Budget;
  readonly maxResults: number;
  /** How many forks and files it is inside of. */
  readonly depth: number;
  /**
   * The folder of the program that it is a part of, whose files and those below may be read as modules and by
   * `include` without a permission; null, as for expressions of the host: none.
   */
  readonly programFolder: string | null;
  /** Asked from time to time; true: this part is not wanted any more (BU3). */
  readonly isInterrupted?: () => boolean;
}

/** What a whole evaluation may use, from now on. Throws `ERR_INVALID_ARGUMENT`. */
export function wholeAllowance(
  heap: Heap,
  limits: Limits,
  programFolder: string | null = null,
): Allowance {
  const values = limitValues(limits);
  const budget = new Budget(heap, values, limits);
  return { budget, maxResults: values.maxResults, depth: 0, programFolder };
}

function stepsIn(words: Int32Array, segment: Address): BigInt64Array {
  return new BigInt64Array(words.buffer, words.byteOffset + (segment + STEPS) * 4, 1);
}

const NUMBER: Float64Array = new Float64Array(1);
const NUMBER_WORDS: Int32Array = new Int32Array(NUMBER.buffer);

function writeNumber(words: Int32Array, at: Address, value: number): void {
  NUMBER[0] = value;
  words[at] = NUMBER_WORDS[0]!;
  words[at + 1] = NUMBER_WORDS[1]!;
}

function readNumber(words: Int32Array, at: Address): number {
  NUMBER_WORDS[0] = words[at]!;
  NUMBER_WORDS[1] = words[at + 1]!;
  return NUMBER[0]!;
}

/** Writes limits into {@link LIMITS_WORDS} words. */
export function writeLimitValues(words: Int32Array, at: Address, limits: LimitValues): void {
  for (const [index, name] of LIMIT_NAMES.entries()) {
    writeNumber(words, at + 2 * index, limits[name]);
  }
}

export function readLimitValues(words: Int32Array, at: Address): LimitValues {
  const limits = {} as { -readonly [Name in keyof LimitValues]: number };
  for (const [index, name] of LIMIT_NAMES.entries()) {
    limits[name] = readNumber(words, at + 2 * index);
  }
  return limits;
}
