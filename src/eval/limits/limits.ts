/**
 * Limits: what a caller lets an evaluation use, and the name of each way in which one ends. Every limit of the
 * engine is named, checked and given its default here; what is left of it is counted in budget.ts.
 *
 *   LI1  A limit is a number from 0 on, or Infinity for none. It is taken as it is: 0 allows nothing, half a
 *        millisecond is half a millisecond, and it reaches other threads unchanged.
 */
import {
  asCount,
  asFunction,
  asMilliseconds,
  asSignal,
  type Checks,
} from "../../base/arguments.js";

/** Where an evaluation stops; a limit that is not given does not exist, but for those that have a default. */
export interface Limits {
  /**
   * Calls reduced by a rule, answers taken from tables, and values of streams that operations of the host give: those of
   * branches and modules included. On several threads it is noticed some thousand steps late, and met all the same.
   */
  readonly maxSteps?: number;
  /** Milliseconds from its beginning; the only limit that may be a fraction. */
  readonly maxTimeMs?: number;
  /** Results of the expression. */
  readonly maxResults?: number;
  /**
   * Bytes of the shared heap in use by all threads (whole chunks), together with those by which this
   * thread's JavaScript heap has grown since the evaluation began, garbage not counted. That is
   * noticed late, by the larger of half the limit and 64 MiB. Without it an evaluation ends by the same
   * reason when what it added brings the JavaScript heap near its end: V8 ends a process whose heap is full.
   */
  readonly maxHeapBytes?: number;
  /**
   * How deep forks nest, and files that a program runs; 256 if not given. An evaluation
   * also ends by this reason when they nest too deep for the stack of JavaScript.
   */
  readonly maxForkDepth?: number;
  /** Branches of forks that are not at their end yet, at any one time; 4,194,304 if not given. */
  readonly maxBranches?: number;
  /** Ends the evaluation when it is aborted. */
  readonly signal?: AbortSignal;
  /** Asked from time to time; true stops the evaluation like an aborted signal. */
  readonly isInterrupted?: () => boolean;
}

/** The limits that are numbers, checked (LI1), each with its default if none was given. */
export type LimitValues = Required<Omit<Limits, "signal" | "isInterrupted">>;

/** A level of forks takes some two kilobytes of a stack that may be less than one megabyte. */
const DEFAULT_FORK_DEPTH = 256;
const DEFAULT_BRANCHES: number = 2 ** 22;

/** What holds where no limit is given. The order is that in which they are written to shared memory. */
export const NO_LIMITS: LimitValues = {
  maxSteps: Number.POSITIVE_INFINITY,
  maxTimeMs: Number.POSITIVE_INFINITY,
  maxResults: Number.POSITIVE_INFINITY,
  maxHeapBytes: Number.POSITIVE_INFINITY,
  maxForkDepth: DEFAULT_FORK_DEPTH,
  maxBranches: DEFAULT_BRANCHES,
};

export const LIMIT_NAMES: readonly (keyof LimitValues)[] = Object.keys(
  NO_LIMITS,
) as (keyof LimitValues)[];

/** Why an evaluation ended: it came to its end, a limit was met, or somebody aborted it. */
export type StopReason =
  | "completed"
  | "maxSteps"
  | "maxTimeMs"
  | "maxResults"
  | "maxHeapBytes"
  | "maxForkDepth"
  | "maxBranches"
  | "aborted";

/** By their number in shared memory. */
export const STOP_REASONS: readonly StopReason[] = ["completed", ...LIMIT_NAMES, "aborted"];

/** What each limit has to be (LI1), where what is limited may be on another thread: there nobody can be asked. */
export const THREAD_LIMIT_CHECKS: Checks<Omit<Limits, "isInterrupted">> = {
  maxSteps: asCount,
  maxTimeMs: asMilliseconds,
  maxResults: asCount,
  maxHeapBytes: asCount,
  maxForkDepth: asCount,
  maxBranches: asCount,
  signal: asSignal,
};

/** What each limit has to be (LI1). */
export const LIMIT_CHECKS: Checks<Limits> = {
  ...THREAD_LIMIT_CHECKS,
  isInterrupted: asFunction,
};

/** Throws `ERR_INVALID_ARGUMENT` for what is no number, below 0, or a fraction of something that is counted. */
export function limitValues(limits: Limits): LimitValues {
  const values = { ...NO_LIMITS };
  for (const name of LIMIT_NAMES) {
    const limit = limits[name];
    if (limit === undefined) continue;
    LIMIT_CHECKS[name](`evaluate with option ${name}`, limit);
    values[name] = limit;
  }
  return values;
}
