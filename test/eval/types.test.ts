import { describe, expect, test } from "vitest";
import { result } from "./run.js";

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

describe("types", () => {
  test.each(APPLIED)("%s", (_title, program, wanted) => {
    expect(result(program)).toBe(wanted);
  });
});
