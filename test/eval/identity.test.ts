/** Forms and operations are what the library has under their names at this moment, also in rules used often. */
import { expect, it } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { operation } from "../../src/eval/host/operation.js";
import { form, type SpecialForm } from "../../src/eval/machine/special-form.js";
import { Heap } from "../../src/memory/heap.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import { symbol, UNIT } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { threeWays } from "./three-ways.js";

const heap = Heap.create({ maxBytes: 2 ** 28 });

/** A form that takes the place of another, and gives its own name. */
function replacing(name: string, type: string): SpecialForm {
  return form({
    name,
    type,
    summary: "Another one.",
    run: (machine, _call, _type, frame) => machine.give(symbol(`another-${name}`), frame),
  });
}

/** An environment with rules, and a way to ask in it. */
function session(rules: string, library = standardLibrary()) {
  const environment = Environment.create(heap);
  for (const { atom } of parse(rules)) environment.add(atom);
  const evaluator = new Evaluator(library);
  const ask = (text: string): string =>
    evaluator
      .evaluate(environment, parseAtom(text))
      .results.map((each) => print(each))
      .join(" ");
  return { library, ask };
}

/** Asks often enough for code to be generated. */
function warm(ask: (text: string) => string, text: string): string {
  let last = "";
  for (let count = 0; count < 20; count++) last = ask(text);
  return last;
}

it.each([
  ["if", "(-> Bool Atom Atom $t)", "(if (== $x 1) one other)", "one"],
  ["let", "(-> Atom %Undefined% Atom %Undefined%)", "(let $y $x $y)", "1"],
  ["let*", "(-> Expression Atom %Undefined%)", "(let* (($y $x) ($z $y)) $z)", "1"],
  ["case", "(-> Atom Expression %Undefined%)", "(case $x ((1 one) ($y $y)))", "one"],
  ["switch", "(-> %Undefined% Expression %Undefined%)", "(switch $x ((1 one) ($y $y)))", "one"],
  ["unify", "(-> Atom Atom Atom Atom %Undefined%)", "(unify $x 1 one other)", "one"],
  ["match", "(-> SpaceType Atom Atom %Undefined%)", "(match &self (fact $y) $y)", "fact"],
])(
  "a form that a library gives the name of %s counts in rules that were used often",
  (name, type, body, before) => {
    const { library, ask } = session(`(= (f $x) ${body}) (fact fact)`);
    expect(warm(ask, "(f 1)")).toBe(before);
    library.addForm(replacing(name, type));
    expect(warm(ask, "(f 1)")).toBe(`another-${name}`);
  },
);

it("an operation that a library gives the name of another counts in rules that were used often", () => {
  const { library, ask } = session("(= (f $x) (+ $x 1))");
  expect(warm(ask, "(f 1)")).toBe("2");
  const type = "(-> Number Number Number)";
  const apply = () => symbol("another");
  library.addOperation(operation({ name: "+", type, summary: "Another one.", pure: true, apply }));
  expect(warm(ask, "(f 1)")).toContain("another");
});

it("a form that takes a name does not change the forms that are like it", () => {
  const { library, ask } = session(
    "(= (f $x) (let* (($y (g $x)) ($z $y)) $z)) (= (g $x) $x) (= (h $x) (let (fact $y) $x $y)) (fact fact)",
  );
  library.addForm(replacing("let", "(-> Atom %Undefined% Atom %Undefined%)"));
  expect(warm(ask, "(f 1)")).toBe("1");
  const other = session("(= (h $x) (let (fact $y) (id $x) $y)) (fact one) (fact two)");
  other.library.addForm(replacing("unify", "(-> Atom Atom Atom Atom %Undefined%)"));
  expect(warm(other.ask, "(h &self)")).toBe("one two");
});

it("a library that changes while a program runs counts from then on, also in rules used often", () => {
  const library = standardLibrary();
  library.addOperation(
    operation({
      name: "change!",
      type: "(-> (->))",
      summary: "Replaces a form.",
      apply: () => {
        library.addForm(replacing("if", "(-> Bool Atom Atom $t)"));
        return UNIT;
      },
    }),
  );
  const { ask } = session(
    "(= (f $x) (if (== $x 1) one other)) (= (loop $n) (case $n ((0 (f 1)) ($m (let $y (f $m) (loop (- $m 1)))))))" +
      "(= (then) (let $before (loop 40) (let () (change!) ($before (f 1)))))",
    library,
  );
  expect(ask("(then)")).toBe("(one another-if)");
});

it("a form that takes a name counts in branches of a fork, in rules used often and when a branch before changed it", () => {
  const library = parallelLibrary();
  library.addOperation(
    operation({
      name: "change!",
      type: "(-> (->))",
      summary: "Replaces a form.",
      apply: () => {
        library.addForm(replacing("if", "(-> Bool Atom Atom $t)"));
        return UNIT;
      },
    }),
  );
  const { ask } = session("(= (f $x) (if (== $x 1) one other))", library);
  expect(warm(ask, "(hyperpose ((f 1) (f 2)))")).toBe("one other");
  expect(ask("(hyperpose ((f 1) (let () (change!) (f 1)) (f 2)))")).toBe(
    "one another-if another-if",
  );
  expect(ask("(par (f 1) (transaction (f 2)))")).toBe("(another-if another-if)");
});

it("a name of the library is the library's: rules for it are facts, in rules used often and in branches of a fork", () => {
  for (const name of ["if", "+", "quote"]) {
    const call = { if: "(if True $x 2)", "+": "(+ $x 2)", quote: "(quote $x)" }[name]!;
    const { steps, glances, code } = threeWays([
      `(= (f $x) ${call})`,
      "!(f 1)",
      "!(f 1)",
      `!(add-atom &self (= ${call} mine))`,
      "!(f 1)",
      "!(hyperpose ((f 1) (f 1)))",
      `!(match &self (= ${call} $y) $y)`,
    ]);
    expect(glances).toEqual(steps);
    expect(code).toEqual(steps);
    const [before, , , after, branches, found] = steps.results;
    expect(after).toBe(before);
    expect(branches).toBe(`${before} ${before}`);
    expect(found).toBe("mine");
  }
});

it("a type that a program gives to a form counts in rules that are used often", () => {
  const { steps, glances, code } = threeWays([
    "(= (f $x) (if (== $x 1) one other))",
    "!(f 1)",
    "!(f 1)",
    "!(add-atom &self (: if Word))",
    "!(f 1)",
  ]);
  expect(glances).toEqual(steps);
  expect(code).toEqual(steps);
  expect(steps.results.at(-1)).not.toBe(steps.results[0]);
});

it("hyperpose has a branch for each match of a search, whatever is called match", () => {
  const { library, ask } = session("(fact one) (fact two)", parallelLibrary());
  expect(ask("(hyperpose (match &self (fact $x) $x))")).toBe("one two");
  library.addForm(replacing("match", "(-> SpaceType Atom Atom %Undefined%)"));
  expect(ask("(hyperpose (match &self (fact $x) found))")).toContain("found");
  expect(ask("(hyperpose (match &self (fact $x) found))")).not.toBe("found found");
});
