import { expect, test } from "vitest";
import { evaluate } from "../../src/parallel/language-evaluator.js";
import { parseAtom } from "../../src/term/parser.js";
import { result, run } from "./run.js";

test.each([
  // Rules
  [
    "all rules that match fire, in the order in which they were added",
    "(= (c) 1) (= (c) 2) (= (c) 3) !(c)",
    "[1, 2, 3]",
  ],
  ["a call that no rule matches is its own value", "(= (f A) B) !(f C)", "[(f C)]"],
  [
    "a call may bind its caller's variables",
    "(= (f A) B) (= (f C) D) !(let $r (f $x) ($x $r))",
    "[(A B), (C D)]",
  ],
  [
    "a rule without a symbol in front is tried among the others",
    "(= (f A) 1) (= ($g A) 2) (= (f A) 3) !(f A)",
    "[1, 2, 3]",
  ],
  ["a rule for an applied expression fires", "(= ((add $x) $y) (+ $x $y)) !((add 1) 2)", "[3]"],
  ["a call of an unknown operation keeps its evaluated parts", "!(foo (+ 1 2))", "[(foo 3)]"],
  ["a variable in front is not called", "(= (f) 1) !($g)", "[($g)]"],
  ["a symbol alone is not called", "(= a b) ! a", "[a]"],
  [
    "variables of rules are renamed apart at every call",
    "(= (pair $x) ($x $y)) !(let ($a $b) (pair 1) (let ($c $d) (pair 2) (== $b $d)))",
    "[False]",
  ],
  // Evaluation of parts
  [
    "parts are evaluated from left to right, each combination once",
    "!((superpose (1 2)) (superpose (a b)))",
    "[(1 a), (1 b), (2 a), (2 b)]",
  ],
  ["a part without values ends the branch", "!(f (empty))", "[]"],
  [
    "an error in a part is the value of the whole",
    "!(+ 1 (/ 1 0))",
    "[(Error (/ 1 0) DivisionByZero)]",
  ],
  ["errors count only where nothing else was found", "!(/ 4 (superpose (0 2)))", "[2]"],
  ["parameters typed Atom stay unevaluated", "(: q (-> Atom Atom)) !(q (+ 1 2))", "[(q (+ 1 2))]"],
  ["a result typed Atom is not evaluated", "(: f (-> Atom)) (= (f) (+ 1 2)) !(f)", "[(+ 1 2)]"],
  // Types
  [
    "a wrong argument says which, what was wanted and what was there",
    '!(+ 1 "a")',
    '[(Error (+ 1 "a") (BadArgType 2 Number String))]',
  ],
  [
    "a wrong number of arguments is an error",
    "!(+ 1)",
    "[(Error (+ 1) IncorrectNumberOfArguments)]",
  ],
  [
    "an untyped symbol fits any type, and the operation does not reduce",
    "!(+ 1 foo)",
    "[(+ 1 foo)]",
  ],
  [
    "declared types of a program are checked",
    "(: a A) (: f (-> B C)) !(f a)",
    "[(Error (f a) (BadArgType 1 B A))]",
  ],
  [
    "a value that does not have the expected type is an error",
    '(: f (-> Number Number)) (= (f $x) "no") !(f 1)',
    '[(Error "no" (BadType Number String))]',
  ],
  [
    "equal types are asked of the sides of ==",
    '!(== 1 "a")',
    '[(Error (== 1 "a") (BadArgType 2 Number String))]',
  ],
  ["get-type follows function types", "(: f (-> Number Bool)) !(get-type (f 1))", "[Bool]"],
  ["get-type of an ill-typed call is nothing", '!(get-type (+ 1 "a"))', "[]"],
  ["get-type follows subtypes", "(: a A) (:< A B) !(get-type a)", "[A, B]"],
  [
    "get-metatype tells the kind of an atom",
    "!((get-metatype a) (get-metatype 1) (get-metatype (a)) (get-metatype $x) (get-metatype +))",
    "[(Symbol Grounded Expression Variable Grounded)]",
  ],
  // Control
  ["if evaluates one branch only", "!(if (> 2 1) yes (/ 1 0))", "[yes]"],
  ["if on several values takes each", "!(if (superpose (True False)) a b)", "[a, b]"],
  ["if on what is no truth value stays as it is", "!(if foo a b)", "[(if foo a b)]"],
  ["let unifies", "!(let (pair $x 2) (pair 1 $y) ($x $y))", "[(1 2)]"],
  ["let that does not unify ends the branch", "!(let 1 2 found)", "[]"],
  [
    "let over several values goes on with each",
    "!(let $x (superpose (1 2 3)) (* $x $x))",
    "[1, 4, 9]",
  ],
  ["let* binds one after the other", "!(let* (($x 1) ($y (+ $x 1))) ($x $y))", "[(1 2)]"],
  ["case takes the first branch that fits", "!(case (+ 1 1) ((1 one) (2 two) ($_ many)))", "[two]"],
  ["case sees a branch without value as Empty", "!(case (empty) ((1 one) (Empty none)))", "[none]"],
  [
    "case over several values takes a branch for each",
    "!(case (superpose (1 3)) ((1 one) ($n (big $n))))",
    "[one, (big 3)]",
  ],
  ["case without a fitting branch has no value", "!(case 1 ((2 two)))", "[]"],
  ["switch takes the first branch that fits", "!(switch b ((a 1) (b 2)))", "[2]"],
  [
    "unify goes one way or the other",
    "!((unify (a $x) (a b) $x no) (unify a b yes no))",
    "[(b no)]",
  ],
  ["once gives up the other alternatives", "!(once (superpose (1 2 3)))", "[1]"],
  ["quote keeps its argument, unquote lets it go", "!(quote (+ 1 2)) ", "[(quote (+ 1 2))]"],
  ["unquote evaluates what is quoted", "!(unquote (quote (+ 1 2)))", "[3]"],
  ["chain binds a value", "!(chain (+ 1 2) $x ($x $x))", "[(3 3)]"],
  ["if-equal compares up to renaming", "!(if-equal (f $x) (f $y) same other)", "[same]"],
  [
    "if-error tells errors",
    "!((if-error (Error 1 2) bad good) (if-error 1 bad good))",
    "[(bad good)]",
  ],
  // Spaces
  ["match finds in insertion order", "(e 1) (e 3) (e 2) !(match &self (e $x) $x)", "[1, 3, 2]"],
  [
    "match of several patterns joins them",
    "(p a b) (p b c) (p b d) !(match &self (, (p a $x) (p $x $y)) $y)",
    "[c, d]",
  ],
  ["match evaluates its template", "(n 2) !(match &self (n $x) (* $x 10))", "[20]"],
  [
    "match sees the space as it was when it began",
    "(e 1) !(match &self (e $x) (let () (add-atom &self (e 2)) $x))",
    "[1]",
  ],
  ["collapse gathers, superpose spreads", "!(collapse (superpose (1 2 (+ 1 2))))", "[(1 2 3)]"],
  ["collapse of nothing is the empty tuple", "!(collapse (empty))", "[()]"],
  [
    "unique, union, intersection and subtraction work on values",
    "!((collapse (unique (superpose (a b a)))) (collapse (subtraction (superpose (a b b)) (superpose (b)))))",
    "[((a b) (a b))]",
  ],
  // Numbers
  ["integers are exact at any size", "!(* 99999999999 99999999999)", "[9999999999800000000001]"],
  ["big results become small again", "!(- 9007199254740993 9007199254740992)", "[1]"],
  ["integers and floats give floats", "!(+ 1 2.5)", "[3.5]"],
  [
    "division of integers is rounded towards zero, remainders have the dividend's sign",
    "!((/ 7 2) (/ -7 2) (% -7 2) (% 7 -2) (/ 7.0 2))",
    "[(3 -3 -1 1 3.5)]",
  ],
  [
    "comparison and logic",
    "!((< 1 2) (>= 2 2.0) (== 1 1.0) (and True False) (or True False) (xor True True) (not False))",
    "[(True True True False True False True)]",
  ],
  // Expressions
  [
    "car-atom, cdr-atom, cons-atom, decons-atom",
    "!((car-atom (a b c)) (cdr-atom (a b c)) (cons-atom a (b c)) (decons-atom (a b c)))",
    "[(a (b c) (a b c) (a (b c)))]",
  ],
  [
    "size-atom, index-atom, unique-atom",
    "!((size-atom (a b c)) (index-atom (a b c) 1) (unique-atom (a b a)))",
    "[(3 b (a b))]",
  ],
  [
    "an index out of bounds is an error",
    "!(index-atom (a) 1)",
    "[(Error (index-atom (a) 1) Index is out of bounds)]",
  ],
  [
    "car-atom of nothing is an error",
    "!(car-atom ())",
    '[(Error (car-atom ()) "car-atom expects a non-empty expression as an argument")]',
  ],
])("%s", (_title, program, expected) => {
  expect(result(program)).toBe(expected);
});

test("assertions say what was expected, what came, what is missing and what is too much", () => {
  const { lines } = run(`
    !(assertEqual (+ 1 2) 3)
    !(assertEqual (superpose (1 2)) (superpose (2 1)))
    !(assertEqual (superpose (1 2)) 3)
    !(assertEqualToResult (superpose (1 2)) (2 1))
    !(assertAlphaEqual (f $x) (f $y))
    !(assertEqualMsg 1 2 "no")`);
  expect(lines).toEqual([
    "[()]",
    "[()]",
    '[(Error (assertEqual (superpose (1 2)) 3) "\\nExpected: [3]\\nGot: [1, 2]\\nMissed results: 3\\nExcessive results: 1, 2")]',
    "[()]",
    "[()]",
    '[(Error (assertEqualMsg 1 2) "no")]',
  ]);
});

test("what a program adds and removes stays in its environment, one occurrence at a time", () => {
  const { lines, environment } = run(`
    (e 1) (e 1) (e 2)
    !(remove-atom &self (e 1))
    !(add-atom &self (= (f) 7))
    !(f)
    !(collapse (match &self (e $x) $x))
    !(remove-atom &self (= (f) 7))
    !(f)`);
  expect(lines).toEqual(["[()]", "[()]", "[7]", "[(1 2)]", "[()]", "[(f)]"]);
  expect(environment.count).toBe(2);
});

test("a rule that is added while its relation is being called is seen by the next call", () => {
  expect(
    run(`(= (f 0) zero)
      !(let () (add-atom &self (= (f 1) one)) (f 1))
      !((f 0) (f 1) (f 2))`).lines,
  ).toEqual(["[one]", "[(zero one (f 2))]"]);
});

test("a space and a state of one's own are read and written by their handles", () => {
  expect(
    run(`
      !(let $s (new-space) (let () (add-atom $s (a 1)) (collapse (match $s (a $x) $x))))
      !(let $c (new-state 1) (let $d (change-state! $c 2) (get-state $c)))`).lines,
  ).toEqual(["[(1)]", "[2]"]);
});

test("println! prints strings bare and other atoms as written", () => {
  const { output, lines } = run('!(println! "a b") !(println! (f "x"))');
  expect(output).toBe('a b\n(f "x")\n');
  expect(lines).toEqual(["[()]", "[()]"]);
});

test("deep recursion and long loops need no JavaScript stack", { timeout: 60_000 }, () => {
  const { lines } = run(`
    (= (sum $n) (if (== $n 0) 0 (+ $n (sum (- $n 1)))))
    (= (loop $n) (if (== $n 0) done (loop (- $n 1))))
    (= (build $n $list) (if (== $n 0) $list (build (- $n 1) (S $list))))
    (= (depth Z) 0) (= (depth (S $x)) (+ 1 (depth $x)))
    !(sum 200000)
    !(loop 200000)
    !(depth (build 100000 Z))`);
  expect(lines).toEqual(["[20000100000]", "[done]", "[100000]"]);
});

test.each([
  ["maxSteps", { maxSteps: 5000 }],
  ["maxTimeMs", { maxTimeMs: 30 }],
  ["aborted", { isInterrupted: () => true }],
  ["aborted", { signal: AbortSignal.abort() }],
] as const)("an endless loop ends with the reason %s", (reason, limits) => {
  const { environment } = run("(= (forever) (forever))");
  const evaluation = evaluate(environment, parseAtom("(forever)"), limits);
  expect(evaluation).toMatchObject({ stopped: reason, results: [] });
});

test("a limit on results keeps those found until then", () => {
  const { evaluations, lines } = run("(= (nat $n) $n) (= (nat $n) (nat (+ $n 1))) !(nat 0)", {
    maxResults: 3,
  });
  expect(lines).toEqual(["[0, 1, 2]"]);
  expect(evaluations[0]?.stopped).toBe("maxResults");
});

test("a variable in a value that was collected stays free, whatever the last alternative binds it to", () => {
  const rules = "(= (g $x) 1) (= (g b) 2) (= (h) (let $r (g $q) (pair $q $r)))";
  expect(run(`${rules} !(collapse (h))`).lines).toEqual(["[((pair $q 1) (pair b 2))]"]);
  const facts =
    "(e $any) (e c) (= (m $q) (match &self (e $q) 1)) (= (h) (let $r (m $q) (pair $q $r)))";
  expect(run(`${facts} !(collapse (h))`).lines).toEqual(["[((pair $q 1) (pair c 1))]"]);
});
