import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import type { Environment } from "../../src/environment/environment.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { environmentOf, makeHeap, settle } from "./harness.js";

type Edge = readonly [number, number];
type Pair = readonly [string, string];

/** What nested loops over the edges find for pairs of variables, in the order of the pairs. */
function nestedLoops(edges: readonly Edge[], pairs: readonly Pair[]): string[] {
  const found: string[] = [];
  const values = new Map<string, number>();
  const visit = (depth: number): void => {
    const pair = pairs[depth];
    if (pair === undefined) {
      found.push(`(${[...values.values()].join(" ")})`);
      return;
    }
    for (const edge of edges) {
      const added: string[] = [];
      const fits = pair.every((name, side) => {
        const known = values.get(name);
        if (known !== undefined) return known === edge[side];
        values.set(name, edge[side]!);
        added.push(name);
        return true;
      });
      if (fits) visit(depth + 1);
      for (const name of added) values.delete(name);
    }
  };
  visit(0);
  return found;
}

function queryOf(pairs: readonly Pair[]): string {
  return `(, ${pairs.map(([from, to]) => `(edge $${from} $${to})`).join(" ")})`;
}

function found(env: Environment, pairs: readonly Pair[]): string[] {
  const names = [...new Set(pairs.flat())].map((name) => `$${name}`);
  const template = parseAtom(`(${names.join(" ")})`);
  return [...env.match(parseAtom(queryOf(pairs)), { template })].map((each) => print(each));
}

const SHAPES: readonly (readonly Pair[])[] = [
  [
    ["x", "y"],
    ["y", "z"],
    ["z", "x"],
  ],
  [
    ["x", "y"],
    ["x", "z"],
    ["y", "z"],
  ],
  [
    ["x", "y"],
    ["y", "z"],
    ["x", "z"],
    ["z", "w"],
    ["x", "w"],
    ["y", "w"],
  ],
  [
    ["x", "y"],
    ["y", "z"],
    ["z", "w"],
    ["w", "x"],
  ],
  [
    ["x", "y"],
    ["y", "x"],
    ["x", "x"],
  ],
];

const node = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(9));
const edge = fc.tuple(node, node);
/** Different edges, and a few that are there twice: each occurrence is a match of its own. */
const graph = fc
  .tuple(
    fc.uniqueArray(edge, { minLength: 16, maxLength: 36, size: "max", selector: String }),
    fc.array(fc.nat(15), { maxLength: 2 }),
  )
  .map(([edges, twice]) => [...edges, ...twice.map((at) => edges[at]!)]);

describe("patterns in a circle", () => {
  it("find what nested loops find, in the order of the facts (JG1)", () => {
    const property = fc.property(
      graph,
      fc.array(fc.nat(39), { maxLength: 6 }),
      fc.constantFrom(...SHAPES),
      (edges, removed, pairs) => {
        const heap = makeHeap();
        const env = environmentOf(heap, ...edges.map(([from, to]) => `(edge ${from} ${to})`));
        const left = [...edges];
        for (const at of removed) {
          const [from, to] = left[at % left.length]!;
          expect(env.remove(parseAtom(`(edge ${from} ${to})`))).toBe(true);
          const first = left.findIndex((edge) => edge[0] === from && edge[1] === to);
          left.splice(first, 1);
          checkEnvironment(env);
        }
        const wanted = nestedLoops(left, pairs);
        const given = found(env, pairs);
        expect(given.toSorted()).toEqual(wanted.toSorted());
        if (pairs.length === 3) expect(given).toEqual(wanted);
        expect(env.countMatches(parseAtom(queryOf(pairs)))).toBe(wanted.length);
        settle(heap, env);
      },
    );
    fc.assert(property, { numRuns: 80 });
  });

  it("look at as many rows as there are edges, however many edges meet in one place", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const spokes = 1000;
    for (let n = 1; n <= spokes; n++) {
      env.add(parseAtom(`(edge in${n} hub)`));
      env.add(parseAtom(`(edge hub out${n})`));
    }
    for (let n = 1; n <= 3; n++) env.add(parseAtom(`(edge out${n} in${n})`));
    const { patterns, results } = env.explain(parseAtom(queryOf(SHAPES[0]!)));
    expect(results).toBe(9);
    const rows = patterns.reduce((sum, pattern) => sum + pattern.rows, 0);
    expect(rows).toBeLessThan(8 * spokes);
    settle(heap, env);
  });
});
