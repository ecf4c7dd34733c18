/** Tables beside forks: branches make their own, and give the same on any number of threads. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { runOn } from "./run-on.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
const site = createSite(heap);
const pools = new Map<string, EvaluatorPool | null>();

beforeAll(() => {
  pools.set("the caller's thread", null);
  pools.set("2 threads", EvaluatorPool.on(site, { threads: 2 }));
  pools.set("3 eager threads", EvaluatorPool.on(site, { threads: 3, heartbeatMs: 0 }));
});

afterAll(async () => {
  for (const pool of pools.values()) await pool?.close();
});

const CIRCLE = `(edge a b) (edge b c) (edge c a) (edge c d)
  !(tabled (path $x $y))
  (= (path $x $y) (match &self (edge $x $y) True))
  (= (path $x $y) (match &self (edge $x $z) (path $z $y)))
  (= (all $x) (collapse (let True (path $x $y) $y)))`;

const cases: readonly [title: string, program: string, lines: readonly string[]][] = [
  [
    "every branch finds the same answers in the same order, whoever was there before it",
    `${CIRCLE} !(hyperpose ((all a) (all b) (all c) (all d) (all a))) !(all b)`,
    ["[()]", "[(b c a d), (c a d b), (a d b c), (), (b c a d)]", "[(c a d b)]"],
  ],
  [
    "what a branch writes changes its own tables and no others, until the join",
    `${CIRCLE}
     (= (with $edge) (let* (($before (all a)) ($done (add-atom &self $edge)) ($after (all a))) ($before $after)))
     !(all a) !(par (with (edge d e)) (all a) (with (edge d f))) !(all a)`,
    [
      "[()]",
      "[(b c a d)]",
      "[(((b c a d) (b c a d e)) (b c a d) ((b c a d) (b c a d f)))]",
      "[(b c a d e f)]",
    ],
  ],
  [
    "a transaction that is taken back takes its tables along",
    `${CIRCLE}
     (= (try) (let* (($done (add-atom &self (edge d e))) ($all (all a))) (Error $all no)))
     !(let* (($before (all a)) ($failed (collapse (transaction (try)))) ($after (all a))) ($before $after))`,
    ["[()]", "[((b c a d) (b c a d))]"],
  ],
  [
    "a branch declares, and the whole program has the declaration after the join",
    `(= (up $n) (up $n)) (= (up $n) top) !(hyperpose ((tabled (up $n)) 1)) !(up 5)`,
    ["[(), 1]", "[top]"],
  ],
];

describe.each(["the caller's thread", "2 threads", "3 eager threads"])("on %s", (name) => {
  test.each(cases)("%s", async (_title, program, lines) => {
    expect(await runOn(heap, program, pools.get(name)!)).toEqual(lines);
  });

  test("a fork inside of a tabled function is refused", async () => {
    const program = "!(tabled (f $x)) (= (f $x) (hyperpose ($x 2))) !(f 1)";
    const [, line] = await runOn(heap, program, pools.get(name)!);
    expect(line).toContain('(Error (f 1) "cannot make its table: hyperpose does more');
  });
});
