import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Bindings } from "../../src/environment/answers.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import type { Environment } from "../../src/environment/environment.js";
import type { Bounds } from "../../src/environment/interval.js";
import { packRows } from "../../src/environment/packed-rows.js";
import {
  type Atom,
  expression,
  FLOAT,
  float,
  INTEGER,
  integer,
  symbol,
} from "../../src/term/atom.js";
import { orderKeyOf } from "../../src/term/number-order.js";
import { print } from "../../src/term/printer.js";
import { atom, environmentOf, makeHeap, settle } from "./harness.js";

/** Numbers of all forms, with neighbours that share a key by order and such that do not. */
const NUMBERS: readonly Atom[] = [
  ...[-7, -1, 0, 1, 2, 3, 9, 10, 11, 100, 2 ** 24, 2 ** 24 + 1, 2 ** 27, -(2 ** 27) - 1].map(
    integer,
  ),
  ...[2n ** 53n, 2n ** 53n + 1n, -(2n ** 64n), 10n ** 400n].map(integer),
  ...[-0, 0.5, 1.5, 2, 9.999_999_999, 10, 1e-50, 1e300, Infinity, -Infinity, NaN].map(float),
];
const OTHERS: readonly Atom[] = [
  "a",
  '"t"',
  "True",
  "()",
  "(+ 1 2)",
  "(p 3)",
  "$open",
  "(p $open)",
].map(atom);
const LIMITS = [-Infinity, -8, -0, 0, 1, 1.25, 2, 10, 10.5, 100, 2 ** 24, 2 ** 53, Infinity];

const limit = fc.oneof(
  fc.constantFrom<number | bigint>(...LIMITS),
  fc.constantFrom<number | bigint>(2n ** 53n, 2n ** 53n + 1n, -(2n ** 63n), 10n ** 400n),
);
const bounds: fc.Arbitrary<Bounds> = fc.oneof(
  fc.record({ gte: limit }),
  fc.record({ lt: limit }),
  fc.record({ gt: limit, lte: limit }),
  fc.record({ gte: limit, lt: limit }),
  fc.record({ gte: limit, gt: limit, lte: limit, lt: limit }),
  fc.constant({}),
);
const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 1, arbitrary: fc.constantFrom(...OTHERS) },
);
const NODES = ["a", "b", "c", "d", "e", "f", "g", "h"];
const fact = fc
  .tuple(fc.constantFrom(...NODES, "a", "a", "a"), fc.constantFrom(...NODES), value, value)
  .map(([from, to, weight, other]) =>
    expression([symbol("edge"), symbol(from), symbol(to), weight, other]),
  );
/** Each number equally often, so that few are between most limits. */
const SPREAD = Array.from({ length: 116 }, (_, n) => {
  const weight = NUMBERS[n % NUMBERS.length]!;
  return expression([symbol("edge"), symbol("a"), symbol("b"), weight, integer(n)]);
});
const step = fc.record({ kind: fc.constantFrom("add", "remove", "union", "pack", "clone"), fact });

function isIn(found: Atom, { gte, gt, lte, lt }: Bounds): boolean {
  if (found.tag !== INTEGER && found.tag !== FLOAT) return false;
  const number = found.value;
  if (Number.isNaN(number)) return false;
  return (
    (gte === undefined || number >= gte) &&
    (gt === undefined || number > gt) &&
    (lte === undefined || number <= lte) &&
    (lt === undefined || number < lt)
  );
}

const TEMPLATE = atom("(r $a $b $c $w $n)");
const PATTERNS = [
  "(edge $a $b $w $n)",
  "(edge a $b $w $n)",
  "(edge $a $b $w $w)",
  "(edge $a $a $w $n)",
  "(edge 7 $b $w $n)",
  "(, (edge a $b $w $x) (edge $b $c $y $n))",
  "(, (edge $a $b $w $x) (edge $a $c $x $n) (edge $c $b $y $z))",
  "($h $a $b $w $n)",
];

/** Variables of facts get new numbers each time. */
function shown(bindings: Bindings): string {
  const texts = [...bindings].map(([it, bound]) => `${it.name}=${print(bound)}`);
  return texts.join(" ").replaceAll(/#\d+/g, "");
}

/** What a look at every match gives. */
function expected(
  env: Environment,
  pattern: Atom,
  wanted: Readonly<Record<string, Bounds>>,
): string[] {
  const asked = Object.entries(wanted);
  return [...env.bindings(pattern)]
    .filter((found) =>
      asked.every(([name, each]) => {
        const bound = [...found].find(([it]) => it.name === name)?.[1];
        return bound !== undefined && isIn(bound, each);
      }),
    )
    .map(shown);
}

function given(
  env: Environment,
  pattern: Atom,
  wanted: Readonly<Record<string, Bounds>>,
): string[] {
  return [...env.bindings(pattern, { bounds: wanted })].map(shown);
}

/** Weights 0 … count − 1 in an order of their own. */
function weights(count: number): Environment {
  const env = environmentOf(makeHeap());
  env.addAll(
    Array.from({ length: count }, (_, n) => atom(`(edge n${n % 10} ${(n * 7919) % count})`)),
  );
  return env;
}

describe("keys by the order of numbers", () => {
  it("ascend as numbers do, and are the same for numbers that are equal (NO1, NO2)", () => {
    const numbers = [...NUMBERS, ...LIMITS.map(float)].map((each) => {
      if (each.tag !== INTEGER && each.tag !== FLOAT) throw new Error("a number is wanted");
      return each.value;
    });
    const known = numbers.filter((each) => !Number.isNaN(each));
    for (const one of known) {
      for (const other of known) {
        if (one < other) expect(orderKeyOf(one)).toBeLessThanOrEqual(orderKeyOf(other));
        else if (!(other < one)) expect(orderKeyOf(one)).toBe(orderKeyOf(other));
      }
      expect(orderKeyOf(one)).toBeGreaterThan(0);
    }
    expect(orderKeyOf(NaN)).toBeGreaterThan(orderKeyOf(Infinity));
    expect(orderKeyOf(2 ** 24)).toBeGreaterThan(orderKeyOf(2 ** 24 - 1));
  });
});

describe("a match with bounds", () => {
  it("looks at the rows in between alone, and gives them in insertion order", () => {
    const env = weights(3000);
    const asked = { bounds: { w: { gte: 1000, lt: 1030 } } };
    const pattern = atom("(edge $x $w)");
    const texts = [...env.match(pattern, asked)].map((each) => print(each));
    expect(texts).toEqual(
      [...env.match(pattern)]
        .map((each) => print(each))
        .filter((text) => /\b10[0-2]\d\)/.test(text)),
    );
    expect(texts).toHaveLength(30);
    expect(env.countMatches(pattern, asked)).toBe(30);
    const report = env.explain(pattern, asked);
    expect(report.results).toBe(30);
    expect(report.patterns[0]?.relations[0]?.index).toBe("place 2 by order");
    // The row at the upper limit has the key of the limit.
    expect(report.patterns[0]?.rows).toBe(31);
  });

  it("looks at every row, and builds nothing, where most are in between", () => {
    const env = weights(3000);
    const asked = { bounds: { w: { gte: 10 } } };
    expect(env.countMatches(atom("(edge $x $w)"), asked)).toBe(2990);
    expect(env.explain(atom("(edge $x $w)"), asked).patterns[0]?.relations[0]?.index).toBe("scan");
    expect(env.inspect().relations.flatMap(({ indexes }) => indexes)).toEqual([]);
  });

  it("uses the index of another argument where that has fewer rows", () => {
    const env = weights(3000);
    for (let n = 0; n < 5; n++) env.add(atom(`(edge rare ${n * 100})`));
    const asked = { bounds: { w: { lt: 300 } } };
    expect([...env.match(atom("(edge rare $w)"), asked)].map((each) => print(each))).toEqual([
      "(edge rare 0)",
      "(edge rare 100)",
      "(edge rare 200)",
    ]);
    const [report] = env.explain(atom("(edge rare $w)"), asked).patterns;
    expect(report?.relations[0]?.index).toBe("place 1");
  });

  it("narrows a pattern of a conjunction", () => {
    const env = weights(3000);
    const asked = { bounds: { w: { gte: 1000, lt: 1030 } } };
    const pattern = atom("(, (edge $x $w) (edge $x 5))");
    expect([...env.match(pattern, asked)]).toHaveLength(3);
    const reports = env.explain(pattern, asked).patterns;
    expect(reports.reduce((rows, each) => rows + each.rows, 0)).toBeLessThan(700);
  });

  it("finds what a look at every match finds, whatever is written, packed, cloned and united (RI1, RA1, RA2)", () => {
    const heap = makeHeap();
    let ordered = 0;
    const property = fc.property(
      fc.array(fact, { minLength: 70, maxLength: 150, size: "max" }),
      fc.array(step, { maxLength: 4 }),
      fc.constantFrom(...PATTERNS),
      fc.array(bounds, { minLength: 3, maxLength: 3 }),
      (facts, steps, text, asked) => {
        const env = environmentOf(heap);
        env.addAll(facts);
        const pattern = atom(text);
        const names = ["w", "n"].filter((name) => text.includes(`$${name}`));
        const both = Object.fromEntries(names.map((name, at) => [name, asked[at]!]));
        const questions = [{ w: asked[0]! }, both, { w: asked[2]! }];
        const ask = (): void => {
          for (const wanted of questions) {
            const texts = given(env, pattern, wanted);
            expect(texts).toEqual(expected(env, pattern, wanted));
            expect(env.countMatches(pattern, { bounds: wanted })).toBe(texts.length);
            const { results, patterns } = env.explain(pattern, { bounds: wanted });
            expect(results).toBe(texts.length);
            const indexes = patterns.flatMap(({ relations }) =>
              relations.map(({ index }) => index),
            );
            if (indexes.some((index) => index.endsWith("by order"))) ordered++;
            const instances = [...env.match(pattern, { template: TEMPLATE, bounds: wanted })];
            expect(instances).toHaveLength(texts.length);
          }
          checkEnvironment(env);
        };
        ask();
        for (const { kind, fact: written } of steps) {
          if (kind === "add") env.add(written);
          else if (kind === "remove") env.remove(facts[steps.length % facts.length]!);
          else if (kind === "clone") env.clone().dispose();
          else if (kind === "pack") {
            using packed = packRows(heap, [written, ...facts.slice(0, 20)]);
            env.addPacked(packed);
          } else {
            const clone = env.clone();
            clone.add(written);
            clone.remove(facts[3]!);
            env.remove(facts[5]!);
            env.add(written);
            env.absorb(clone);
            clone.dispose();
          }
          ask();
        }
        env.dispose();
      },
    );
    const few: Bounds = { gte: 100, lt: 2 ** 24 };
    fc.assert(property, { numRuns: 8, examples: [[SPREAD, [], PATTERNS[0]!, [few, few, few]]] });
    expect(ordered).toBeGreaterThan(0);
    settle(heap);
  });

  it("is refused with what is no limit, and for what is no variable of the pattern", () => {
    const env = weights(3);
    const pattern = atom("(edge $x $w)");
    const refused = (asked: object, message: RegExp): void => {
      expect(() => env.match(pattern, { bounds: asked as never })).toThrow(
        expect.objectContaining({
          code: "ERR_INVALID_ARGUMENT",
          message: expect.stringMatching(message),
        }),
      );
    };
    refused({ q: { lt: 1 } }, /a variable of the pattern is needed, not the string "q"/);
    refused({ w: { lt: "1" } }, /option bounds.w with option lt: a number or a bigint is needed/);
    refused({ w: { lt: NaN } }, /a number or a bigint is needed, not NaN/);
    refused({ w: { below: 1 } }, /there is no option below/);
    refused({ w: 5 }, /an object of options is needed/);
  });
});
