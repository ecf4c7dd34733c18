/**
 * A bell: threads without work sleep on one word until it rings.
 *
 *   0        1
 *   ┌────────┬───────────┐
 *   │ rings  │ listeners │
 *   └────────┴───────────┘
 *
 * | word      | written by                            | read by          | a stale read causes |
 * | --------- | ------------------------------------- | ---------------- | ------------------- |
 * | rings     | whoever made work (add 1, wraps)      | listeners        | one more look for work |
 * | listeners | a listener, before and after it sleeps | whoever rings   | a needless wake-up |
 *
 * Invariants
 *   B1  A listener reads `rings`, then looks for work, then sleeps only if `rings` is still the same;
 *       whoever makes work publishes it first and rings then. So no wake-up is lost.
 *   B2  `listeners` is at least the number of sleepers. (A thread that dies asleep leaves it too high
 *       for ever, which costs needless wake-ups.)
 */
import { platform } from "../platform/current.js";
import { ADD, EVERYONE, LOAD, NOTIFY, type Protocol, step, WAIT } from "./step.js";

const RINGS = 0;
const LISTENERS = 1;

/** Wakes all listeners. Call it after publishing the work. */
export function* ringSteps(index: number): Protocol<void> {
  yield step("B-ring", ADD, index + RINGS, 1);
  const listeners = yield step("B-listeners?", LOAD, index + LISTENERS);
  if (listeners !== 0) yield step("B-wake", NOTIFY, index + RINGS, EVERYONE);
}

/** Sleeps until the bell rings, unless it has since `rings` was read. */
export function* listenSteps(index: number, rings: number): Protocol<number> {
  yield step("B-listen", ADD, index + LISTENERS, 1, 0, rings);
  const outcome = yield step("B-sleep", WAIT, index + RINGS, rings);
  yield step("B-leave", ADD, index + LISTENERS, -1, 0, outcome);
  return outcome;
}

/** Reads the bell before looking for work (B1). */
export function readRings(words: Int32Array, index: number): number {
  return Atomics.load(words, index + RINGS);
}

/** True if a thread listens, or is about to: a hint that work would be welcome. */
export function hasListeners(words: Int32Array, index: number): boolean {
  return Atomics.load(words, index + LISTENERS) > 0;
}

/** As {@link ringSteps}. */
export function ring(words: Int32Array, index: number): void {
  Atomics.add(words, index + RINGS, 1);
  // B2: nobody sleeps uncounted.
  if (Atomics.load(words, index + LISTENERS) !== 0) Atomics.notify(words, index + RINGS);
}

/** As {@link listenSteps}; false if the bell did not ring in time. */
export function listen(
  words: Int32Array,
  index: number,
  rings: number,
  timeoutMs: number = Number.POSITIVE_INFINITY,
): boolean {
  Atomics.add(words, index + LISTENERS, 1);
  const isWoken = platform.waiting.wait(words, index + RINGS, rings, timeoutMs);
  Atomics.sub(words, index + LISTENERS, 1);
  return isWoken;
}
