import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parallelLibrary } from "../../../src/parallel/library.js";
import { result, run } from "../run.js";

/** A program and the line of its last `!`. */
type Case = readonly [program: string, wanted: string];

const NUMBERS: readonly Case[] = [
  ["!(<= 1 1)", "[True]"],
  ["!(abs-math -5)", "[5]"],
  ["!(abs-math -5.5)", "[5.5]"],
  ["!(acos-math 1)", "[0.0]"],
  ["!(asin-math 0)", "[0.0]"],
  ["!(atan-math 0)", "[0.0]"],
  ["!(cos-math 0)", "[1.0]"],
  ["!(sin-math 0)", "[0.0]"],
  ["!(tan-math 0)", "[0.0]"],
  ["!(ceil-math 1.2)", "[2.0]"],
  ["!(floor-math -1.2)", "[-2.0]"],
  ["!(round-math 2.5)", "[3.0]"],
  ["!(trunc-math -1.7)", "[-1.0]"],
  ["!(trunc-math 7)", "[7]"],
  ["!(sqrt-math 16)", "[4.0]"],
  ["!(log-math 2 8)", "[3.0]"],
  ["!(pow-math 2 10)", "[1024.0]"],
  [
    "!(pow-math 2 3000000000)",
    "[(Error (pow-math 2 3000000000) power argument is too big, try using float value)]",
  ],
  ["!(pow-math 2 3000000000.0)", "[inf]"],
  ["!(isnan-math 1)", "[False]"],
  ["!(isinf-math (pow-math 2 5000.0))", "[True]"],
  ["!(sin-math a)", "[(Error (sin-math a) sin-math expects one argument: input number)]"],
  [
    "!(log-math a 1)",
    "[(Error (log-math a 1) log-math expects two arguments: base (number) and input value (number))]",
  ],
  ["!(round-math PI)", "[3.0]"],
  ["!(floor-math EXP)", "[2.0]"],
  ["!(min-atom (3 1 2))", "[1.0]"],
  ["!(max-atom (3 1 2))", "[3.0]"],
  ["!(max-atom ())", "[(Error (max-atom ()) Empty expression)]"],
  ["!(max-atom (1 a))", "[(Error (max-atom (1 a)) Only numbers are allowed in expression: (1 a))]"],
  ["!(max-atom a)", "[(Error (max-atom a) Atom is not an ExpressionAtom)]"],
];

const ATOMS: readonly Case[] = [
  ["!(=alpha (f $x $y) (f $a $b))", "[True]"],
  ["!(=alpha (f $x $y) (f $a $a))", "[False]"],
  ["!(atom-subst A $x (f $x $y $x))", "[(f A $y A)]"],
  ["!(size-atom (a b))", "[2]"],
  ["!(size-atom a)", "[(Error (size-atom a) Atom is not an ExpressionAtom)]"],
  ["!(index-atom (a b c) 1)", "[b]"],
  ["!(index-atom (a b c) 2.0)", "[c]"],
  ["!(index-atom (a b) 2)", "[(Error (index-atom (a b) 2) Index is out of bounds)]"],
  [
    "!(index-atom (a b) c)",
    "[(Error (index-atom (a b) c) index-atom expects two arguments: expression and atom)]",
  ],
  ["!(union-atom (a b) (b c))", "[(a b b c)]"],
  ["!(union-atom a (b))", "[(Error (union-atom a (b)) Atom is not an ExpressionAtom)]"],
  ["!(intersection-atom (a b b) (b c))", "[(b)]"],
  ["!(subtraction-atom (a b b) (b c))", "[(a b)]"],
  ["!(unique-atom (a b a))", "[(a b)]"],
  ["!(unique-atom a)", "[(Error (unique-atom a) Atom is not an ExpressionAtom)]"],
  ['!(sort-strings ("b" "a"))', '[("a" "b")]'],
  [
    "!(sort-strings (b))",
    "[(Error (sort-strings (b)) sort-strings expects expression with strings as a first argument)]",
  ],
  ['!(format-args "{} is {}" ("it" 5))', '["it is 5"]'],
  [
    "!(format-args a (b))",
    "[(Error (format-args a (b)) format-args expects format string as a first argument and expression as a second argument)]",
  ],
  ["!(is-function (-> A B))", "[True]"],
  ["!(is-function (A B))", "[False]"],
  ["!(noeval (+ 1 2))", "[(+ 1 2)]"],
  ["!(noreduce-eq (+ 1 2) (+ 1 2))", "[True]"],
  ["!(noreduce-eq (+ 1 2) 3)", "[False]"],
  ["!(nop (+ 1 2))", "[()]"],
  ["!(nop)", "[()]"],
  ["!(nop 1 2)", "[()]"],
  ["!(superpose a)", "[(Error (superpose a) superpose expects single expression as an argument)]"],
  ["!(size-atom (sealed ($x) ($x $y $y)))", "[3]"],
  ["!(let ($a $b $c) (sealed ($x) ($x $y $y)) ((== $b $c) (== $b $y)))", "[(True False)]"],
  ["!(first-from-pair (a b))", "[a]"],
  ["!(first-from-pair (a))", '[(Error (first-from-pair (a)) "incorrect pair format")]'],
  ["!(match-types Number Number yes no)", "[yes]"],
  ["!(match-types Number String yes no)", "[no]"],
  ["!(match-types %Undefined% String yes no)", "[yes]"],
  ["!(match-types (List $t) (List Number) $t no)", "[Number]"],
  ["!(match-types (get-type 5) Number yes no)", "[yes]"],
  ["!(match-type-or False Number Number)", "[True]"],
  ["!(match-type-or True Number String)", "[True]"],
  ["!(match-type-or False Number String)", "[False]"],
  ["!(type-cast 5 Number &self)", "[5]"],
  ["!(type-cast 5 String &self)", "[(Error 5 BadType)]"],
  [
    "!(type-cast 5 String here)",
    "[(Error (type-cast 5 String here) type-cast expects a space as the third argument)]",
  ],
  ["!(bind! &kb (new-space)) !(add-atom &kb (: a A)) !(type-cast a B &kb)", "[(Error a BadType)]"],
  ["(: a A) !(get-type-space &self a)", "[A]"],
  ["(: a A) !(bind! &kb (new-space)) !(get-type-space &kb a)", "[%Undefined%]"],
  ["!(bind! &kb (new-space)) !(add-atom &kb (: a A)) !(get-type-space &kb a)", "[A]"],
  [
    "!(get-type-space kb a)",
    "[(Error (get-type-space kb a) get-type-space expects a space as the first argument)]",
  ],
  ['(: f (-> Number A)) !(get-type-space &self (f "a"))', "[]"],
];

const TEXT: readonly Case[] = [
  ['!(parse "(a (+ 1 2) $x)")', "[(a (+ 1 2) $x)]"],
  ['!(let $atom (parse "(+ 1 2)") (eval $atom))', "[3]"],
  ['!(bind! five 5) !(parse "five")', "[5]"],
  ['!(parse "")', "[]"],
  ["!(parse a)", "[(Error (parse a) parse expects a string)]"],
  ['!(repr (a "b"))', '["(a \\"b\\")"]'],
  ['!(stringToChars "aé😀")', "[('a' 'é' '😀')]"],
  ["!(stringToChars a)", "[(Error (stringToChars a) stringToChars expects a string)]"],
  ["!(charsToString ('a' 'é' '😀'))", '["aé😀"]'],
  [
    "!(charsToString (a))",
    "[(Error (charsToString (a)) charsToString expects an expression of characters)]",
  ],
];

const KINDS: readonly Case[] = [
  ["!(get-metatype +)", "[Grounded]"],
  ["!(get-metatype match)", "[Grounded]"],
  ["!(get-metatype Error)", "[Symbol]"],
  ["!(get-metatype if)", "[Symbol]"],
  ["!(get-metatype nothing)", "[Symbol]"],
  ["!(get-metatype $x)", "[Variable]"],
  ["!(get-metatype (a))", "[Expression]"],
  ["!(get-metatype 5)", "[Grounded]"],
  ["!(bind! + 5)", "[(Error (bind! + 5) (BadArgType 1 Symbol (-> Number Number Number)))]"],
];

const CONTROL: readonly Case[] = [
  ["!(if-error (Error a b) yes no)", "[yes]"],
  ["!(if-error (+ 1 2) yes no)", "[no]"],
  ["!(if-decons-expr (a b c) $h $t ($h $t) none)", "[(a (b c))]"],
  ["!(if-decons-expr () $h $t ($h $t) none)", "[none]"],
  ["!(return-on-error (Error a b) c)", "[(return (Error a b))]"],
  ["!(return-on-error a (+ 1 2))", "[3]"],
  ["!(assert (== 1 1))", "[()]"],
  ["!(assert (== 1 2))", "[(Error (assert (== 1 2)) ((== 1 2) not True))]"],
  [
    "!(let* (bad) 1)",
    '[(Error (let* (bad) 1) "List of (<pattern> <atom>) pairs is expected as a second argument")]',
  ],
  ["!(switch-minimal b ((a 1) (b (+ 1 1))))", "[(+ 1 1)]"],
  ["!(switch-minimal c ((a 1) (b 2)))", "[]"],
  ["!(switch-internal b ((a 1) ((b 2))))", "[2]"],
  ["!(switch-internal a ((a 1) ((b 2))))", "[1]"],
  [
    "!(chain (collapse-bind (superpose-bind ())) $x (_collapse-add-next-atom-from-collapse-bind-result (a) (b c)))",
    "[(a b)]",
  ],
  [
    "!(_collapse-add-next-atom-from-collapse-bind-result (a) (b))",
    "[(Error (_collapse-add-next-atom-from-collapse-bind-result (a) (b)) (Atom Bindings) pair is expected as a second argument)]",
  ],
];

const LISTS: readonly Case[] = [
  ["!(map-atom (1 2) $x (+ $x 1))", "[(2 3)]"],
  ["!(map-atom (1 2) $x (eval (+ $x 1)))", "[(2 3)]"],
  ["!(map-atom (+ 1 2) $x $x)", "[3]"],
  ["!(map-atom ($y) $x (f $x))", "[((f $y))]"],
  ["!(map-atom ($x) $x (f $x))", "[((f $x))]"],
  ["!(map-atom ((g $x)) $x (f $x))", "[((f (g $x)))]"],
  ["!(map-atom ((a b) (c d)) $pair (let ($one $other) $pair $other))", "[(b d)]"],
  ["!(map-atom (1 2) $x (f $x $y))", "[((f 1 $y) (f 2 $y))]"],
  ["!(let $y 5 (map-atom (1 2) $x (f $x $y)))", "[((f 1 5) (f 2 5))]"],
  ["!(foldl-atom ((a 1) (b 2)) 0 $sum $pair (let ($name $n) $pair (+ $sum $n)))", "[3]"],
  ["!(filter-atom ((a 1) (b 2)) $pair (let ($name $n) $pair (> $n 1)))", "[((b 2))]"],
  ["!(filter-atom (1 2 3) $x (> $x 1))", "[(2 3)]"],
  ["(= (big $x) (> $x 2)) !(filter-atom (1 2 3) $x (eval (big $x)))", "[(3)]"],
  [
    "!(filter-atom (1) $x maybe)",
    '[(Error (filter-atom 1 gives maybe) "a filter gives True or False")]',
  ],
  ["!(foldl-atom (1 2 3) 0 $a $b (+ $a $b))", "[6]"],
  ["!(foldl-atom () (+ 1 2) $a $b $b)", "[3]"],
  ["(= (f) 1) (= (f) 2) !(foldall + (f) 0)", "[3]"],
  ["!(foldall + (empty) 7)", "[7]"],
  ["!(foldall + (/ 1 0) 7)", "[(Error (/ 1 0) DivisionByZero)]"],
  ["(= (f) 1) (= (f) 2) (= (small $x) (< $x 2)) !(forall (f) small)", "[False]"],
  ["(= (f) 1) (= (f) 2) (= (small $x) (< $x 3)) !(forall (f) small)", "[True]"],
  ["!(forall (empty) small)", "[True]"],
];

const SPACES: readonly Case[] = [
  ["!(add-atoms &self ((a 1) (+ 1 2))) !(get-atoms &self)", "[(a 1), (+ 1 2)]"],
  ["!(add-reduct &self (+ 1 2)) !(get-atoms &self)", "[3]"],
  ["!(add-reducts &self ((+ 1 2) b)) !(get-atoms &self)", "[3, b]"],
  ["!(get-state a)", "[(Error (get-state a) get-state expects single state atom as an argument)]"],
  [
    "!(change-state! a 1)",
    "[(Error (change-state! a 1) change-state! expects a state as the first argument)]",
  ],
  ["!(module-space-no-deps &self)", "[&self]"],
  [
    "!(bind! &kb (new-space)) !(add-atom &kb (k 1)) !(add-atom &self &kb) !(match &self (k $x) $x)",
    "[1]",
  ],
  ["!(bind! &kb (new-space)) !(add-atom &kb (= (f) 1)) !(add-atom &self &kb) !(f)", "[1]"],
  [
    "!(bind! &kb (new-space)) !(add-atom &kb (k 1)) !(add-atom &self &kb) (j 1) !(match &self (, (k $x) (j $x)) $x)",
    "[1]",
  ],
  [
    "!(bind! &kb (new-space)) !(add-atom &kb (k 1)) !(add-atom &self &kb) !(remove-atom &self &kb) !(match &self (k $x) $x)",
    "[]",
  ],
];

const RESULTS: readonly Case[] = [
  ["!(collapse (union (superpose (a b)) (superpose (b c))))", "[(a b b c)]"],
  ["!(collapse (intersection (superpose (a b)) (superpose (b c))))", "[(b)]"],
  ["!(assertAlphaEqualMsg (f $x) (f $y) wrong)", "[()]"],
  [
    "!(assertAlphaEqualMsg (f $x) (g $y) wrong)",
    "[(Error (assertAlphaEqualMsg (f $x) (g $y)) wrong)]",
  ],
  ["!(assertAlphaEqualToResult (f $x) ((f $y)))", "[()]"],
  [
    "!(assertAlphaEqualToResultMsg a (b) wrong)",
    "[(Error (assertAlphaEqualToResultMsg a (b)) wrong)]",
  ],
  ["!(assertEqualToResultMsg (superpose (a b)) (b a) wrong)", "[()]"],
  ["!(assertEqualToResultMsg a (b) wrong)", "[(Error (assertEqualToResultMsg a (b)) wrong)]"],
  ["!(assertIncludes (superpose (a b c)) (c a))", "[()]"],
  [
    "!(assertIncludes (superpose (a b)) (c a))",
    "[(Error (assertIncludes (superpose (a b)) (c a)) (assertIncludes error: (c) not included in result: (a b)))]",
  ],
];

const RANDOM: readonly Case[] = [
  [
    "!(import! &self random) !(let $x (random-float &rng 1 2) ((>= $x 1) (< $x 2)))",
    "[(True True)]",
  ],
  ["!(import! &self random) !(let $x (flip) (or $x (not $x)))", "[True]"],
  ["!(import! &self random) !(reset-random-generator &rng)", "[()]"],
  [
    "!(import! &self random) !(random-int &rng 5 5)",
    "[(Error (random-int (State (RandomGenerator 0)) 5 5) RangeIsEmpty)]",
  ],
];

describe.each([
  ["numbers", NUMBERS],
  ["atoms", ATOMS],
  ["text", TEXT],
  ["kinds of atoms", KINDS],
  ["control", CONTROL],
  ["lists", LISTS],
  ["spaces", SPACES],
  ["results", RESULTS],
  ["random numbers", RANDOM.slice(0, 3)],
] as const)("%s", (_name, cases) => {
  test.each(cases)("%s", (program, wanted) => expect(result(program)).toBe(wanted));
});

test("a text that is no atom is an error that says where", () => {
  expect(result('!(parse "(a")')).toContain('[(Error (parse "(a") "');
});

test("an empty range is an error that says so", () => {
  expect(result(RANDOM[3]![0])).toContain("RangeIsEmpty");
});

test("what is printed goes to the program's output", () => {
  expect(run('!(trace! "seen" 5)').output).toBe("seen\n");
  expect(run("!(print-alternatives! found (a b))").output).toBe("2 found:\n    a\n    b\n");
  expect(run("!(for-each-in-atom (a b) println!)").output).toBe("a\nb\n");
});

/** The text of every test that runs programs. */
function testPrograms(): string {
  const folders = ["..", "../stdlib", "../../parallel"];
  return folders
    .map((folder) => join(import.meta.dirname, folder))
    .flatMap((folder) =>
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => readFileSync(join(folder, name), "utf8")),
    )
    .join("\n");
}

test("every operation and form is called in some test", () => {
  const text = testPrograms();
  const missing = parallelLibrary()
    .names()
    .filter((name) => !text.includes(`(${name} `) && !text.includes(`(${name})`));
  expect(missing).toEqual([]);
});
