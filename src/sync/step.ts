/**
 * Lock protocols as sequences of atomic steps.
 *
 * A protocol is a generator. Each `yield` is one atomic step on the shared words, and the value that
 * comes back is what the step read. Nothing else touches shared memory, so whoever drives the
 * generator decides what happens between two steps:
 *
 *   runBlocking   executes each step with Atomics and sleeps as the platform does
 *   runAsync      the same, but waits with `Atomics.waitAsync`, for threads that may not block
 *   the explorer  of the tests, which tries every interleaving of several protocols
 *
 * The contended path of a lock is therefore the very code that the explorer verifies. The uncontended
 * path is straight-line code beside it; a test compares the two step by step.
 *
 * Invariants
 *   ST1  Between two steps a protocol keeps nothing but what its next step shows: the fields of the
 *        step (label, index, operands, local) determine how it continues. The explorer relies on this
 *        to recognise states it has been in.
 *   ST2  `WAIT` sleeps only if the word still holds `a` when it is executed.
 *
 * All steps are sequentially consistent (Atomics).
 */
import { platform } from "../platform/current.js";

export const LOAD = 0;
export const STORE = 1;
/** Returns what the word held; the exchange took place if that is `a`. */
export const COMPARE_EXCHANGE = 2;
export const EXCHANGE = 3;
export const OR = 4;
export const AND = 5;
/** Returns {@link WOKEN} or {@link TIMED_OUT}, at once if the word is another (ST2). */
export const WAIT = 6;
/** `a` is how many sleepers to wake at most. */
export const NOTIFY = 7;
export const ADD = 8;

type StepKind =
  | typeof LOAD
  | typeof STORE
  | typeof COMPARE_EXCHANGE
  | typeof EXCHANGE
  | typeof OR
  | typeof AND
  | typeof WAIT
  | typeof NOTIFY
  | typeof ADD;

export const WOKEN = 0;
export const TIMED_OUT = 1;
export const EVERYONE: number = 2 ** 31 - 1;

export interface Step {
  readonly kind: StepKind;
  /** Word index. */
  readonly index: number;
  readonly a: number;
  readonly b: number;
  /** Names the place in the protocol. */
  readonly label: string;
  /** What the protocol still knows beyond the operands (ST1). */
  readonly local: number;
}

export type Protocol<Result> = Generator<Step, Result, number>;

export function step(label: string, kind: StepKind, index: number, a = 0, b = 0, local = 0): Step {
  return { kind, index, a, b, label, local };
}

/** Executes any step but `WAIT`. */
export function execute(words: Int32Array, { kind, index, a, b }: Step): number {
  switch (kind) {
    case LOAD:
      return Atomics.load(words, index);
    case STORE:
      return Atomics.store(words, index, a);
    case COMPARE_EXCHANGE:
      return Atomics.compareExchange(words, index, a, b);
    case EXCHANGE:
      return Atomics.exchange(words, index, a);
    case OR:
      return Atomics.or(words, index, a);
    case AND:
      return Atomics.and(words, index, a);
    case ADD:
      return Atomics.add(words, index, a);
    case NOTIFY:
      return Atomics.notify(words, index, a);
    case WAIT:
      throw new TypeError("cannot execute a wait: its driver sleeps");
  }
}

/**
 * Runs a protocol to its end on this thread, sleeping where it waits.
 *
 * @param timeoutMs how long all its waits together may take; `Infinity` for no limit.
 */
export function runBlocking<Result>(
  words: Int32Array,
  protocol: Protocol<Result>,
  timeoutMs: number,
): Result {
  const deadline = performance.now() + timeoutMs;
  let next = protocol.next(0);
  while (!next.done) {
    const current = next.value;
    if (current.kind === WAIT) {
      const left = Math.max(0, deadline - performance.now());
      const isWoken = platform.waiting.wait(words, current.index, current.a, left);
      next = protocol.next(isWoken ? WOKEN : TIMED_OUT);
    } else {
      next = protocol.next(execute(words, current));
    }
  }
  return next.value;
}

/** The longest delay a timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Like {@link runBlocking} without blocking the thread: waits are `Atomics.waitAsync`. A pending
 * `waitAsync` does not keep Node.js alive, so a timer does while one is pending.
 */
export async function runAsync<Result>(
  words: Int32Array,
  protocol: Protocol<Result>,
  timeoutMs: number,
): Promise<Result> {
  const deadline = performance.now() + timeoutMs;
  let next = protocol.next(0);
  while (!next.done) {
    const current = next.value;
    if (current.kind === WAIT) {
      const left = Math.max(0, deadline - performance.now());
      next = protocol.next(await sleep(words, current.index, current.a, left));
    } else {
      next = protocol.next(execute(words, current));
    }
  }
  return next.value;
}

/** Waits until `words[index]` is notified, unless it does not hold `expected`. */
export async function sleep(
  words: Int32Array,
  index: number,
  expected: number,
  timeoutMs: number,
): Promise<typeof WOKEN | typeof TIMED_OUT> {
  const waiting = Atomics.waitAsync(words, index, expected, timeoutMs);
  if (!waiting.async) return waiting.value === "timed-out" ? TIMED_OUT : WOKEN;
  const alive = setInterval(() => undefined, LONGEST_TIMER_MS);
  try {
    return (await waiting.value) === "timed-out" ? TIMED_OUT : WOKEN;
  } finally {
    clearInterval(alive);
  }
}
