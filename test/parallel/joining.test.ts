import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { allocate, drain, release } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { RAW } from "../../dist/src/memory/kinds.js";
import { drop, hold } from "../../dist/src/memory/ledger.js";
import { HEADER_WORDS } from "../../dist/src/memory/segment.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { Site } from "../../dist/src/parallel/site.js";
import { ALL, BASE, expressionsArbitrary } from "./fork-programs.js";
import { runOn } from "./run-on.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 29 });
const segment = allocate(heap, HEADER_WORDS + 1, RAW);
const slot = hold(heap, segment);
const gate = segment + HEADER_WORDS;
const siteModule = new URL(`./joining-site.mjs?gate=${gate}`, import.meta.url).href;
const nobody = new Int32Array(new SharedArrayBuffer(4));
/** For threads of a machine that does other things, too. */
const LONG_MS = 60_000;

afterAll(() => {
  release(heap, drop(heap, slot));
  drain(heap);
  checkHeap(heap);
});

/** Lets threads come up, and waits until one listens, if they have been started. */
function letThemJoin(pool: EvaluatorPool): void {
  Atomics.store(heap.words, gate, 1);
  Atomics.notify(heap.words, gate);
  const end = performance.now() + LONG_MS;
  while (pool.own.hasThreads && !pool.stats().threads.some(({ sleeps }) => sleeps > 0)) {
    if (performance.now() > end) throw new Error("no thread has come up");
    Atomics.wait(nobody, 0, 0, 1);
  }
}

interface Run {
  readonly lines: readonly string[];
  /** How many tasks others than the caller did; −1 if they were not started. */
  readonly helped: number;
  /** How many moments there were. */
  readonly moments: number;
}

/** Runs a program whose threads come up at the moment of that number: where a branch begins or asks whether to go on. */
async function runJoinedAt(moment: number, text: string, threads = 2): Promise<Run> {
  Atomics.store(heap.words, gate, 0);
  let now = 0;
  const look = (): void => {
    if (now++ === moment) letThemJoin(pool);
  };
  const site = createSite(heap);
  const watched: Site = {
    ...site,
    evaluate(branch) {
      look();
      const isInterrupted = (): boolean => {
        look();
        return branch.isInterrupted();
      };
      return site.evaluate({ ...branch, isInterrupted });
    },
  };
  const pool = EvaluatorPool.on(watched, {
    threads,
    siteModule,
    heartbeatMs: 0,
    startsAfterMs: 0,
  });
  const lines = await runOn(heap, text, pool, { blocks: true });
  const helped = pool.own.hasThreads
    ? pool.stats().threads.reduce((sum, { tasks }) => sum + tasks, 0)
    : -1;
  await pool.destroy();
  drain(heap);
  checkHeap(heap);
  return { lines, helped, moments: now };
}

const COUNT = "(= (count $n) (if (== $n 0) done (count (- $n 1))))";
const FORKS = `${COUNT}
  !(hyperpose ((count 9000) (add-atom &self (x 0)) (par (count 8000) (add-atom &self (y 1))) (count 7000)))
  !(collapse (match &self (x $y) $y))
  !(count 5000)
  !(add-atom &self (x 1))
  !(count 6000)
  !(collapse (match &self (x $y) $y))
`;

test("threads that come up at any moment take part from then on, and change nothing (BL1)", async () => {
  const expected = await runOn(heap, FORKS, null);
  let helped = 0;
  let moments = 1;
  for (let moment = 0; moment < moments; moment += Math.ceil(moments / 6)) {
    const run = await runJoinedAt(moment, FORKS);
    expect(run.lines, `threads came up at moment ${moment}`).toEqual(expected);
    ({ moments } = run);
    helped += Math.max(run.helped, 0);
  }
  expect(moments).toBeGreaterThan(10);
  expect(helped).toBeGreaterThan(0);
});

test("threads that come up at any moment of any program of forks change nothing (BL1)", async () => {
  const property = fc.asyncProperty(
    expressionsArbitrary,
    fc.nat(20),
    async (expressions, moment) => {
      const text = `${BASE} ${expressions.map((each) => `!${each}`).join(" ")} ${ALL}`;
      const expected = await runOn(heap, text, null);
      expect((await runJoinedAt(moment, text, 1)).lines).toEqual(expected);
    },
  );
  await fc.assert(property, { numRuns: 8 });
});

test("threads that never come up change nothing, and are ended with the pool", async () => {
  const { lines, helped } = await runJoinedAt(Number.POSITIVE_INFINITY, FORKS);
  expect(lines).toEqual(await runOn(heap, FORKS, null));
  expect(helped).toBe(0);
});

test("nothing is started for what does not fork, or not for long (BL2)", async () => {
  const pool = EvaluatorPool.on(createSite(heap), { threads: 1, startsAfterMs: LONG_MS });
  const lines = await runOn(heap, FORKS, pool, { blocks: true });
  expect(lines).toEqual(await runOn(heap, FORKS, null));
  expect(pool.own.hasThreads).toBe(false);
  await pool.close();
  const one = await runJoinedAt(Number.POSITIVE_INFINITY, `${COUNT} !(count 100000)`);
  expect(one).toMatchObject({ lines: ["[done]"], helped: -1 });
});
