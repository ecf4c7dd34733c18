import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { parse } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { runOn } from "./run-on.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 29 });
const site = createSite(heap);
const pools = new Map<string, EvaluatorPool | null>();

beforeAll(() => {
  pools.set("the caller's thread", null);
  pools.set("1 thread", EvaluatorPool.on(site, { threads: 1 }));
  pools.set("2 threads", EvaluatorPool.on(site, { threads: 2 }));
  pools.set("4 eager threads", EvaluatorPool.on(site, { threads: 4, heartbeatMs: 0 }));
});

afterAll(async () => {
  for (const pool of pools.values()) await pool?.close();
  drain(heap);
  checkHeap(heap);
});

function run(text: string, pool: EvaluatorPool | null): Promise<string[]> {
  return runOn(heap, text, pool);
}

const cases: readonly [string, string, readonly string[]][] = [
  [
    "hyperpose gives every result of every branch, in order",
    "(= (f $x) (+ $x 1)) (= (g) 1) (= (g) 2) !(hyperpose ((f 1) (g) (empty) (f 2)))",
    ["[2, 1, 2, 3]"],
  ],
  [
    "a branch sees its own writes at once and its siblings' never, and after the join all are there",
    `(= (mine $x) (let $u (add-atom &self (seen $x)) (collapse (match &self (seen $y) $y))))
     !(hyperpose ((mine 1) (mine 2)))
     !(match &self (seen $y) $y)`,
    ["[(1), (2)]", "[1, 2]"],
  ],
  [
    "rules that branches define hold after the join",
    `!(par (add-atom &self (= (h 1) a)) (add-atom &self (= (h 1) b)) (remove-atom &self (k)))
     !(h 1)`,
    ["[(() () ())]", "[a, b]"],
  ],
  [
    "a join in the middle of an expression is seen by the rest of it",
    "!(let $u (hyperpose ((add-atom &self (n 1)))) (match &self (n $x) $x))",
    ["[1]"],
  ],
  [
    "forms with any number of branches may stand where arguments are typed",
    `(: wrap (-> $t (Box $t))) (= (wrap $l) (box $l))
     !(let $l (par 1 (superpose (2 3))) (found $l)) !(wrap (par 1 2)) !(+ 1 (race 2)) !(par)
     !(pragma! type-check auto) !(par 1 2)`,
    [
      "[(found (1 2)), (found (1 3))]",
      "[(box (1 2))]",
      "[3]",
      "[(Error (par) IncorrectNumberOfArguments)]",
      "[()]",
      "[(1 2)]",
    ],
  ],
  [
    "a snapshot is refused where nobody has granted a store",
    "!(snapshot! monday)",
    ["[(Error (snapshot! monday) snapshot! is not permitted: the program has no store)]"],
  ],
  [
    "par gives tuples of every combination",
    "!(par (superpose (1 2)) (superpose (a b)))",
    ["[(1 a), (1 b), (2 a), (2 b)]"],
  ],
  ["par without a result in a branch has none", "!(par 1 (empty))", ["[]"]],
  [
    "a value of a branch is not reduced by another's rule",
    "!(hyperpose ((q 1) (let $u (add-atom &self (= (q $x) no)) (q 2))))",
    ["[(q 1), no]"],
  ],
  [
    "hyperpose splits a match",
    "(e 1) (e 2) (e 3) !(hyperpose (match &self (e $x) (* $x 10)))",
    ["[10, 20, 30]"],
  ],
  [
    "bound variables go into branches, and what branches bind stays there",
    "!(let $y 5 (hyperpose ((+ $y 1) (let $z $y $z))))",
    ["[6, 5]"],
  ],
  ["a race has one winner", "!(race (empty) (+ 1 1))", ["[2]"]],
  [
    "what the losers of a race wrote is not there",
    `!(race (empty) (let $u (add-atom &self (won)) 1))
     !(match &self (won) yes)`,
    ["[1]", "[yes]"],
  ],
  [
    "what branches of a race without a winner wrote is not there either",
    `!(race (let $u (add-atom &self (tried)) (empty)) (let $u (add-atom &self (tried)) (empty)))
     !(match &self (tried) yes)`,
    ["[]", "[]"],
  ],
  [
    "a transaction keeps all or nothing",
    `!(transaction (let $u (add-atom &self (kept)) 1))
     !(transaction (let $u (add-atom &self (gone)) (Error why "failed")))
     !(transaction (let $u (add-atom &self (gone)) (empty)))
     !(match &self (kept) yes)
     !(match &self (gone) yes)`,
    ["[1]", '[(Error why "failed")]', "[]", "[yes]", "[]"],
  ],
  [
    "a transaction keeps nothing where one of its alternatives gives an error",
    `(= (br $x) (let $u (add-atom &self (tried $x)) (if (== $x good) $x (Error $x failed))))
     !(transaction (br (superpose (good bad))))
     !(match &self (tried $x) $x)
     !(transaction (br (superpose (good good))))
     !(match &self (tried $x) $x)
     !(transaction (collapse (br (superpose (good bad)))))
     !(match &self (tried $x) $x)`,
    ["[good]", "[]", "[good, good]", "[good, good]", "[(good)]", "[good, good, good, bad]"],
  ],
  [
    "a transaction keeps nothing where a branch of a fork in it gives an error, or an argument in it",
    `(= (br $x) (let $u (add-atom &self (tried $x)) (if (== $x good) $x (Error $x failed))))
     (= (both) (superpose (good bad)))
     !(transaction (hyperpose ((br (both)) (br good))))
     !(transaction (par (br (both)) 1))
     !(transaction (race (br (both))))
     !(transaction (with-mutex name (br (both))))
     !(transaction (transaction (br (both))))
     !(transaction (hyperpose ((hyperpose ((br (both)))))))
     !(transaction (let $x (br (both)) (got $x)))
     !(transaction (let $x (hyperpose ((br (both)))) (got $x)))
     !(match &self (tried $x) $x)`,
    [
      "[good, good]",
      "[(good 1)]",
      "[good]",
      "[good]",
      "[good]",
      "[good]",
      "[(got good)]",
      "[(got good)]",
      "[]",
    ],
  ],
  [
    "a transaction keeps what was written beside errors that a form in it has left out",
    `(= (br $x) (let $u (add-atom &self (tried $x)) (if (== $x good) $x (Error $x failed))))
     !(transaction (collapse (hyperpose ((br (superpose (good bad)))))))
     !(match &self (tried $x) $x)`,
    ["[(good)]", "[good, bad]"],
  ],
  [
    "forks nest",
    `(= (tree $n) (if (== $n 0) leaf (par (tree (- $n 1)) (tree (- $n 1)))))
     !(tree 4)
     (= (count leaf) 1)
     (= (count ($a $b)) (+ (count $a) (count $b)))
     !(count (tree 8))`,
    [
      "[((((leaf leaf) (leaf leaf)) ((leaf leaf) (leaf leaf))) (((leaf leaf) (leaf leaf)) ((leaf leaf) (leaf leaf))))]",
      "[256]",
    ],
  ],
  [
    "a mutex keeps nothing from its body, nests, and is free afterwards",
    `!(with-mutex m (with-mutex m (superpose (1 2))))
     !(hyperpose ((with-mutex m (add-atom &self (a))) (with-mutex m (par (+ 1 1) (with-mutex m 3)))))
     !(with-mutex m (match &self (a) yes))`,
    ["[1, 2]", "[(), (2 3)]", "[yes]"],
  ],
  [
    "what branches print appears in their order",
    '!(hyperpose ((println! "one") (println! "two")))',
    ["one\ntwo\n[(), ()]"],
  ],
];

for (const [name, text, expected] of cases) {
  test(`${name}, on any number of threads`, async () => {
    for (const [where, pool] of pools) {
      expect(await run(text, pool), where).toEqual(expected);
    }
  });
}

test("a race ends a branch that would never end", async () => {
  const pool = pools.get("2 threads")!;
  const text = "(= (loop $n) (loop (+ $n 1))) !(race (loop 0) (+ 40 2))";
  expect(await run(text, pool)).toEqual(["[42]"]);
});

test("a branch that meets a limit is an Error that wrote nothing, and the others are not", async () => {
  const environment = Environment.create(heap);
  for (const { atom } of parse("(= (loop $n) (loop (+ $n 1)))")) environment.add(atom);
  const text = "(let $u (add-atom &self (gone)) (loop 0)) (let $u (add-atom &self (kept)) 3)";
  const atoms = parse(text).map((item) => item.atom);
  for (const [limits, expected] of [
    [{ maxSteps: 10_000 }, "maxSteps"],
    [{ maxTimeMs: 1_000 }, "maxTimeMs"],
  ] as const) {
    const answer = await pools.get("2 threads")!.evaluateAll(environment, atoms, limits);
    const [one, other] = answer.branches;
    expect([one!.status, one!.stopped]).toEqual(["stopped", expected]);
    expect(Array.from(one!.results, (result) => print(result)).at(-1)).toMatch(
      /^\(Error .*stopped/,
    );
    expect([other!.status, other!.stopped]).toEqual(["done", "completed"]);
    const added = [...answer.environment.atoms()].slice(1).map((atom) => print(atom));
    expect(added).toEqual(["(kept)"]);
    answer.dispose();
  }
  environment.dispose();
});

test("a branch is stopped when the heap has grown beyond its limit", async () => {
  const environment = Environment.create(heap);
  for (const { atom } of parse("(= (loop $n) (loop (+ $n 1)))")) environment.add(atom);
  const atoms = [parse("(loop 0)")[0]!.atom];
  const limits = { maxHeapBytes: 1 };
  const answer = await pools.get("2 threads")!.evaluateAll(environment, atoms, limits);
  expect(answer.branches[0]!.stopped).toBe("maxHeapBytes");
  answer.dispose();
  environment.dispose();
});

test("a branch with as many results as were asked for keeps what it wrote", async () => {
  const environment = Environment.create(heap);
  const atoms = [parse("(let $u (add-atom &self (kept)) (superpose (1 2 3)))")[0]!.atom];
  const limits = { maxResults: 2 };
  const answer = await pools.get("2 threads")!.evaluateAll(environment, atoms, limits);
  expect(Array.from(answer.branches[0]!.results, (result) => print(result))).toEqual(["1", "2"]);
  expect(answer.environment.count).toBe(1);
  answer.dispose();
  environment.dispose();
});

test("a file gives the same on threads as on one", async () => {
  const text = readFileSync(new URL("../../examples/05-branches.metta", import.meta.url), "utf8");
  const expected = await run(text, null);
  for (const [where, pool] of pools) expect(await run(text, pool), where).toEqual(expected);
});
