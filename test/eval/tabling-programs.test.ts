/** Random programs find with tables what they find without, each result once. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { Heap } from "../../src/memory/heap.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const heap = Heap.create({ maxBytes: 2 ** 28 });
const evaluator = new Evaluator(standardLibrary(), { print: () => {}, trace: () => {} });
const FUNCTIONS = ["f", "g", "h"] as const;
const FACTS = "(edge a b) (edge b c) (edge a c) (edge c d) (pair a (s b)) (pair (s $q) $q)";

const leaf = fc.constantFrom("a", "b", "c", "$x", "$y", "$z", "(s $x)", "(s $z)", "(s a)");
const name = fc.constantFrom(...FUNCTIONS);
/** Expressions over the variables of a rule, `$z` a new one. */
const { body } = fc.letrec<{ body: string }>((tie) => ({
  body: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.tuple(name, leaf, leaf).map(([head, one, other]) => `(${head} ${one} ${other})`),
    fc
      .tuple(leaf, tie("body"), tie("body"))
      .map(([to, value, then]) => `(let ${to} ${value} ${then})`),
    fc
      .tuple(leaf, leaf, tie("body"))
      .map(([one, other, then]) => `(match &self (edge ${one} ${other}) ${then})`),
    fc
      .tuple(leaf, leaf, tie("body"))
      .map(([one, other, then]) => `(match &self (pair ${one} ${other}) ${then})`),
    fc.tuple(tie("body"), tie("body")).map(([one, other]) => `(superpose (${one} ${other}))`),
    fc.tuple(leaf, leaf, tie("body"), tie("body")).map((parts) => `(unify ${parts.join(" ")})`),
    fc.tuple(tie("body"), tie("body")).map(([one, other]) => `(t ${one} ${other})`),
  ),
}));
const rule = fc
  .tuple(name, leaf, leaf, body)
  .map(([head, one, other, then]) => `(= (${head} ${one} ${other}) ${then})`);
const programs = fc.record({
  rules: fc.array(rule, { minLength: 2, maxLength: 6 }),
  tabled: fc.subarray([...FUNCTIONS], { minLength: 1 }),
  ask: fc.oneof(
    fc.tuple(name, leaf, leaf).map(([head, one, other]) => `(r $x $y (${head} ${one} ${other}))`),
    fc.tuple(name, name).map(([one, other]) => `(let $p (${one} $x $y) (${other} $y $p))`),
  ),
});

/** Results up to the names of variables; null if there is no end. */
function found(rules: readonly string[], tabled: readonly string[], ask: string): string[] | null {
  using environment = Environment.create(heap);
  for (const head of tabled) evaluator.evaluate(environment, parseAtom(`(tabled (${head} $x $y))`));
  for (const { atom } of parse(`${FACTS} ${rules.join(" ")}`)) environment.add(atom);
  const limits = { maxSteps: tabled.length > 0 ? 30_000 : 600, maxResults: 2000 };
  const { results, stopped } = evaluator.evaluate(environment, parseAtom(ask), limits);
  if (stopped !== "completed") return null;
  return results.map((each) => withoutNames(print(each)));
}

function withoutNames(text: string): string {
  const names: string[] = [];
  return text.replaceAll(/\$[^\s()]+/g, (variable) => {
    if (!names.includes(variable)) names.push(variable);
    return `$${names.indexOf(variable)}`;
  });
}

test("a program finds with tables what it finds without, and ends wherever it ended", () => {
  let ended = 0;
  fc.assert(
    fc.property(programs, ({ rules, tabled, ask }) => {
      const plain = found(rules, [], ask);
      if (plain === null) return;
      ended++;
      const answers = found(rules, tabled, ask);
      expect(answers).not.toBeNull();
      expect([...new Set(answers)].toSorted()).toEqual([...new Set(plain)].toSorted());
      expect(found(rules, tabled, ask)).toEqual(answers);
    }),
    { numRuns: 200 },
  );
  expect(ended).toBeGreaterThan(30);
});
