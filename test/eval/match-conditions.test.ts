/** Comparisons behind a match: what the search leaves out because of them is what would have given nothing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { operation } from "../../src/eval/host/operation.js";
import { Heap } from "../../src/memory/heap.js";
import { evaluate } from "../../src/parallel/language-evaluator.js";
import { boolean } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { threeWays } from "./three-ways.js";

const VALUES = [
  "-7",
  "0",
  "1",
  "2",
  "3",
  "4",
  "5",
  "9",
  "10",
  "11",
  "100",
  "16777217",
  "-134217729",
  "9007199254740993",
  "100000000000000000000",
  "0.5",
  "1.5",
  "2.0",
  "-0.0",
  "9.999",
  "1e300",
];
const OTHERS = [
  "a",
  '"text"',
  "True",
  "()",
  "(+ 1 2)",
  "(+ 1 $q)",
  "(p 3)",
  "$open",
  "(superpose (1 20))",
];
const LIMITS = ["0", "0.5", "1", "2", "10", "9007199254740993", "-1e300", "a", "(+ 1 2)", "$m"];
const NODES = ["a", "b", "c", "d", "e", "f"];

// Where much is no number, rows are looked at one by one.
const value = fc.oneof(
  { weight: 19, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.constantFrom(...OTHERS) },
);
const node = fc.constantFrom(...NODES);
const fact = fc.tuple(node, node, value, value).map((parts) => `(edge ${parts.join(" ")})`);
const facts = fc
  .tuple(fc.array(fact, { minLength: 66, maxLength: 150, size: "max" }), fc.boolean())
  .map(([all, isGround]) => (isGround ? all.filter((text) => !text.includes("$")) : all));
const variable = fc.constantFrom("$w", "$w", "$w", "$n", "$n", "$n", "$a");
const limit = fc.constantFrom(...LIMITS);
const operator = fc.constantFrom("<", ">", "<=", ">=");
const comparison = fc
  .tuple(operator, variable, limit, fc.boolean())
  .map(([name, one, other, isTurned]) =>
    isTurned ? `(${name} ${other} ${one})` : `(${name} ${one} ${other})`,
  );
const condition = fc.oneof(
  { weight: 3, arbitrary: comparison },
  {
    weight: 1,
    arbitrary: fc.tuple(comparison, comparison).map((both) => `(and ${both.join(" ")})`),
  },
  { weight: 1, arbitrary: fc.constantFrom("(== $w 2)", "(or (< $w 2) (> $w 5))", "True") },
);
const otherwise = fc.constantFrom("(empty)", "(empty)", "(empty)", "(empty)", "()", "(empty 1)");
const template = fc
  .tuple(fc.array(fc.tuple(condition, otherwise), { minLength: 1, maxLength: 3 }))
  .map(([conditions]) =>
    conditions.reduceRight(
      (inner, [asked, other]) => `(if ${asked} ${inner} ${other})`,
      "(t $a $w $n)",
    ),
  );
const pattern = fc.constantFrom(
  "(edge $a $b $w $n)",
  "(edge $a $b $w $n)",
  "(edge a $b $w $n)",
  "(edge $a $b $n $w)",
  "(edge $a $a $w $w)",
  "(, (edge a $b $w $c) (edge $b $a $d $n))",
  "(, (edge a $b $w $c) (edge $b d $w $n))",
  "($h $a $b $w $n)",
);
/** What changes what is called: then nothing may be left out. */
const change = fc.constantFrom(
  "",
  "",
  "",
  "",
  "(= (< $x $y) True)",
  "(= (if $x $y $z) other)",
  "(= ($f $x $y) (called $f))",
  "(: < (-> Number Number Bool))",
  "(: < (-> A A Bool))",
  "(: if (-> Bool Atom Atom A))",
  "(: empty (-> Number))",
  "(: 3 Amount)",
  "(: 2 String)",
  "(: and (-> Bool Bool Number))",
);
const program = fc
  .record({
    facts,
    pattern,
    template,
    change,
    limit,
  })
  .map(({ facts: all, pattern: wanted, template: then, change: changed, limit: given }) => [
    ...all,
    "!(let $nan (sqrt-math -1) (add-atom &self (edge a b $nan 1)))",
    ...(changed === "" ? [] : [changed]),
    `(= (found $m) (match &self ${wanted} ${then}))`,
    `!(match &self ${wanted} ${then})`,
    `!(let $m ${given} (match &self ${wanted} ${then}))`,
    "!(found 2)",
    `!(found ${given})`,
    "!(found 9.5)",
    "!(remove-atom &self (edge a b 2 2))",
    "!(collapse (found 3))",
  ]);

/** Facts with weights 0 … count − 1. */
function weights(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `(edge n${n % 10} ${(n * 7919) % count})`);
}

function environmentOf(lines: readonly string[]): Environment {
  const env = Environment.create(Heap.create());
  env.addAll(lines.map((line) => parseAtom(line)));
  return env;
}

/** Which indexes by order there are. */
function ordered(env: Environment): string[] {
  const indexes = env.inspect().relations.flatMap((each) => each.indexes);
  return indexes.map(({ index }) => index).filter((index) => index.endsWith("by order"));
}

describe("comparisons behind a match", () => {
  it("leave out nothing but what gives nothing, whatever is there and whatever is called (MH1)", () => {
    const property = fc.property(program, (lines) => {
      const { steps, glances, code } = threeWays(lines, { maxSteps: 100_000 });
      expect(glances).toEqual(steps);
      expect(code).toEqual(steps);
    });
    fc.assert(property, { numRuns: 6 });
  });

  it.each([
    "(match &self (edge $x $w) (if (< $w 30) $w (empty)))",
    "(match &self (edge $x $w) (if (and (<= 100 $w) (> 130 $w)) $w (empty)))",
    "(match &self (edge $x $w) (if (>= $w 100) (if (< $w 130) $w (empty)) (empty)))",
    "(let $m 30 (match &self (edge $x $w) (if (> $m $w) $w (empty))))",
    "(below 30)",
  ])("of %s are looked for in an index by order", (query) => {
    const rule = "(= (below $m) (match &self (edge $x $w) (if (< $w $m) $w (empty))))";
    const env = environmentOf([...weights(3000), rule]);
    for (let round = 0; round < 5; round++) {
      expect(evaluate(env, parseAtom(query)).results).toHaveLength(30);
    }
    expect(ordered(env)).toEqual(["place 2 by order"]);
  });

  it.each([
    [
      "a condition that is not of numbers alone",
      "(match &self (edge $x $w) (if (== $w 3) $w (empty)))",
      "",
    ],
    ["another value", "(match &self (edge $x $w) (if (< $w 30) $w ()))", ""],
    [
      "a form of the program's own type",
      "(match &self (edge $x $w) (if (< $w 30) $w (empty)))",
      "(: if (-> Bool Atom Atom Atom))",
    ],
    ["numbers with types", "(match &self (edge $x $w) (if (< $w 30) $w (empty)))", "(: 7 Amount)"],
  ])("are asked of each row where there is %s", (_what, query, change) => {
    const env = environmentOf(change === "" ? weights(300) : [...weights(300), change]);
    expect(evaluate(env, parseAtom(query)).results.length).toBeGreaterThan(0);
    expect(ordered(env)).toEqual([]);
  });

  it("of two variables keep what is no number in either of them, wherever the other is", () => {
    const facts = Array.from({ length: 400 }, (_, n) => `(edge n ${n} ${(n * 7919) % 400})`);
    facts[300] = "(edge n 300 a)";
    facts[301] = '(edge n "b" 7)';
    facts[302] = "(edge n 302 (p 1))";
    const query = (condition: string): string =>
      `!(match &self (edge $x $w $n) (if ${condition} ($w $n) (empty)))`;
    const both = "(and (< $w 10) (< $n 100))";
    const { steps, code } = threeWays([...facts, query(both), query("(< $w 10)")]);
    expect(code).toEqual(steps);
    expect(code.results[0]).toContain("(if (and False (< a 100)) (300 a) (empty))");
  });

  it("are asked of each row where the library has another operation under the name", () => {
    const env = environmentOf(weights(300));
    const own = standardLibrary();
    own.addOperation(
      operation({
        name: "<",
        type: "(-> Number Number Bool)",
        summary: "Always.",
        pure: true,
        apply: () => boolean(true),
      }),
    );
    const query = parseAtom("(match &self (edge $x $w) (if (< $w 30) $w (empty)))");
    expect(evaluate(env, query, { library: own }).results).toHaveLength(300);
    expect(evaluate(env, query).results).toHaveLength(30);
  });
});
