/** Generated code says what the machine says: programs run both ways, and the ways that code ends are met. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Environment, heapOf } from "../../src/environment/environment.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { interpret } from "../../src/eval/interpreter/interpret.js";
import { UNDEFINED } from "../../src/eval/language/type-names.js";
import { wholeAllowance } from "../../src/eval/limits/budget.js";
import { EvaluationContext } from "../../src/eval/machine/evaluation-context.js";
import { Machine } from "../../src/eval/machine/machine.js";
import { Preparations } from "../../src/eval/rules/prepared.js";
import { Heap } from "../../src/memory/heap.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { renameFresh } from "../../src/term/resolve.js";
import { programFiles, referencePrograms } from "../whole-programs.js";
import { Results } from "./results.js";
import { smallPrograms } from "./small-programs.js";

interface Run {
  readonly results: string[];
  readonly stopped: string[];
  readonly steps: number[];
  /** How many sets of rules got code. */
  readonly generated: number;
}

/** Variables are numbered by evaluations: what counts is which are the same. */
function withoutNumbers(text: string): string {
  return text.replace(/#\d+/g, "#");
}

/** Runs a program with or without generated code. */
function run(text: string, generates: boolean, maxSteps = 5_000): Run {
  const environment = Environment.create(Heap.create());
  const library = standardLibrary();
  const done: Run & { generated: number } = { results: [], stopped: [], steps: [], generated: 0 };
  const host = { print: () => {}, trace: () => {}, random: () => 0.5 };
  const contexts: EvaluationContext[] = [];
  for (const { atom, evaluate } of parse(text)) {
    if (!evaluate) {
      environment.add(atom);
      continue;
    }
    const preparations = contexts.at(-1)?.preparations ?? new Preparations();
    const allowance = wholeAllowance(heapOf(environment), { maxSteps });
    const context = new EvaluationContext(
      environment,
      null,
      { library, host, preparations },
      allowance,
    );
    contexts.push(context);
    const machine = new Machine(context, { interpret, shortcuts: generates ? "code" : "glances" });
    const results = new Results();
    machine.evaluate(renameFresh(atom), UNDEFINED, results);
    machine.run();
    machine.close();
    done.results.push(withoutNumbers(results.found.map((each) => print(each)).join(" ")));
    done.stopped.push(machine.stopped);
    done.steps.push(machine.steps);
  }
  done.generated = contexts.at(-1)?.preparations.codeCount ?? 0;
  return done;
}

function expectSame(text: string, maxSteps?: number): Run {
  const with_ = run(text, true, maxSteps);
  const without = run(text, false, maxSteps);
  expect(without.generated).toBe(0);
  expect({ ...with_, generated: 0 }).toEqual(without);
  return with_;
}

/** A program that makes the rules warm before what it is about. */
function warmed(rules: string, warm: string, calls: string): string {
  return `${rules}
    (= (warm $n) (if (== $n 0) done (let $x ${warm} (warm (- $n 1)))))
    !(warm 40)
    ${calls}`;
}

const SUM = "(= (sum $n) (if (== $n 0) 0 (+ $n (sum (- $n 1)))))";

describe("generated code gives what the machine gives", () => {
  it.each([
    [
      "arithmetic",
      warmed(
        "(= (f $x $y) (+ (* $x $y) (- $x (/ $y 2))))",
        "(f $n 3)",
        '!(f 1.5 2) !(f a 2) !(f $q 2) !(f 1 0) !(f "s" 1)',
      ),
    ],
    [
      "division",
      warmed(
        "(= (f $x $y) (% $x $y))",
        "(f $n 3)",
        "!(f 7 0) !(f -7 3) !(f 7.5 2) !(f 99999999999999999999 7)",
      ),
    ],
    [
      "big integers",
      warmed("(= (f $x) (* $x $x))", "(f $n)", "!(f 99999999999) !(f (f 99999999999))"),
    ],
    [
      "conditions",
      warmed(
        "(= (f $x) (if (and (< $x 5) (not (== $x 2))) small (if $x yes no)))",
        "(f 1)",
        "!(f 2) !(f True) !(f 3) !(f a)",
      ),
    ],
    [
      "a condition that is a call",
      warmed(
        "(= (even $n) (if (== $n 0) True (odd (- $n 1)))) (= (odd $n) (if (== $n 0) False (even (- $n 1)))) (= (f $x) (if (even $x) e o))",
        "(f $n)",
        "!(f 10) !(f 7) !(f x)",
      ),
    ],
    [
      "a condition that is not a truth value",
      warmed("(= (g $x) $x) (= (f $x) (if (g $x) 1 2))", "(f True)", "!(f 3) !(f (Error a b))"),
    ],
    [
      "lists",
      warmed(
        "(= (app Nil $y) $y) (= (app (Cons $h $t) $y) (Cons $h (app $t $y)))",
        "(app (Cons 1 (Cons $n Nil)) Nil)",
        "!(app (Cons a Nil) (Cons b Nil)) !(app (Cons $z Nil) $w) !(app foo Nil)",
      ),
    ],
    [
      "alternatives",
      warmed(
        "(= (bin) 0) (= (bin) 1) (= (two) ((bin) (bin)))",
        "(collapse (two))",
        "!(two) !(let $x (bin) (if (== $x 0) (empty) $x))",
      ),
    ],
    [
      "rules that overlap",
      warmed(
        "(= (f 0) zero) (= (f $n) any) (= (f (S $x)) succ)",
        "(collapse (f 0))",
        "!(f 0) !(f 1) !(f (S 1)) !(f $x)",
      ),
    ],
    [
      "a variable that occurs twice",
      warmed(
        "(= (same $x $x) yes) (= (other $x $y) no)",
        "(collapse (same $n 3))",
        "!(same a a) !(same a b) !(same (a b) (a b)) !(same $p a) !(same (a $q) (a b))",
      ),
    ],
    [
      "calls without rules",
      warmed("(= (f $x) (pair $x (g $x))) (= (g 1) one)", "(f $n)", "!(f 1) !(f 2) !(f (h 1))"),
    ],
    [
      "errors in arguments",
      warmed(
        "(= (f $x) (+ 1 (g $x))) (= (g $x) (if (== $x 0) (Error $x zero) $x))",
        "(f 1)",
        "!(f 0) !(f 1) !(f a)",
      ),
    ],
    [
      "branches that end",
      warmed(
        "(= (f $x) (if (> $x 2) $x (empty)))",
        "(collapse (f $n))",
        "!(f 1) !(f 3) !(collapse (f (superpose (1 2 3 4))))",
      ),
    ],
    [
      "Empty as a value",
      warmed(
        "(= (f $x) (if (> $x 2) $x Empty)) (= (g $x) (f (+ $x 1)))",
        "(collapse (g $n))",
        "!(f 1) !(g 2)",
      ),
    ],
    [
      "let with patterns",
      warmed(
        "(= (f $p) (let ($a ($b $c)) $p (+ $a (+ $b $c)))) (= (g $x) (f ($x ($x 1))))",
        "(g $n)",
        "!(f (1 (2 3))) !(f (1 2)) !(f $v) !(g 4)",
      ),
    ],
    [
      "let with a known variable",
      warmed(
        "(= (f $x $y) (let $x (+ $y 1) ok))",
        "(collapse (f 4 $n))",
        "!(f 3 2) !(f 4 2) !(f $z 2)",
      ),
    ],
    [
      "a comparison with a variable that is bound when the other side is evaluated",
      warmed(
        "(= (f $x) (== (if (== red $x) red $y) (let $y 7 $y))) (= (g $x) (== (p (if (== red $x) 7 $y)) (p (let $y $x $y))))",
        "(p (f $n) (g $n))",
        "!(f blue) !(f red) !(g 7) !(g red)",
      ),
    ],
    [
      "let* and chains of values",
      warmed(
        "(= (f $x) (let* (($a (+ $x 1)) ($b (g $a)) (($c $d) (swap ($a $b)))) ($c $d $x))) (= (g $x) (* $x 2)) (= (swap ($x $y)) ($y $x))",
        "(f $n)",
        "!(f 1) !(f a)",
      ),
    ],
    [
      "variables of the body alone",
      warmed(
        "(= (f $x) (pair $x $y $y)) (= (g $x) (let ($p $q) (h $x $z) (k $p $q $z))) (= (h $a $b) ($a $b))",
        "(f $n)",
        "!(f 1) !(g 1) !(let (pair $a $b $c) (f 1) (if-equal $b $c same different))",
      ),
    ],
    [
      "a variable bound by a part for another",
      warmed(
        "(= (f $x) (p (let $y $x $y) $y)) (= (g $a) (q (bind $b $a) $b)) (= (bind $u $u) bound)",
        "(f $n)",
        "!(f 1) !(g 1)",
      ),
    ],
    [
      "tuples with variable heads",
      warmed(
        "(= (f $h $x) ($h $x)) (= (inc $x) (+ $x 1))",
        "(f a $n)",
        "!(f inc 1) !(f 1 2) !(f (a b) c) !(f + 1) !(f $v 2)",
      ),
    ],
    [
      "typed functions",
      warmed(
        "(: f (-> Number Number)) (= (f $x) (+ $x 1)) (: q (-> Atom Atom)) (= (q $x) (got $x)) (= (g $x) (q (f $x)))",
        "(f $n)",
        '!(f 2) !(f a) !(f "s") !(f (f 1)) !(g 1) !(f 1 2)',
      ),
    ],
    [
      "typed results",
      warmed(
        "(: f (-> Number Number)) (= (f $x) (if (> $x 2) $x bad)) (: bad Bad)",
        "(f 3)",
        "!(f 1) !(+ 1 (f 1)) !(+ 1 (f 3))",
      ),
    ],
    [
      "pure operations of the library",
      warmed(
        "(= (f $x) (size-atom (pair $x $x))) (= (g $x) (car-atom (cons-atom $x ())))",
        "(f $n)",
        "!(f 1) !(g 2) !(g (f 1))",
      ),
    ],
    [
      "states",
      warmed(
        "(= (f $s) (== $s (S 1))) (= (g $x $x) same)",
        "(collapse (f $n))",
        "!(let $s (new-state 1) (f $s)) !(let $s (new-state 1) (g $s $s)) !(let* (($s (new-state 1)) ($t (new-state 1))) (g $s $t))",
      ),
    ],
    [
      "mutual tail calls",
      warmed(
        "(= (ping $n) (if (== $n 0) done (pong (- $n 1)))) (= (pong $n) (if (== $n 0) gone (ping (- $n 1))))",
        "(ping $n)",
        "!(ping 5000) !(ping 5001)",
      ),
    ],
    [
      "NotReducible",
      warmed("(= (f $x) NotReducible) (= (g $x) (f $x))", "(g $n)", "!(f 1) !(g 2)"),
    ],
    [
      "types of one's own",
      warmed(
        "(: Nat Type) (: Z Nat) (: S (-> Nat Nat)) (: plus (-> Nat Nat Nat)) (= (plus Z $y) $y) (= (plus (S $x) $y) (S (plus $x $y))) (: box (-> Atom Box)) (= (put $x) (box (+ $x 1))) (: pick (-> Nat Bool Nat)) (= (pick $n $b) (if $b $n Z)) (: z Zed)",
        "(collapse ((plus (S Z) (S (S Z))) (put 1) (pick (S Z) True)))",
        '!(plus (S Z) (S (S Z))) !(plus 1 Z) !(plus Z z) !(plus Z untyped) !(plus (S untyped) Z) !(put 2) !(pick (S Z) False) !(pick (S z) True) !(pick (S Z) 3) !(S (plus Z "s"))',
      ),
    ],
    [
      "case and switch",
      warmed(
        "(= (len $l) (case $l ((() 0) ((one $x) (+ $x 1)) (1.0 float) ($other (other $other))))) (= (sw $v) (switch $v ((a 1) ((b $x $x) 2) ((c $x (d $y)) ($y $x)) ($z $z)))) (= (none $v) (case $v ((a 1))))",
        "(collapse ((len (one $n)) (sw a)))",
        "!(len ()) !(len (one 4)) !(len (one a)) !(len 1) !(len $q) !(len (one $q)) !(len (f 1)) !(sw a) !(sw (b 1 1)) !(sw (c 1 (d 2))) !(sw (c $k (d 2))) !(sw (Error a b)) !(none b) !(none a) !(len (superpose ((one 1) ()))) !(case (none b) ((Empty empty) ($x $x)))",
      ),
    ],
    [
      "unify",
      warmed(
        "(= (u $x) (unify $x (P $a (Q $b)) ($b $a $x) no)) (= (v $x $y) (unify (P $y $z) $x ($z $y) no)) (= (w $x) (unify $x a yes (again $x)))",
        "(collapse ((u (P $n (Q 1))) (v 1 2) (w a)))",
        "!(u (P 1 (Q 2))) !(u (P 1 2)) !(u $k) !(u (P $k (Q 1))) !(v (P 1 2) 1) !(v (P 1 2) 3) !(w a) !(w b) !(w $k)",
      ),
    ],
    [
      "searches",
      warmed(
        "(e a b) (e b c) (e b d) (e $any z) (big 1 x) (= (two $x) (match &self (e $x $y) (match &self (e $y $z) ($x $y $z)))) (= (own $x) (match &self (big $n $x) (+ $n 1))) (= (same) (match &self (e $q $q) $q)) (= (both $x) (match &self (, (e $x $y) (e $y $z)) $z))",
        "(collapse ((two a) (own x) (same) (both a)))",
        "!(two a) !(two $v) !(let $r (two $v) ($v $r)) !(own x) !(own $w) !(same) !(both a) !(add-atom &self (big 2 x)) !(own x)",
      ),
    ],
    [
      "searches of facts alone",
      warmed(
        "(e a b) (e b c) (e b d) (e c c) (p (at 1 2) q) (= (to $x) (match &self (e $x $y) $y)) (= (from $y) (match &self (e $x $y) $x)) (= (loop-at) (match &self (e $q $q) $q)) (= (deep $x) (match &self (p (at $x $y) $z) ($y $z)))",
        "(collapse ((to a) (from c) (loop-at) (deep 1)))",
        "!(to b) !(let $r (to $v) ($v $r)) !(from c) !(from $v) !(loop-at) !(deep 1) !(deep $u) !(to (f 1)) !(to (to $k))",
      ),
    ],
    [
      "writes",
      warmed(
        "(= (put $k $v) (let $gone (remove-atom &self (kept $k $v)) (add-atom &self (kept $k $v)))) (= (twice $x) ((add-atom &self (d $x)) (add-reduct &self (r (+ $x 1))))) (= (to $s $x) (add-atom $s (d $x))) (= (typed $x) (+ 1 (add-atom &self (t $x)))) (= (when $x) (if (add-atom &self (w $x)) 1 2))",
        "(collapse ((put k $n) (twice $n) (to &self $n)))",
        "!(put k 1) !(twice 2) !(twice a) !(twice $q) !(to &self (superpose (a b))) !(to nowhere a) !(to $s b) !(typed 1) !(when 1) !(collapse (match &self (d $x) $x)) !(collapse (match &self (r $x) $x)) !(collapse (match &self (kept $x $y) $y)) !(collapse (match &self (t $x) $x))",
      ),
    ],
    [
      "searches in a space that is an argument",
      warmed(
        "(e a b) (e b c) (= (in $s $x) (match $s (e $x $y) $y)) (= (has $s $a) (match $s $a $a)) (= (far $s $x) (match $s (e $x $y) (match $s (e $y $z) $z)))",
        "(collapse ((in &self a) (has &self (e a b)) (far &self a)))",
        "!(in &self b) !(in nowhere b) !(in $s b) !(has &self (e b $q)) !(has &self (e q r)) !(let $s (new-space) (let () (add-atom $s (e b 9)) ((in $s b) (in &self b)))) !(far &self a) !(far &self b)",
      ),
    ],
    [
      "searches that find one row, none, or several, with writes behind them",
      warmed(
        "(c k 0) (d 1) (d 2) (= (next $k) (match &self (c $k $n) (let $gone (remove-atom &self (c $k $n)) (let $m (+ $n 1) (add-atom &self (c $k $m)))))) (= (each) (match &self (d $x) (add-atom &self (d (s $x))))) (= (count $k) (match &self (c $k $n) $n))",
        "(collapse ((next k) (count k)))",
        "!(next k) !(count k) !(next z) !(each) !(each) !(collapse (match &self (d $x) $x)) !(add-atom &self (c k 1.0)) !(count k) !(collapse (next k)) !(collapse (count k))",
      ),
    ],
    [
      "collapse, once and case of what has any number of values",
      warmed(
        "(e a 1) (e a 2) (e b 3) (= (of $k) (match &self (e $k $n) $n)) (= (all $k) (pair $k (collapse (of $k)))) (= (some $k) (once (of $k))) (= (pick $k) (case (of $k) ((1 one) ($x (more $x)) (Empty none)))) (= (none $k) (case (of $k) ((Empty none) ($x $x)))) (= (twice $k) (case (of $k) (($x (case (once (of $k)) ((2 two) ($y ($x $y))))))))",
        "(collapse ((all a) (some a) (pick a) (none c) (twice a)))",
        "!(all a) !(all b) !(all c) !(some a) !(some c) !(pick a) !(pick b) !(pick c) !(none a) !(none c) !(twice a) !(twice c) !(all $v) !(pick $v) !(let $r (some $v) ($v $r))",
      ),
    ],
    [
      "errors among the values of a part that is collected",
      warmed(
        "(= (v 0) (Error v zero)) (= (v 1) 1) (= (v 2) (superpose (1 (Error v two)))) (= (v 3) (superpose ((Error v a) (Error v b)))) (= (v 4) (superpose ((Error v a) 7 8))) (= (all $n) (collapse (v $n))) (= (some $n) (once (v $n))) (= (pick $n) (case (v $n) ((1 one) ((Error v $w) $w) ($x (got $x))))) (= (sw $n) (switch (v $n) ((1 one) ((Error v $w) $w) ($x (got $x)))))",
        "(collapse ((all 1) (some 1) (pick 1) (sw 1)))",
        ["all", "some", "pick", "sw"]
          .flatMap((f) => [0, 1, 2, 3, 4, 5].map((n) => `!(${f} ${n})`))
          .join(" "),
      ),
    ],
    [
      "what a part binds",
      warmed(
        "(= (is $x $x) yes) (= (both $x $y) (let $r (collapse (is $x $y)) ($x $y $r))) (= (one $x $y) (let $r (once (is $x $y)) ($x $y $r))) (= (some $x $y) (case (is $x $y) ((yes ($x $y)) ($z (no $z $x $y))))) (= (inner $x) (let $r (collapse (is $y $x)) ($y $r)))",
        "(collapse ((both 1 $n) (one $n 1) (some 1 1) (inner 1)))",
        "!(both $a 1) !(one $a 1) !(some $a 1) !(some 1 2) !(both (P $a) (P 2)) !(one (P $a) (P 2)) !(some (P $a) (P $b)) !(inner 2) !(inner $q) !(let $a 1 (both $a $b))",
      ),
    ],
    [
      "branches of a case with variables that are known",
      warmed(
        "(= (f $x $y) (case $x (($y same) ((P $y) inside) ((P $z) ($z $y)) ((Q $z $z) (twice $z))))) (= (u $x $y) (unify (P $x $z) (P $y 1) ($x $z) none)) (= (w $p $q) (unify $p $q (got $p) (not $p)))",
        "(collapse ((f 1 1) (f (P $n) 2) (u 1 1) (w a a)))",
        "!(f 1 1) !(f 1 2) !(f (P 1) 1) !(f (P 2) 1) !(f (Q 1 1) 1) !(f (Q 1 2) 1) !(f $a 1) !(f (P $a) 1) !(f (Q $a 2) 3) !(u 1 2) !(u $a 2) !(w a b) !(w (P $a) (P b)) !(w $a $b)",
      ),
    ],
    [
      "expressions that are taken as they stand",
      warmed(
        "(= (len $l) (if (== $l ()) 0 (+ 1 (len (cdr-atom $l))))) (= (fst $l) (car-atom $l)) (= (both $l) (let* (($h (car-atom $l)) ($t (cdr-atom $l))) ($h $t (size-atom $l)))) (: q (-> Expression Number)) (= (q $e) (size-atom $e)) (= (r $e) (q $e)) (: v (-> Variable Atom Atom)) (= (v $a $b) (got $b)) (= (t $a) (v $a 1))",
        "(collapse ((len (1 2 3)) (fst (a b)) (both (a b)) (r (1 2)) (t $n)))",
        "!(len (1 2 3)) !(len a) !(len $x) !(fst (a b)) !(fst ()) !(fst a) !(fst $x) !(fst ((+ 1 2) b)) !(both ((+ 1 2) (f 1))) !(both a) !(r (1 (+ 1 2))) !(r a) !(r $x) !(r ()) !(t $x) !(t 1) !(t (a b))",
      ),
    ],
    [
      "tuples whose head is evaluated",
      warmed(
        "(= (g $x) $x) (= (h $x) f) (= (f $x) (got $x)) (= (m $x) ((g $x) (g $x))) (= (n $x) ((h $x) $x)) (= (o $x) ((P $x) $x)) (: i (-> Number (-> Number Number))) (= (i $x) inc) (= (inc $x) (+ $x 1)) (= (p $x) ((i $x) $x))",
        "(collapse ((m $n) (n $n) (o $n) (p $n)))",
        "!(m 1) !(m f) !(m (f 1)) !(m (superpose (1 2))) !(m if) !(n 1) !(n a) !(o 1) !(o f) !(m (Error a b)) !(m $x) !(p 1) !(p a)",
      ),
    ],
    [
      "data that is deeper than it is followed by recursion",
      warmed(
        "(= (deep $n) (if (== $n 0) Z (S (deep (- $n 1))))) (= (kept $d) (let $x (match &self (k $v) $v) ($x $d))) (= (top $d) (case $d (((S $x) $x) ($y none))))",
        "(collapse (top (deep 3)))",
        "!(let $d (deep 90) (add-atom &self (k $d))) !(kept 1) !(let (S $d) (deep 90) (top (top $d))) !(add-atom &self (= (S Z) one)) !(kept 2)",
      ),
    ],
    [
      "calls whose result has the type of an argument",
      warmed(
        "(= (id $x) (kept $x)) (: same (-> $t $t $t)) (= (same $x $y) (if (== $x $y) $x $y)) (: a A) (: b B) (= (f $x) (let $y (id $x) (got $y))) (= (g $x $y) (pair (same $x $y) (id $x))) (: one (-> $t $u $t)) (= (one $x $y) (two $x)) (: two (-> Number Number)) (= (two $x) (* $x 2)) (= (h $x $y) (id (one $x $y)))",
        "(collapse ((f $n) (g $n 1) (h $n a)))",
        '!(f 1) !(f a) !(f $q) !(f (+ 1 2)) !(f (+ 1 "s")) !(f Empty) !(g 1 2) !(g 1 "s") !(g a a) !(g a b) !(g a u) !(g u 1) !(g $q 1) !(h 1 a) !(h a 1) !(h "s" 1) !(h $q 1) !(g (P 1) (P 2)) !(f (Error a b))',
      ),
    ],
    [
      "code for each part of an expression",
      warmed(
        "(= (sq $x) (* $x $x)) (= (two $x) (superpose ($x (n $x)))) (= (odd 1) one) (= (odd 3) three) (= (squares $l) (map-atom $l $x (sq $x))) (= (sum $l) (foldl-atom $l 0 $a $b (+ $a $b))) (= (all $l $k) (map-atom $l $x (P $x $k $free))) (= (both $l) (map-atom $l $x (two $x))) (= (some $l) (map-atom $l $x (case (odd $x) ((one 1) (three 3))))) (= (call $l) (map-atom $l $x $x)) (= (deep $l) (map-atom $l $y (foldl-atom $l $y $a $b (C $a $b)))) (= (write $l) (map-atom $l $x (add-atom &self (seen $x)))) (= (fold $l $s) (foldl-atom $l $s $a $b (two ($a $b))))",
        "(collapse ((squares (1 2)) (sum (1 2)) (all (1 2) $n) (both (1)) (some (1)) (call (a 1)) (deep (1)) (write (1)) (fold (1 2) 0)))",
        "!(squares (1 2 3)) !(squares ()) !(squares a) !(squares $v) !(squares (1 a)) !(squares (1 (+ 1 1))) !(squares ($q 2)) !(squares (Empty 2)) !(sum (1 2 3)) !(sum ()) !(sum (1 a 2)) !(all (1 2) 3) !(all (1 2) $k) !(both (1 2)) !(some (1 3 1)) !(some (1 2 3)) !(call (sq 3)) !(call (f 3)) !(deep (1 2)) !(write (u (+ 1 2))) !(collapse (match &self (seen $x) $x)) !(fold (1 2) 0) !(fold (1 2) (sq 2)) !(fold () (sq 2)) !(squares (Error a b))",
      ),
    ],
    [
      "parts that are kept",
      warmed(
        "(= (odd $n) (== (% $n 2) 1)) (= (odds $l) (filter-atom $l $x (odd $x))) (= (small $l $k) (filter-atom $l $x (< $x $k))) (= (maybe $l) (filter-atom $l $x (superpose (True False)))) (= (is 1) True) (= (is 2) (superpose (True (Error 2 bad) False))) (= (is 3) 3) (= (is 4) (empty)) (= (kept $l) (filter-atom $l $x (is $x))) (= (inner $l) (filter-atom $l $x (let $all (filter-atom $l $y (< $x $y)) (== $all (2 3))))) (= (all $l) (filter-atom $l $x (let $w (add-atom &self (saw $x)) (odd $x)))) (= (call $l) (filter-atom $l $x (call $x)))",
        "(collapse ((odds (1 2)) (small (1 2) 2) (maybe (1)) (kept (1)) (inner (1)) (all (1)) (call (a))))",
        '!(odds (1 2 3)) !(odds ()) !(odds a) !(odds $v) !(odds (1 a)) !(odds (1 (+ 1 1))) !(odds ($q 2)) !(odds (Empty 1)) !(small (1 2 3) 3) !(small (1 2 3) $k) !(small (1 2 3) "s") !(maybe (1 2)) !(kept (1 2 1)) !(kept (1 3 1)) !(kept (1 4)) !(kept (5 1)) !(inner (1 2 3)) !(all (1 2 3)) !(call (a b)) !(let $all (collapse (kept (2 1 2))) $all) !(once (kept (2 2)))',
      ),
    ],
    ["nested quoting", warmed("(= (f $x) (quote (+ $x 1)))", "(f $n)", "!(f 1) !(f $y)")],
  ])("%s", (_name, text) => {
    expect(expectSame(text).generated).toBeGreaterThan(0);
  });

  it("for every program of the reference's tests", () => {
    for (const { program } of referencePrograms()) {
      if (/random|file|import|git-module|register-module/.test(program)) continue;
      expectSame(program);
    }
  });

  it("for the small programs", () => {
    for (const { text } of programFiles()) expectSame(text, 3000);
  });
});

/** An interpreter whose operations are rules of one relation. */
const OPERATIONS = Array.from(
  { length: 60 },
  (_, index) => `(= (op op${index} $x) (+ $x ${index}))`,
);

describe("relations of many rules", () => {
  it("have code for the rules that a call can match", () => {
    const { generated, results } = expectSame(
      `${OPERATIONS.join("\n")} (= (op $any stop) (stopped $any)) (= (op (P $x) $y) ($x $y)) (= (op (P a) $y) (other $y)) (= (op 7 $y) seven)
      (= (run $n) (if (== $n 0) () (let $x (collapse ((op op7 (op op33 $n)) (op (P a) $n) (op op9 stop) (op 7.0 1) (op none 1))) (run (- $n 1)))))
      !(run 100) !(op op7 1) !(op op8 stop) !(op (P a) 1) !(op (P b) 1) !(op (P $v) 1) !(op 7 0) !(op 7.0 0) !(op 8 0) !(op (Q a) 1)
      !(size-atom (collapse (op $v 1))) !(op op7 a) !(op (op op1 1) stop)
      !(add-atom &self (= (op op7 $x) (new $x))) !(op op7 1) !(run 100) !(op op7 1) !(remove-atom &self (= (op op8 $x) (+ $x 8))) !(op op8 1)`,
    );
    expect(generated).toBeGreaterThan(3);
    expect(results.slice(1, 4)).toEqual(["8", "(+ stop 8) (stopped op8)", "(a 1) (other 1)"]);
  });
});

describe("what changes while generated code runs", () => {
  it("is a rule added to a head that was data", () => {
    const { results } = expectSame(`
      (= (f $x) (let () (if (== $x 50) (add-atom &self (= (box $v) (opened $v))) ()) (box $x)))
      (= (loop $n $last) (if (> $n 60) $last (loop (+ $n 1) (f $n))))
      !(loop 0 none) !(box 3)`);
    expect(results).toEqual(["(opened 60)", "(opened 3)"]);
  });

  it("is a rule added to and removed from a function", () => {
    const { results } = expectSame(`
      (= (v) 1)
      (= (w $x) (v))
      (= (loop $n) (if (== $n 0) () (let $x (w $n) (loop (- $n 1)))))
      !(loop 40) !(w 0) !(add-atom &self (= (v) 2)) !(w 0)
      !(remove-atom &self (= (v) 1)) !(w 0) !(remove-atom &self (= (v) 2)) !(w 0)`);
    expect(results).toEqual(["()", "1", "()", "1 2", "()", "2", "()", "(v)"]);
  });

  it("is a type", () => {
    const { results } = expectSame(`
      (= (f $x) (g $x)) (= (g $x) $x)
      (= (loop $n) (if (== $n 0) () (let $x (f $n) (loop (- $n 1)))))
      !(loop 40) !(f 1) !(add-atom &self (: g (-> String String))) !(f 1) !(f "s")`);
    expect(results[3]).toContain("BadArgType");
    expect(results[4]).toBe('"s"');
  });

  it("is a rule without a symbol at its head", () => {
    const { results } = expectSame(`
      (= (f $x) (data $x))
      (= (loop $n) (if (== $n 0) () (let $x (f $n) (loop (- $n 1)))))
      !(loop 40) !(f 1) !(add-atom &self (= ($any 1) one)) !(f 1)`);
    expect(results[1]).toBe("(data 1)");
    expect(results[3]).toContain("one");
  });
});

describe("limits", () => {
  it("stop generated code at the same step", () => {
    for (const limit of [0, 1, 30, 100, 4096, 5000]) {
      const { steps, stopped } = expectSame(`${SUM} !(sum 20000)`, limit);
      expect(stopped).toEqual(["maxSteps"]);
      expect(steps).toEqual([limit]);
    }
  });

  it("do not keep recursion from going deeper than the JavaScript stack", () => {
    expect(run(`${SUM} !(sum 300000)`, true, 1e9).results).toEqual(["45000150000"]);
  });
});

describe("random programs", () => {
  it("give the same both ways, with the same number of steps", () => {
    fc.assert(
      fc.property(smallPrograms, (lines) => void expectSame(lines.join("\n"), 400)),
      { numRuns: 150, seed: 7 },
    );
  });
});
