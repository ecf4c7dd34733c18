import { expect, test } from "vitest";
import { allocate, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check.js";
import { Heap } from "../../src/memory/heap.js";
import { RAW } from "../../src/memory/kinds.js";
import { drop, hold } from "../../src/memory/ledger.js";
import { Board, checkIdleBoard, createBoard, STACK_LIMIT } from "../../src/parallel/board.js";
import {
  cancelJob,
  checkEndedJob,
  claimTask,
  createJob,
  endTask,
  findUnended,
  finishTask,
  isEnded,
  LOST,
  loadState,
  loadWinner,
  NO_LIMITS,
  readLimits,
  readTask,
} from "../../src/parallel/job.js";

function newBoard(): { heap: Heap; one: Board; two: Board; close: () => void } {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const address = createBoard(heap);
  const slot = hold(heap, address);
  const other = Heap.attach(heap.handle());
  const close = (): void => {
    checkIdleBoard(heap, address);
    release(heap, drop(heap, slot));
    checkHeap(heap);
  };
  return { heap, one: new Board(heap, address), two: new Board(other, address), close };
}

function newJob(board: Board, count: number): number {
  const { heap } = board;
  const tasks = Array.from({ length: count }, (_, index) => ({
    first: index,
    count: 1,
    offset: 0,
  }));
  const base = allocate(heap, 8, RAW);
  const atoms = allocate(heap, 8, RAW);
  const limits = { ...NO_LIMITS, steps: 2 ** 40 + 3 };
  return createJob(heap, {
    base,
    atoms,
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
    finishTask(heap.words, job, 0, allocate(heap, 8, RAW), 0, true);
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
  expect(readLimits(heap.words, job).steps).toBe(2 ** 40 + 3);
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
    finishTask(heap.words, job, index, allocate(heap, 8, RAW), 0, hasResult);
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

test("a full board sends the forker away, and a deep stack is refused by an invariant", () => {
  const { heap, one, close } = newBoard();
  const jobs = Array.from({ length: 129 }, () => newJob(one, 1));
  expect(jobs.map((job) => one.putUp(job)).filter(Boolean)).toHaveLength(128);
  for (const job of jobs) {
    one.takeOff(job);
    release(heap, job);
  }
  for (let depth = 0; depth < STACK_LIMIT; depth++) one.enter(1);
  expect(() => one.enter(1)).toThrow("BO2");
  for (let depth = 0; depth < STACK_LIMIT; depth++) one.leave();
  close();
});
