import { describe, expect, test } from "vitest";
import { listenSteps, ringSteps } from "../../src/sync/bell.js";
import {
  ADD,
  EVERYONE,
  LOAD,
  NOTIFY,
  type Protocol,
  STORE,
  type Step,
  step,
  WAIT,
} from "../../src/sync/step.js";
import { type Actor, BLIND, explore, type Model, type Operation } from "../sync/explorer.js";
import {
  beginBranchesSteps,
  CANCELLED,
  cancelSteps,
  claimSteps,
  DONE,
  endBranchesSteps,
  endSteps,
  findUnendedSteps,
  finishSteps,
  isEnd,
  isWithdrawnSteps,
  type JobWords,
  loseSteps,
  stopSteps,
  within,
} from "./job-steps.js";

const BELL = 0;
/** Nothing is left to be done: serving threads go. */
const OVER = 2;
/** The job above has been withdrawn. */
const WITHDRAWN = 3;
/** A task was claimed by a thread that began to look for one when its job had been withdrawn. */
const LATE = 4;
const WORDS = 32;

function jobAt(at: number, count: number, parent: JobWords | null): JobWords {
  const states = Array.from({ length: count }, (_, index) => at + 6 + index);
  return { status: at, next: at + 1, ended: at + 2, wake: at + 3, winner: at + 4, states, parent };
}

/** Whether a job is on the board, and how often each of its tasks was begun. */
const postedAt = ({ winner }: JobWords): number => winner + 1;
const begunAt = ({ states }: JobWords, index: number): number => states.at(-1)! + 1 + index;

const OUTER = jobAt(5, 1, null);
/** A fork of two branches in a branch of the outer job, and one of a single branch. */
const TWO = jobAt(14, 2, OUTER);
const ONE = jobAt(14, 1, OUTER);
const OUTER_OWNER = 2;
const OTHER_OWNER = 3;

/** Only the forker of a call sleeps on the word of its job. */
function* nobody(): Protocol<void> {
  // Forkers that may block sleep on the bell.
}

/** Claims a task, and notes it if that was begun after its job had been withdrawn (J5). */
function* claim(job: JobWords, owner: number): Protocol<number> {
  const since = yield step("withdrawn since?", LOAD, WITHDRAWN);
  const index = yield* within(`since${since}`, claimSteps(job, owner));
  if (index >= 0) {
    yield step("begin", ADD, begunAt(job, index), 1, 0, index);
    if (since !== 0) yield step("late", STORE, LATE, 1, 0, index);
  }
  return index;
}

/** What a thread does at the end of a task. */
function* deliver(job: JobWords, index: number): Protocol<void> {
  const unwanted = yield* within(`deliver${index}`, isWithdrawnSteps(job));
  if (unwanted) yield* within("drop", endSteps(job, index, CANCELLED, nobody));
  else yield* within("finish", finishSteps(job, index, nobody));
  yield* within("done", ringSteps(BELL));
}

/** Claims a task and runs it; false if there is none. */
function* runOne(job: JobWords, owner: number): Protocol<boolean> {
  const index = yield* claim(job, owner);
  if (index >= 0) yield* deliver(job, index);
  return index >= 0;
}

/** A turn of a thread without work of its own; true when nothing is left. */
function* serve(inner: JobWords, owner: number): Protocol<boolean> {
  const rings = yield step("S-rings", LOAD, BELL);
  if ((yield step("S-posted?", LOAD, postedAt(inner), 0, 0, rings)) !== 0) {
    if (yield* within(`help${rings}`, runOne(inner, owner))) return false;
  }
  if ((yield step("S-over?", LOAD, OVER, 0, 0, rings)) !== 0) return true;
  yield* listenSteps(BELL, rings);
  return false;
}

/** A turn of the thread that waits for the inner job, in the branch of the outer one; true when it has ended. */
function* waitFor(inner: JobWords): Protocol<boolean> {
  const rings = yield step("W-rings", LOAD, BELL);
  const unended = yield* within(`W${rings}`, findUnendedSteps(inner, 0));
  if (unended === inner.states.length) return true;
  if ((yield step("W-cancelled?", LOAD, inner.status, 0, 0, rings)) === 0) {
    if (yield* within(`W${rings}`, isWithdrawnSteps(OUTER))) {
      yield* cancelSteps(inner, nobody);
      return false;
    }
  }
  yield* listenSteps(BELL, rings);
  return false;
}

function* set(word: number): Protocol<boolean> {
  yield step("set", STORE, word, 1);
  return true;
}

/** The end of a branch of the outer job: what comes after its fork. */
function* finishOuter(): Protocol<boolean> {
  yield* deliver(OUTER, 0);
  yield step("over", STORE, OVER, 1);
  yield* within("over", ringSteps(BELL));
  return true;
}

/** The host's signal, or the end of a call's time. */
function* abort(): Protocol<boolean> {
  yield* cancelSteps(OUTER, nobody);
  yield step("since", STORE, WITHDRAWN, 1);
  return true;
}

/** After the end of a thread: what it had claimed is lost. */
function* recover(inner: JobWords, dead: number): Protocol<boolean> {
  for (const job of [inner, OUTER]) {
    yield* within(job === inner ? "inner" : "outer", loseSteps(job, dead, nobody));
  }
  yield* within("recovered", ringSteps(BELL));
  return true;
}

const operation = (
  name: string,
  run: () => Protocol<unknown>,
  more: Partial<Operation> = {},
): Operation => ({ name, run, holds: "", ...more });

/** The thread that is in the branch of the outer job: it forks, works, waits, and goes on. */
const forker = (inner: JobWords): Actor => ({
  operations: [
    operation("post", () => set(postedAt(inner))),
    operation("ring", () => ringSteps(BELL)),
    operation("one", () => runOne(inner, OUTER_OWNER)),
    operation("two", () => runOne(inner, OUTER_OWNER)),
    operation("wait", () => waitFor(inner), { onFalse: 4 }),
    operation("finish", finishOuter),
  ],
});

const server = (inner: JobWords, owner: number, more: Partial<Actor> = {}): Actor => ({
  operations: [operation("serve", () => serve(inner, owner), { onFalse: 0 })],
  ...more,
});

const once = (name: string, run: () => Protocol<unknown>, more: Partial<Actor> = {}): Actor => ({
  operations: [operation(name, run)],
  ...more,
});

/** Every task has ended (J3), and was begun by one thread at most (J1). */
function complaintAbout(words: Int32Array, job: JobWords, isDone: boolean): string | null {
  for (const [index, at] of job.states.entries()) {
    if (!isEnd(words[at]!)) return `task ${index} is left in state ${words[at]}`;
    if (isDone && words[at] !== DONE) return `task ${index} has not been done`;
    if (job !== OUTER && words[begunAt(job, index)]! > 1) return `task ${index} was begun twice`;
  }
  return null;
}

const ended =
  (inner: JobWords, isDone: boolean): NonNullable<Model["atEnd"]> =>
  (words, dead) => {
    if (words[LATE] !== 0) return "a task was claimed though its job had been withdrawn";
    const isWhole = isDone && dead.length === 0;
    return complaintAbout(words, OUTER, isWhole) ?? complaintAbout(words, inner, isWhole);
  };

const chain: Omit<Model, "actors"> = {
  words: WORDS,
  initial: (words) => (words[OUTER.states[0]!] = OUTER_OWNER << 8),
  safe: () => null,
};

const CHAINS = {
  "and a thread helps": {
    ...chain,
    actors: [forker(TWO), server(TWO, OTHER_OWNER)],
    atEnd: ended(TWO, true),
  },
  "and a thread helps, and the call is aborted at any time": {
    ...chain,
    actors: [forker(ONE), server(ONE, OTHER_OWNER), once("abort", abort)],
    atEnd: ended(ONE, false),
  },
  "and a thread helps that may end at every step": {
    ...chain,
    actors: [
      forker(TWO),
      server(TWO, OTHER_OWNER, { mortal: true }),
      once("recover", () => recover(TWO, OTHER_OWNER), { afterDeathOf: 1 }),
    ],
    atEnd: ended(TWO, true),
  },
} satisfies Record<string, Model>;

/** The forker of a call: it sleeps until every second task has ended, or the last. */
function* awaitCall(job: JobWords): Protocol<boolean> {
  for (let unended = 0; ; ) {
    const seen = yield step("P-seen", LOAD, job.ended, 0, 0, unended);
    unended = yield* within(`P${seen}`, findUnendedSteps(job, unended));
    const count = job.states.length;
    if (unended === count) return true;
    yield step("P-wake", STORE, job.wake, Math.min(seen + 2, count), 0, seen * 8 + unended);
    yield step("P-sleep", WAIT, job.ended, seen, 0, unended);
  }
}

/** Calls of two and of three tasks. */
const PAIR = jobAt(5, 2, null);
const TRIPLE = jobAt(5, 3, null);

function* wake(): Protocol<void> {
  yield step("J-notify", NOTIFY, PAIR.ended, EVERYONE);
}

/** Takes tasks of the call until there is none. */
function* work(job: JobWords, owner: number): Protocol<boolean> {
  const index = yield* claimSteps(job, owner);
  if (index < 0) return true;
  yield step("begin", ADD, begunAt(job, index), 1, 0, index);
  yield* within("finish", finishSteps(job, index, wake));
  return false;
}

const worker = (job: JobWords, owner: number, more: Partial<Actor> = {}): Actor => ({
  operations: [operation("work", () => work(job, owner), { onFalse: 0 })],
  ...more,
});

const call: Omit<Model, "actors"> = { words: WORDS, safe: () => null };
const tasksEnded =
  (job: JobWords, isDone: boolean): NonNullable<Model["atEnd"]> =>
  (words) => {
    for (const [index, at] of job.states.entries()) {
      if (!isEnd(words[at]!)) return `task ${index} is left in state ${words[at]}`;
      if (isDone && words[at] !== DONE) return `task ${index} has not been done`;
      if (words[begunAt(job, index)]! > 1) return `task ${index} was begun twice`;
    }
    return null;
  };

const CALLS = {
  "by two threads": {
    ...call,
    actors: [once("await", () => awaitCall(TRIPLE)), worker(TRIPLE, 2), worker(TRIPLE, 3)],
    atEnd: tasksEnded(TRIPLE, true),
  },
  "by two threads, and aborted at any time": {
    ...call,
    actors: [
      once("await", () => awaitCall(PAIR)),
      worker(PAIR, 2),
      once("abort", () => cancelSteps(PAIR, wake)),
    ],
    atEnd: tasksEnded(PAIR, false),
  },
  "by two threads of which one may end at every step": {
    ...call,
    actors: [
      once("await", () => awaitCall(PAIR)),
      worker(PAIR, 2),
      worker(PAIR, 3, { mortal: true }),
      once("recover", () => loseSteps(PAIR, 3, wake), { afterDeathOf: 2 }),
    ],
    atEnd: tasksEnded(PAIR, false),
  },
} satisfies Record<string, Model>;

function complaintOf(model: Model): string | null {
  const { complaint, trace, ends } = explore(model);
  if (complaint === null) expect(ends).toBeGreaterThan(0);
  return complaint === null ? null : `${complaint}\n${trace.join("\n")}`;
}

describe("a branch forks", () => {
  test.each(Object.entries(CHAINS))(
    "%s: every task ends once, none is begun late, nobody sleeps on (F2, F3, J1, J3, J5)",
    (_name, model) => {
      expect(complaintOf(model)).toBeNull();
    },
  );
});

describe("the tasks of a call are done", () => {
  test.each(Object.entries(CALLS))(
    "%s: its forker, which is not woken for each, is woken for the last (J1, J3)",
    (_name, model) => {
      expect(complaintOf(model)).toBeNull();
    },
  );
});

type Mutation = (each: Step) => Step | { readonly skipped: number };

const isAt =
  (label: string, change: Mutation): Mutation =>
  (each) =>
    each.label.endsWith(label) ? change(each) : each;

const skipped = (): { skipped: number } => ({ skipped: 0 });

const MISTAKES: readonly (readonly [string, Model, Mutation])[] = [
  [
    "a task is claimed without looking whether it still may be",
    CHAINS["and a thread helps"],
    isAt("J-claim", (each) => ({ ...each, kind: STORE, a: each.b, b: 0 })),
  ],
  [
    "a claimer looks at its own job and not at those above",
    CHAINS["and a thread helps, and the call is aborted at any time"],
    (each) =>
      each.index === OUTER.status && /since\d\/J-with/.test(each.label) ? { skipped: 0 } : each,
  ],
  [
    "a job that is cancelled keeps its tasks",
    CALLS["by two threads, and aborted at any time"],
    isAt("J-move", () => ({ skipped: 1 })),
  ],
  [
    "nobody rings when a task has ended",
    CHAINS["and a thread helps"],
    isAt("done/B-ring", skipped),
  ],
  ["the bell rings and wakes nobody", CHAINS["and a thread helps"], isAt("B-wake", skipped)],
  [
    "a forker sleeps without looking at the bell",
    CHAINS["and a thread helps"],
    isAt("B-sleep", (each) => ({ ...each, b: BLIND })),
  ],
  [
    "what a dead thread had claimed is not looked for",
    CHAINS["and a thread helps that may end at every step"],
    isAt("J-move", () => ({ skipped: 1 })),
  ],
  [
    "a forker of a call sleeps whatever has ended meanwhile",
    CALLS["by two threads"],
    isAt("P-sleep", (each) => ({ ...each, b: BLIND })),
  ],
  [
    "a forker of a call wants to be woken for more tasks than there are",
    CALLS["by two threads"],
    isAt("P-wake", (each) => ({ ...each, a: each.a + 1 })),
  ],
];

describe("the explorer notices", () => {
  test.each(MISTAKES)("when %s", (_name, model, mutate) => {
    expect(complaintOf({ ...model, mutate })).not.toBeNull();
  });
});

const BUDGET = { stopped: 5, branches: 6 };
/** Branches that have begun and not ended, and the reasons that parts of the evaluation were given. */
const BEGUN = 7;
const REASONS = 8;
const MOST = 3;
const MAX_BRANCHES = 1;

/** Forks: `count` branches begin and end, or the evaluation stops. */
function* forkWithin(part: number, count: number): Protocol<boolean> {
  const mayBegin = yield* beginBranchesSteps(BUDGET, count, MOST, MAX_BRANCHES);
  if (mayBegin) {
    const before = yield step("begun", ADD, BEGUN, count);
    if (before + count > MOST) throw new Error(`${before + count} branches at once`);
    yield step("ended", ADD, BEGUN, -count);
    yield* endBranchesSteps(BUDGET, count);
  } else {
    yield step("reason", STORE, REASONS + part, yield step("why?", LOAD, BUDGET.stopped));
  }
  return true;
}

function* stopFor(part: number, reason: number): Protocol<boolean> {
  const found = yield* stopSteps(BUDGET, reason);
  yield step("reason", STORE, REASONS + part, found);
  return true;
}

/** One reason for all (BU1), and no branch counted that has ended. */
const budgetAtEnd: NonNullable<Model["atEnd"]> = (words) => {
  if (words[BUDGET.branches] !== 0) return `${words[BUDGET.branches]} branches are left`;
  const reasons = [...words.subarray(REASONS, REASONS + 3)].filter((reason) => reason !== 0);
  const isOne = reasons.every((reason) => reason === words[BUDGET.stopped]);
  return isOne ? null : `it stopped for ${reasons.join(" and ")}`;
};

const budgets: Model = {
  words: WORDS,
  actors: [
    once("fork", () => forkWithin(0, 2)),
    once("fork", () => forkWithin(1, 2)),
    once("stop", () => stopFor(2, 2)),
  ],
  safe: () => null,
  atEnd: budgetAtEnd,
};

describe("a budget that threads share", () => {
  test("never has more branches at once than it may, and stops for one reason (BU1)", () => {
    expect(complaintOf(budgets)).toBeNull();
  });

  test.each<[string, Mutation]>([
    ["a fork does not give back what it did not begin", isAt("U-take-back", skipped)],
    [
      "whoever stops it later wins",
      isAt("U-stop", (each) => ({ ...each, kind: STORE, a: each.b })),
    ],
    [
      "branches are looked at before they are counted",
      isAt("U-begin", (each) => ({ ...each, kind: LOAD })),
    ],
  ])("is found broken when %s", (_name, mutate) => {
    let complaint: unknown;
    try {
      complaint = complaintOf({ ...budgets, mutate });
    } catch (error) {
      complaint = error;
    }
    expect(complaint).not.toBeNull();
  });
});
