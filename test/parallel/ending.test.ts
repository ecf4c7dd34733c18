import { expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, environmentOn } from "../../src/environment/environment.js";
import { handleOn } from "../../src/environment/lifecycle.js";
import { NO_LIMITS } from "../../src/eval/limits/limits.js";
import { drain, release } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { drop, hold } from "../../src/memory/ledger.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { Board, checkIdleBoard, createBoard } from "../../src/parallel/board.js";
import { ForkOnBoard } from "../../src/parallel/fork.js";
import { cancelJob, checkEndedJob } from "../../src/parallel/job.js";
import { planJob } from "../../src/parallel/job-plan.js";
import { Collected, collectJob } from "../../src/parallel/join.js";
import type { Site } from "../../src/parallel/site.js";
import { type Atom, expression, symbol } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { Vocabulary } from "../../src/term/vocabulary.js";
import { EndingThread, settleEnded } from "../ending-thread.js";

const DONE = symbol("done");

/** A site whose branches write their atom and give two results. */
function siteOf(heap: Heap): Site {
  return {
    vocabulary: Vocabulary.of(heap),
    environmentAt: (root) => environmentOn(handleOn(heap, root)),
    evaluate: ({ environment, atom }) => {
      environment.add(atom);
      return { results: [expression([DONE, atom]), atom], stopped: "completed", steps: 1 };
    },
  };
}

test("a thread may end at every step of working on a job; each task is done whole, or lost", () => {
  const heap = Heap.create({ maxBytes: 2 ** 25 });
  const site = siteOf(heap);
  const address = createBoard(heap);
  const slot = hold(heap, address);
  const board = new Board(heap, address);
  const base = Environment.create(heap);
  const atoms: Atom[] = ["a", "b"].map((name) => symbol(name));
  for (const atom of [...atoms, DONE]) base.add(atom);
  const statuses = new Set<string>();
  for (let at = 1, ended = true; ended; at++) {
    const request = {
      environment: base,
      atoms,
      space: null,
      budget: null,
      limits: NO_LIMITS,
      depth: 0,
      seed: 0,
    };
    const job = planJob(site, request, { first: 0, end: 2, size: 1 }, { forker: board.owner });
    const held = hold(heap, job);
    board.putUp(job);
    const thread = new EndingThread(heap);
    const other = siteOf(thread.heap);
    const fork = new ForkOnBoard(other, new Board(thread.heap, address), 1);
    ended = thread.endAt(at, () => fork.serve());
    board.recover(thread.heap.thread + 1);
    settleEnded(heap, thread.heap);
    board.takeOff(job);
    cancelJob(heap.words, job);
    checkEndedJob(heap.words, job);
    const collected = new Collected();
    collectJob(site, job, atoms, collected, () => undefined);
    for (const [branch, { status, results }] of collected.outcomes.entries()) {
      statuses.add(status);
      const name = print(atoms[branch]!);
      const printed = results.map((result) => print(result));
      if (status === "done") expect(printed).toEqual([`(done ${name})`, name]);
      else expect(["lost", "cancelled"]).toContain(status);
    }
    for (const environment of collected.environments) {
      checkEnvironment(environment);
      expect(environment.count).toBe(4);
      environment.dispose();
    }
    release(heap, drop(heap, held));
    expect(base.count).toBe(3);
    if (at % 6 !== 0 && ended) continue;
    recoverHeap(heap);
    checkRegions(heap);
    checkEnvironment(base);
    checkIdleBoard(heap, address);
  }
  expect([...statuses].toSorted()).toEqual(["cancelled", "done", "lost"]);
  base.dispose();
  release(heap, drop(heap, slot));
  drain(heap);
  checkHeap(heap);
  const left = [...heap.stats().kinds.keys()].toSorted();
  expect(left).toEqual(["ledger", "symbol text", "symbols"]);
});
