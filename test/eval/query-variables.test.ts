import { expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { Heap } from "../../src/memory/heap.js";
import type { Variable } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { variablesOf } from "../../src/term/resolve.js";
import { runIn } from "./run.js";

const heap = Heap.create({ maxBytes: 2 ** 24 });

/** The results of each `!` as they print, and what was printed. */
function printed(program: string): string[] {
  using environment = Environment.create(heap);
  const lines: string[] = [];
  const evaluator = new Evaluator(undefined, { print: (text) => lines.push(text.trimEnd()) });
  for (const { results } of runIn(evaluator, environment, program)) {
    lines.push(...results.map((each) => print(each)));
  }
  return lines;
}

test.each([
  ["a variable alone", "! $x", ["$x"]],
  ["one inside an expression", "!(foo $x ($y $x))", ["(foo $x ($y $x))"]],
  ["one that went through a rule", "(= (f $a) (g $a)) !(f $x)", ["(g $x)"]],
  ["one that another was bound to", "!(let ($a $b) ($x 1) ($a $b))", ["($x 1)"]],
  ["one in an error", "!(car-atom $x)", [/^\(Error \(car-atom \$x\) "/]],
  ["one in a call that stays as it is", "!(+ 1 $x)", ["(+ 1 $x)"]],
  [
    "one in an alternative after it was bound in another",
    "!(superpose ((let $x 1 $x) $x))",
    ["1", "$x"],
  ],
  ["one that a match leaves free", "(e $a) !(match &self (e $x) (got $x))", ["(got $x)"]],
  ["one in output", "!(println! (see $x))", ["(see $x)", "()"]],
  ["one in text", "!(repr (see $x))", ['"(see $x)"']],
])("%s prints as the user wrote it", (_title, program, wanted) => {
  const got = printed(program);
  expect(got).toHaveLength(wanted.length);
  for (const [index, line] of wanted.entries()) {
    if (typeof line === "string") expect(got[index]).toBe(line);
    else expect(got[index]).toMatch(line);
  }
});

test("a variable that a rule made keeps its number beside the user's of the same name", () => {
  const [line] = printed("(= (f $a) (g $a $x)) !(f $x)");
  expect(line).toMatch(/^\(g \$x \$x#\d+\)$/);
});

test("results hold the query's own variables, none of them bound", () => {
  using environment = Environment.create(heap);
  const query = parseAtom("(superpose ((see $x) (let $x 1 (done $x))))");
  const [x] = variablesOf(query) as [Variable];
  const { results } = new Evaluator().evaluate(environment, query);
  expect(results.map((each) => print(each))).toEqual(["(see $x)", "(done 1)"]);
  expect(variablesOf(results[0]!)[0]).toBe(x);
  expect(x.value).toBeNull();
});

test("a result can be asked again, and its renamed variables come back as they were", () => {
  using environment = Environment.create(heap);
  for (const { atom } of parse("(= (f $a) (g $a $new))")) environment.add(atom);
  const evaluator = new Evaluator();
  const [first] = evaluator.evaluate(environment, parseAtom("(f $x)")).results;
  const [second] = evaluator.evaluate(environment, first!).results;
  expect(print(second!)).toBe(print(first!));
});

test("two evaluations of one query do not see each other's bindings", () => {
  using environment = Environment.create(heap);
  const evaluator = new Evaluator();
  const query = parseAtom("(let $x 1 ($x $y))");
  const lines = [1, 2].map(() => print(evaluator.evaluate(environment, query).results[0]!));
  expect(lines).toEqual(["(1 $y)", "(1 $y)"]);
});
