import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment } from "../../src/environment/environment.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { Heap } from "../../src/memory/heap.js";
import type { Atom, StateAtom } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { isolationPrograms } from "../isolation-programs.js";
import { runIn } from "./run.js";

const heap = Heap.create({ maxBytes: 2 ** 28 });
const folder = mkdtempSync(join(tmpdir(), "oxbow-isolation-"));
beforeAll(() => {
  writeFileSync(
    join(folder, "lemma.metta"),
    "(= (lemma $x) ($x lemma)) (known 1) (known 1) !(add-atom &self (made here))",
  );
  writeFileSync(join(folder, "broken.metta"), "(half done) !(import! &self nowhere)");
  writeFileSync(join(folder, "own.metta"), "!(bind! &mine 5) (= (mine) &mine)");
});
afterAll(() => rmSync(folder, { recursive: true }));

const permissions = { allowRead: [folder], allowWrite: [folder] };
const newEvaluator = (): Evaluator =>
  new Evaluator(standardLibrary(permissions), { print: () => undefined, trace: () => undefined });

/** Runs a program in an environment; what each `!` gave, without the names that are given out as they come. */
function run(evaluator: Evaluator, environment: Environment, program: string): string[] {
  const text = program.replaceAll("@", folder);
  const showState = (state: StateAtom): Atom => environment.getState(state);
  const lines: string[] = [];
  // Each line is a program: behind an import that fails the next one goes on.
  for (const each of text.split("\n")) {
    for (const { results } of runIn(evaluator, environment, each, { maxSteps: 10_000 })) {
      lines.push(results.map((result) => print(result, showState)).join(" "));
    }
  }
  return lines.map((line) => line.replaceAll(/#\d+|GroundingSpace-\S+/g, "·"));
}

const programs = isolationPrograms();

test.each(programs)("what %s leaves behind, no other program sees", (_name, first) => {
  for (const [name, second] of programs) {
    using fresh = Environment.create(heap);
    const expected = run(newEvaluator(), fresh, second);
    const evaluator = newEvaluator();
    using before = Environment.create(heap);
    run(evaluator, before, first);
    using after = Environment.create(heap);
    expect(run(evaluator, after, second), `then ${name}`).toEqual(expected);
    // Beside each other, on clones of what neither has changed.
    using base = Environment.create(heap);
    using clone = base.clone();
    run(evaluator, clone, first);
    expect(run(evaluator, base, second), `then ${name} on the base`).toEqual(expected);
    checkEnvironment(base);
  }
});

test("what a program has set goes on in clones, and not beyond its own clones", () => {
  const evaluator = newEvaluator();
  using base = Environment.create(heap);
  using clone = base.clone();
  run(evaluator, clone, "!(pragma! type-check auto) !(bind! &kb 5) !(import! &self json)");
  using grandchild = clone.clone();
  const asked = '!(+ &kb 1) !(json-encode (1)) !(+ 1 "a")';
  expect(run(evaluator, grandchild, asked)).toEqual(run(evaluator, clone, asked));
  expect(run(evaluator, clone, asked).slice(0, 2)).toEqual(["6", '"[1]"']);
  expect(run(evaluator, base, asked)[1]).toBe("(json-encode (1))");
});

/** Two environments that have each run a program apart, and their union. */
function unionOf(left: string, right: string): Environment {
  using base = Environment.create(heap);
  base.add(parseAtom("base"));
  using one = base.clone();
  using other = base.clone();
  run(newEvaluator(), one, left);
  run(newEvaluator(), other, right);
  const both = one.union(other);
  checkEnvironment(both);
  for (const united of [other.union(one), both.union(one), both.union(other), both.union(base)]) {
    checkEnvironment(united);
    expect([...united.atoms()].map((each) => print(each)).sort()).toEqual(
      [...both.atoms()].map((each) => print(each)).sort(),
    );
    united.dispose();
  }
  using turned = other.union(one);
  using crossed = both.union(turned);
  checkEnvironment(crossed);
  const asked = `!(import! &self "@/lemma.metta") !(collapse (match &self (known $x) $x))`;
  using clone = both.clone();
  expect(run(newEvaluator(), crossed, asked)).toEqual(run(newEvaluator(), clone, asked));
  return both;
}

const LEMMA = '!(import! &self "@/lemma.metta")';
const KNOWN = "!(lemma a) !(match &self (known $x) $x) !(match &self (made $x) $x)";

test("a module that both sides of a union have imported is there once", () => {
  using both = unionOf(LEMMA, LEMMA);
  expect(both.conflicts).toEqual([]);
  expect(run(newEvaluator(), both, KNOWN)).toEqual(["(a lemma)", "1 1", "here"]);
});

test("a module that one side of a union has imported is there", () => {
  for (const both of [unionOf(LEMMA, "(other)"), unionOf("(other)", LEMMA)]) {
    expect(run(newEvaluator(), both, KNOWN)).toEqual(["(a lemma)", "1 1", "here"]);
    both.dispose();
  }
});

test("what one side has added to a module's space is in the union as well", () => {
  using both = unionOf(
    '!(import! &kb "@/lemma.metta") !(add-atom &kb (left))',
    '!(import! &kb "@/lemma.metta") !(add-atom &kb (right))',
  );
  expect(run(newEvaluator(), both, "!(match &kb ($x) $x)")[0]!.split(" ").sort()).toEqual([
    "left",
    "right",
  ]);
});

test("many branches that import one module unite", () => {
  using base = Environment.create(heap);
  for (const module of ["skel", "random", "json", '"@/lemma.metta"']) {
    const branches = Array.from({ length: 6 }, () => base.clone());
    for (const branch of branches) run(newEvaluator(), branch, `!(import! &self ${module})`);
    const expected = run(newEvaluator(), branches[0]!, `${KNOWN} !(skel-swap-pair (Pair a b))`);
    using united = Environment.unionAll(branches, { base });
    checkEnvironment(united);
    expect(run(newEvaluator(), united, `${KNOWN} !(skel-swap-pair (Pair a b))`)).toEqual(expected);
    for (const branch of branches) branch.dispose();
  }
});

test("of two sides that set a pragma or bind a word, the later counts, and that is told", () => {
  using both = unionOf(
    "!(pragma! max-stack-depth 500) !(bind! &kb 1) !(bind! same 7)",
    "!(pragma! max-stack-depth 900) !(bind! &kb 2) !(bind! same 7)",
  );
  const told = both.conflicts.map(
    ({ setting, left, right }) => `${setting} ${print(left)} ${print(right)}`,
  );
  expect(told.toSorted()).toEqual(["pragma max-stack-depth 500 900", "word &kb 1 2"]);
  expect(run(newEvaluator(), both, "!(+ &kb same)")).toEqual(["9"]);
});

test("a module that cannot be loaded leaves nothing", () => {
  const evaluator = newEvaluator();
  using environment = Environment.create(heap);
  const load = '!(import! &self "@/broken.metta")';
  const [first, second] = run(evaluator, environment, `${load}\n${load}`);
  expect(first).toMatch(/^\(Error /);
  expect(second).toBe(first);
  expect(run(evaluator, environment, "!(match &self (half $x) $x)")).toEqual([""]);
  checkEnvironment(environment);
});

test("a name that a module has bound is known in it alone", () => {
  using environment = Environment.create(heap);
  const lines = run(
    newEvaluator(),
    environment,
    '!(import! &self "@/own.metta") !(mine) !(+ 1 &mine)',
  );
  expect(lines.slice(0, 2)).toEqual(["()", "5"]);
  expect(lines[2]).not.toBe("6");
});

test("an atom with another environment's space or state is refused, and nothing is added", () => {
  using one = Environment.create(heap);
  using other = Environment.create(heap);
  other.add(parseAtom("(a)"));
  for (const foreign of [one.createSpace(), one.createState(parseAtom("x"))]) {
    const atom = parseAtom("(holds (deep 1.5 $x &it))", {
      tokens: (word) => (word === "&it" ? foreign : undefined),
    });
    expect(() => other.add(atom)).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_ARGUMENT",
        message: expect.stringContaining("this environment has not") as unknown,
      }),
    );
    expect(() => other.addAll([parseAtom("(b)"), atom])).toThrow(/has not/);
    expect([...other.atoms()].map((each) => print(each))).toEqual(["(a)"]);
    one.add(atom);
    using both = other.union(one);
    both.add(atom);
    checkEnvironment(other);
  }
});
