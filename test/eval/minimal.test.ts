import { describe, expect, test } from "vitest";
import { run } from "./run.js";

type Case = readonly [title: string, program: string, wanted: string];

/** The last line of a program; with `minimal` its expressions are executed, not evaluated. */
function last(program: string, minimal = false): string {
  const at = program.lastIndexOf("!(");
  const pragma = minimal ? "!(pragma! interpreter bare-minimal)\n" : "";
  return run(program.slice(0, at) + pragma + program.slice(at)).lines.at(-1) ?? "";
}

const EXECUTED: readonly Case[] = [
  ["eval makes one step", "(= (foo) (bar)) (= (bar) baz) !(eval (foo))", "[(bar)]"],
  ["eval reduces a symbol", "(= a b) !(eval a)", "[b]"],
  ["eval of a symbol without rules", "!(eval a)", "[NotReducible]"],
  ["eval of ()", "!(eval ())", "[NotReducible]"],
  ["eval of a number", "!(eval 6)", "[NotReducible]"],
  ["eval of a call without rules", "!(eval (foo A))", "[NotReducible]"],
  ["eval of a call of a variable", "(= (foo A) B) !(eval ($f A))", "[NotReducible]"],
  [
    "eval gives every alternative",
    "(= (color) red) (= (color) green) !(eval (color))",
    "[red, green]",
  ],
  ["eval binds the caller's variables", "(= (foo $a B) $a) !(eval (foo A $b))", "[A]"],
  ["eval of an operation", "!(eval (+ 1 2))", "[3]"],
  ["eval of an operation with arguments of the wrong kind", "!(eval (+ 1 a))", "[NotReducible]"],
  ["eval of what has no value", "!(eval (empty))", "[Empty]"],
  ["eval of an operation that fails", "!(eval (/ 1 0))", "[(Error (/ 1 0) DivisionByZero)]"],
  ["eval of a form", "!(eval (if-equal a a (foo) (bar)))", "[(foo)]"],
  ["eval of an instruction carries it out", "!(eval (chain A $x (foo $x)))", "[(foo A)]"],
  [
    "eval without an argument",
    "!(eval)",
    "[(Error (eval) expected: (eval <atom>), found: (eval))]",
  ],
  [
    "eval with two arguments",
    "!(eval a b)",
    "[(Error (eval a b) expected: (eval <atom>), found: (eval a b))]",
  ],
  [
    "evalc makes a step in another space",
    "!(bind! &kb (new-space)) !(add-atom &kb (= (foo) (bar))) !(evalc (foo) &kb)",
    "[(bar)]",
  ],
  [
    "evalc wants a space",
    "!(evalc (foo) kb)",
    "[(Error (evalc (foo) kb) expected: (evalc <atom> <space>), found: (evalc (foo) kb))]",
  ],
  ["chain puts an atom in place of a variable", "!(chain A $x (foo $x $x))", "[(foo A A)]"],
  ["chain executes its first argument", "(= (f) g) !(chain (eval (f)) $x ($x))", "[(g)]"],
  [
    "chain does not evaluate what is no instruction",
    "!(chain (+ 1 2) $x (foo $x))",
    "[(foo (+ 1 2))]",
  ],
  ["chain executes its template", "(= (f g) h) !(chain g $x (eval (f $x)))", "[h]"],
  ["chains nest", "!(chain (chain A $x (f $x)) $y (g $y))", "[(g (f A))]"],
  [
    "chain replaces a variable by an atom that holds it",
    "!(chain (foo $x) $x (bar $x))",
    "[(bar (foo $x))]",
  ],
  [
    "chain wants a variable",
    "!(chain a b c)",
    "[(Error (chain a b c) expected: (chain <nested> (: <var> Variable) <templ>), found: (chain a b c))]",
  ],
  [
    "unify gives the third argument as it stands",
    "!(unify (A $b) ($a B) ($a $b) Empty)",
    "[(A B)]",
  ],
  ["unify gives the fourth argument as it stands", "!(unify A B yes (no))", "[(no)]"],
  [
    "unify wants four arguments",
    "!(unify a b c)",
    "[(Error (unify a b c) expected: (unify <atom> <pattern> <then> <else>), found: (unify a b c))]",
  ],
  ["unify gives Empty as a value", "!(chain (unify A B yes Empty) $x ($x))", "[(Empty)]"],
  [
    "unify with a space gives every match in it",
    "(= (foo) a) (= (foo) b) !(unify &self (= (foo) $x) ($x) none)",
    "[(a), (b)]",
  ],
  ["unify with a space without a match", "(a) !(unify (b $x) &self $x none)", "[none]"],
  ["unify with a space inside", "(k 1) !(unify (f &self) (f (k $x)) $x none)", "[1]"],
  ["unify of a space with itself", "(a) !(unify &self &self yes no)", "[yes]"],
  ["cons-atom", "!(cons-atom a (b c))", "[(a b c)]"],
  [
    "cons-atom wants an expression",
    "!(cons-atom a e)",
    "[(Error (cons-atom a e) expected: (cons-atom <head> (: <tail> Expression)), found: (cons-atom a e))]",
  ],
  ["decons-atom", "!(decons-atom (a b c))", "[(a (b c))]"],
  [
    "decons-atom wants a part to take",
    "!(decons-atom ())",
    "[(Error (decons-atom ()) expected: (decons-atom (: <expr> Expression)), found: (decons-atom ()))]",
  ],
  ["function gives what is returned", "!(function (chain A $x (return ($x))))", "[(A)]"],
  [
    "function goes on until there is a return",
    "!(function (unify A A (chain B $x (return $x)) (return C)))",
    "[B]",
  ],
  ["function without a return", "!(function (SomeValue))", "[(Error (SomeValue) NoReturn)]"],
  [
    "a rule whose body is a function that does not return",
    "(= (foo) (function (SomeValue))) !(eval (foo))",
    "[(Error (foo) NoReturn)]",
  ],
  [
    "function wants an expression",
    "!(function a)",
    "[(Error (function a) expected: (function (: <body> Expression)), found: (function a))]",
  ],
  [
    "collapse-bind keeps what each alternative bound, and superpose-bind binds it",
    `(= (foo a) xa) (= (foo b) xb)
     !(chain (collapse-bind (eval (foo $a))) $all (chain (superpose-bind $all) $x ($x $a)))`,
    "[(xa a), (xb b)]",
  ],
  ["collapse-bind of nothing", "!(collapse-bind (eval (empty)))", "[()]"],
  [
    "superpose-bind wants pairs",
    "!(superpose-bind a)",
    "[(Error (superpose-bind a) expected: (superpose-bind (: <collapsed> Expression)), found: (superpose-bind a))]",
  ],
  ["metta evaluates", "(= (foo) (bar)) (= (bar) baz) !(metta (foo) %Undefined% &self)", "[baz]"],
  [
    "metta with the type Atom evaluates nothing",
    "(= (foo) a) !(metta (foo) Atom &self)",
    "[(foo)]",
  ],
  [
    "metta wants a space",
    "!(metta a Atom b)",
    "[(Error (metta a Atom b) expected: (metta atom type space), found: (metta a Atom b))]",
  ],
  ["context-space", "!(context-space)", "[&self]"],
  [
    "context-space wants no argument",
    "!(context-space a)",
    "[(Error (context-space a) expected: (context-space), found: (context-space a))]",
  ],
  [
    "call-native cannot be called by programs",
    "!(call-native f a)",
    "[(Error (call-native f a) expected: (call-native func args), found: (call-native f a))]",
  ],
  ["what is no instruction is its own value", "(= (foo) bar) !(foo)", "[(foo)]"],
];

const EVALUATED: readonly Case[] = [
  ["what eval gives is not evaluated", "(= (foo) (bar)) (= (bar) baz) !(eval (foo))", "[(bar)]"],
  ["what chain gives is evaluated", "!(chain (+ 1 2) $x ($x $x))", "[(3 3)]"],
  ["what unify gives is evaluated", "!(unify a a (+ 1 2) no)", "[3]"],
  ["an instruction that cannot reduce is its own value", "!(eval (foo))", "[(eval (foo))]"],
  ["an instruction that gives Empty has no value", "!(eval (empty))", "[]"],
  [
    "evalc evaluates with the rules of another space, and goes on with its own",
    `(= (bar) here) !(bind! &kb (new-space)) !(add-atom &kb (= (foo) (bar)))
     !(chain (evalc (foo) &kb) $x $x)`,
    "[here]",
  ],
  [
    "metta evaluates in another space to the end",
    `(= (bar) here) !(bind! &kb (new-space)) !(add-atom &kb (= (foo) (bar)))
     !(metta (foo) %Undefined% &kb)`,
    "[(bar)]",
  ],
  [
    "metta comes back to its own space for the next alternative too",
    `(= (own) yes) !(bind! &kb (new-space)) !(add-atom &kb (= (two) 1)) !(add-atom &kb (= (two) 2))
     !(let $x (metta (two) %Undefined% &kb) ($x (own)))`,
    "[(1 yes), (2 yes)]",
  ],
  [
    "&self is the same in an evaluation for another space",
    `(fact here) !(bind! &kb (new-space)) !(add-atom &kb (fact there))
     !(metta (match &self (fact $x) $x) %Undefined% &kb)`,
    "[here]",
  ],
  [
    "context-space is the space of the evaluation",
    `!(bind! &kb (new-space)) !(add-atom &kb (fact there))
     !(match (metta (context-space) %Undefined% &kb) (fact $x) $x)`,
    "[there]",
  ],
  [
    "the types of another space hold in it",
    `!(bind! &kb (new-space)) !(add-atom &kb (: f (-> Number Number)))
     !(metta (f a) %Undefined% &kb) !(f "a")`,
    '[(f "a")]',
  ],
  [
    "the space may be given by a call",
    "(= (foo) bar) !(metta (foo) %Undefined% (context-space))",
    "[bar]",
  ],
  [
    "a type variable becomes the type",
    "(: S Int) !(chain (metta S $t &self) $x (: $x $t))",
    "[(: S Int)]",
  ],
  ["capture evaluates in the program's space", "(= (foo) bar) !(capture (foo))", "[bar]"],
];

const FUNCTIONS: readonly Case[] = [
  ["what a function returns is evaluated", "(= (f $x) (function (return (+ $x 1)))) !(f 1)", "[2]"],
  [
    "what a function of type Atom returns is not",
    "(: f (-> Number Atom)) (= (f $x) (function (return (+ $x 1)))) !(f 1)",
    "[(+ 1 1)]",
  ],
  ["a function that does not return", "(= (f) (function (g))) !(f)", "[(Error (f) NoReturn)]"],
  [
    "a function that returns NotReducible leaves its call",
    "(= (f $x) (function (return NotReducible))) !(f 1)",
    "[(f 1)]",
  ],
  [
    "a function that is used often stays one",
    `(= (down $n) (if (== $n 0) done (next $n))) (= (next $n) (function (return (down (- $n 1)))))
     !(down 500)`,
    "[done]",
  ],
  ["a chain leaves its variable free", "!((chain 1 $x ($x)) (chain 2 $x ($x)))", "[((1) (2))]"],
  [
    "a variable that is passed on stands for one part after the other",
    `(= (put $value $var $code) (function (chain (eval (noeval $value)) $var (return $code))))
     (= (each $list $var $code)
        (function (chain (decons-atom $list) $pair
          (unify $pair ($head $tail)
            (chain (eval (each $tail $var $code)) $rest
              (chain (eval (put $head $var $code)) $one
                (chain (cons-atom $one $rest) $all (return $all))))
            (return ())))))
     !(each (a b) $x (f $x))`,
    "[((f a) (f b))]",
  ],
];

const PRAGMAS: readonly Case[] = [
  [
    "pragma! wants a key and a value",
    "!(pragma! a)",
    "[(Error (pragma! a) pragma! expects key and value as arguments)]",
  ],
  [
    "pragma! wants a symbol for a key",
    "!(pragma! 5 a)",
    "[(Error (pragma! 5 a) pragma! expects symbol atom as a key)]",
  ],
  [
    "max-stack-depth wants a number",
    "!(pragma! max-stack-depth -12)",
    "[(Error (pragma! max-stack-depth -12) UnsignedIntegerIsExpected)]",
  ],
  [
    "a call that waits for too many others is an error",
    `(= (fac $n) (if (== $n 0) 1 (* $n (fac (- $n 1))))) !(pragma! max-stack-depth 200)
     !(case (fac 60) (((Error (metta $call $type $space) StackOverflow) overflow)))`,
    "[overflow]",
  ],
  [
    "a call that does not is none",
    `(= (fac $n) (if (== $n 0) 1 (* $n (fac (- $n 1))))) !(pragma! max-stack-depth 200) !(fac 3)`,
    "[6]",
  ],
  [
    "max-stack-depth 0 is no limit",
    `(= (fac $n) (if (== $n 0) 1 (* $n (fac (- $n 1))))) !(pragma! max-stack-depth 21)
     !(pragma! max-stack-depth 0) !(fac 6)`,
    "[720]",
  ],
  [
    "with type-check auto an expression with a wrong type is not evaluated",
    '(: f (-> Number Atom)) (= (f $x) (g)) !(pragma! type-check auto) !(quote (f "a"))',
    '[(quote (f "a"))]',
  ],
  [
    "with type-check auto an atom with a wrong type is not added",
    '!(pragma! type-check auto) (: f (-> Number Bool)) (= (f "a") True) !(match &self (= $a $b) $a)',
    "[]",
  ],
];

describe("executed as minimal MeTTa", () => {
  test.each(EXECUTED)("%s", (_title, program, wanted) => expect(last(program, true)).toBe(wanted));
});

describe("evaluated", () => {
  test.each(EVALUATED)("%s", (_title, program, wanted) => expect(last(program)).toBe(wanted));
});

describe("functions", () => {
  test.each(FUNCTIONS)("%s", (_title, program, wanted) => expect(last(program)).toBe(wanted));
});

describe("pragmas", () => {
  test.each(PRAGMAS)("%s", (_title, program, wanted) => expect(last(program)).toBe(wanted));
});

test("a space that is bound is searched, also by a rule that is used often", () => {
  const program = `
    (k 1) (k 2) red
    (= (values $none) (let (k $x) &self $x))
    (= (has $colour) (let red &self yes))
    (= (found $n) (unify (k $x) &self $x none))
    (= (chosen $n) (case &self (((k 2) two) ($other other))))
    (= (all) (collapse ((values 0) (has 0) (found 0) (chosen 0))))
    (= (again $n) (if (== $n 0) (all) (let $r (all) (again (- $n 1)))))
  `;
  const wanted = "[((1 yes 1 two) (1 yes 2 two) (2 yes 1 two) (2 yes 2 two))]";
  expect(last(`${program} !(again 0)`)).toBe(wanted);
  expect(last(`${program} !(again 60)`)).toBe(wanted);
});

test("the errors of an atom that may not be added are its line", () => {
  const { lines } = run('!(pragma! type-check auto) (: f (-> Number Bool)) (f "a")');
  expect(lines).toEqual(["[()]", '[(Error (f "a") (BadArgType 1 Number String))]']);
});

test("instructions nest deeper than the JavaScript stack", () => {
  const depth = 20_000;
  const program = `!(chain ${"(chain ".repeat(depth)} a ${"$x $x)".repeat(depth)} $y $y)`;
  expect(last(program)).toBe("[a]");
});

const REVERSE = `
  (= (reverse $list) (function (eval (reverse-onto $list ()))))
  (= (reverse-onto $list $done)
     (unify $list ()
       (return $done)
       (chain (decons-atom $list) $pair
         (unify $pair ($head $tail)
           (chain (cons-atom $head $done) $more (eval (reverse-onto $tail $more)))
           (return Wrong)))))
`;

test("a function that goes on by evaluating itself runs to its end", () => {
  expect(last(`${REVERSE} !(eval (reverse (a b c)))`, true)).toBe("[(c b a)]");
  expect(last(`${REVERSE} !(reverse (a b c))`)).toBe("[(c b a)]");
});
