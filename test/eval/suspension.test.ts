import fc from "fast-check";
import { expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { type Answer, impureOperation } from "../../src/eval/host/operation.js";
import { Heap } from "../../src/memory/heap.js";
import type { Atom } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const heap = Heap.create({ maxBytes: 2 ** 26 });

/** Expressions that search, bind shared variables, collect, cut, and wait here and there. */
const { query } = fc.letrec<{ query: string }>((tie) => ({
  query: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("1", "2", "a", "$x", "$y", "(q 1 $z)", "(pick)", "(nothing)"),
    fc.array(tie("query"), { maxLength: 4 }).map((each) => `(superpose (${each.join(" ")}))`),
    tie("query").map((each) => `(collapse ${each})`),
    tie("query").map((each) => `(once ${each})`),
    fc
      .tuple(fc.constantFrom("$x", "$y", "($x $y)"), tie("query"), tie("query"))
      .map(([pattern, value, body]) => `(let ${pattern} ${value} ${body})`),
    fc
      .tuple(tie("query"), tie("query"), tie("query"))
      .map(
        ([subject, some, none]) => `(case ${subject} ((1 ${some}) (Empty ${none}) ($v (was $v))))`,
      ),
    fc.tuple(tie("query"), tie("query")).map(([one, other]) => `(pair ${one} ${other})`),
    tie("query").map((each) => `(swap ${each})`),
    tie("query").map((each) => `(branch ${each})`),
    fc.nat(6).map((count) => `(sum ${count})`),
    fc.tuple(fc.nat(4), tie("query")).map(([count, each]) => `(rows ${count} ${each})`),
    fc.tuple(fc.nat(5), tie("query")).map(([ticks, value]) => `(wait ${ticks} ${value})`),
    fc.tuple(fc.nat(3), tie("query")).map(([count, value]) => `(repeat ${count} ${value})`),
  ),
}));

const RULES = `
  (= (pick) 1) (= (pick) 2)
  (= (nothing) (empty))
  (= (swap (pair $a $b)) (pair $b $a))
  (= (branch $x) (if (== $x 1) (wait 2 one) (pair $x (wait 1 $x))))
  (= (sum $n) (if (== $n 0) 0 (+ (wait 1 $n) (sum (- $n 1)))))
  (= (rows $n $x) (if (== $n 0) () (let $rest (rows (- $n 1) $x) (cons (wait $n $x) $rest))))
  (= (q $n $v) (let $v (+ $n 1) (got $v)))
`;

function evaluator(isAsync: boolean): Evaluator {
  const library = standardLibrary();
  const wait = async (ticks: number, value: Atom): Promise<Answer> => {
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
    return value;
  };
  library.addOperation(
    impureOperation("wait", "(-> Number %Undefined% %Undefined%)", "Waits.", ([ticks, value]) =>
      isAsync ? wait((ticks as { value: number }).value, value!) : value!,
    ),
  );
  async function* slowly(count: number, value: Atom): AsyncGenerator<Atom> {
    for (let at = 0; at < count; at++) yield (await wait(at, value)) as Atom;
  }
  function* quickly(count: number, value: Atom): Generator<Atom> {
    for (let at = 0; at < count; at++) yield value;
  }
  library.addOperation(
    impureOperation("repeat", "(-> Number %Undefined% %Undefined%)", "Repeats.", ([count, value]) =>
      (isAsync ? slowly : quickly)((count as { value: number }).value, value!),
    ),
  );
  return new Evaluator(library, { print: () => undefined });
}

/** Variables that rules made have numbers of their own in each evaluation. */
function show(atoms: readonly Atom[]): string[] {
  return atoms.map((atom) => print(atom).replaceAll(/#\d+/g, "#"));
}

test("waiting anywhere changes no result and no order", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(query, async (text) => {
      using environment = Environment.create(heap);
      for (const { atom } of parse(RULES)) environment.add(atom);
      const limits = { maxSteps: 20_000 };
      const atom = parseAtom(text);
      const at = evaluator(false).evaluate(environment, atom, limits);
      fc.pre(at.stopped === "completed");
      const later = await evaluator(true).evaluateAsync(environment, atom);
      expect(show(later.results)).toEqual(show(at.results));
    }),
    { numRuns: 1500 },
  );
});
