/** The steps that the explorer proves are those of the code. */
import { afterEach, expect, test, vi } from "vitest";
import { Budget } from "../../src/eval/limits/budget.js";
import { limitValues, NO_LIMITS, STOP_REASONS } from "../../src/eval/limits/limits.js";
import { allocate } from "../../src/memory/allocator.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { HEADER_WORDS, readFirstChild } from "../../src/memory/segment.js";
import {
  AGE,
  cancelJob,
  claimTask,
  createJob,
  ENDED,
  endTask,
  findUnended,
  finishTask,
  isWithdrawn,
  LOST,
  loseTasks,
  storeWake,
} from "../../src/parallel/job.js";
import { execute, type Protocol } from "../../src/sync/step.js";
import {
  beginBranchesSteps,
  cancelSteps,
  claimSteps,
  endBranchesSteps,
  endSteps,
  findUnendedSteps,
  finishSteps,
  isWithdrawnSteps,
  type JobWords,
  loseSteps,
  stopSteps,
} from "./job-steps.js";

const COUNT = 3;
const ONE = 5;
const OTHER = 6;
/** Before the outcomes: base, atoms, the job above, the budget, the tables. */
const FIXED = 5;
const TASK_WORDS = 8;

afterEach(() => {
  vi.restoreAllMocks();
});

function jobIn(heap: Heap, parent: number): number {
  return createJob(heap, {
    base: allocate(heap, 8, RAW),
    atoms: allocate(heap, 8, RAW),
    tables: 0,
    parent,
    budget: 0,
    depth: 0,
    tasks: Array.from({ length: COUNT }, (_, index) => ({ first: index, count: 1, offset: 0 })),
    limits: NO_LIMITS,
    seed: 0,
    firstBranch: 0,
    space: null,
    flags: 0,
    forker: 1,
  });
}

function wordsOf(heap: Heap, job: number, parent: JobWords | null): JobWords {
  const tasks = job + readFirstChild(heap.words, job) + FIXED + 2 * COUNT;
  return {
    status: job + HEADER_WORDS,
    next: job + ENDED + 2,
    ended: job + ENDED,
    wake: job + ENDED + 1,
    winner: job + AGE - 1,
    states: Array.from({ length: COUNT }, (_, index) => tasks + index * TASK_WORDS),
    parent,
  };
}

/** What `body` does to the words, in order, as `name index operands`. */
function record(watched: readonly number[], body: () => unknown): string[] {
  const calls: string[] = [];
  for (const name of ["load", "store", "add", "exchange", "compareExchange"] as const) {
    const original = Atomics[name] as (...operands: unknown[]) => number;
    vi.spyOn(Atomics, name).mockImplementation(((words: Int32Array, ...operands: number[]) => {
      if (watched.includes(operands[0]!)) calls.push([name, ...operands].join(" "));
      return original(words, ...operands);
    }) as never);
  }
  calls.push(`gives ${String(body())}`);
  vi.restoreAllMocks();
  return calls;
}

function run(heap: Heap, protocol: Protocol<unknown>): unknown {
  let next = protocol.next(0);
  while (next.done !== true) next = protocol.next(execute(heap.words, next.value));
  return next.value;
}

function* nobody(): Protocol<void> {
  // Notifications are not compared.
}

/** A job below another, in a heap of its own. */
function newScene(): { heap: Heap; inner: number; outer: number; words: JobWords } {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const outer = jobIn(heap, 0);
  const inner = jobIn(heap, outer);
  return { heap, inner, outer, words: wordsOf(heap, inner, wordsOf(heap, outer, null)) };
}

const watchedIn = (job: JobWords): number[] => [
  job.status,
  job.next,
  job.ended,
  job.wake,
  job.winner,
  ...job.states,
  ...(job.parent === null ? [] : watchedIn(job.parent)),
];

type Act = (scene: ReturnType<typeof newScene>, isReal: boolean) => unknown;

test("claiming, ending, cancelling and losing tasks do the steps of the proved protocol", () => {
  const acts: readonly Act[] = [
    ({ heap, inner, words }, isReal) =>
      isReal ? claimTask(heap.words, inner, ONE) : run(heap, claimSteps(words, ONE)),
    ({ heap, inner, words }, isReal) =>
      isReal
        ? finishTask(heap.words, inner, 0, { outcome: 0, environment: 0, hasResult: true })
        : run(heap, finishSteps(words, 0, nobody)),
    ({ heap, inner, words }, isReal) =>
      isReal ? claimTask(heap.words, inner, OTHER) : run(heap, claimSteps(words, OTHER)),
    ({ heap, inner }) => storeWake(heap.words, inner, 2),
    ({ heap, inner, words }, isReal) =>
      isReal ? loseTasks(heap.words, inner, OTHER) : run(heap, loseSteps(words, OTHER, nobody)),
    ({ heap, inner, words }, isReal) =>
      isReal ? findUnended(heap.words, inner, 0) : run(heap, findUnendedSteps(words, 0)),
    ({ heap, inner, words }, isReal) =>
      isReal ? claimTask(heap.words, inner, ONE) : run(heap, claimSteps(words, ONE)),
    ({ heap, inner, words }, isReal) =>
      isReal ? claimTask(heap.words, inner, ONE) : run(heap, claimSteps(words, ONE)),
    ({ heap, inner, words }, isReal) =>
      isReal ? endTask(heap.words, inner, 2, LOST) : run(heap, endSteps(words, 2, LOST, nobody)),
    ({ heap, outer, words }, isReal) =>
      isReal ? cancelJob(heap.words, outer) : run(heap, cancelSteps(words.parent!, nobody)),
    ({ heap, inner, words }, isReal) =>
      isReal ? isWithdrawn(heap.words, inner) : run(heap, isWithdrawnSteps(words)),
    ({ heap, inner, words }, isReal) =>
      isReal ? claimTask(heap.words, inner, ONE) : run(heap, claimSteps(words, ONE)),
  ];
  const [real, model] = [newScene(), newScene()];
  for (const act of acts) {
    const watched = watchedIn(real.words);
    expect(watchedIn(model.words)).toEqual(watched);
    const steps = record(watched, () => act(model, false));
    expect(record(watched, () => act(real, true))).toEqual(steps);
    expect(steps.length).toBeGreaterThan(1);
  }
});

test("beginning branches and stopping a shared budget do the steps of the proved protocol", () => {
  const most = 3;
  const newBudget = (): { heap: Heap; budget: Budget; at: number } => {
    const heap = Heap.create({ maxBytes: 2 ** 24 });
    const budget = new Budget(heap, limitValues({ maxBranches: most }));
    return { heap, budget, at: budget.share() };
  };
  const [real, model] = [newBudget(), newBudget()];
  const words = { stopped: real.at + HEADER_WORDS, branches: real.at + HEADER_WORDS + 1 };
  expect(model.at).toBe(real.at);
  const reason = STOP_REASONS.indexOf("maxBranches");
  const acts: readonly (readonly [() => unknown, Protocol<unknown>])[] = [
    [() => real.budget.beginBranches(2), beginBranchesSteps(words, 2, most, reason)],
    [() => real.budget.endBranches(2), endBranchesSteps(words, 2)],
    [() => real.budget.beginBranches(3), beginBranchesSteps(words, 3, most, reason)],
    [() => real.budget.beginBranches(1), beginBranchesSteps(words, 1, most, reason)],
  ];
  for (const [act, protocol] of acts) {
    const watched = [words.stopped, words.branches];
    const steps = record(watched, () => run(model.heap, protocol));
    expect(record(watched, act)).toEqual(steps);
    expect(steps.length).toBeGreaterThan(1);
  }
  const other = Budget.attach(real.heap, real.at);
  const found = record([words.stopped], () => other.stop("aborted"));
  const steps = record([words.stopped], () =>
    run(model.heap, stopSteps(words, STOP_REASONS.indexOf("aborted"))),
  );
  expect(found).toEqual([...steps.slice(0, -1), "gives maxBranches"]);
});
