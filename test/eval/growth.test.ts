import { describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { Heap } from "../../src/memory/heap.js";
import { parse } from "../../src/term/parser.js";

/*
 * Four times as large may take four times as long and a little more; what is quadratic takes sixteen times. Each size is
 * measured several times in turn, and the least counts. Times below the floor say nothing.
 */
const SMALL = 2_500;
const FACTOR = 4;
const MOST = 11;
const FLOOR_MS = 8;
const ROUNDS = 4;

const heap = Heap.create({ maxBytes: 2 ** 30 });

function timeOf(program: string): number {
  const env = Environment.create(heap);
  const evaluator = new Evaluator(undefined, { print: () => undefined });
  const items = parse(program);
  const start = performance.now();
  for (const { atom, evaluate } of items) {
    if (!evaluate) env.add(atom);
    else expect(evaluator.evaluate(env, atom).stopped).toBe("completed");
  }
  const time = performance.now() - start;
  env.dispose();
  return time;
}

function growth(program: (size: number) => string): number {
  let [small, large] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const [less, more] = [program(SMALL), program(SMALL * FACTOR)];
  for (let round = 0; round < ROUNDS; round++) {
    small = Math.min(small, timeOf(less));
    large = Math.min(large, timeOf(more));
    if (large / Math.max(small, FLOOR_MS) < MOST) break;
  }
  return large / Math.max(small, FLOOR_MS);
}

function list(size: number, part: (index: number) => string | number): string {
  return `(${Array.from({ length: size }, (_, index) => part(index)).join(" ")})`;
}

function nested(size: number, open: string, inner: string): string {
  return `${open.repeat(size)}${inner}${")".repeat(size)}`;
}

const variables = (size: number): string => list(size, (index) => `$x${index}`);
const numbers = (size: number): string => list(size, (index) => index);
const pairs = (size: number): string => list(size, (index) => `(p ${index} $x${index})`);

const PROGRAMS: Readonly<Record<string, (size: number) => string>> = {
  "adding an atom of many variables": (n) => variables(n),
  "evaluating an atom of many variables": (n) => `!(f ${variables(n)})`,
  "matching an atom of many variables": (n) =>
    `(f ${numbers(n)}) (f ${variables(n)}) !(match &self (f ${variables(n)}) ok)`,
  "a rule of many variables": (n) => `(= (f ${variables(n)}) ok) !(f ${numbers(n)})`,
  "unifying many variables": (n) => `!(unify ${variables(n)} ${pairs(n)} ok no)`,
  "comparing many variables": (n) => `!(=alpha ${pairs(n)} ${pairs(n)})`,
  "code of many variables": (n) => `!(let $r (map-atom (1 2) $q (quote ${variables(n)})) ok)`,
  "evaluating a deep atom": (n) => `!${nested(n, "(f ", "x")}`,
  "evaluating an atom deep in its head": (n) => `!${nested(n, "(", "x")}`,
  "storing and matching a deep atom": (n) =>
    `(a ${nested(n, "(f ", "1")}) !(match &self (a ${nested(n, "(f ", "$x")}) $x)`,
  "a deep rule": (n) => `(= (h ${nested(n, "(f ", "$x")}) $x) !(h ${nested(n, "(f ", "1")})`,
  "unique-atom": (n) => `!(let $r (unique-atom ${pairs(n)}) ok)`,
  unique: (n) => `!(unique (superpose ${numbers(n)}))`,
  "subtraction-atom": (n) => `!(let $r (subtraction-atom ${pairs(n)} ${numbers(n)}) ok)`,
  "intersection-atom": (n) =>
    `!(let $r (intersection-atom ${numbers(n)} ${list(n, (index) => n - index)}) ok)`,
  "union-atom": (n) => `!(let $r (union-atom ${numbers(n)} ${numbers(n)}) ok)`,
  subtraction: (n) =>
    `!(subtraction (superpose ${numbers(n)}) (superpose ${list(n, (index) => -1 - index)}))`,
  assertEqualToResult: (n) =>
    `!(assertEqualToResult (superpose ${numbers(n)}) ${list(n, (index) => n - 1 - index)})`,
  "the type of a wide tuple": (n) => `!(let $r (get-type ${numbers(n)}) ok)`,
  "map-atom": (n) => `!(let $r (map-atom ${numbers(n)} $x (+ $x 1)) ok)`,
  "filter-atom": (n) => `!(let $r (filter-atom ${numbers(n)} $x (> $x 1)) ok)`,
  collapse: (n) => `!(let $r (collapse (superpose ${numbers(n)})) ok)`,
  "let*": (n) => `!(let* ${list(n, (index) => `($x${index} ${index})`)} ok)`,
  case: (n) => `!(case ${n - 1} ${list(n, (index) => `(${index} ok)`)})`,
  repr: (n) => `!(let $r (repr ${pairs(n)}) ok)`,
};

describe("The cost grows with the size of", () => {
  test.each(Object.entries(PROGRAMS))("%s", (_name, program) => {
    expect(growth(program)).toBeLessThan(MOST);
  });
});
