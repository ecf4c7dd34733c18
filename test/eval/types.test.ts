import { describe, expect, test } from "vitest";
import { result, run } from "./run.js";

/** What is typed, a program whose last `!` tells, and what it gives. */
const APPLIED: readonly (readonly [title: string, program: string, wanted: string])[] = [
  [
    "a head that is a call has the function type that the call gives",
    "(: curry (-> (-> $a $b $c) (-> $a (-> $b $c)))) !(get-type ((curry +) 2))",
    "[(-> Number Number)]",
  ],
  [
    "a call of a curried function is reduced when its last argument is there",
    `(: curry (-> (-> $a $b $c) (-> $a (-> $b $c)))) (= (((curry $f) $x) $y) ($f $x $y))
     !(((curry +) 2) 3)`,
    "[5]",
  ],
  [
    "a call of a curried function without its last argument is its own value",
    `(: curry (-> (-> $a $b $c) (-> $a (-> $b $c)))) (= (((curry $f) $x) $y) ($f $x $y))
     !((curry +) 2)`,
    "[((curry +) 2)]",
  ],
  [
    "an argument of the wrong type for an applied function type is an error",
    `(: add (-> Number (-> Number Number))) (= ((add $x) $y) (+ $x $y)) !((add 1) "a")`,
    '[(Error ((add 1) "a") (BadArgType 1 Number String))]',
  ],
  ["both sides of an equality have one type", "(: a A) (: b B) !(get-type (= a b))", "[]"],
  ["an equality of one type is well-typed", "(: a A) (: b A) !(get-type (= a b))", "[%Undefined%]"],
  ["an equality has a type", "!(get-type =)", "[(-> $t $t %Undefined%)]"],
  [
    "the errors' constructors have types",
    "!(get-type BadType)",
    "[(-> Type Type ErrorDescription)]",
  ],
];

const GRAMMAR = `
  (: say (-> Sentence Text)) (:< Question Sentence) (:< (Aux Subject Verb Object) Question)
  (:< Pronoun Subject) (:< Pronoun Object) (:< Group Object) (:< (Determiner Noun) Group)
  (: you Pronoun) (: do Aux) (: do Verb) (: like Verb) (: a Determiner) (: pizza Noun)
`;

const FOUND: readonly (readonly [title: string, program: string, wanted: string])[] = [
  ["of several types all are given", "(: a A) (: a AA) !(get-type a)", "[A, AA]"],
  ["supertypes follow", "(: a A) (:< A B) (:< B C) !(get-type a)", "[A, B, C]"],
  ["supertypes in a circle end", "(: a A) (:< A B) (:< B A) !(get-type a)", "[A, B]"],
  [
    "a tuple has every combination",
    "(: a A) (: a AA) (: b B) (: b BB) !(get-type (a b))",
    "[(A B), (A BB), (AA B), (AA BB)]",
  ],
  ["a tuple with an untyped part has none", "(: a A) !(get-type (a c))", "[%Undefined%]"],
  ["a call and a tuple at once", "(: a (-> B C)) (: a A) (: b B) !(get-type (a b))", "[(A B), C]"],
  ["a declared tuple", "(: (a b) C) !(get-type (a b))", "[C]"],
  [
    "types of parts make a sentence",
    `${GRAMMAR} !(get-type (say (do you like (a pizza))))`,
    "[Text]",
  ],
  ["a parameter of the argument's kind", "(: f (-> Symbol D)) (: b B) !(get-type (f b))", "[D]"],
  ["a parameter of another kind", "(: f (-> Expression D)) (: b B) !(get-type (f b))", "[]"],
  ["an expression for a parameter", "(: f (-> Expression D)) (: b B) !(get-type (f (b)))", "[D]"],
  [
    "a result of the parameter's kind",
    "(: f (-> Symbol D)) (: g (-> A Symbol)) (: a A) !(get-type (f (g a)))",
    "[D]",
  ],
  ["an operation is grounded", "(: f (-> Grounded D)) !(get-type (f +))", "[D]"],
  [
    "dependent types are bound",
    "(: Refl (-> $x (=== $x $x))) (: t A) !(get-type (Refl t))",
    "[(=== A A)]",
  ],
  [
    "what a call does not look at may be wrong",
    '!(get-type (let $x (+ 5 "S") $x))',
    "[%Undefined%]",
  ],
  ["what it looks at may not", '!(get-type (+ 1 (+ 5 "S")))', "[]"],
];

describe("the types found", () => {
  test.each(FOUND)("%s", (_title, program, wanted) => {
    expect(result(program)).toBe(wanted);
  });
});

const EXPECTED: readonly (readonly [title: string, program: string, wanted: string])[] = [
  ["an argument's branch", '!(+ 1 (if True "a" 2))', '[(Error "a" (BadType Number String))]'],
  ["an argument's other branch", '!(+ 1 (if False "a" 2))', "[3]"],
  [
    "the branch of a typed function",
    '(: f (-> Number Number)) (= (f $x) (if (> $x 0) "a" 2)) !(f 1)',
    '[(Error "a" (BadType Number String))]',
  ],
  [
    "what a function of any type gives",
    '(: f (-> Number $t)) (= (f $x) "a") !(+ 1 (f 1))',
    '[(Error "a" (BadType Number String))]',
  ],
  [
    "a type that an argument settles",
    '(: same (-> $t $t)) (= (same $x) $x) !(+ 1 (same "a"))',
    '[(Error (+ 1 (same "a")) (BadArgType 2 Number String))]',
  ],
  ["what may be anything is not looked at", '!(+ 1 (let $x 5 "a"))', '[(+ 1 "a")]'],
];

describe("a result of a type variable is what is expected", () => {
  test.each(EXPECTED)("%s", (_title, program, wanted) => {
    expect(result(program)).toBe(wanted);
  });

  test("also where code was generated for the rule", () => {
    const often = Array.from({ length: 40 }, () => "(f 0)").join(" ");
    const text = `(: f (-> Number Number)) (= (f $x) (if (> $x 0) "a" 2)) !(${often}) !(f 1) !(f 0)`;
    expect(run(text).lines.slice(1)).toEqual(['[(Error "a" (BadType Number String))]', "[2]"]);
  });
});

test("types of deeply nested calls are found in time", () => {
  const depth = 60;
  const nested = `${"(+ 1 ".repeat(depth)}1${")".repeat(depth)}`;
  expect(result(`!(get-type ${nested})`)).toBe("[Number]");
});

describe("types", () => {
  test.each(APPLIED)("%s", (_title, program, wanted) => {
    expect(result(program)).toBe(wanted);
  });
});

test("an atom that is a variable, or types above types without end, do not keep an evaluation from its end", () => {
  expect(result("!(add-atom &self $any) !(+ 1 2)")).toBe("[3]");
  expect(result("(:< $t (List $t)) (: a A) !(get-type a)")).toMatch(/^\[A, \(List A\), /);
});
