/**
 * Small random programs of a few functions that generated code can deal with, used often enough for it: rules of `f`
 * and `g`, facts, a type, and what is asked.
 */
import fc from "fast-check";

const leaf = fc.constantFrom("$x", "$y", "0", "1", "2", "a", "b", "True", "Nil", "$z", "1.5");
const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.constantFrom("+", "-", "==", "<", "f", "g", "C", "h"), tie("node"), tie("node"))
      .map((parts) => `(${parts.join(" ")})`),
    fc.tuple(tie("node"), tie("node"), tie("node")).map(([c, t, e]) => `(if (< ${c} 1) ${t} ${e})`),
    fc.tuple(leaf, tie("node"), tie("node")).map(([p, v, b]) => `(let ${p} ${v} ${b})`),
    fc
      .tuple(leaf, leaf, tie("node"), tie("node"))
      .map(([p, q, v, b]) => `(let (C ${p} ${q}) ${v} ${b})`),
    fc
      .tuple(tie("node"), leaf, leaf, tie("node"), tie("node"))
      .map(([v, p, q, a, b]) => `(case ${v} (((C ${p} ${q}) ${a}) (a 1) ($w ${b})))`),
    fc
      .tuple(leaf, leaf, leaf, tie("node"), tie("node"))
      .map(([v, p, q, a, b]) => `(unify ${v} (C ${p} ${q}) ${a} ${b})`),
    fc
      .tuple(fc.constantFrom("e", "d"), leaf, leaf, tie("node"))
      .map(([head, a, b, found]) => `(match &self (${head} ${a} ${b}) ${found})`),
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(superpose (${a} ${b}))`),
    fc
      .tuple(fc.constantFrom("collapse", "quote", "size-atom", "once", "not"), tie("node"))
      .map((parts) => `(${parts.join(" ")})`),
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => `(if ${a} ${b} (empty))`),
    fc.tuple(tie("node"), tie("node")).map(([a, b]) => `((g ${a} $x) ${b})`),
    fc
      .tuple(tie("node"), tie("node"), tie("node"), tie("node"))
      .map(([v, p, a, b]) => `(unify ${v} ${p} ${a} ${b})`),
    fc
      .tuple(tie("node"), leaf, tie("node"), tie("node"))
      .map(
        ([v, p, a, b]) => `(case (superpose (${v} ${a})) ((${p} ${b}) ((C $x ${p}) 2) (Empty 3)))`,
      ),
    fc
      .tuple(fc.constantFrom("car-atom", "cdr-atom", "size-atom"), leaf)
      .map((parts) => `(${parts.join(" ")})`),
    fc
      .tuple(leaf, tie("node"), tie("node"), leaf, tie("node"))
      .map(([a, b, c, p, code]) => `(map-atom (${a} ${b} ${c}) ${p} ${code})`),
    fc
      .tuple(tie("node"), leaf, tie("node"))
      .map(([start, b, code]) => `(foldl-atom (1 ${b} a) ${start} $u $v ${code})`),
    fc.tuple(leaf, leaf).map(([a, b]) => `(Error ${a} ${b})`),
    fc
      .tuple(fc.constantFrom("add-atom", "remove-atom"), leaf, tie("node"), tie("node"))
      .map(
        ([write, x, body, after]) => `(let () (${write} &self (= (h ${x} $v) ${body})) ${after})`,
      ),
    fc
      .tuple(fc.constantFrom("add-atom", "add-reduct", "remove-atom"), leaf, leaf)
      .map(([write, x, y]) => `(${write} &self (d ${x} ${y}))`),
    fc
      .tuple(tie("node"), tie("node"), leaf)
      .map(([v, a, p]) => `(let* (($u ${v}) (${p} (h $u $u))) ${a})`),
  ),
}));
const pattern = fc.constantFrom(
  "$x $y",
  "0 $y",
  "$x a",
  "(C $x $y) $z",
  "$x $x",
  "1 (C $y $x)",
  "a b",
);
const types = fc.constantFrom(
  "",
  "(: f (-> Number Number Number))",
  "(: g (-> Atom %Undefined% Number))",
  "(: f (-> $t $t Bool)) (: a A)",
  "(: f (-> $t $t $t)) (: g (-> $t $u $t)) (: a A) (: b B)",
  "(: f (-> $t %Undefined% $t)) (: C (-> $t $t $t)) (: h (-> $t $t $t)) (: a A) (: Nil A)",
  "(: C (-> Number A Pair)) (: a A) (: g (-> Pair A %Undefined%))",
  "(: h (-> Expression Atom))",
  "(: a A) (: b A) (: C (-> A A A)) (: f (-> A A A))",
  "(: Nil L) (: C (-> %Undefined% L L)) (: f (-> L %Undefined% L)) (: g (-> L L L))",
  "(: a A) (: b B) (: C (-> A B A)) (: g (-> A B A)) (: f (-> A A B))",
  "(: a A) (: a B) (: C (-> Atom A Box)) (: f (-> Box A A)) (: g (-> A A Box))",
);
const rule = fc
  .tuple(fc.constantFrom("f", "g"), pattern, node)
  .map(([f, p, body]) => `(= (${f} ${p}) ${body})`);

const LOOP = "(= (warm $n) (if (== $n 0) () (let $r (collapse (f (% $n 3) a)) (warm (- $n 1)))))";
const FACTS = "(e a b) (e 1 a) (e b b) (e Nil 2) (d 0 (C a 1)) (d $free b)";

/** Programs, an atom or several a line. */
export const smallPrograms: fc.Arbitrary<string[]> = fc
  .tuple(
    fc.array(rule, { minLength: 1, maxLength: 5 }),
    fc.array(node, { minLength: 1, maxLength: 3 }),
    types,
  )
  .map(([rules, queries, declared]) => [
    declared,
    ...rules,
    FACTS,
    LOOP,
    "!(warm 30)",
    ...queries.map((query) => `! ${query}`),
  ]);
