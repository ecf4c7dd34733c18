import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import type { SharedHandle } from "../../dist/src/memory/shared-handle.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { CallAnswer } from "../../dist/src/parallel/pool-call.js";
import type { Site } from "../../dist/src/parallel/site.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { createSite } from "./command-site.mjs";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
const site = createSite(heap) as Site;
const siteModule = new URL("./command-site.mjs", import.meta.url).href;
let pool: EvaluatorPool;
let base: Environment;

beforeAll(async () => {
  pool = EvaluatorPool.on(site, { threads: 2, siteModule, heartbeatMs: 0 });
  base = Environment.create(heap);
  base.add(parseAtom("base"));
  (await pool.evaluateAll(base, [parseAtom("(work 1)"), parseAtom("(work 1)")])).dispose();
});

afterAll(async () => {
  await pool.close();
  base.dispose();
  drain(heap);
  checkHeap(heap);
});

const atomsOf = (texts: readonly string[]) => texts.map((text) => parseAtom(text));

/** What a call gave, without what differs from run to run. */
function seen(answer: CallAnswer): unknown {
  const branches = answer.branches.map(({ status, results }) => [
    status,
    Array.from(results, (atom) => print(atom)),
  ]);
  const atoms = Array.from(answer.environment.atoms(), (atom) => print(atom));
  answer.dispose();
  return { branches, atoms, winner: answer.winner };
}

test("a blocking call gives what a call gives that does not block, again and again", async () => {
  const atoms = atomsOf([
    "(do (work 3) (add a) (seed))",
    "(do (remove base) (fork (do (work 2) (add b)) (add c) (read)))",
    "(throw)",
    ...Array.from({ length: 40 }, (_, index) => `(do (work 1) (add (d ${index})) ${index})`),
  ]);
  const expected = seen(await pool.evaluateAll(base, atoms, { seed: 5 }));
  for (let turn = 0; turn < 3; turn++) {
    expect(seen(pool.evaluateAllSync(base, atoms, { seed: 5 }))).toEqual(expected);
  }
  expect(seen(await pool.evaluateAll(base, atoms, { seed: 5 }))).toEqual(expected);
});

test("a blocking call works before the threads are ready, with none or one branch, and in a race", async () => {
  const fresh = EvaluatorPool.on(site, { threads: 1, siteModule });
  expect(seen(fresh.evaluateAllSync(base, []))).toEqual({
    branches: [],
    atoms: ["base"],
    winner: -1,
  });
  expect(seen(fresh.evaluateAllSync(base, atomsOf(["(add x)", "2"])))).toMatchObject({
    branches: [
      ["done", ["()"]],
      ["done", ["2"]],
    ],
    atoms: ["base", "x"],
  });
  const race = seen(fresh.evaluateAllSync(base, atomsOf(["(do (add x) 1)", "2"]), { race: true }));
  expect(race).toMatchObject({ winner: 0, atoms: ["base", "x"] });
  await fresh.close();
  expect(() => fresh.evaluateAllSync(base, [])).toThrow(
    expect.objectContaining({ code: "ERR_RELEASED" }),
  );
});

test("a blocking call that has a time of its own answers with what has ended by then", () => {
  const atoms = atomsOf(["(do (add a) 1)", "(work 60000)"]);
  expect(seen(pool.evaluateAllSync(base, atoms, { maxCallMs: 1_000 }))).toMatchObject({
    branches: [
      ["done", ["1"]],
      ["cancelled", []],
    ],
    atoms: ["base", "a"],
  });
});

test("a thread that ends during a blocking call costs its branch only, and is replaced", async () => {
  const atoms = atomsOf([
    "(do (work 150) (add x))",
    "(exit-elsewhere)",
    "(do (work 1) (add y) 1)",
    "(exit-elsewhere)",
    "(do (work 1) (add z) 2)",
  ]);
  for (let turn = 0; turn < 5; turn++) {
    const answer = pool.evaluateAllSync(base, atoms);
    for (const index of [1, 3]) {
      const { status, results } = answer.branches[index]!;
      const text = Array.from(results, (atom) => print(atom)).join(" ");
      // This thread evaluates it if all others have ended before.
      expect(status === "done" ? text : status).toMatch(/^(lost|here)$/);
    }
    const others = [0, 2, 4].map((index) => answer.branches[index]!.status);
    expect(others).toEqual(["done", "done", "done"]);
    const atomsThen = Array.from(answer.environment.atoms(), (atom) => print(atom));
    expect(atomsThen).toEqual(["base", "x", "y", "z"]);
    answer.dispose();
    (await pool.evaluateAll(base, atomsOf(["1", "2"]))).dispose();
  }
  expect(pool.stats().threadsLost).toBeGreaterThan(0);
});

test("a worker of the program's own has a pool of its own on the same heap, and may block for it", async () => {
  const worker = new Worker(new URL("./blocking-worker.mjs", import.meta.url), {
    workerData: { handle: heap.share(), base: base.share(), siteModule },
  });
  const exit = once(worker, "exit");
  const [{ results, environment }] = (await once(worker, "message")) as [
    { results: string[]; environment: SharedHandle<"Environment"> },
  ];
  expect(results).toEqual(["0", "1", "2", "3"]);
  using united = Environment.receive(environment, heap);
  expect(Array.from(united.atoms(), (atom) => print(atom))).toEqual([
    "base",
    "(from 0)",
    "(from 1)",
    "(from 2)",
    "(from 3)",
  ]);
  expect(await exit).toEqual([0]);
});
