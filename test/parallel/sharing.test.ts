import fc from "fast-check";
import { expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { NO_LIMITS } from "../../src/eval/limits/limits.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { Board, createBoard } from "../../src/parallel/board.js";
import { ForkOnBoard } from "../../src/parallel/fork.js";
import { measureForkCost } from "../../src/parallel/fork-cost.js";
import { createSite } from "../../src/parallel/language-site.js";
import { heartbeatFor, taskSize } from "../../src/parallel/sharing.js";
import { HostAtom } from "../../src/term/atom.js";

test("what sharing costs is measured, and nothing is left of the measurement", () => {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const site = createSite(heap);
  measureForkCost(site); // the first one makes the thread's ledger
  drain(heap);
  const before = heap.stats().liveSegments;
  const cost = measureForkCost(site);
  expect(cost).toBeGreaterThanOrEqual(0);
  expect(Number.isFinite(cost)).toBe(true);
  drain(heap);
  checkHeap(heap);
  expect(heap.stats().liveSegments).toBe(before);
});

test("the heartbeat grows with what sharing costs, within bounds", () => {
  expect(heartbeatFor(0)).toBe(0.1);
  expect(heartbeatFor(0.05)).toBeCloseTo(0.3);
  expect(heartbeatFor(1000)).toBe(2);
});

test("tasks have at least one branch, no more than there are, and there are not too many", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.double({ min: 1e-6, max: 1e4, noNaN: true }),
      fc.integer({ min: 1, max: 100_000 }),
      (heartbeatMs, branchMs, left) => {
        const size = taskSize(heartbeatMs, branchMs, left);
        expect(size).toBeGreaterThanOrEqual(1);
        expect(size).toBeLessThanOrEqual(left);
        expect(Math.ceil(left / size)).toBeLessThanOrEqual(256);
      },
    ),
  );
  expect(taskSize(0.3, 0.01, 10_000)).toBe(90);
  expect(taskSize(0.3, 50, 8)).toBe(1);
});

test("branches that cannot leave their thread are evaluated in place, a race of them too", () => {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const site = createSite(heap);
  const board = createBoard(heap);
  const fork = new ForkOnBoard(site, new Board(heap, board), 0);
  const environment = Environment.create(heap);
  const atoms = [1, 2].map((value) => new HostAtom({ value }, "Value"));
  for (const isRace of [false, true]) {
    const request = {
      environment,
      atoms,
      space: null,
      budget: null,
      limits: NO_LIMITS,
      depth: 0,
      seed: 0,
      isRace,
    };
    const { outcomes, winner } = fork.join({ ...request, isInterrupted: () => false });
    expect(outcomes.map(({ status }) => status)).toEqual(["done", isRace ? "cancelled" : "done"]);
    expect([...outcomes[0]!.results][0]).toBe(atoms[0]);
    expect(winner).toBe(isRace ? 0 : -1);
  }
});
