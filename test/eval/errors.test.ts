import { describe, expect, test } from "vitest";
import { result } from "./run.js";

/** Gives 1, fails, gives 2, fails again; and one that only fails. */
const PROGRAM = `
  (= (some) 1) (= (some) (/ 1 0)) (= (some) 2) (= (some) (% 1 0))
  (= (bad) (/ 1 0)) (= (bad) (% 1 0))
  (= (late) (/ 1 0)) (= (late) 3)
`;

const ONE = "(Error (/ 1 0) DivisionByZero)";
const OTHER = "(Error (% 1 0) DivisionByZero)";

const FILTERED: readonly (readonly [title: string, query: string, wanted: string])[] = [
  ["of a query", "!(some)", "[1, 2]"],
  ["of a query that has nothing else", "!(bad)", `[${ONE}, ${OTHER}]`],
  ["of what is collapsed", "!(collapse (some))", "[(1 2)]"],
  ["of a case's first argument", "!(case (some) (((Error $c $r) error) ($x ($x))))", "[(1), (2)]"],
  [
    "of a case's first argument that has nothing else",
    "!(case (bad) (((Error $c $r) error) ($x ($x))))",
    "[error, error]",
  ],
  ["of a case whose value comes last", "!(case (late) (((Error $c $r) error) ($x ($x))))", "[(3)]"],
  [
    "of a case with one value that is an error",
    "!(case (/ 1 0) (((Error $c $r) error)))",
    "[error]",
  ],
  ["of a case with no value", "!(case (empty) (((Error $c $r) error) (Empty none)))", "[none]"],
  ["of once", "!(once (late))", "[3]"],
  ["of once that has nothing else", "!(once (bad))", `[${ONE}]`],
  [
    "of an evaluation by instructions",
    "!(chain (metta (late) %Undefined% &self) $x (quote $x))",
    "[(quote 3)]",
  ],
  ["of an argument", "!(quote (some))", "[(quote (some))]"],
  ["of an argument whose value comes to nothing", "!(let $x (late) (empty))", "[]"],
  ["of a value and what it comes to", "!(let $x (late) (Error $x three))", "[(Error 3 three)]"],
  ["of an argument whose value comes first", "!(+ (some) (/ 1 0))", `[${ONE}, ${ONE}]`],
  ["of an argument of an argument", "!(let $x (+ 1 (late)) (empty))", "[]"],
  ["of a condition", "!(if (== 3 (late)) (empty) other)", "[]"],
  ["of a pair of let*", "!(let* (($x 1) ($y (late))) (empty))", "[]"],
  ["of the subject of switch", "!(switch (late) ((4 four)))", "[]"],
  ["of what is collapsed, in it", "!(collapse (let $x (late) (empty)))", "[()]"],
  [
    "of a case's first argument, in it",
    "!(case (let $x (late) (empty)) ((Empty none) ($x some)))",
    "[none]",
  ],
  ["of once, in it", "!(once (let $x (late) (got $x)))", "[(got 3)]"],
];

describe("errors are given only where there is nothing else", () => {
  test.each(FILTERED)("%s", (_title, query, wanted) =>
    expect(result(PROGRAM + query)).toBe(wanted),
  );
});

const PASSED_ON: readonly (readonly [title: string, query: string, wanted: string])[] = [
  ["an argument", "!(+ 1 (/ 1 0))", `[${ONE}]`],
  ["an argument of a call without rules", "!(f (/ 1 0))", `[${ONE}]`],
  ["a value that is bound", "!(let $x (/ 1 0) done)", `[${ONE}]`],
  [
    "a condition",
    "(= (fails) (index-atom () 0)) !(if (fails) yes no)",
    "[(Error (index-atom () 0) Index is out of bounds)]",
  ],
  ["what is switched over", "!(switch (/ 1 0) (((Error $c $r) error)))", `[${ONE}]`],
  [
    "an Error that stands in the program is no failure",
    "!(switch (Error a b) (((Error $c $r) $c)))",
    "[a]",
  ],
];

describe("an error ends what needs its value", () => {
  test.each(PASSED_ON)("%s", (_title, query, wanted) =>
    expect(result(PROGRAM + query)).toBe(wanted),
  );
});

test("a thousand nested evaluations that fail end without the JavaScript stack", () => {
  const depth = 10_000;
  const nested = `${"(metta ".repeat(depth)}(empty)${" %Undefined% &self)".repeat(depth)}`;
  expect(result(`!${nested}`)).toBe("[]");
});
