/**
 * The protocols of src/parallel/job.ts and of the shared budget (src/eval/limits/budget.ts) in steps, for the explorer; a
 * test compares them with the code. What is not shared (whose job is below which) is given.
 */
import { ADD, COMPARE_EXCHANGE, LOAD, type Protocol, STORE, step } from "../../src/sync/step.js";

/** Where the words of a job are. */
export interface JobWords {
  readonly status: number;
  readonly next: number;
  readonly ended: number;
  readonly wake: number;
  readonly winner: number;
  readonly states: readonly number[];
  /** The job that it is below. */
  readonly parent: JobWords | null;
}

export const READY = 0;
export const DONE = 1;
export const CANCELLED = 2;
export const LOST = 3;
const CLAIM_SHIFT = 8;

export const isEnd = (state: number): boolean =>
  state === DONE || state === CANCELLED || state === LOST;

/** The steps of a protocol under the labels of what it is a part of, so that no two places look alike (ST1). */
export function* within<Result>(context: string, protocol: Protocol<Result>): Protocol<Result> {
  let next = protocol.next(0);
  while (next.done !== true) {
    const { label, ...each } = next.value;
    next = protocol.next(yield { ...each, label: `${context}/${label}` });
  }
  return next.value;
}

export function* isWithdrawnSteps(job: JobWords): Protocol<boolean> {
  for (let at: JobWords | null = job; at !== null; at = at.parent) {
    if ((yield step("J-withdrawn?", LOAD, at.status)) !== 0) return true;
  }
  return false;
}

export function* claimSteps(job: JobWords, owner: number): Protocol<number> {
  if (yield* isWithdrawnSteps(job)) return -1;
  const count = job.states.length;
  for (let index = yield step("J-next", LOAD, job.next); index < count; index++) {
    const found = yield step(
      "J-claim",
      COMPARE_EXCHANGE,
      job.states[index]!,
      READY,
      owner << CLAIM_SHIFT,
    );
    if (found !== READY) continue;
    yield step("J-advance", STORE, job.next, index + 1);
    return index;
  }
  yield step("J-none", STORE, job.next, count);
  return -1;
}

/** Wakes the forker as `wake` says; the number of sleepers that the model has is for it to know. */
export function* endSteps(
  job: JobWords,
  index: number,
  state: number,
  wake: () => Protocol<void>,
): Protocol<void> {
  yield step("J-end", STORE, job.states[index]!, state);
  const before = yield step("J-ended", ADD, job.ended, 1, 0, index);
  const wanted = yield step("J-wake?", LOAD, job.wake, 0, 0, before);
  if (before + 1 >= wanted) yield* wake();
}

export function* finishSteps(
  job: JobWords,
  index: number,
  wake: () => Protocol<void>,
): Protocol<void> {
  yield step("J-winner", COMPARE_EXCHANGE, job.winner, 0, index + 1);
  yield* endSteps(job, index, DONE, wake);
}

export function* cancelSteps(job: JobWords, wake: () => Protocol<void>): Protocol<void> {
  yield step("J-cancel", STORE, job.status, 1);
  yield* moveSteps(job, READY, CANCELLED, wake);
}

export function* loseSteps(
  job: JobWords,
  dead: number,
  wake: () => Protocol<void>,
): Protocol<number> {
  return yield* moveSteps(job, dead << CLAIM_SHIFT, LOST, wake);
}

function* moveSteps(
  job: JobWords,
  from: number,
  to: number,
  wake: () => Protocol<void>,
): Protocol<number> {
  let moved = 0;
  for (const state of job.states) {
    const found = yield step("J-move", COMPARE_EXCHANGE, state, from, to, moved);
    if (found === from) moved++;
  }
  yield step("J-moved", ADD, job.ended, Math.max(moved, 1));
  yield* wake();
  return moved;
}

/** The first task from `from` on that has not ended. */
export function* findUnendedSteps(job: JobWords, from: number): Protocol<number> {
  for (let index = from; index < job.states.length; index++) {
    const state = yield step("J-ended?", LOAD, job.states[index]!, 0, 0, index);
    if (!isEnd(state)) return index;
  }
  return job.states.length;
}

export interface BudgetWords {
  readonly stopped: number;
  readonly branches: number;
}

/** Whether `count` branches may begin; if not, the evaluation stops for `reason`. */
export function* beginBranchesSteps(
  budget: BudgetWords,
  count: number,
  most: number,
  reason: number,
): Protocol<boolean> {
  const before = yield step("U-begin", ADD, budget.branches, count);
  if (before + count <= most) return true;
  yield step("U-take-back", ADD, budget.branches, -count);
  yield* stopSteps(budget, reason);
  return false;
}

export function* endBranchesSteps(budget: BudgetWords, count: number): Protocol<void> {
  yield step("U-end", ADD, budget.branches, -count);
}

/** The reason for which the evaluation stops. */
export function* stopSteps(budget: BudgetWords, reason: number): Protocol<number> {
  const before = yield step("U-stop", COMPARE_EXCHANGE, budget.stopped, 0, reason);
  return before === 0 ? reason : before;
}
