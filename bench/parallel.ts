/**
 * Suite `parallel`: what forks cost and what they gain.
 *
 * Each comparison is taken in turns within one run. Speed-up needs two idle cores.
 */
import { Worker } from "node:worker_threads";
import { Environment } from "../src/environment/environment.js";
import { NO_LIMITS } from "../src/eval/limits/limits.js";
import { Heap } from "../src/memory/heap.js";
import { Board, createBoard } from "../src/parallel/board.js";
import { ForkOnBoard } from "../src/parallel/fork.js";
import { joinInto } from "../src/parallel/join.js";
import { createSite } from "../src/parallel/language-site.js";
import { EvaluatorPool } from "../src/parallel/pool.js";
import type { Site } from "../src/parallel/site.js";
import { type Atom, expression, integer, symbol, UNIT, variable } from "../src/term/atom.js";
import { equal } from "../src/term/equal.js";
import { parse, parseAtom } from "../src/term/parser.js";
import { print } from "../src/term/printer.js";
import { atLeast, atMost, type Figure, figure, medianOf, ratio } from "./figure.js";

/** The program of the speed-up: how many ways there are to place queens. */
export const QUEENS = `
  (= (pick Nil) (empty))
  (= (pick (Cons $x $xs)) ($x $xs))
  (= (pick (Cons $x $xs)) (let ($y $ys) (pick $xs) ($y (Cons $x $ys))))
  (= (safe $q $d Nil) True)
  (= (safe $q $d (Cons $h $t))
     (if (and (not (== $q $h)) (and (not (== $q (+ $h $d))) (not (== $q (- $h $d)))))
         (safe $q (+ $d 1) $t) False))
  (= (place Nil $board) $board)
  (= (place (Cons $a $b) $board)
     (let ($q $rest) (pick (Cons $a $b))
       (if (safe $q 1 $board) (place $rest (Cons $q $board)) (empty))))
  (= (next $n) (+ $n 1))
  (= (range $a $b) (if (== $a $b) Nil (Cons $a (range (+ $a 1) $b))))
  (= (queens $n) (let $boards (collapse (place (range 1 (+ $n 1)) Nil)) (size-atom $boards)))
  (= (learn $k $n)
     (if (== $n 0) done (let $u (add-atom &self (= (rule $k $n) $n)) (learn $k (- $n 1)))))
`;

const US = 1e3;
const MS = 1e6;

async function timed(operation: () => unknown): Promise<number> {
  const start = process.hrtime.bigint();
  await operation();
  return Number(process.hrtime.bigint() - start);
}

/** How many ways there are to place nine queens. */
const QUEENS_9 = integer(352);

/** Some 100 ms. */
const LOOP_STEPS = 1e8;

/** Turns that are not counted: each thread of a pool compiles for itself. */
const WARM_UP = 3;

/** Medians in nanoseconds of operations taken in turns. */
async function inTurns(rounds: number, operations: readonly (() => unknown)[]): Promise<number[]> {
  const samples: number[][] = operations.map(() => []);
  for (let round = 0; round < WARM_UP + rounds; round++) {
    for (const [index, operation] of operations.entries()) {
      const elapsed = await timed(operation);
      if (round >= WARM_UP) samples[index]!.push(elapsed);
    }
  }
  return samples.map((values) => medianOf(values));
}

function load(environment: Environment, text: string): void {
  for (const { atom } of parse(text)) environment.add(atom);
}

async function evaluateAll(
  pool: EvaluatorPool,
  environment: Environment,
  atoms: readonly Atom[],
  expected: Atom | null = null,
): Promise<void> {
  const answer = await pool.evaluateAll(environment, atoms);
  const wrong = answer.branches.find((branch) => branch.status !== "done");
  if (wrong !== undefined)
    throw new Error(`a branch is ${wrong.status}: ${wrong.failure || wrong.stopped}`);
  for (const { results } of answer.branches) {
    if (expected !== null && !(results.length === 1 && equal(results.at(0)!, expected)))
      throw new Error(
        `a branch gives ${results.map((each) => print(each)).join(" ")}, not ${print(expected)}`,
      );
  }
  answer.environment.dispose();
}

export async function run(): Promise<Figure[]> {
  const heap = Heap.create();
  const site = createSite(heap);
  const environment = Environment.create(heap);
  load(environment, QUEENS);
  const one = EvaluatorPool.on(site, { threads: 1 });
  const two = EvaluatorPool.on(site, { threads: 2 });
  const figures = [
    ...(await speedUp(one, two, environment)),
    ...(await roundTrips(site, two, environment)),
    ...(await smallBranches(two, environment)),
    ...(await unions(two, heap)),
  ];
  await one.close();
  await two.close();
  environment.dispose();
  return [...figures, ...(await attaching()), ...(await usualWays())];
}

async function speedUp(
  one: EvaluatorPool,
  two: EvaluatorPool,
  environment: Environment,
): Promise<Figure[]> {
  const branches = Array.from({ length: 8 }, () => parseAtom("(queens 9)"));
  const [single, double] = await inTurns(11, [
    () => evaluateAll(one, environment, branches, QUEENS_9),
    () => evaluateAll(two, environment, branches, QUEENS_9),
  ]);
  // What the processor spent tells what the threads cost each other, on a busy machine too.
  const singleCpu = await cpuOf(() => evaluateAll(one, environment, branches));
  const doubleCpu = await cpuOf(() => evaluateAll(two, environment, branches));
  return [
    figure("one-thread", single! / MS, "ms"),
    figure("two-threads", double! / MS, "ms"),
    figure("two-threads / one-thread (speed-up)", single! / double!, "ratio", atLeast(1.8)),
    figure("two-threads / one-thread (processor time)", doubleCpu / singleCpu, "ratio"),
    figure("two loops / one loop (what the machine gives)", await speedUpOfLoops(), "ratio"),
  ];
}

/** The speed-up of two threads that only count: no program can have more on this machine at this time. */
async function speedUpOfLoops(): Promise<number> {
  const workers = [0, 1].map(
    () => new Worker(new URL("./parallel-loop-worker.js", import.meta.url)),
  );
  const count = (worker: Worker): Promise<unknown> =>
    new Promise((resolve) => {
      worker.once("message", resolve);
      worker.postMessage(LOOP_STEPS);
    });
  const [single, double] = await inTurns(11, [
    async () => {
      for (const worker of workers) await count(worker);
    },
    () => Promise.all(workers.map((worker) => count(worker))),
  ]);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return single! / double!;
}

/** The median processor time of all threads during an operation, in microseconds. */
async function cpuOf(operation: () => Promise<void>): Promise<number> {
  const samples: number[] = [];
  for (let round = 0; round < 9; round++) {
    const before = process.cpuUsage();
    await operation();
    const { user, system } = process.cpuUsage(before);
    samples.push(user + system);
  }
  return medianOf(samples);
}

async function roundTrips(
  site: Site,
  pool: EvaluatorPool,
  environment: Environment,
): Promise<Figure[]> {
  const worker = new Worker(new URL("./parallel-text-worker.js", import.meta.url));
  const ask = (text: string): Promise<unknown> =>
    new Promise((resolve) => {
      worker.once("message", resolve);
      worker.postMessage({ expression: text });
    });
  const { heap } = site.vocabulary;
  const fork = new ForkOnBoard(site, new Board(heap, createBoard(heap)), 0);
  const empty = [UNIT];
  const forkAndJoin = (): void => {
    const result = fork.join({
      environment,
      atoms: empty,
      space: null,
      budget: null,
      limits: NO_LIMITS,
      depth: 0,
      seed: 0,
      isInterrupted: () => false,
    });
    joinInto(environment, result.environments);
  };
  const batch = 20;
  const [posted, joined, called] = await inTurns(200, [
    () => ask("()"),
    () => {
      for (let turn = 0; turn < batch; turn++) forkAndJoin();
    },
    () => evaluateAll(pool, environment, empty),
  ]);
  await worker.terminate();
  return [
    figure("post-message-round-trip", posted! / US, "µs"),
    figure("fork-join-empty", joined! / batch / US, "µs"),
    figure("evaluate-all-one-empty", called! / US, "µs"),
    ratio("post-message-round-trip", posted!, "fork-join-empty", joined! / batch, atLeast(2)),
  ];
}

/** Branches that are told at once, and branches that call a rule. */
async function smallBranches(pool: EvaluatorPool, environment: Environment): Promise<Figure[]> {
  return [
    ...(await hyperposeBeside(pool, environment, "10k-tiny", (index) =>
      expression([symbol("+"), integer(index), integer(1)]),
    )),
    ...(await hyperposeBeside(pool, environment, "10k-calls", (index) =>
      expression([symbol("next"), integer(index)]),
    )),
  ];
}

async function hyperposeBeside(
  pool: EvaluatorPool,
  environment: Environment,
  name: string,
  branchOf: (index: number) => Atom,
): Promise<Figure[]> {
  const branches = Array.from({ length: 10_000 }, (_, index) => branchOf(index));
  // By way of a variable: size-atom does not evaluate what it is given.
  const list = variable("list");
  const program = (form: string): Atom =>
    expression([
      symbol("let"),
      list,
      expression([symbol("collapse"), expression([symbol(form), expression(branches)])]),
      expression([symbol("size-atom"), list]),
    ]);
  const expected = integer(branches.length);
  const [hyperpose, superpose] = await inTurns(9, [
    () => evaluateAll(pool, environment, [program("hyperpose")], expected),
    () => evaluateAll(pool, environment, [program("superpose")], expected),
  ]);
  const isTiny = name === "10k-tiny";
  return [
    figure(`hyperpose-${name}`, hyperpose! / MS, "ms"),
    figure(`superpose-${name}`, superpose! / MS, "ms"),
    isTiny
      ? ratio(`hyperpose-${name}`, hyperpose!, `superpose-${name}`, superpose!, atMost(1.3))
      : figure(`hyperpose-${name} / superpose-${name}`, hyperpose! / superpose!, "ratio"),
  ];
}

async function unions(pool: EvaluatorPool, heap: Heap): Promise<Figure[]> {
  const environment = Environment.create(heap);
  load(environment, QUEENS);
  environment.addAll(
    Array.from({ length: 100_000 }, (_, index) => parseAtom(`(= (base ${index}) ${index})`)),
  );
  const branches = Array.from({ length: 100 }, (_, index) => parseAtom(`(learn ${index} 100)`));
  const shares: number[] = [];
  const totals: number[] = [];
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    const answer = await pool.evaluateAll(environment, branches);
    const total = performance.now() - start;
    shares.push(answer.unionMs / total);
    totals.push(total);
    answer.environment.dispose();
  }
  environment.dispose();
  return [
    figure("evaluate-all-100x100", medianOf(totals), "ms"),
    figure("union-share-100x100", medianOf(shares), "ratio", atMost(0.2)),
  ];
}

/** From nothing to the first result of a thread, on an empty heap and on one with 1M facts. */
async function attaching(): Promise<Figure[]> {
  const start = async (site: Site, environment: Environment): Promise<void> => {
    const pool = EvaluatorPool.on(site, { threads: 1 });
    await evaluateAll(pool, environment, [UNIT]);
    await pool.close();
  };
  const sites = [0, 1_000_000].map((facts) => {
    const heap = Heap.create();
    const site = createSite(heap);
    const environment = Environment.create(heap);
    environment.addAll(numbered(facts));
    return { site, environment };
  });
  const [empty, large] = await inTurns(
    7,
    sites.map(
      ({ site, environment }) =>
        () =>
          start(site, environment),
    ),
  );
  return [
    figure("attach-empty", empty! / MS, "ms"),
    figure("attach-1m", large! / MS, "ms"),
    ratio("attach-1m", large!, "attach-empty", empty!, atMost(2)),
  ];
}

function* numbered(count: number): Iterable<Atom> {
  const edge = symbol("edge");
  for (let index = 0; index < count; index++) {
    yield expression([edge, integer(index), integer(index + 1)]);
  }
}

/** 10,000 rules for a thread to evaluate with: as text, as a structured clone, as a handle. */
async function usualWays(): Promise<Figure[]> {
  const heap = Heap.create();
  const site = createSite(heap);
  const environment = Environment.create(heap);
  const rules = Array.from({ length: 10_000 }, (_, index) => `(= (r ${index}) (s ${index} t))`);
  const program = rules.join("\n");
  load(environment, program);
  const map = new Map(rules.map((rule, index) => [index, print(parseAtom(rule)).split(" ")]));
  const pool = EvaluatorPool.on(site, { threads: 1 });
  const worker = new Worker(new URL("./parallel-text-worker.js", import.meta.url));
  const call = parseAtom("(r 5000)");
  const [text, clone, handle] = await inTurns(7, [
    () =>
      new Promise((resolve) => {
        worker.once("message", resolve);
        worker.postMessage({ program, expression: "(r 5000)" });
      }),
    () => structuredClone(map),
    () => evaluateAll(pool, environment, [call]),
  ]);
  await worker.terminate();
  await pool.close();
  environment.dispose();
  return [
    figure("10k-rules-as-text", text! / MS, "ms"),
    figure("10k-rules-structured-clone (one way)", clone! / MS, "ms"),
    figure("10k-rules-as-handle", handle! / MS, "ms"),
  ];
}
