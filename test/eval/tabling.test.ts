/** Functions that are answered from tables: rules that lead back to themselves end, with each answer once. */
import { describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { operation } from "../../src/eval/host/operation.js";
import { Heap } from "../../src/memory/heap.js";
import { evaluate, evaluateAsync } from "../../src/parallel/language-evaluator.js";
import { integer } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { result, run } from "./run.js";

const heap = Heap.create({ maxBytes: 2 ** 28 });
const EDGES = "(edge a b) (edge b c) (edge c a) (edge c d)";
/** A relation says which of its calls hold: its variables are what is found. */
const PATHS: Readonly<Record<string, string>> = {
  left: `(= (path $x $y) (match &self (edge $x $y) True))
         (= (path $x $y) (let True (path $x $z) (match &self (edge $z $y) True)))`,
  right: `(= (path $x $y) (match &self (edge $x $y) True))
          (= (path $x $y) (match &self (edge $x $z) (path $z $y)))`,
  double: `(= (path $x $y) (match &self (edge $x $y) True))
           (= (path $x $y) (let True (path $x $z) (path $z $y)))`,
  mutual: `(= (path $x $y) (match &self (edge $x $y) True))
           (= (path $x $y) (let True (way $x $z) (match &self (edge $z $y) True)))
           (= (way $x $y) (path $x $y))
           !(tabled (way $x $y))`,
  "left, before its facts": `(= (path $x $y) (let True (path $x $z) (match &self (edge $z $y) True)))
         (= (path $x $y) (match &self (edge $x $y) True))`,
};

/** What the program's last `!` gave, in alphabetical order. */
function sorted(program: string): string[] {
  const { results } = run(program).evaluations.at(-1)!;
  return results.map((each) => print(each)).toSorted();
}

describe.each(Object.entries(PATHS))(
  "with %s recursion a tabled path over a circle",
  (_name, path) => {
    const program = `${EDGES} !(tabled (path $x $y)) ${path}`;

    test("ends, and has each answer once", () => {
      expect(sorted(`${program} !(let True (path a $y) $y)`)).toEqual(["a", "b", "c", "d"]);
    });

    test("is asked with any of its arguments bound", () => {
      expect(sorted(`${program} !(let True (path $x d) $x)`)).toEqual(["a", "b", "c"]);
      expect(sorted(`${program} !(let True (path $x $x) $x)`)).toEqual(["a", "b", "c"]);
      expect(sorted(`${program} !(path a d)`)).toEqual(["True"]);
      expect(sorted(`${program} !(path d a)`)).toEqual([]);
      expect(sorted(`${program} !(let True (path $x $y) ($x $y))`)).toEqual(
        ["a", "b", "c"].flatMap((from) => ["a", "b", "c", "d"].map((to) => `(${from} ${to})`)),
      );
    });
  },
);

const cases: readonly [title: string, program: string, line: string][] = [
  [
    "a function that gives what it finds as values has each value once, in the order of discovery",
    `${EDGES} !(tabled (after $x))
     (= (after $x) (match &self (edge $x $y) $y))
     (= (after $x) (let $z (after $x) (match &self (edge $z $y) $y)))
     !(after a)`,
    "[b, c, a, d]",
  ],
  [
    "the same generation is found over a family in circles",
    `(parent a c) (parent b c) (parent x e) (parent c d) (parent e d) (parent d a) (parent f b)
     !(tabled (same $x $y))
     (= (same $x $x) True)
     (= (same $x $y) (match &self (, (parent $x $p) (parent $y $q)) (same $p $q)))
     !(let True (same a $y) $y)`,
    "[a, b, x]",
  ],
  [
    "a value of a recursive function is computed once, and big integers stay exact",
    "!(tabled (fib $n)) (= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2))))) !(fib 200)",
    "[280571172992510140037611932413038677189525]",
  ],
  [
    "typed functions are tabled as well",
    `(: fib (-> Number Number)) !(tabled (fib $n))
     (= (fib $n) (if (< $n 2) $n (+ (fib (- $n 1)) (fib (- $n 2))))) !(fib 90) !(fib 91) !(fib "x")`,
    '[(Error (fib "x") (BadArgType 1 Number String))]',
  ],
  [
    "numbers that are equal and of different types have tables of their own",
    "!(tabled (half $n)) (= (half $n) (/ $n 2)) !((half 7) (half 7.0) (half 7))",
    "[(3 3.5 3)]",
  ],
  [
    "a call that nothing reduces is its own value",
    "!(tabled (f $x)) (= (f 1) one) !((f 1) (f 2) (f $x))",
    "[(one (f 2) one)]",
  ],
  [
    "variables of an answer stay variables, and are shared as they were",
    "!(tabled (pair $x)) (= (pair $x) (p $x $x $new)) !(pair $y) !(let (p 1 $b $c) (pair $z) ($b $c $z))",
    "[(1 $c 1)]",
  ],
  [
    "two answers that differ by the names of variables are one",
    "!(tabled (any $x)) (= (any $x) (box $a $b)) (= (any $x) (box $c $d)) (= (any $x) (box $e $e)) !(any 1)",
    "[(box $a $b), (box $e $e)]",
  ],
  [
    "nested terms come out of answers as they went in",
    `!(tabled (nat $n)) (= (nat Z) True) (= (nat (S $n)) (nat $n))
     !(nat (S (S (S Z)))) !(tabled (wrap $x)) (= (wrap $x) (w (v $x) ($x ($x "s" 1.5)))) !(wrap (S Z))`,
    '[(w (v (S Z)) ((S Z) ((S Z) "s" 1.5)))]',
  ],
  [
    "what an answer holds unevaluated is evaluated by whoever evaluates it",
    "(: q (-> Number Atom)) !(tabled (q $n)) (= (q $n) (+ $n 1)) !(q 1) !(let $code (q 1) (superpose (a $code)))",
    "[a, 2]",
  ],
  [
    "rules of several functions that call each other in circles end",
    `!(tabled (even $n)) !(tabled (odd $n)) (next 0 1) (next 1 2) (next 2 3) (next 3 0)
     (= (even 0) True) (= (even $n) (match &self (next $m $n) (odd $m)))
     (= (odd $n) (match &self (next $m $n) (even $m)))
     !(let True (even $n) $n)`,
    "[0, 2]",
  ],
  [
    "an inner table is made completely before its caller goes on, so collapse and case may look at it",
    `${EDGES} !(tabled (path $x $y)) ${PATHS.right!}
     !(tabled (ends $x)) (= (ends $x) (case (collapse (path $x $y)) ((() dead) ($all (length-of $all)))))
     (= (length-of $all) (size-atom $all))
     !((ends a) (ends d))`,
    "[(4 dead)]",
  ],
  [
    "once takes the first answer of a table",
    `${EDGES} !(tabled (path $x $y)) ${PATHS.left!} !(once (let True (path a $y) $y))`,
    "[b]",
  ],
  [
    "alternatives that were left when a call was set aside do not change what it goes on with",
    `!(tabled (p $x))
     (= (p $x) (let $w (superpose (1 2 3)) (let $u (p 0) (free $w $u $v))))
     (= (p $x) base)
     (= (free $w base $v) ($w $v)) (= (free $w ($a $b) $v) (empty))
     !(p 0)`,
    "[base, (1 $v), (2 $v), (3 $v)]",
  ],
  [
    "a declaration counts in the space of the program, and what has no table has none",
    "!(tabled (f $x $y)) (= (f $x) 1) (= (f $x) 1) !(f 0)",
    "[1, 1]",
  ],
  [
    "tabled wants a call, and one of a function with rules",
    "!(tabled f) !(tabled (+ $x $y)) !(tabled ($f $x))",
    '[(Error (tabled ($f $x)) "tabled expects a call with its arguments: (path $x $y)")]',
  ],
  [
    "an Error among the values is an answer like another, and counts where there is nothing else",
    "!(tabled (f $x)) (= (f $x) (/ $x 0)) (= (g $x) (f $x)) (= (g $x) 1) !(f 1) !(g 1)",
    "[1]",
  ],
];

test.each(cases)("%s", (_title, program, line) => expect(result(program)).toBe(line));

const REFUSED: readonly [what: string, rules: string][] = [
  [
    "collapse",
    "(= (win $x) (match &self (edge $x $y) (if (== (collapse (win $y)) ()) True (empty))))",
  ],
  ["once", "(= (win $x) (match &self (edge $x $y) (once (win $y))))"],
  ["case with Empty", "(= (win $x) (match &self (edge $x $y) (case (win $y) ((Empty True)))))"],
  [
    "collapse behind another tabled function",
    `!(tabled (lose $x)) (= (lose $x) (if (== (collapse (win $x)) ()) True (empty)))
     (= (win $x) (match &self (edge $x $y) (lose $y)))`,
  ],
];

test.each(REFUSED)(
  "%s over a table that is not complete is refused, and leaves nothing",
  (_what, rules) => {
    const text = `${EDGES} !(tabled (win $x)) ${rules} !(win a) !(+ 1 2) !(collapse (win b))`;
    const lines = run(text).lines.slice(-3);
    expect(lines[0]).toMatch(/^\[\(Error \(win a\) "cannot make its table: its answers depend on/);
    expect(lines[1]).toBe("[3]");
    expect(lines[2]).toMatch(/^\[\(\(Error \(win b\) "cannot make its table/);
  },
);

test("negation over a table that is complete is no recursion", () => {
  const program = `(move a b) (move b c) (move c d) !(tabled (win $x))
    (= (win $x) (match &self (move $x $y) (if (== (collapse (win $y)) ()) True (empty))))`;
  expect(
    run(`${program} !(collapse (win a)) !(collapse (win b)) !(collapse (win c))`).lines,
  ).toEqual(["[()]", "[(True)]", "[()]", "[(True)]"]);
});

describe("what does more than to give values", () => {
  const effects: readonly [name: string, body: string][] = [
    ["println!", "(println! $x)"],
    ["add-atom", "(add-atom &self (seen $x))"],
    ["change-state!", "(change-state! &s 2)"],
    ["import!", "(import! &self other)"],
    ["bind!", "(bind! &w 5)"],
  ];
  test.each(effects)("%s is refused inside of a tabled function, and not done", (name, body) => {
    const text = `!(bind! &s (new-state 1)) !(tabled (f $x)) (= (f $x) ok) (= (f $x) ${body}) !(f 1)`;
    const ran = run(text);
    expect(ran.lines.at(-1)).toContain(`(Error (f 1) "cannot make its table: ${name} does more`);
    expect(ran.output).toBe("");
  });

  test("writing is refused in rules that run as generated code, too", () => {
    const calls = Array.from({ length: 40 }, (_, index) => `!(note ${index})`).join(" ");
    const text = `(= (note $x) (let () (add-atom &self (seen $x)) $x)) ${calls}
      !(tabled (f $x)) (= (f $x) (note $x)) !(f no) !(collapse (match &self (seen no) seen))`;
    const lines = run(text).lines.slice(-2);
    expect(lines[0]).toContain('(Error (f no) "cannot make its table: add-atom does more');
    expect(lines[1]).toBe("[()]");
  });

  test("an operation of the host is refused unless it says that it is pure or only reads", () => {
    const library = standardLibrary();
    const next = operation({
      name: "next",
      type: "(-> Number Number)",
      summary: "One more.",
      apply: ([n]) => integer(Number(print(n!)) + 1),
    });
    library.addOperation(next);
    library.addOperation({ ...next, name: "pure-next", pure: true });
    library.addOperation(
      operation({ ...next, name: "read-next", type: "%Undefined%", reads: true }),
    );
    using environment = Environment.create(heap);
    const ask = (text: string): string[] =>
      evaluate(environment, parseAtom(text), { library }).results.map((each) => print(each));
    ask("(tabled (f $op))");
    environment.add(parseAtom("(= (f $op) ($op 1))"));
    expect(ask("(f next)")[0]).toContain("next does more than to give values");
    expect(ask("(f pure-next)")).toEqual(["2"]);
    expect(ask("(f read-next)")).toEqual(["2"]);
  });

  test("an operation that answers later is refused inside of a tabled function", async () => {
    const library = standardLibrary();
    const later = operation({
      name: "later",
      type: "(-> Number)",
      summary: "Later.",
      pure: true,
      apply: () => Promise.resolve(integer(1)),
    });
    library.addOperation(later);
    using environment = Environment.create(heap);
    for (const { atom } of parse("(= (f $x) (later)) (= (g) (f 1)) (= (g) (later))"))
      environment.add(atom);
    await evaluateAsync(environment, parseAtom("(tabled (f $x))"), { library });
    const { results } = await evaluateAsync(environment, parseAtom("(collapse (g))"), { library });
    expect(print(results[0]!)).toBe("(1)");
    const alone = await evaluateAsync(environment, parseAtom("(f 1)"), { library });
    expect(print(alone.results[0]!)).toContain("later does more than to give values");
  });
});

describe("a table is made anew", () => {
  const program = (change: string): string => `${EDGES} !(tabled (path $x $y)) ${PATHS.left!}
    (= (all $x) (collapse (let True (path $x $y) $y)))
    (= (steps) (let* (($before (all a)) ($done ${change}) ($after (all a))) ($before $after)))
    !(steps)`;
  const changes: readonly [what: string, change: string, after: string][] = [
    ["a fact was added", "(add-atom &self (edge d e))", "(b c a d e)"],
    ["a fact was removed", "(remove-atom &self (edge c d))", "(b c a)"],
    ["a rule was added", "(add-atom &self (= (path $x $y) (hop $x $y)))", "(b c a d (hop a $y))"],
    [
      "another relation has changed, with the same answers",
      "(add-atom &self (node x))",
      "(b c a d)",
    ],
  ];
  test.each(changes)("when %s", (_what, change, after) => {
    const made = run(program(change)).lines.at(-1)!;
    if (change.includes("hop")) expect(made).toContain("(b c a d");
    else expect(made).toBe(`[((b c a d) ${after})]`);
  });

  test("when a relation that was empty has its first fact, in the space where it was looked for", () => {
    const text = `!(bind! &kb (new-space)) !(tabled (known $x)) (= (known $x) (match &kb (fact $x) $x))
      (= (steps $space) (let* (($before (collapse (known $x))) ($done (add-atom $space (fact 1)))
        ($after (collapse (known $x)))) ($before $after)))
      !(steps &self) !(steps &kb)`;
    expect(run(text).lines.slice(-2)).toEqual(["[(() ())]", "[(() (1))]"]);
  });

  test("when a state that it looked at was changed", () => {
    const text = `!(bind! &s (new-state 1)) !(tabled (f $x)) (= (f $x) (get-state &s))
      !(let* (($a (f 0)) ($u (change-state! &s 2)) ($b (f 0))) ($a $b))`;
    expect(run(text).lines.at(-1)).toBe("[(1 2)]");
  });

  test("when something has changed that was read after an operation had made tables itself", () => {
    using environment = Environment.create(heap);
    const library = standardLibrary();
    const evaluator = new Evaluator(library);
    const nested = operation({
      name: "nested",
      type: "(-> Atom)",
      summary: "Evaluates on its own.",
      reads: true,
      apply: () => evaluator.evaluate(environment, parseAtom("(inner 1)")).results,
    });
    library.addOperation(nested);
    library.table(parseAtom("(outer $x)"));
    library.table(parseAtom("(inner $x)"));
    const text = `(= (inner $x) (match &self (deep $y) $y)) (deep 1) (flat 2)
      (= (outer $x) (let $y (nested) (match &self (flat $z) ($y $z))))
      (: steps (-> Atom %Undefined%))
      (= (steps $change) (let* (($a (collapse (outer 1))) ($u $change) ($b (collapse (outer 1)))) ($a $b)))`;
    for (const { atom } of parse(text)) environment.add(atom);
    const ask = (change: string): string =>
      print(evaluator.evaluate(environment, parseAtom(`(steps ${change})`)).results[0]!);
    expect(ask("(add-atom &self (flat 3))")).toBe("(((1 2)) ((1 2) (1 3)))");
    expect(ask("(remove-atom &self (flat 3))")).toBe("(((1 2) (1 3)) ((1 2)))");
    expect(ask("(add-atom &self (deep 4))")).toBe("(((1 2)) ((1 2) (4 2)))");
  });

  test("only when it is asked for, and only if it has read what has changed", () => {
    const steps = (change: string): number => run(program(change)).evaluations.at(-1)!.steps;
    const unrelated = steps("(add-atom &self (node x))");
    const related = steps("(add-atom &self (edge z z))");
    expect(related).toBeGreaterThan(unrelated);
  });
});

test("clones and their originals do not see each other's tables", () => {
  using base = Environment.create(heap);
  const evaluator = new Evaluator(standardLibrary());
  const ask = (environment: Environment): string =>
    evaluator
      .evaluate(environment, parseAtom("(let True (path a $y) $y)"))
      .results.map((each) => print(each))
      .join(" ");
  evaluator.evaluate(base, parseAtom("(tabled (path $x $y))"));
  for (const { atom } of parse(`${EDGES} ${PATHS.left!}`)) base.add(atom);
  expect(ask(base)).toBe("b c a d");
  using clone = base.clone();
  clone.add(parseAtom("(edge d e)"));
  expect(ask(clone)).toBe("b c a d e");
  expect(ask(base)).toBe("b c a d");
  base.remove(parseAtom("(edge b c)"));
  expect(ask(clone)).toBe("b c a d e");
  expect(ask(base)).toBe("b");
});

test("a library tables functions of all programs that use it", () => {
  const library = standardLibrary();
  library.table(parseAtom("(up $n)"));
  using environment = Environment.create(heap);
  for (const { atom } of parse("(= (up $n) (up $n)) (= (up $n) top)")) environment.add(atom);
  const options = { maxSteps: 1000, library };
  const { results, stopped } = evaluate(environment, parseAtom("(up 1)"), options);
  expect([stopped, ...results.map((each) => print(each))]).toEqual(["completed", "top"]);
  expect(evaluate(environment, parseAtom("(up 1)"), { maxSteps: 1000 }).stopped).toBe("maxSteps");
  for (const wrong of ["f", "($f 1)", "(+ $a $b)"]) {
    expect(() => library.table(parseAtom(wrong))).toThrow("a call of a function with rules");
  }
});

test("what a module declares tabled is tabled for who imports it", () => {
  using environment = Environment.create(heap);
  const evaluator = new Evaluator(standardLibrary());
  const kb = environment.createSpace();
  for (const { atom } of parse("(= (up $n) (up $n)) (= (up $n) top)"))
    environment.add(atom, { space: kb });
  evaluator.evaluate(environment, parseAtom("(tabled (up $n))"), { space: kb });
  environment.add(kb);
  const { results, stopped } = evaluator.evaluate(environment, parseAtom("(up 1)"), {
    maxSteps: 1000,
  });
  expect(stopped).toBe("completed");
  expect(results.map((each) => print(each))).toEqual(["top"]);
});
