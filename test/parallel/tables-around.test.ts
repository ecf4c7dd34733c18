/** Branches begin with the tables of the evaluation that they are in: on any thread, with the same steps. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { Evaluator } from "../../dist/src/eval/evaluator/evaluator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { runWith } from "../../dist/src/parallel/run-program.js";
import { print } from "../../dist/src/term/printer.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
let pool: EvaluatorPool;

beforeAll(() => {
  // Without a heartbeat every fork is shared as soon as another thread has nothing to do.
  pool = EvaluatorPool.on(createSite(heap), { threads: 3, heartbeatMs: 0 });
});

afterAll(async () => {
  await pool.close();
  checkHeap(heap);
});

/** The results of the last `!` of a program, and in how many steps they were found. */
async function last(text: string, on: EvaluatorPool | null): Promise<[string, number]> {
  using environment = Environment.create(heap);
  const evaluator = new Evaluator(parallelLibrary());
  let found: [string, number] = ["", 0];
  const options = on === null ? {} : { pool: on, hereMs: 0 };
  for await (const { results, steps } of runWith(evaluator, environment, text, options)) {
    found = [results.map((each) => print(each)).join(" "), steps];
  }
  return found;
}

/** Finds the same in the same number of steps in place and on threads; how many these are. */
async function steps(text: string, results: string): Promise<number> {
  const inPlace = await last(text, null);
  expect(inPlace[0].replaceAll(/#\d+/g, "")).toBe(results);
  for (let round = 0; round < 3; round++) {
    const [found, count] = await last(text, pool);
    expect([found.replaceAll(/#\d+/g, ""), count]).toEqual([results, inPlace[1]]);
  }
  return inPlace[1];
}

const FIB = `!(tabled (fib $n)) (= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2)))))`;
const NUMBERS = "(1 2 3 4 5 6 7 8)";

test("a branch has the answers that were there when it was forked", async () => {
  const made = await steps(`${FIB} !(fib 60)`, "1548008755920");
  const branches = "(+ (fib 60) 1) (+ (fib 60) 2) (+ (fib 59) 3) (+ (fib 60) 4)";
  const all = "1548008755921 1548008755922 956722026044 1548008755924";
  const known = await steps(`${FIB} !(let $x (fib 60) (hyperpose (${branches})))`, all);
  expect(known).toBeLessThan(made + 40);
  const unknown = await steps(`${FIB} !(let $x 0 (hyperpose (${branches})))`, all);
  expect(unknown).toBeGreaterThan(4 * made - 40);
});

test("a fork in a branch has those of the branch, and of the evaluation around it", async () => {
  const rule = "(= (inner $k) (let $y (fib 30) (par (+ (fib 40) $k) (fib 30))))";
  const text = `${FIB} ${rule} !(let $x (fib 40) (hyperpose ((inner 1) (inner 2) (inner 3))))`;
  const all = "(102334156 832040) (102334157 832040) (102334158 832040)";
  const made = await steps(`${FIB} !(fib 40)`, "102334155");
  expect(await steps(text, all)).toBeLessThan(made + 60);
});

test("a table is out of date for a branch that has written what was read for it, and for no other", async () => {
  const rules = `(n 1) (n 2) !(tabled (sum $k)) (= (sum $k) (let $all (collapse (match &self (n $x) $x)) (foldl-atom $all $k $a $b (+ $a $b))))
    (= (add $k) (let $done (add-atom &self (n $k)) (sum 0)))`;
  await steps(
    `${rules} !(let $x (sum 0) (hyperpose ((add 10) (sum 0) (add 20) (sum 0))))`,
    "13 3 23 3",
  );
});

test("what was out of date at the fork is so in the branches", async () => {
  const rules = `(n 1) !(tabled (sum $k)) (= (sum $k) (let $all (collapse (match &self (n $x) $x)) (foldl-atom $all $k $a $b (+ $a $b))))`;
  const text = `${rules} !(let* (($x (sum 0)) ($y (add-atom &self (n 5)))) (hyperpose ((sum 0) (sum 0) (sum 0))))`;
  await steps(text, "6 6 6");
});

test("answers keep what they are made of: variables and their names, numbers, strings, and what is evaluated", async () => {
  const values = `(= (v) (pair $a $b $a)) (= (v) "a \\"text\\"") (= (v) -0.0) (= (v) 1.5) (= (v) 1.0) (= (v) 123456789012345678901234567890)
    (= (v) ()) (= (v) (quote (+ 1 2))) (= (v) (deep (deep (deep $x)) True)) (= (v) &self) (= (v) +)`;
  const text = `${values} !(tabled (v)) !(let $x (collapse (v)) (hyperpose (${NUMBERS.slice(1, -1)
    .split(" ")
    .map((each) => `(${each} (collapse (v)))`)
    .join(" ")})))`;
  const [found] = await last(`${values} !(tabled (v)) !(collapse (v))`, null);
  const one = found.replaceAll(/#\d+/g, "");
  const all = NUMBERS.slice(1, -1)
    .split(" ")
    .map((each) => `(${each} ${one})`);
  await steps(text, all.join(" "));
});

test("values of the host stay where they are: then branches make tables of their own", async () => {
  const text = `!(tabled (s)) (= (s) (new-state 1)) ${FIB} !(let $x (fib 20) (hyperpose ((fib 20) (fib 20) (fib 20))))`;
  await steps(text, "6765 6765 6765");
});
