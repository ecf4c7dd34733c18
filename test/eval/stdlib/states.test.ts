import { describe, expect, test } from "vitest";
import { result, run } from "../run.js";

const BY_CONTENT: readonly (readonly [title: string, program: string, wanted: string])[] = [
  ["two states with one content are equal", "!(== (new-state (A 1)) (new-state (A 1)))", "[True]"],
  ["two states with different contents are not", "!(== (new-state 1) (new-state 2))", "[False]"],
  ["states in expressions are compared", "!(== (f (new-state 1)) (f (new-state 1)))", "[True]"],
  [
    "states inside states are compared",
    "!(== (new-state (new-state 1)) (new-state (new-state 1)))",
    "[True]",
  ],
  ["assertEqual takes states by content", "!(assertEqual (new-state 1) (new-state 1))", "[()]"],
  [
    "a failed assertion shows what states hold",
    "!(assertEqual (new-state 1) (new-state 2))",
    '[(Error (assertEqual (new-state 1) (new-state 2)) "\\nExpected: [(State 2)]\\nGot: [(State 1)]\\nMissed results: (State 2)\\nExcessive results: (State 1)")]',
  ],
  [
    "a state in a pattern matches states that hold the same now",
    `!(bind! &a (new-state on)) !(bind! &b (new-state on))
     !(add-atom &self (lamp hall &a)) !(add-atom &self (lamp attic &b))
     !(change-state! &b off) !(bind! &wanted (new-state off))
     !(match &self (lamp $where &wanted) $where)`,
    "[attic]",
  ],
  [
    "a state in a rule's left-hand side matches by content",
    `!(bind! &a (new-state 1)) !(add-atom &self (= (f &a) yes)) !(f (new-state 1))`,
    "[yes]",
  ],
  [
    "let takes states by content",
    "!(let $a (new-state 1) (let $b (new-state 1) (unify $a $b yes no)))",
    "[yes]",
  ],
  [
    "unique values are told apart by content",
    "!(let $all (collapse (unique (superpose ((new-state 1) (new-state 1) (new-state 2))))) (size-atom $all))",
    "[2]",
  ],
];

describe("states by content", () => {
  test.each(BY_CONTENT)("%s", (_title, program, wanted) => {
    expect(result(program)).toBe(wanted);
  });
});

const PRINTED: readonly (readonly [title: string, program: string, wanted: string])[] = [
  ["println! shows what a state holds", "!(println! (new-state (A 1)))", "(State (A 1))\n"],
  ["trace! too", "!(trace! (new-state 1) done)", "(State 1)\n"],
  [
    "a state inside a state",
    "!(println! (new-state (f (new-state 2))))",
    "(State (f (State 2)))\n",
  ],
];

describe("printing", () => {
  test.each(PRINTED)("%s", (_title, program, wanted) => expect(run(program).output).toBe(wanted));
});

test("the text of an atom has what its states hold", () => {
  expect(result('!(let $s (new-state 1) (format-args "{}" ((at $s))))')).toBe('["(at (State 1))"]');
  expect(result("!(let $s (new-state 1) (repr $s))")).toBe('["(State 1)"]');
});

const CIRCLE = "!(bind! &s (new-state 1)) !(nop (change-state! &s (f &s)))";

test("a state that holds itself can be printed, compared and matched", () => {
  expect(run(`${CIRCLE} !(println! &s)`).output).toMatch(/^\(State \(f \(State #[\w.]+\)\)\)\n$/);
  expect(result(`${CIRCLE} !(== &s &s)`)).toBe("[True]");
  expect(result(`${CIRCLE} !(== &s (new-state (f 1)))`)).toBe("[False]");
  expect(result(`${CIRCLE} !(add-atom &self (at &s)) !(match &self (at &s) found)`)).toBe(
    "[found]",
  );
});

const KEPT = `(: a A) (: b B) !(bind! &s (new-state a)) !(change-state! &s untyped)`;

describe("the type of a state", () => {
  test("is that of its first content, whatever it holds", () => {
    expect(result(`${KEPT} !(get-type &s)`)).toBe("[(StateMonad A)]");
    expect(result(`${KEPT} !(change-state! &s a) !(get-type &s)`)).toBe("[(StateMonad A)]");
  });

  test("says what it may be changed to", () => {
    expect(result(`${KEPT} !(change-state! &s b)`)).toContain("(BadArgType 2 A B)");
    expect(result(`${KEPT} !(get-state &s)`)).toBe("[untyped]");
  });

  test("may be none, and then it may be changed to anything", () => {
    const open = "!(bind! &s (new-state untyped)) !(change-state! &s 5)";
    expect(result(`${open} !(get-type &s)`)).toBe("[(StateMonad %Undefined%)]");
    expect(result(`${open} !(get-state (change-state! &s "text"))`)).toBe('["text"]');
  });
});
