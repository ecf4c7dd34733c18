import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { impureOperation } from "../../src/eval/host/operation.js";
import type { Library } from "../../src/eval/library/library.js";
import type { Limits } from "../../src/eval/limits/limits.js";
import type { Evaluation } from "../../src/eval/program/evaluation.js";
import { Heap } from "../../src/memory/heap.js";
import { evaluate, evaluateAsync } from "../../src/parallel/language-evaluator.js";
import { expression, float, integer } from "../../src/term/atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const MIB = 2 ** 20;
const heap = Heap.create({ maxBytes: 2 ** 30 });
let environment: Environment;

/** Every way to go on for ever. */
const PROGRAM = `
  (= (count $n) (count (+ $n 1)))
  (= (nest $n) (S (nest (+ $n 1))))
  (= (keep $list) (let $block (block) (keep (cons $block $list))))
  (= (churn) (let $block (block) (churn)))
  (= (blocks) (block))
  (= (blocks) (blocks))
  (= (nat $n) $n)
  (= (nat $n) (nat (+ $n 1)))
  (= (fill $n) (let () (add-atom &self (row $n a b c d)) (fill (+ $n 1))))
  (= (try $n) (if (== $n -1) found (empty)))
  (= (peano Z) Z)
  (= (peano (S $n)) (peano (S (S $n))))
  (number 1) (number 2)
`;

beforeEach(() => {
  environment = Environment.create(heap);
  for (const { atom } of parse(PROGRAM)) environment.add(atom);
});
afterEach(() => environment.dispose());

/** Some 30 KB of JavaScript memory. */
const block = impureOperation("block", "(-> Atom)", "Fills memory.", () =>
  expression(Array.from({ length: 1000 }, () => float(0.5))),
);

function at(query: string, limits: Limits): Evaluation {
  return evaluate(environment, parseAtom(query), { ...limits, library: library() });
}

function library(): Library {
  const made = standardLibrary();
  made.addOperation(block);
  made.addOperation(
    impureOperation("numbers", "(-> Number)", "Endless.", function* () {
      for (let number = 0; ; number++) yield integer(number);
    }),
  );
  return made;
}

const shown = ({ results }: Evaluation): string[] => results.map((atom) => print(atom));

/** Evaluations without an end. */
const ENDLESS = [
  ["a stream of the host", "(collapse (numbers))"],
  ["a tail call", "(count 0)"],
  ["a call that grows the stack", "(nest 0)"],
  ["a search without results", "(let $x (nat 0) (try $x))"],
  ["a deterministic match of structures", "(peano (S Z))"],
  ["a collapse", "(collapse (nat 0))"],
  ["a match", "(case (count 0) ((1 (match &self (number $x) $x))))"],
] as const;

describe.each(ENDLESS)("%s", (_title, query) => {
  test("ends at maxSteps", () => {
    const { stopped, steps, results } = at(query, { maxSteps: 20_000 });
    expect(stopped).toBe("maxSteps");
    expect(steps).toBeLessThanOrEqual(20_001);
    expect(results).toEqual([]);
  });

  test("ends at maxTimeMs", () => {
    expect(at(query, { maxTimeMs: 20, maxSteps: 2 ** 31 }).stopped).toBe("maxTimeMs");
  });

  test("ends when isInterrupted says so", () => {
    let asked = 0;
    const { stopped } = at(query, { isInterrupted: () => ++asked > 3 });
    expect(stopped).toBe("aborted");
  });

  test("ends when its signal is aborted", async () => {
    const signal = AbortSignal.timeout(20);
    const options = { signal, library: library() };
    const { stopped } = await evaluateAsync(environment, parseAtom(query), options);
    expect(stopped).toBe("aborted");
  });
});

/** True when it is asked for the `count`-th time and from then on every other such time. */
function after(count: number): () => boolean {
  let asked = 0;
  return () => ++asked % count === 0;
}

describe("a search of a space that finds nothing for long", () => {
  const places = Array.from({ length: 60 }, (_, index) => `(place ${index})`);
  const roads = Array.from({ length: 5_000 }, (_, index) => `(road x${index} y)`);
  const query = `(match &self (, (place $a) (place $b) (place $c) (place $d) (place $e)
    (place $f) (place $g) (road $a $h)) found)`;

  test.each([
    ["maxTimeMs", { maxTimeMs: 20 }, "maxTimeMs"],
    ["isInterrupted", { isInterrupted: after(50) }, "aborted"],
  ])("ends at %s, also inside the match", (_title, limits, reason) => {
    for (const { atom } of parse([...places, ...roads].join(" "))) environment.add(atom);
    expect(at(query, limits)).toMatchObject({ stopped: reason, results: [] });
    environment.add(parseAtom(`(= (hidden) ${query})`));
    expect(at("(superpose (first (collapse (hidden))))", limits).stopped).toBe(reason);
  });
});

describe("maxResults", () => {
  test("ends with as many results", () => {
    const evaluation = at("(nat 0)", { maxResults: 3 });
    expect(shown(evaluation)).toEqual(["0", "1", "2"]);
    expect(evaluation.stopped).toBe("maxResults");
  });

  test("counts the results of the whole, not those that are collected on the way", () => {
    const evaluation = at("(collapse (match &self (number $x) $x))", { maxResults: 1 });
    expect(shown(evaluation)).toEqual(["(1 2)"]);
  });

  test("holds for an evaluation that can wait, and for a stream", async () => {
    const query = parseAtom("(nat 0)");
    const evaluation = await evaluateAsync(environment, query, { maxResults: 3 });
    expect(shown(evaluation)).toEqual(["0", "1", "2"]);
    expect(evaluation.stopped).toBe("maxResults");
    const stream = new Evaluator().stream(environment, query, { maxResults: 2 });
    const found: string[] = [];
    let next = await stream.next();
    for (; next.done !== true; next = await stream.next()) found.push(print(next.value));
    expect(found).toEqual(["0", "1"]);
    expect(next.value.stopped).toBe("maxResults");
  });
});

describe("a limit", () => {
  test("leaves the results that were found before it, and what was written", () => {
    const query = "(superpose (a (let () (add-atom &self (written)) b) (count 0) never))";
    const evaluation = at(query, { maxSteps: 5_000 });
    expect(shown(evaluation)).toEqual(["a", "b"]);
    expect(evaluation.stopped).toBe("maxSteps");
    expect(print([...environment.atoms()].at(-1)!)).toBe("(written)");
  });

  test("that is reached before the start lets nothing begin", async () => {
    const query = parseAtom("(add-atom &self (written))");
    const signal = AbortSignal.abort();
    const before = environment.count;
    expect(evaluate(environment, query, { signal }).stopped).toBe("aborted");
    expect((await evaluateAsync(environment, query, { signal })).stopped).toBe("aborted");
    expect(evaluate(environment, query, { maxTimeMs: 0 }).stopped).toBe("maxTimeMs");
    expect(environment.count).toBe(before);
  });

  test("that is not reached changes nothing", () => {
    const limits = {
      maxSteps: 1e9,
      maxTimeMs: 1e9,
      maxResults: 1e9,
      maxHeapBytes: 2 ** 40,
      signal: new AbortController().signal,
      isInterrupted: () => false,
    };
    const evaluation = at("(match &self (number $x) $x)", limits);
    expect(shown(evaluation)).toEqual(["1", "2"]);
    expect(evaluation.stopped).toBe("completed");
  });

  test("of 0 allows nothing, and one of Infinity everything", () => {
    expect(at("(count 0)", { maxSteps: 0 })).toMatchObject({ stopped: "maxSteps", steps: 0 });
    expect(at("1", { maxTimeMs: 0 })).toMatchObject({ stopped: "maxTimeMs", results: [] });
    expect(at("1", { maxResults: 0 })).toMatchObject({ stopped: "maxResults", results: [] });
    expect(at("1", { maxHeapBytes: 0 })).toMatchObject({ stopped: "maxHeapBytes", results: [] });
    const none = { maxSteps: Infinity, maxTimeMs: Infinity, maxResults: Infinity };
    expect(at("(superpose (1 2))", none).stopped).toBe("completed");
  });

  test.each([
    { maxSteps: Number.NaN },
    { maxSteps: 1.5 },
    { maxTimeMs: -1 },
    { maxTimeMs: Number.NaN },
    { maxResults: -1 },
    { maxHeapBytes: "1" as unknown as number },
    { maxForkDepth: 0.5 },
    { maxBranches: Number.NEGATIVE_INFINITY },
  ])("that is none is refused: %o", async (limits) => {
    expect(() => at("1", limits)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }),
    );
    const async = evaluateAsync(environment, parseAtom("1"), limits);
    await expect(async).rejects.toMatchObject({ code: "ERR_INVALID_ARGUMENT" });
  });

  test("ends an operation that asks, and its call has no value", () => {
    const own = library();
    const turns = impureOperation("turns", "(-> Number)", "For ever.", (_arguments, context) => {
      for (;;) context.throwIfStopped();
    });
    own.addOperation(turns);
    own.addOperation({ ...turns, name: "pure-turns", pure: true });
    for (const query of ["(turns)", "(case (turns) (($x $x)))", "(+ 1 (pure-turns))"]) {
      const atom = parseAtom(`(superpose (first ${query}))`);
      const { results, stopped } = evaluate(environment, atom, { maxTimeMs: 300, library: own });
      expect([results.map((each) => print(each)), stopped]).toEqual([["first"], "maxTimeMs"]);
    }
  });

  test("ends an evaluation, and the evaluator serves the next one", () => {
    const evaluator = new Evaluator();
    const stopped = evaluator.evaluate(environment, parseAtom("(nest 0)"), { maxSteps: 10_000 });
    expect(stopped.stopped).toBe("maxSteps");
    const { results } = evaluator.evaluate(environment, parseAtom("(match &self (number $x) $x)"));
    expect(results.map((atom) => print(atom))).toEqual(["1", "2"]);
  });
});

describe("maxHeapBytes", () => {
  test("ends what fills the shared heap, with what was found", () => {
    const evaluation = at("(superpose (first (fill 0)))", {
      maxHeapBytes: heap.claimedBytes() + MIB,
    });
    expect(evaluation.stopped).toBe("maxHeapBytes");
    expect(shown(evaluation)).toEqual(["first"]);
    expect(environment.count).toBeGreaterThan(100);
  });

  test.each([
    ["a growing value", "(keep ())"],
    ["a growing stack", "(nest 0)"],
    ["a growing collection", "(collapse (blocks))"],
  ])("ends %s in the memory of JavaScript", (_title, query) => {
    const maxHeapBytes = heap.claimedBytes() + 16 * MIB;
    expect(at(`(superpose (first ${query}))`, { maxHeapBytes })).toMatchObject({
      stopped: "maxHeapBytes",
      results: [parseAtom("first")],
    });
  });

  test("does not count garbage", () => {
    const maxHeapBytes = heap.claimedBytes() + 8 * MIB;
    const { stopped } = at("(churn)", { maxHeapBytes, maxSteps: 8_000 });
    expect(stopped).toBe("maxSteps");
  });
});
