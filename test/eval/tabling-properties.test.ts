/** Tables of random programs over random graphs, against what a plain search finds. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { interpret } from "../../src/eval/interpreter/interpret.js";
import { UNDEFINED } from "../../src/eval/language/type-names.js";
import { wholeAllowance } from "../../src/eval/limits/budget.js";
import type { Limits } from "../../src/eval/limits/limits.js";
import { EvaluationContext } from "../../src/eval/machine/evaluation-context.js";
import { Machine, type Shortcuts } from "../../src/eval/machine/machine.js";
import { Query } from "../../src/eval/machine/query-variables.js";
import { ResultFrame } from "../../src/eval/machine/result-frame.js";
import type { Evaluation } from "../../src/eval/program/evaluation.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const heap = Heap.create({ maxBytes: 2 ** 28 });
const host = { print: () => {}, trace: () => {}, random: () => 0.5 };

type Edges = readonly (readonly [from: number, to: number])[];

const NODES = 6;
const node = fc.nat(NODES - 1);
const edges: fc.Arbitrary<Edges> = fc.uniqueArray(fc.tuple(node, node), {
  maxLength: 14,
  selector: ([from, to]) => from * NODES + to,
});

/** Rules that all mean: there is a way. */
const RECURSIONS: readonly string[] = [
  "(= (path $x $y) (let True (path $x $z) (edge-of $z $y)))",
  "(= (path $x $y) (let True (edge-of $x $z) (path $z $y)))",
  "(= (path $x $y) (let True (path $x $z) (path $z $y)))",
  "(= (path $x $y) (match &self (edge $x $z) (path $z $y)))",
  "(= (path $x $y) (let True (way $x $z) (edge-of $z $y)))",
  "(= (path $x $y) (path $x $y))",
  "(= (path $x $y) (let* ((True (path $x $z)) (True (way $z $y))) True))",
];
const rules = fc
  .tuple(fc.constantFrom(...RECURSIONS.slice(0, 4)), fc.subarray([...RECURSIONS]), fc.nat(7))
  .map(([first, more, at]) => {
    const all = [first, ...more];
    all.splice(at % (all.length + 1), 0, "(= (path $x $y) (match &self (edge $x $y) True))");
    return all.join(" ");
  });
const HELPERS = `(= (edge-of $x $y) (match &self (edge $x $y) True)) (= (way $x $y) (path $x $y))`;

function environmentOf(graph: Edges, text: string, evaluator: Evaluator): Environment {
  const environment = Environment.create(heap);
  for (const call of ["(path $x $y)", "(way $x $y)"]) {
    evaluator.evaluate(environment, parseAtom(`(tabled ${call})`));
  }
  for (const [from, to] of graph) environment.add(parseAtom(`(edge ${from} ${to})`));
  for (const { atom } of parse(text)) environment.add(atom);
  return environment;
}

/** All pairs with a way of at least one edge between them. */
function closure(graph: Edges): readonly (readonly [from: number, to: number])[] {
  const known = new Set(graph.map(([from, to]) => from * NODES + to));
  for (let middle = 0; middle < NODES; middle++) {
    for (let from = 0; from < NODES; from++) {
      for (let to = 0; to < NODES; to++) {
        if (known.has(from * NODES + middle) && known.has(middle * NODES + to)) {
          known.add(from * NODES + to);
        }
      }
    }
  }
  return [...known].map((pair) => [Math.floor(pair / NODES), pair % NODES] as const);
}

const shown = ({ results }: Evaluation): string[] => results.map((each) => print(each));
const QUERIES: readonly [ask: string, wanted: (pairs: Edges) => string[]][] = [
  ["(let True (path $x $y) ($x $y))", (pairs) => pairs.map(([from, to]) => `(${from} ${to})`)],
  [
    "(let True (path 0 $y) $y)",
    (pairs) => pairs.filter(([from]) => from === 0).map(([, to]) => `${to}`),
  ],
  [
    "(let True (path $x 1) $x)",
    (pairs) => pairs.filter(([, to]) => to === 1).map(([from]) => `${from}`),
  ],
  [
    "(let True (path $x $x) $x)",
    (pairs) => pairs.filter(([from, to]) => from === to).map(([from]) => `${from}`),
  ],
  ["(path 0 1)", (pairs) => pairs.filter(([from, to]) => from === 0 && to === 1).map(() => "True")],
];

test("a tabled path finds the transitive closure of any graph, each pair once, whatever its rules", () => {
  const evaluator = new Evaluator(standardLibrary(), host);
  fc.assert(
    fc.property(edges, rules, (graph, text) => {
      using environment = environmentOf(graph, `${text} ${HELPERS}`, evaluator);
      const pairs = closure(graph);
      for (const [ask, wanted] of QUERIES) {
        const evaluation = evaluator.evaluate(environment, parseAtom(ask), { maxSteps: 100_000 });
        expect(evaluation.stopped).toBe("completed");
        expect(shown(evaluation).toSorted()).toEqual(wanted(pairs).toSorted());
      }
    }),
    { numRuns: 100 },
  );
});

test("tables are never out of date, whatever is written between two questions", () => {
  const evaluator = new Evaluator(standardLibrary(), host);
  const write = fc.tuple(fc.boolean(), node, node);
  const ask = `(= (all) (collapse (let True (path 0 $y) $y)))
    (= (change True $x $y) (add-atom &self (edge $x $y)))
    (= (change False $x $y) (remove-atom &self (edge $x $y)))`;
  fc.assert(
    fc.property(edges, rules, fc.array(write, { maxLength: 6 }), (graph, text, writes) => {
      using environment = environmentOf(graph, `${text} ${HELPERS} ${ask}`, evaluator);
      let now = [...graph];
      const asked: string[] = ["(all)"];
      const wanted = [closure(now)];
      for (const [isAdded, from, to] of writes) {
        now = now.filter((edge) => edge[0] !== from || edge[1] !== to);
        asked.push(`(change False ${from} ${to})`);
        if (isAdded) {
          asked.push(`(change True ${from} ${to})`);
          now = [...now, [from, to]];
        }
        asked.push("(all)");
        wanted.push(closure(now));
      }
      const { results } = evaluator.evaluate(environment, parseAtom(`(steps ${asked.join(" ")})`), {
        maxSteps: 1_000_000,
      });
      const found = print(results[0]!)
        .slice("(steps ".length, -1)
        .match(/\((?:\d+(?: \d+)*)?\)/g)!
        .map((list) => (list.match(/\d+/g) ?? []).toSorted());
      const lists = wanted.map((pairs) =>
        pairs
          .filter(([from]) => from === 0)
          .map(([, to]) => `${to}`)
          .toSorted(),
      );
      // A write gives () as well, which no question about nothing is mistaken for.
      const answers = found.filter((_, index) => asked[index] === "(all)");
      expect(answers).toEqual(lists);
    }),
    { numRuns: 60 },
  );
});

/** As the evaluator does, with generated code, without, or by the machine alone. */
function evaluateWith(
  environment: Environment,
  ask: string,
  shortcuts: Shortcuts,
  limits: Limits,
): string[] {
  const allowance = wholeAllowance(heap, limits);
  const context = new EvaluationContext(
    environment,
    null,
    { library: standardLibrary(), host },
    allowance,
  );
  const lines: string[] = [];
  // The first times warm the rules up.
  for (let time = 0; time < 4; time++) {
    const inner = new EvaluationContext(environment, null, context, allowance);
    const machine = new Machine(inner, { interpret, shortcuts });
    const query = new Query(parseAtom(ask));
    const top = new ResultFrame(query, Number.POSITIVE_INFINITY);
    machine.evaluate(query.atom, UNDEFINED, top);
    machine.run();
    lines.push(
      `${machine.steps} ${top
        .inOrder()
        .map((each) => print(each))
        .join(" ")}`,
    );
    machine.close();
  }
  allowance.budget.close();
  return lines.map((line) => line.replace(/#\d+/g, ""));
}

test("generated code and the machine alone find the same answers in the same order, in as many steps", () => {
  const evaluator = new Evaluator(standardLibrary(), host);
  fc.assert(
    fc.property(edges, rules, (graph, text) => {
      using environment = environmentOf(graph, `${text} ${HELPERS}`, evaluator);
      for (const [ask] of QUERIES) {
        const alone = evaluateWith(environment, ask, "none", {});
        expect(evaluateWith(environment, ask, "glances", {})).toEqual(alone);
        expect(evaluateWith(environment, ask, "code", {})).toEqual(alone);
      }
    }),
    { numRuns: 40 },
  );
});

describe("a limit in the middle of a table", () => {
  const graph: Edges = [
    [0, 1],
    [1, 2],
    [2, 0],
    [2, 3],
  ];
  const text = `${RECURSIONS[2]!} ${RECURSIONS[4]!} (= (path $x $y) (match &self (edge $x $y) True)) ${HELPERS}`;
  const ask = parseAtom("(let True (path 0 $y) $y)");

  test("of steps, at each of them, leaves no table with a part of the answers", () => {
    const evaluator = new Evaluator(standardLibrary(), host);
    using environment = environmentOf(graph, text, evaluator);
    const whole = evaluator.evaluate(environment, ask);
    expect(shown(whole).toSorted()).toEqual(["0", "1", "2", "3"]);
    for (let maxSteps = 0; maxSteps < whole.steps; maxSteps++) {
      const part = evaluator.evaluate(environment, ask, { maxSteps });
      expect(part.stopped).toBe("maxSteps");
      expect(shown(whole).slice(0, part.results.length)).toEqual(shown(part));
      expect(shown(evaluator.evaluate(environment, ask))).toEqual(shown(whole));
    }
    checkHeap(heap);
  });

  test("of results, and an abort, leave none either", () => {
    const evaluator = new Evaluator(standardLibrary(), host);
    using environment = environmentOf(graph, text, evaluator);
    const whole = shown(evaluator.evaluate(environment, ask));
    for (let maxResults = 0; maxResults < 4; maxResults++) {
      const part = evaluator.evaluate(environment, ask, { maxResults });
      expect(shown(part)).toEqual(whole.slice(0, maxResults));
    }
    let looks = 0;
    const isInterrupted = (): boolean => ++looks > 2;
    evaluator.evaluate(environment, parseAtom("(path $x $y)"), { isInterrupted });
    expect(shown(evaluator.evaluate(environment, ask))).toEqual(whole);
  });

  test("of time and of memory ends a table without end", () => {
    const evaluator = new Evaluator(standardLibrary(), host);
    using environment = Environment.create(Heap.create({ maxBytes: 2 ** 24 }));
    evaluator.evaluate(environment, parseAtom("(tabled (grow))"));
    const wide = Array.from({ length: 400 }, (_, index) => `p${index}`).join(" ");
    for (const { atom } of parse(`(= (grow) end) (= (grow) (let $g (grow) ($g ${wide})))`)) {
      environment.add(atom);
    }
    const endless = parseAtom("(grow)");
    expect(evaluator.evaluate(environment, endless, { maxTimeMs: 300 }).stopped).toBe("maxTimeMs");
    const full = evaluator.evaluate(environment, endless, { maxHeapBytes: 2 ** 25 });
    expect(full.stopped).toBe("maxHeapBytes");
    expect(full.steps).toBeGreaterThan(10_000);
    expect(full.results).toEqual([]);
  });
});
