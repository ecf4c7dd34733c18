import { afterAll, describe, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { impureOperation } from "../../dist/src/eval/host/operation.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { evaluate } from "../../dist/src/parallel/language-evaluator.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { integer } from "../../dist/src/term/atom.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 26 });

afterAll(() => {
  drain(heap);
  checkHeap(heap);
});

/** Calls that are told at once, those that look like it, and values. */
const BRANCHES = [
  '1 2.5 "text" True',
  "(+ 1 1) (* 2 (- 7 3)) (== 1 2) (not True)",
  "(+ 1 1) (+ 1 (add-atom &self (seen)))",
  "(/ 1 0) (% 1 0) (+ 1 1)",
  '(+ 1 "a") (+ 1) (+ $x 1)',
  "(+ 1 1) $x a (a 1) ()",
  "(+ 1 1) (superpose (3 4)) (+ 2 2)",
  "(println! 1) (+ 1 1)",
];
/** What may change what a call means. */
const WORLDS = [
  "",
  "(= (+ 1 1) another)",
  "(: + (-> Number String))",
  "(: + Wrong)",
  "(= 1 one) (= True yes)",
  "(pragma! interpreter bare-minimal)",
  "(pragma! type-check auto)",
  "(pragma! max-stack-depth 100)",
];

interface Given {
  readonly texts: readonly string[];
  readonly stopped: string;
  readonly steps: number;
  readonly output: string;
  readonly left: readonly string[];
}

/** What a form gives in a world, with what it leaves there. */
function given(world: string, query: string, library = parallelLibrary()): Given {
  using environment = Environment.create(heap);
  let output = "";
  const host = { print: (text: string): void => void (output += text) };
  for (const { atom } of parse(world)) {
    if (world.startsWith("(pragma!")) evaluate(environment, atom, { library });
    else environment.add(atom);
  }
  const { results, stopped, steps } = evaluate(environment, parseAtom(query), { library, host });
  // Variables of different runs have different numbers.
  const texts = results.map((each) => print(each).replaceAll(/#\d+/g, ""));
  const left = [...environment.atoms()].map((each) => print(each));
  return { texts, stopped, steps, output, left };
}

/** Evaluated also where the program wants expressions to be executed. */
function fork(branches: string): string {
  return `(metta (hyperpose (${branches})) %Undefined% &self)`;
}

describe.each(WORLDS)("in the world %s", (world) => {
  test.each(BRANCHES)("%s are what they are branch by branch", (branches) => {
    // TA1: with a branch that has to be forked, which gives one result, all the others are.
    const forked = given(world, fork(`${branches} (superpose (end))`));
    expect(given(world, fork(branches))).toEqual({ ...forked, texts: forked.texts.slice(0, -1) });
  });
});

test("an operation that the host has put in the place of a pure one is called in each branch", () => {
  const library = parallelLibrary();
  let calls = 0;
  library.addOperation(
    impureOperation("+", "(-> Number Number Number)", "Counts its calls.", () => integer(++calls)),
  );
  expect(given("", "(hyperpose ((+ 1 1) (+ 1 1)))", library)).toMatchObject({ texts: ["1", "2"] });
});

test("limits count branches that are told at once like all others", () => {
  using environment = Environment.create(heap);
  const at = (limits: object): unknown => {
    const query = parseAtom("(hyperpose ((+ 1 1) (+ 1 2) (+ 1 3)))");
    const { results, stopped } = evaluate(environment, query, limits);
    return [stopped, ...results.map(String)];
  };
  expect(at({ maxBranches: 3 })).toEqual(["completed", "2", "3", "4"]);
  expect(at({ maxBranches: 2 })).toEqual(["maxBranches"]);
  expect(at({ maxForkDepth: 0 })).toEqual(["maxForkDepth"]);
  expect(at({ maxResults: 2 })).toEqual(["maxResults", "2", "3"]);
});

test("a pool begins no branch for them", async () => {
  using environment = Environment.create(heap);
  await using pool = await EvaluatorPool.create(heap, { threads: 1 });
  const begun = async (branch: string): Promise<number> => {
    const before = pool.stats().threads[0]?.branches ?? 0;
    const query = parseAtom(`(collapse (hyperpose (${`${branch} `.repeat(20)})))`);
    using answer = await pool.evaluateAll(environment, [query]);
    expect(answer.branches[0]!.status).toBe("done");
    return pool.stats().threads[0]!.branches - before;
  };
  expect(await begun("(+ 1 1)")).toBe(1);
  expect(await begun("(superpose (1))")).toBe(21);
});
