/**
 * Trace: what a pool's threads did and when, in the format that chrome://tracing and Perfetto open
 * (Trace Event Format, complete events `X`: times in microseconds, one row for each thread).
 */

import { platform } from "../platform/current.js";
import type { Atom } from "../term/atom.js";
import { print } from "../term/printer.js";
import type { BranchOutcome } from "./outcome.js";

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: "X" | "M";
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, string | number>>;
}

/** Something that took time, from a moment on: milliseconds since the epoch. */
interface Span extends Pick<TraceEvent, "name" | "cat" | "tid" | "args"> {
  readonly startedMs: number;
  readonly timeMs: number;
}

const NAME_LENGTH = 80;
const US_PER_MS = 1000;

/** Collects events; create one and pass it to a pool. */
export class Trace {
  readonly #events: TraceEvent[] = [];
  readonly #threads = new Set<number>();

  /** A branch, from its outcome. A branch that no thread finished leaves no event. */
  addBranch(atom: Atom, index: number, outcome: BranchOutcome): void {
    const { thread, startedMs, timeMs, status, steps, segmentsCopied, results } = outcome;
    if (thread < 0) return;
    this.#nameThread(thread);
    const name = print(atom).slice(0, NAME_LENGTH);
    const args = { branch: index, status, steps, segmentsCopied, results: results.length };
    this.#add({ name, cat: "branch", startedMs, timeMs, tid: thread, args });
  }

  /** Something the pool's owner did: a call, a union. Times in milliseconds since the epoch. */
  addSpan(name: string, startedMs: number, timeMs: number): void {
    this.#add({ name, cat: "pool", startedMs, timeMs, tid: 0, args: {} });
  }

  /** The whole trace as JSON text. */
  toJson(): string {
    return JSON.stringify({ traceEvents: this.#events, displayTimeUnit: "ms" });
  }

  #nameThread(thread: number): void {
    if (this.#threads.has(thread)) return;
    this.#threads.add(thread);
    const args = { name: `thread in slot ${thread}` };
    this.#events.push({
      name: "thread_name",
      cat: "",
      ph: "M",
      ts: 0,
      dur: 0,
      pid: platform.output.processId,
      tid: thread,
      args,
    });
  }

  #add({ startedMs, timeMs, ...event }: Span): void {
    const ts = Math.round(startedMs * US_PER_MS);
    const dur = Math.round(timeMs * US_PER_MS);
    this.#events.push({ ...event, ph: "X", ts, dur, pid: platform.output.processId });
  }
}

/** Now, in milliseconds since the epoch, the same clock in every thread of the process. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
