/** Calls of a relation by itself in generated code: rounds of a loop give what calls give. */
import { describe, expect, it } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { interpret } from "../../src/eval/interpreter/interpret.js";
import { UNDEFINED } from "../../src/eval/language/type-names.js";
import { wholeAllowance } from "../../src/eval/limits/budget.js";
import { EvaluationContext } from "../../src/eval/machine/evaluation-context.js";
import { Machine } from "../../src/eval/machine/machine.js";
import { Preparations } from "../../src/eval/rules/prepared.js";
import { runProgramSync } from "../../src/index.js";
import { Heap } from "../../src/memory/heap.js";
import { parse } from "../../src/term/parser.js";
import { Results } from "./results.js";
import { threeWays } from "./three-ways.js";

/** The results of a program's last `!`, which all three ways give. */
function agreed(lines: readonly string[], maxSteps = 300): string {
  const { steps, glances, code } = threeWays(lines, { maxSteps });
  expect(glances).toEqual(steps);
  expect(code).toEqual(steps);
  return steps.results.at(-1)!;
}

/** How many rests a call of a program's rules notes while its code runs. */
function noted(rules: string, call: string): number {
  const heap = Heap.create({ maxBytes: 2 ** 26 });
  const environment = Environment.create(heap);
  for (const { atom } of parse(rules)) environment.add(atom);
  const allowance = wholeAllowance(heap, {});
  const host = { print: () => {}, trace: () => {}, random: () => 0.5 };
  const equipment = { library: standardLibrary(), host, preparations: new Preparations(1) };
  const context = new EvaluationContext(environment, null, equipment, allowance);
  let count = 0;
  for (let round = 0; round < 3; round++) {
    const machine = new Machine(context, { interpret, shortcuts: "code" });
    machine.rounds.push = (...parts) => {
      count++;
      return Array.prototype.push.apply(machine.rounds, parts);
    };
    machine.evaluate([...parse(call)][0]!.atom, UNDEFINED, new Results());
    machine.run();
    expect(machine.rounds.length).toBe(0);
    machine.close();
  }
  allowance.budget.close();
  environment.dispose();
  return count;
}

/** Calls that wait for each other: a part that is a call, a `let`, a condition, an operation, and nothing at all. */
const SHAPES: readonly (readonly [string, string])[] = [
  ["data", "(S (walk (- $n 1)))"],
  ["two locals", "(P $n (walk (- $n 1)) $n)"],
  ["an operation", "(+ $n (walk (- $n 1)))"],
  ["a let", "(let $x (walk (- $n 1)) (T $x $n))"],
  ["a condition", "(if (walk (- $n 1)) $n (no $n))"],
  ["a tail call", "(walk (- $n 1))"],
  ["two calls", "(Q (walk (- $n 1)) (walk (- $n 2)))"],
  ["a call of a call", "(walk (- (walk (- $n 1)) 1))"],
  ["rests of two kinds", "(if (== (% $n 2) 0) (E (walk (- $n 1)) $n) (O (walk (- $n 1))))"],
  ["a template", "(match &self (fact $y) (F $y (walk (- $n 1))))"],
  ["an enclosed part", "(C (collapse (walk (- $n 1))))"],
];

/** What the innermost call gives: values, alternatives, errors, nothing. */
const ENDS: readonly (readonly [string, string])[] = [
  ["a number", "0"],
  ["a truth value", "True"],
  ["alternatives", "(superpose (1 2))"],
  ["an error", "(Error $n bad)"],
  ["an error among values", "(superpose ((Error $n bad) 3))"],
  ["nothing", "(empty)"],
  ["a match", "(match &self (fact $y) $y)"],
];

describe("a relation that calls itself", () => {
  for (const [shape, body] of SHAPES) {
    it(`gives the same with ${shape} around the call`, () => {
      for (const [, end] of ENDS) {
        agreed([
          "(fact a)",
          "(fact 1)",
          `(= (walk $n) (if (< $n 1) ${end} ${body}))`,
          "!(walk 2)",
          "!(walk 3)",
          "!(let $all (collapse (walk 3)) $all)",
        ]);
      }
    });
  }

  it("gives alternatives that begin at every depth, in their order", () => {
    const found = agreed([
      "(= (count Z) 0)",
      "(= (count (S $x)) (+ 1 (count $x)))",
      "(= (count (S $x)) (superpose (10 20)))",
      "!(count (S (S Z)))",
      "!(count (S (S (S Z))))",
    ]);
    expect(found).toContain("3");
    expect(found).toContain("21");
  });

  it("knows an error of one alternative to be overtaken by the value of another, at every depth", () => {
    const rules = [
      "(= (down $n) (if (< $n 1) (superpose (1 2 3)) (wrap $n (down (- $n 1)))))",
      "(= (wrap 2 3) (Error 3 three))",
      "(= (wrap 3 1) (superpose ((Error 1 one) (superpose (7 (Error 2 two))))))",
    ];
    for (const call of ["(down 2)", "(down 3)", "(down 5)"]) {
      agreed([...rules, `!${call}`, `!${call}`, `!(let $all (collapse ${call}) (got $all))`]);
    }
  });

  it("goes by rules that are added while it is under way", () => {
    agreed([
      "(= (walk $n) (if (== $n 3) (let $a (add-atom &self (= (walk 1) extra)) (S (walk 2))) (if (== $n 0) Z (S (walk (- $n 1))))))",
      "!(walk 2)",
      "!(walk 2)",
      "!(walk 5)",
      "!(walk 2)",
    ]);
  });

  it("stops at a limit of steps wherever that is", () => {
    const lines = [
      "(= (walk $n) (if (== $n 0) Z (S (walk (- $n 1)))))",
      "(= (loop $n) (if (== $n 0) done (loop (- $n 1))))",
      "!(walk 3)",
      "!(walk 9)",
      "!(loop 9)",
    ];
    for (let maxSteps = 1; maxSteps < 14; maxSteps++) agreed(lines, maxSteps);
  });

  it("is as deep as there is memory, with alternatives at the bottom", () => {
    const heap = Heap.create();
    const environment = Environment.create(heap);
    const text = `
      (= (sum $n) (if (== $n 0) (superpose (0 1)) (+ $n (sum (- $n 1)))))
      !(sum 100000)
      !(sum 3)
      !(sum 100000)
    `;
    const deep = ["5000050000", "5000050001"];
    expect(
      runProgramSync(environment, text).outcomes.map(({ results }) => results.map(String)),
    ).toEqual([deep, ["6", "7"], deep]);
    environment.dispose();
  });

  it("takes rounds, which need no frame of the stack, wherever a call is the last of its kind", () => {
    expect(noted("(= (walk $n) (if (== $n 0) Z (S (walk (- $n 1)))))", "(walk 9)")).toBeGreaterThan(
      8,
    );
    const tail = "(= (loop $n) (if (== $n 0) done (loop (- $n 1))))";
    expect(noted(tail, "(loop 9)")).toBe(0);
  });
});
