/**
 * Job: the branches of one fork, in one segment of the shared heap.
 *
 *   0        4        5       6       7      8      9        10       11    12      13
 *   ┌────────┬────────┬───────┬───────┬──────┬──────┬────────┬────────┬─────┬───────┬────────┬──────┬───────┬─────
 *   │ header │ status │ count │ ended │ wake │ next │ forker │ winner │ age │ flags │ limits │ seed │ depth │ …
 *   └────────┴────────┴───────┴───────┴──────┴──────┴────────┴────────┴─────┴───────┴────────┴──────┴───────┴─────
 *     … ┬──────────────┬───────┬──────┬───────┬────────┬────────┬────────┬──────────┬───────────┐
 *       │ first branch │ space │ base │ atoms │ parent │ budget │ tables │ outcomes │ tasks     │
 *       │              │ 2     │      │       │        │        │        │ 2 each   │ 8 each    │
 *     … ┴──────────────┴───────┴──────┴───────┴────────┴────────┴────────┴──────────┴───────────┘
 *                               └────────────────── children ───────────────────────┘
 *
 *   a task    0       1        2       3        4 …
 *             state   first    count   offset   unused       branches [first, first + count); their atoms
 *                                                            are at word `offset` of the segment `atoms`
 *   outcome   result segment (outcome.ts), root of the environment the branches left (0: as it was)
 *
 * | word            | written by                              | read by            | order |
 * | --------------- | --------------------------------------- | ------------------ | ----- |
 * | status          | whoever cancels                         | runners, forker    | atomic; a stale read evaluates a branch needlessly |
 * | task state      | claimer READY → slot (compareExchange); | forker, recovery   | the store of an end publishes the outcome; a |
 * |                 | then claimer, canceller or recovery     |                    | load that sees it may read the outcome plainly |
 * | ended           | whoever ends tasks (add their number)   | forker             | atomic; only to sleep on |
 * | wake            | the forker, before it sleeps on `ended` | whoever ends tasks | atomic; a stale read wakes the forker too early, |
 * |                 |                                         |                    | or finds it not yet asleep: it looks at `ended` again |
 * | next            | claimers                                | claimers           | advice where to look first; grows |
 * | winner          | first with a result (compareExchange)     | forker             | atomic |
 * | all else        | forker, before the job is published     | everybody          | plain |
 *
 * Invariants
 *   J1  A task's state goes READY → CLAIMED by a thread → DONE, LOST or CANCELLED, or READY → CANCELLED, never
 *       back. So each branch is evaluated at most once, by one thread.
 *   J2  The outcome words of a task are written by its claimer only, before DONE.
 *   J3  The job has ended when no task is READY or CLAIMED: the states alone say so.
 *   J4  What the job refers to are its children: whoever holds the job holds the base environment, the
 *       atoms, the job that it is below, the budget, the tables and the outcomes.
 *   J5  A job that was cancelled withdraws all that are below it: whoever runs their branches looks upwards.
 *   J6  The branches of the tasks follow each other without a gap; the winner is a task that was claimed.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { LIMITS_WORDS, readLimitValues, writeLimitValues } from "../eval/limits/budget.js";
import type { LimitValues } from "../eval/limits/limits.js";
import { allocate } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { TASK } from "../memory/kinds.js";
import {
  HEADER_WORDS,
  readChildCount,
  readFirstChild,
  retain,
  setChildren,
} from "../memory/segment.js";
import { SpaceAtom } from "../term/atom.js";

const STATUS: number = HEADER_WORDS;
const COUNT: number = STATUS + 1;
export const ENDED: number = COUNT + 1;
const WAKE: number = ENDED + 1;
const NEXT: number = WAKE + 1;
const FORKER: number = NEXT + 1;
const WINNER: number = FORKER + 1;
export const AGE: number = WINNER + 1;
const FLAGS: number = AGE + 1;
const JOB_LIMITS: number = FLAGS + 1;
const SEED: number = JOB_LIMITS + LIMITS_WORDS;
const DEPTH: number = SEED + 1;
const FIRST_BRANCH: number = DEPTH + 1;
const SPACE_WRITER: number = FIRST_BRANCH + 1;
const SPACE_SEQUENCE: number = SPACE_WRITER + 1;
const BASE: number = SPACE_SEQUENCE + 1;
const ATOMS: number = BASE + 1;
const PARENT: number = ATOMS + 1;
const BUDGET: number = PARENT + 1;
const TABLES: number = BUDGET + 1;
const OUTCOMES: number = TABLES + 1;
/** Children before the outcomes. */
const FIXED_CHILDREN: number = OUTCOMES - BASE;
const OUTCOME_WORDS = 2;
const TASK_WORDS = 8;
/** A child range may have 65,535 words. */
const TASK_LIMIT = 16_384;

// Status
const RUNNING = 0;
const CANCELLED_JOB = 1;

// Flags
/** A thread waits for the end with `waitAsync` on `ended`. */
export const ASYNC_WAITER = 1;
/** The first task with a result ends the job. */
export const RACE = 2;

// Task states; a claimed task holds the claimer's owner number shifted by CLAIM_SHIFT.
const READY = 0;
export const DONE = 1;
export const CANCELLED = 2;
export const LOST = 3;
const CLAIM_SHIFT = 8;

const STATE = 0;
const FIRST = 1;
const BRANCHES = 2;
const OFFSET = 3;

export interface TaskRange {
  readonly first: number;
  readonly count: number;
  readonly offset: number;
}

interface JobPlan {
  /** References of the caller that the job takes over. */
  readonly base: Address;
  readonly atoms: Address;
  /** packed-tables.ts; 0 for none. */
  readonly tables: Address;
  /** The job of the task that the fork is in, and the evaluation's budget; 0 for none. The job holds them, too. */
  readonly parent: Address;
  readonly budget: Address;
  readonly tasks: readonly TaskRange[];
  readonly limits: LimitValues;
  readonly depth: number;
  /** Of the fork; a branch's own comes from it and the branch's index. */
  readonly seed: number;
  /** Added to a branch's index where the fork is part of something longer. */
  readonly firstBranch: number;
  /** What `&self` means; null for the environment's own space. */
  readonly space: SpaceAtom | null;
  readonly flags: number;
  /** The forking thread's owner number. */
  readonly forker: number;
}

/** Makes a job with one reference, the caller's. Throws HeapExhaustedError, with nothing taken over. */
export function createJob(heap: Heap, plan: JobPlan): Address {
  const count = plan.tasks.length;
  assert(count <= TASK_LIMIT, "J4: the outcomes of a job fit in a child range");
  const sizeWords = OUTCOMES + count * (OUTCOME_WORDS + TASK_WORDS);
  const job = allocate(heap, sizeWords, TASK);
  const { words } = heap;
  words.fill(0, job + HEADER_WORDS, job + sizeWords);
  words[job + COUNT] = count;
  words[job + FORKER] = plan.forker;
  words[job + FLAGS] = plan.flags;
  words[job + SEED] = plan.seed;
  words[job + FIRST_BRANCH] = plan.firstBranch;
  words[job + SPACE_WRITER] = plan.space?.writer ?? 0;
  words[job + SPACE_SEQUENCE] = plan.space?.sequence ?? 0;
  words[job + DEPTH] = plan.depth;
  writeLimitValues(words, job + JOB_LIMITS, plan.limits);
  for (const [index, task] of plan.tasks.entries()) {
    const at = taskAt(words, job, index);
    words[at + FIRST] = task.first;
    words[at + BRANCHES] = task.count;
    words[at + OFFSET] = task.offset;
  }
  words[job + BASE] = plan.base;
  words[job + ATOMS] = plan.atoms;
  for (const held of [plan.parent, plan.budget]) if (held !== NO_ADDRESS) retain(words, held);
  words[job + PARENT] = plan.parent;
  words[job + BUDGET] = plan.budget;
  words[job + TABLES] = plan.tables;
  setChildren(words, job, BASE, FIXED_CHILDREN + count * OUTCOME_WORDS);
  return job;
}

/** Of each branch of a job that is in no evaluation; of another only `results` counts. */
export function readLimits(words: Int32Array, job: Address): LimitValues {
  return readLimitValues(words, job + JOB_LIMITS);
}

/** The budget of the evaluation that the job is in, 0 if each branch is an evaluation of its own. */
export function readBudget(words: Int32Array, job: Address): Address {
  return words[job + BUDGET]!;
}

/** How many forks and files each branch is inside of. */
export function readDepth(words: Int32Array, job: Address): number {
  return words[job + DEPTH]!;
}

export function readSeed(words: Int32Array, job: Address): number {
  return words[job + SEED]!;
}

export function readFirstBranch(words: Int32Array, job: Address): number {
  return words[job + FIRST_BRANCH]!;
}

/** What `&self` denotes in the branches. No space of the heap is named by writer 0. */
export function readSpace(words: Int32Array, job: Address): SpaceAtom | null {
  const writer = words[job + SPACE_WRITER]!;
  return writer === 0 ? null : new SpaceAtom(writer, words[job + SPACE_SEQUENCE]!);
}

export function readTaskCount(words: Int32Array, job: Address): number {
  return words[job + COUNT]!;
}

/** Whether the first task with a result ends the job, and only what it wrote counts. */
export function readIsRace(words: Int32Array, job: Address): boolean {
  return (words[job + FLAGS]! & RACE) !== 0;
}

export function readForker(words: Int32Array, job: Address): number {
  return words[job + FORKER]!;
}

export function readBase(words: Int32Array, job: Address): Address {
  return words[job + BASE]!;
}

/** The tables that the branches begin with, 0 for none. */
export function readTables(words: Int32Array, job: Address): Address {
  return words[job + TABLES]!;
}

export function readTask(words: Int32Array, job: Address, index: number): TaskRange {
  const at = taskAt(words, job, index);
  return {
    first: words[at + FIRST]!,
    count: words[at + BRANCHES]!,
    offset: words[job + ATOMS]! + words[at + OFFSET]!,
  };
}

function taskAt(words: Int32Array, job: Address, index: number): Address {
  return job + OUTCOMES + words[job + COUNT]! * OUTCOME_WORDS + index * TASK_WORDS;
}

function outcomeAt(job: Address, index: number): Address {
  return job + OUTCOMES + index * OUTCOME_WORDS;
}

export function loadState(words: Int32Array, job: Address, index: number): number {
  return Atomics.load(words, taskAt(words, job, index) + STATE);
}

export function isEnded(state: number): boolean {
  return state === DONE || state === CANCELLED || state === LOST;
}

/** True if every task has ended (J3). `from` tells where to start; answers the first that has not. */
export function findUnended(words: Int32Array, job: Address, from: number): number {
  const count = words[job + COUNT]!;
  let index = from;
  while (index < count && isEnded(loadState(words, job, index))) index++;
  return index;
}

/** Claims the first unclaimed task; its index, or −1. */
export function claimTask(words: Int32Array, job: Address, owner: number): number {
  if (isWithdrawn(words, job)) return -1;
  const count = words[job + COUNT]!;
  for (let index = Atomics.load(words, job + NEXT); index < count; index++) {
    const state = taskAt(words, job, index) + STATE;
    if (Atomics.compareExchange(words, state, READY, owner << CLAIM_SHIFT) !== READY) continue;
    Atomics.store(words, job + NEXT, index + 1);
    return index;
  }
  Atomics.store(words, job + NEXT, count);
  return -1;
}

/** True if a task may still be claimed. */
export function hasReadyTask(words: Int32Array, job: Address): boolean {
  return Atomics.load(words, job + NEXT) < words[job + COUNT]! && !isWithdrawn(words, job);
}

export function isCancelled(words: Int32Array, job: Address): boolean {
  return Atomics.load(words, job + STATUS) !== RUNNING;
}

/** Whether nobody wants the branches of a job any more: it was cancelled, or one that it is below (J5). */
export function isWithdrawn(words: Int32Array, job: Address): boolean {
  for (let at = job; at !== NO_ADDRESS; at = words[at + PARENT]!) {
    if (isCancelled(words, at)) return true;
  }
  return false;
}

/** The job that a job is below in the end, itself if it is below none. */
export function readTop(words: Int32Array, job: Address): Address {
  let top = job;
  while (words[top + PARENT] !== NO_ADDRESS) top = words[top + PARENT]!;
  return top;
}

/** Whether a job was forked in a branch of another, or in a branch of one that was, and so on. */
export function isBelow(words: Int32Array, job: Address, above: Address): boolean {
  for (let at = words[job + PARENT]!; at !== NO_ADDRESS; at = words[at + PARENT]!) {
    if (at === above) return true;
  }
  return false;
}

/** What a task has given. */
interface FinishedTask {
  readonly outcome: Address;
  /** What its branches wrote; 0 for nothing. */
  readonly environment: Address;
  readonly hasResult: boolean;
}

/**
 * Ends a task that this thread claimed. The job takes over the references to `outcome` and `environment`. The first task that ends with a result is the winner, should the fork
 * be a race: it is named before the task is seen to have ended.
 */
export function finishTask(
  words: Int32Array,
  job: Address,
  index: number,
  { outcome, environment, hasResult }: FinishedTask,
): void {
  const at = outcomeAt(job, index);
  words[at] = outcome;
  words[at + 1] = environment;
  if (hasResult) Atomics.compareExchange(words, job + WINNER, 0, index + 1);
  endTask(words, job, index, DONE);
  if (hasResult && readIsRace(words, job)) cancelJob(words, job);
}

/** Puts a task into an end state and tells whoever waits for the job. */
export function endTask(words: Int32Array, job: Address, index: number, state: number): void {
  Atomics.store(words, taskAt(words, job, index) + STATE, state);
  const ended = Atomics.add(words, job + ENDED, 1) + 1;
  if (ended >= Atomics.load(words, job + WAKE)) wakeForker(words, job);
}

/** How many tasks are to have ended before the forker, about to sleep on `ended`, is woken. */
export function storeWake(words: Int32Array, job: Address, ended: number): void {
  Atomics.store(words, job + WAKE, ended);
}

function wakeForker(words: Int32Array, job: Address): void {
  if ((words[job + FLAGS]! & ASYNC_WAITER) !== 0) Atomics.notify(words, job + ENDED);
}

/** Stops the job: unclaimed tasks end here, the others when they look at the status. */
export function cancelJob(words: Int32Array, job: Address): void {
  Atomics.store(words, job + STATUS, CANCELLED_JOB);
  moveTasks(words, job, READY, CANCELLED);
}

/** Moves all tasks in one state to another, and wakes the forker in any case. Returns how many. */
function moveTasks(words: Int32Array, job: Address, from: number, to: number): number {
  const count = words[job + COUNT]!;
  let moved = 0;
  for (let index = 0; index < count; index++) {
    const state = taskAt(words, job, index) + STATE;
    if (Atomics.compareExchange(words, state, from, to) === from) moved++;
  }
  // A thread may have ended between a task's state and this word, so it may lag behind the states.
  Atomics.add(words, job + ENDED, Math.max(moved, 1));
  wakeForker(words, job);
  return moved;
}

/** The task that first ended with a result, −1 for none. */
export function loadWinner(words: Int32Array, job: Address): number {
  return Atomics.load(words, job + WINNER) - 1;
}

/** The outcome segment of a task that is DONE. */
export function readOutcome(words: Int32Array, job: Address, index: number): Address {
  return words[outcomeAt(job, index)]!;
}

/** Whether a task that is DONE has left an environment: it wrote. */
export function hasWritten(words: Int32Array, job: Address, index: number): boolean {
  return words[outcomeAt(job, index) + 1] !== NO_ADDRESS;
}

/** The environment that a task left, handed over to the caller with its reference; 0 if unchanged. */
export function takeEnvironment(words: Int32Array, job: Address, index: number): Address {
  const at = outcomeAt(job, index) + 1;
  const environment = words[at]!;
  words[at] = NO_ADDRESS;
  return environment;
}

/** Ends every task that a dead thread had claimed (J1); how many. */
export function loseTasks(words: Int32Array, job: Address, dead: number): number {
  return moveTasks(words, job, dead << CLAIM_SHIFT, LOST);
}

/** Proves J1 … J4 and J6 for a job that has ended. */
export function checkEndedJob(words: Int32Array, job: Address): void {
  const count = words[job + COUNT]!;
  assert(findUnended(words, job, 0) === count, "J3: a task has not ended");
  checkChildren(words, job, count);
  checkRanges(words, job, count);
  for (let index = 0; index < count; index++) {
    const state = loadState(words, job, index);
    const outcome = readOutcome(words, job, index);
    // A claimer that ended just before DONE has left an outcome that nobody reads.
    const isWhole = state !== DONE || outcome !== NO_ADDRESS;
    assert(isWhole, `J2: task ${index} without its outcome`);
    const left = words[outcomeAt(job, index) + 1]!;
    const isUntouched = outcome === NO_ADDRESS && left === NO_ADDRESS;
    assert(state !== CANCELLED || isUntouched, `J2: task ${index} was claimed by nobody`);
  }
}

/** J4. */
function checkChildren(words: Int32Array, job: Address, count: number): void {
  const isRange = readFirstChild(words, job) === BASE;
  const length = FIXED_CHILDREN + count * OUTCOME_WORDS;
  assert(
    isRange && readChildCount(words, job) === length,
    "J4: what a job refers to are its children",
  );
  const isHeld = words[job + BASE] !== NO_ADDRESS && words[job + ATOMS] !== NO_ADDRESS;
  assert(isHeld, "J4: a job holds its base and its atoms");
}

/** J6. */
function checkRanges(words: Int32Array, job: Address, count: number): void {
  for (let index = 1; index < count; index++) {
    const before = readTask(words, job, index - 1);
    const follows = readTask(words, job, index).first === before.first + before.count;
    assert(follows, `J6: the branches of task ${index} follow`);
  }
  const winner = loadWinner(words, job);
  const wasClaimed = winner < 0 || (winner < count && loadState(words, job, winner) !== CANCELLED);
  assert(wasClaimed, "J6: the winner was claimed");
}
