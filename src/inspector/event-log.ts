/**
 * Event log: the newest events of a recording. What is older than the room for it allows is dropped, which is counted.
 *
 *   EL1  Events are numbered from 0 on in the order in which they came; the log holds those from `first` on.
 */
import type { InspectionEvent } from "./protocol.js";

/** Of each recording; an event takes some hundred bytes. */
const MOST_EVENTS = 20_000;

export class EventLog {
  readonly #events: InspectionEvent[] = [];
  /** The number of the oldest event that is kept (EL1). */
  #first = 0;
  readonly #most: number;

  constructor(most: number = MOST_EVENTS) {
    this.#most = most;
  }

  add(event: InspectionEvent): void {
    this.#events.push(event);
    // In portions: taking one off the front costs a move of all.
    if (this.#events.length > this.#most * 1.1) {
      const surplus = this.#events.length - this.#most;
      this.#events.splice(0, surplus);
      this.#first += surplus;
    }
  }

  get length(): number {
    return this.#events.length;
  }

  get dropped(): number {
    return this.#first;
  }

  /** Those from a number on that are kept, and the number of the first of them. */
  from(first: number): { readonly first: number; readonly events: readonly InspectionEvent[] } {
    const start = Math.max(first, this.#first);
    return { first: start, events: this.#events.slice(start - this.#first) };
  }
}
