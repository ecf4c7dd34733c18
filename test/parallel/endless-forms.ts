/** Every form that evaluates something aside, around something that does not end. */

/** Rules that never end: with results, without, and by filling memory. */
export const ENDLESS = `
  (= (nat $n) $n)
  (= (nat $n) (nat (+ $n 1)))
  (= (loop $n) (loop (+ $n 1)))
  (= (same $x) $x)
  (is 1)
`;

/** What may be seen of it afterwards; `$L` stands for something endless. All would end in a value if it ended. */
export const AROUND: readonly string[] = [
  "$L",
  "(collapse $L)",
  "(let $l (collapse $L) (found $l))",
  "(case $L ((Empty nothing-found) ($x found)))",
  "(switch (collapse $L) (($x found)))",
  "(once $L)",
  "(let $x (once (collapse $L)) $x)",
  "(foldall same $L 0)",
  "(forall $L same)",
  "(for-each-in-atom (1 2) (|-> ($x) $L))",
  "(map-atom (1 2) $x (collapse $L))",
  "(filter-atom (1 2) $x (let $l (collapse $L) True))",
  "(foldl-atom (1 2) 0 $a $b (let $l (collapse $L) 1))",
  "(metta $L %Undefined% &self)",
  "(evalc (metta (same $L) %Undefined% &self) &self)",
  "(metta (same $L) %Undefined% &self)",
  "(chain (collapse $L) $l (found $l))",
  "(function (chain (metta $L %Undefined% &self) $l (return $l)))",
  "(collapse-bind (metta $L %Undefined% &self))",
  "(capture $L)",
  "(assertEqual $L 1)",
  "(assertEqual (collapse $L) ())",
  "(assertEqualToResult $L (1))",
  "(assertAlphaEqual $L 1)",
  "(assertIncludes $L (1))",
  "(unique $L)",
  "(union $L 1)",
  "(intersection 1 $L)",
  "(subtraction $L 1)",
  "(if (== (collapse $L) ()) none some)",
  "(match &self (is $x) (found (collapse $L)))",
  "(unify 1 1 (collapse $L) no)",
  "(superpose ($L b))",
  "(transaction $L)",
  "(hyperpose ($L b))",
  "(hyperpose (match &self (is $x) $L))",
  "(par $L b)",
  "(race $L $L)",
  "(with-mutex m $L)",
  "(let $l (collapse (transaction $L)) (found $l))",
  "(case (transaction $L) ((Empty nothing-found) ($x found)))",
  "(case (hyperpose ($L $L)) ((Empty nothing-found) ($x found)))",
  "(case (par $L b) ((Empty nothing-found) ($x found)))",
  "(case (race $L $L) ((Empty nothing-found) ($x found)))",
  "(case (with-mutex m (transaction $L)) ((Empty nothing-found) ($x found)))",
  "(once (transaction (hyperpose ((par $L b) c))))",
  "(let $x (transaction (collapse $L)) (if-error $x failed good))",
  "(assertEqual (collapse (transaction $L)) (()))",
  "(let $u (transaction (let $v (add-atom &self (written)) (collapse $L))) (match &self (written) seen))",
];

/** Endless evaluations, in place of `$L`: the first without any result. */
export const INSIDE: readonly string[] = ["(loop 0)", "(collapse (nat 0))"];

export function around(form: string, inside: string): string {
  return form.replaceAll("$L", inside);
}
