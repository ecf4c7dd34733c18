import { expect, test } from "vitest";
import { NO_LIMITS } from "../../src/eval/limits/limits.js";
import { allocate, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { drop, hold } from "../../src/memory/ledger.js";
import { readFirstChild } from "../../src/memory/segment.js";
import { Board, checkIdleBoard, createBoard, STACK_LIMIT } from "../../src/parallel/board.js";
import {
  cancelJob,
  checkEndedJob,
  claimTask,
  createJob,
  endTask,
  findUnended,
  finishTask,
  isBelow,
  isEnded,
  isWithdrawn,
  LOST,
  loadState,
  loadWinner,
  readLimits,
  readTask,
} from "../../src/parallel/job.js";

function newBoard(): { heap: Heap; one: Board; two: Board; close: () => void } {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const address = createBoard(heap);
  const slot = hold(heap, address);
  const other = Heap.receive(heap.share());
  const close = (): void => {
    checkIdleBoard(heap, address);
    release(heap, drop(heap, slot));
    checkHeap(heap);
  };
  return { heap, one: new Board(heap, address), two: new Board(other, address), close };
}

function newJob(board: Board, count: number, parent = 0): number {
  const { heap } = board;
  const tasks = Array.from({ length: count }, (_, index) => ({
    first: index,
    count: 1,
    offset: 0,
  }));
  const base = allocate(heap, 8, RAW);
  const atoms = allocate(heap, 8, RAW);
  const limits = { ...NO_LIMITS, maxSteps: 2 ** 40 + 3 };
  return createJob(heap, {
    base,
    atoms,
    tables: 0,
    parent,
    budget: 0,
    depth: 0,
    tasks,
    limits,
    seed: 0,
    firstBranch: 0,
    space: null,
    flags: 0,
    forker: board.owner,
  });
}

test("a job is helped with by the thread that finds it, oldest first, and then forgotten", () => {
  const { heap, one, two, close } = newBoard();
  const first = newJob(one, 1);
  const second = newJob(one, 1);
  expect(one.putUp(second)).toBe(true);
  expect(one.putUp(first)).toBe(true);
  for (const job of [second, first]) {
    expect(two.enterOldest()).toBe(job);
    expect(claimTask(heap.words, job, two.owner)).toBe(0);
    expect(claimTask(heap.words, job, one.owner)).toBe(-1);
    finishTask(heap.words, job, 0, {
      outcome: allocate(heap, 8, RAW),
      environment: 0,
      hasResult: true,
    });
    two.leave();
    release(heap, job);
    checkEndedJob(heap.words, job);
  }
  expect(two.enterOldest()).toBe(0);
  release(heap, first);
  release(heap, second);
  close();
});

test("each task is claimed once", () => {
  const { heap, one, two, close } = newBoard();
  const job = newJob(one, 5);
  const claimed: number[] = [];
  for (let turn = 0; turn < 8; turn++) {
    claimed.push(claimTask(heap.words, job, turn % 2 === 0 ? one.owner : two.owner));
  }
  expect(claimed).toEqual([0, 1, 2, 3, 4, -1, -1, -1]);
  expect(readLimits(heap.words, job).maxSteps).toBe(2 ** 40 + 3);
  expect(readTask(heap.words, job, 3).first).toBe(3);
  for (let index = 0; index < 5; index++) endTask(heap.words, job, index, LOST);
  expect(findUnended(heap.words, job, 0)).toBe(5);
  release(heap, job);
  close();
});

test("cancelling ends what nobody has claimed and lets nobody claim more", () => {
  const { heap, one, close } = newBoard();
  const job = newJob(one, 3);
  expect(claimTask(heap.words, job, one.owner)).toBe(0);
  cancelJob(heap.words, job);
  expect(claimTask(heap.words, job, one.owner)).toBe(-1);
  expect(findUnended(heap.words, job, 0)).toBe(0);
  endTask(heap.words, job, 0, LOST);
  checkEndedJob(heap.words, job);
  release(heap, job);
  close();
});

test("the first task that ends with a result is the winner", () => {
  const { heap, one, close } = newBoard();
  const job = newJob(one, 3);
  for (let index = 0; index < 3; index++) claimTask(heap.words, job, one.owner);
  expect(loadWinner(heap.words, job)).toBe(-1);
  for (const [index, hasResult, winner] of [
    [2, false, -1],
    [1, true, 1],
    [0, true, 1],
  ] as const) {
    finishTask(heap.words, job, index, {
      outcome: allocate(heap, 8, RAW),
      environment: 0,
      hasResult,
    });
    expect(loadWinner(heap.words, job)).toBe(winner);
  }
  release(heap, job);
  close();
});

test("a dead thread's tasks are lost, its own forks cancelled, and its stack cleared", () => {
  const { heap, one, two, close } = newBoard();
  const job = newJob(one, 2);
  one.putUp(job);
  const forked = newJob(two, 2);
  two.putUp(forked);
  expect(two.enterOldest()).toBe(job);
  expect(claimTask(heap.words, job, two.owner)).toBe(0);
  expect(one.recover(two.owner)).toBe(1);
  expect(loadState(heap.words, job, 0)).toBe(LOST);
  expect(isEnded(loadState(heap.words, job, 1))).toBe(false);
  expect(isEnded(loadState(heap.words, forked, 1))).toBe(true);
  cancelJob(heap.words, job);
  one.takeOff(job);
  release(heap, job); // the reference of the dead thread's stack, held by its ledger
  release(heap, job);
  release(heap, forked);
  close();
});

test("a fork of a dead thread is cancelled though it is not up any more, with all below it", () => {
  const { heap, one, two, close } = newBoard();
  const forked = newJob(two, 1);
  const slot = hold(two.heap, forked);
  // Its one task is another thread's, which has forked in turn.
  one.enter(forked);
  expect(claimTask(heap.words, forked, one.owner)).toBe(0);
  const below = newJob(one, 1, one.current);
  expect(isWithdrawn(heap.words, below)).toBe(false);
  expect([isBelow(heap.words, below, forked), isBelow(heap.words, forked, below)]).toEqual([
    true,
    false,
  ]);
  one.recover(two.owner);
  expect(isWithdrawn(heap.words, forked)).toBe(true);
  expect(isWithdrawn(heap.words, below)).toBe(true);
  expect(claimTask(heap.words, below, one.owner)).toBe(-1);
  one.leave();
  release(heap, drop(two.heap, slot));
  release(heap, below);
  close();
});

test("only forks below one are found where that is asked", () => {
  const { heap, one, two, close } = newBoard();
  const job = newJob(one, 1);
  const below = newJob(one, 1, job);
  one.putUp(job);
  one.putUp(below);
  expect(two.enterOldest(below)).toBe(0);
  expect(two.enterOldest(job)).toBe(below);
  two.leave();
  expect(two.enterOldest()).toBe(job);
  two.leave();
  for (const each of [job, below]) {
    one.takeOff(each);
    release(heap, each);
    release(heap, each);
  }
  close();
});

test("a full board sends the forker away, and a deep stack is refused by an invariant", () => {
  const { heap, one, close } = newBoard();
  const jobs = Array.from({ length: 129 }, () => newJob(one, 1));
  expect(jobs.map((job) => one.putUp(job)).filter(Boolean)).toHaveLength(128);
  for (const job of jobs) {
    one.takeOff(job);
    release(heap, job);
  }
  const job = newJob(one, 1);
  for (let depth = 0; depth < STACK_LIMIT; depth++) one.enter(job);
  expect(() => one.enter(job)).toThrow("BO2");
  for (let depth = 0; depth < STACK_LIMIT; depth++) one.leave();
  release(heap, job);
  close();
});

// Words of a job by their places in its picture.
const PLACES = 160;
const WINNER = 10;
const CHILDREN = 2;

/** A job of three tasks: one done, one lost, one cancelled. */
function endedJob(board: Board): number {
  const { heap } = board;
  const job = newJob(board, 3);
  for (const index of [0, 1]) expect(claimTask(heap.words, job, board.owner)).toBe(index);
  finishTask(heap.words, job, 0, {
    outcome: allocate(heap, 8, RAW),
    environment: 0,
    hasResult: true,
  });
  endTask(heap.words, job, 1, LOST);
  cancelJob(heap.words, job);
  checkEndedJob(heap.words, job);
  return job;
}

test.each<[string, (words: Int32Array, job: number, outcomes: number) => void]>([
  ["J2", (words, _job, outcomes) => (words[outcomes] = 0)],
  ["J2", (words, _job, outcomes) => (words[outcomes + 4] = words[outcomes]!)],
  ["J3", (words, _job, outcomes) => (words[outcomes + 6] = 0)],
  ["J4", (words, job) => (words[job + CHILDREN] = 0)],
  ["J4", (words, _job, outcomes) => (words[outcomes - 4] = 0)],
  ["J6", (words, job) => (words[job + WINNER] = 3)],
  ["J6", (words, _job, outcomes) => (words[outcomes + 6 + 8 + 1] = 7)],
])("the check of a job finds %s broken", (id, damage) => {
  const { heap, one } = newBoard();
  const job = endedJob(one);
  damage(heap.words, job, outcomesOf(heap, job));
  expect(() => {
    checkEndedJob(heap.words, job);
  }).toThrow(new RegExp(`^invariant broken: ${id}: `));
});

test.each<[string, (words: Int32Array, board: number) => void]>([
  ["BO1", (words, board) => (words[board + PLACES] = 64)],
  ["BO2", (words, board) => (words[board + PLACES + 128 + 64] = 1)],
])("the check of a board at rest finds %s broken", (id, damage) => {
  const { heap, one } = newBoard();
  const board = one.address;
  checkIdleBoard(heap, board);
  damage(heap.words, board);
  expect(() => {
    checkIdleBoard(heap, board);
  }).toThrow(new RegExp(`^invariant broken: ${id}: `));
});

/** Where the outcomes begin: behind the base, the atoms, the job above, the budget and the tables. */
function outcomesOf(heap: Heap, job: number): number {
  return job + readFirstChild(heap.words, job) + 5;
}
