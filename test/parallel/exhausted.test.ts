import { expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { evaluate } from "../../dist/src/parallel/language-evaluator.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";

/** Fills the heap, inside of forms that turn failures and emptiness into values. */
const QUESTIONS = [
  "(let $l (collapse (transaction (fill 0))) (found $l))",
  "(case (transaction (fill 0)) ((Empty nothing-found) ($x (got $x))))",
  "(let $l (collapse (hyperpose ((fill 0) 1))) (found $l))",
  "(let $l (par 1 (transaction (fill 0))) (found $l))",
  "(collapse (race (fill 0) (fill 1)))",
];

const RULES = "(= (fill $n) (let $u (add-atom &self (row $n of some width)) (fill (+ $n 1))))";

function smallWorld(): { heap: Heap; base: Environment } {
  const heap = Heap.create({ maxBytes: 2 ** 22 });
  const base = Environment.create(heap);
  for (const { atom } of parse(RULES)) base.add(atom);
  return { heap, base };
}

test.each(QUESTIONS)("a full heap ends the whole evaluation and is no value: %s", (question) => {
  const { heap, base } = smallWorld();
  const count = base.count;
  const { stopped, results } = evaluate(base, parseAtom(question));
  expect([stopped, ...results.map((result) => print(result))]).toEqual(["maxHeapBytes"]);
  expect(base.count).toBe(count);
  drain(heap);
  checkHeap(heap);
});
