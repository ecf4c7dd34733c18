/**
 * Recorder: what one thread tells of itself to an inspector, within what that may cost.
 *
 *   RRE1  Recording takes no more than a fixed share of a thread's time, but for the first events and one now and
 *         then: what would be more is left out, which is counted. So a program that forks a million times a second is not
 *         slowed down by somebody who might look.
 *   RRE2  An environment that could not be told of is given up by who has tried.
 */
import { Environment, heapOf } from "../environment/environment.js";
import type { Tap } from "../sync/taps.js";

/** The share of time that recording may take. */
const SHARE = 0.015;
/** Events that are recorded whatever they take: the first. */
const FIRST_EVENTS = 200;
/** How often a question, and a fork or branch, is recorded in any case. */
const ALWAYS_MS = 50;
/** How often environments are handed over that only show what there is. */
const SHOW_MS = 200;

/** What has to go with an event: when it was, in milliseconds since the epoch. */
interface TimedEvent {
  readonly kind: string;
  readonly t: number;
}

export class Recorder {
  readonly #tap: Tap;
  readonly #heapNumber: number;
  readonly #begunMs = performance.now();
  #spentMs = 0;
  #asked = 0;
  #skipped = 0;
  #shownMs = Number.NEGATIVE_INFINITY;
  readonly #recordedMs = { question: Number.NEGATIVE_INFINITY, fork: Number.NEGATIVE_INFINITY };

  /** @param heapNumber by which the inspector knows the heap of this thread's environments. */
  constructor(tap: Tap, heapNumber: number) {
    this.#tap = tap;
    this.#heapNumber = heapNumber;
  }

  /** Whether there is time to record something now (RRE1); what is not is counted. */
  mayRecord(what: "question" | "fork"): boolean {
    const now = performance.now();
    const isFirst = ++this.#asked <= FIRST_EVENTS;
    if (
      isFirst ||
      this.#spentMs < SHARE * (now - this.#begunMs) ||
      now - this.#recordedMs[what] > ALWAYS_MS
    ) {
      this.#recordedMs[what] = now;
      return true;
    }
    this.#skipped++;
    return false;
  }

  /** Tells of what `describe` makes. */
  record(describe: () => TimedEvent): void {
    const started = performance.now();
    const event = describe();
    const isTold = this.#tap.tell(
      this.#skipped === 0 ? event : { ...event, skipped: this.#skipped },
    );
    if (isTold) this.#skipped = 0;
    this.#spentMs += performance.now() - started;
  }

  /** As {@link record}, with an environment for the inspector to look at, as it is now. */
  recordWith(environment: Environment, describe: () => TimedEvent): void {
    const started = performance.now();
    const handle = environment.share();
    const event = { ...describe(), heap: this.#heapNumber, environment: handle.number };
    // RRE2
    if (!this.#tap.tell(event)) Environment.receive(handle, heapOf(environment)).dispose();
    this.#spentMs += performance.now() - started;
  }

  /** Whether an environment may be handed over that only shows what there is. */
  mayShow(): boolean {
    const now = performance.now();
    if (now - this.#shownMs < SHOW_MS) return false;
    this.#shownMs = now;
    return true;
  }

  /** Whether the inspector wishes to see the environment that is being evaluated in. */
  isWanted(): boolean {
    return this.#tap.takeWish() !== 0;
  }
}
