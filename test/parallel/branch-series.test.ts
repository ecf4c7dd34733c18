/** Branches of a fork that follow each other on one thread: what they share, and what not. */
import { expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { operation } from "../../src/eval/host/operation.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { LanguageEvaluator } from "../../src/parallel/language-evaluator.js";
import { parallelLibrary } from "../../src/parallel/library.js";
import { integer, UNIT } from "../../src/term/atom.js";
import { parse } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

/** What operations of the branches have seen. */
class Seen {
  readonly environments: Environment[] = [];
  readonly signals: AbortSignal[] = [];
}

/** Runs a program on one thread; the results of each `!`, and what was seen. */
function run(text: string): { readonly results: string[]; readonly seen: Seen } {
  const heap = Heap.create({ maxBytes: 2 ** 24 });
  const seen = new Seen();
  const library = parallelLibrary();
  const add = (name: string, apply: Parameters<typeof operation>[0]["apply"]): void =>
    library.addOperation(operation({ name, type: "(-> %Undefined%)", summary: "", apply }));
  add("count", (_args, { environment, signal }) => {
    seen.environments.push(environment);
    expect(seen.signals.every(({ aborted }) => aborted)).toBe(true);
    seen.signals.push(signal);
    return integer(environment.count);
  });
  add("freeze", (_args, { environment }) => {
    environment.freeze();
    return UNIT;
  });
  add("fail", () => {
    throw new Error("no");
  });
  add("learn", () => {
    add("learnt", () => integer(1));
    return UNIT;
  });
  const evaluator = new LanguageEvaluator({ library });
  const environment = Environment.create(heap);
  const results: string[] = [];
  for (const { atom, evaluate } of parse(text)) {
    if (!evaluate) environment.add(atom);
    else
      results.push(
        evaluator
          .evaluate(environment, atom)
          .results.map((each) => print(each))
          .join(" "),
      );
  }
  environment.dispose();
  drain(heap);
  checkHeap(heap);
  expect(seen.signals.every(({ aborted }) => aborted)).toBe(true);
  return { results, seen };
}

test("branches that write nothing are evaluated on one clone, and the next one after a write on another (SER1)", () => {
  const { results, seen } = run(
    "(a) !(hyperpose ((count) (count) (add-atom &self (b)) (count) (count)))",
  );
  expect(results).toEqual(["1 1 () 1 1"]);
  const [first, second, third, fourth] = seen.environments;
  expect(second).toBe(first);
  expect(third).not.toBe(first);
  expect(fourth).toBe(third);
  expect(new Set(seen.signals).size).toBe(4);
});

test.each([
  [
    "rules",
    "(= (f) a) !(hyperpose ((f) (add-atom &self (= (f) b)) (f) (collapse (f)))) !(f)",
    "a () a (a)",
    "a b",
  ],
  [
    "types",
    "!(hyperpose ((get-type x) (add-atom &self (: x A)) (get-type x))) !(get-type x)",
    "%Undefined% () %Undefined%",
    "A",
  ],
  [
    "states",
    "!(add-reduct &self (t (new-state 1))) !(hyperpose ((match &self (t $s) (get-state $s)) (match &self (t $s) (get-state (change-state! $s 2))) (match &self (t $s) (get-state $s)))) !(match &self (t $s) (get-state $s))",
    "1 2 1",
    "2",
  ],
  ["words of the host", "!(hyperpose ((learnt) (learn) (learnt))) !(learnt)", "(learnt) () 1", "1"],
  [
    "tables",
    "(= (t $x) (match &self (e $x) $x)) (e 1) !(tabled (t $x)) !(hyperpose ((t $a) (add-atom &self (e 2)) (t $b))) !(t $x)",
    "1 () 1",
    "1 2",
  ],
])(
  "%s that a branch makes are not known to the next one, and are after the join",
  (_what, text, branches, after) => {
    expect(run(text).results.slice(-2)).toEqual([branches, after]);
  },
);

test("a branch that freezes its environment, or fails, or writes and fails leaves the next one what there was", () => {
  const write = "(let () (add-atom &self (b)) (count))";
  const { results } = run(
    `(a) !(hyperpose ((freeze) ${write} (fail) ${write} (let () (add-atom &self (c)) (fail)) (count))) !(count)`,
  );
  expect(results[0]).toBe("() 2 2 1");
  expect(results[1]).toBe("4");
});
