import { describe, expect, it } from "vitest";
import { LAST_SEQUENCE } from "../../src/environment/causal-context.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { checkPackedRows } from "../../src/environment/check-packed-rows.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { packRows, type RowList } from "../../src/environment/packed-rows.js";
import { HEAD_SEQUENCE, readNextRow, writeNextRow } from "../../src/environment/space.js";
import { Evaluator } from "../../src/eval/evaluator/evaluator.js";
import { standardLibrary } from "../../src/eval/evaluator/standard-library.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { checkRegions } from "../../src/memory/check-regions.js";
import { Heap } from "../../src/memory/heap.js";
import { Packed } from "../../src/memory/packed.js";
import { evaluate } from "../../src/parallel/language-evaluator.js";
import { HostAtom, SpaceAtom } from "../../src/term/atom.js";
import { PackedAtoms, packAtoms, readOrder, runsOf } from "../../src/term/packed-atoms.js";
import { print } from "../../src/term/printer.js";
import { settleEnded } from "../ending-thread.js";
import {
  atom,
  contents,
  copiesOf,
  environmentOf,
  expectUntouched,
  makeHeap,
  matches,
  occurrences,
  settle,
} from "./harness.js";

const MIXED = [
  "(edge a b)",
  "(= (f $x) (g $x))",
  "(edge b c)",
  "lone",
  "(edge $any c)",
  "(: a A)",
  "(= (f 1) one)",
  "42",
  "(edge (f 1) 2.5)",
  "$v",
];

/** `count` facts of two relations, two of the one to one of the other. */
function facts(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    index % 3 === 2 ? `(odd ${index} (of $x))` : `(edge n${index % 50} m${index})`,
  );
}

function packed(heap: Heap, texts: readonly string[]): Packed<RowList> {
  const list = packRows(heap, texts.map(atom));
  checkPackedRows(heap, list);
  return list;
}

/** An environment of packed atoms; only the environment holds them. */
function packedEnvironment(heap: Heap, texts: readonly string[]): Environment {
  const env = Environment.create(heap);
  const list = packed(heap, texts);
  env.addPacked(list);
  list.dispose();
  return env;
}

/** Where the groups of a packed list stand, each of six words: high, low, places, rows, positions, first. */
function groupsOf({ words, root }: Packed<RowList>): number {
  return readOrder(words, root) + 1;
}

/** Steps through all numbers below `count`, in an order that looks random and is the same every time. */
function* shuffled(count: number): Iterable<number> {
  const stride = 7919;
  for (let index = 0; index < count; index++) yield (index * stride) % count;
}

describe("packed atoms in an environment", () => {
  it("are what adding them one by one gives, in their order, to every query", () => {
    const heap = makeHeap();
    const texts = [...MIXED, ...facts(3000)];
    const env = packedEnvironment(heap, texts);
    const other = environmentOf(heap, ...texts);
    expect(env.count).toBe(other.count);
    expect(contents(env)).toEqual(contents(other));
    const found = (from: Environment, pattern: string): string[] =>
      matches(from, pattern, "($y $x)").map((text) => text.replaceAll(/#\d+/gu, ""));
    for (const pattern of ["(edge n7 $y)", "(edge $x m31)", "(odd 5 $y)", "(edge (f $y) $x)"]) {
      expect(found(env, pattern)).toEqual(found(other, pattern));
      expect(env.countMatches(atom(pattern))).toBe(other.countMatches(atom(pattern)));
    }
    expect(matches(env, "(, (edge n7 $y) (odd 5 $z))", "$y")).toEqual(
      matches(other, "(, (edge n7 $y) (odd 5 $z))", "$y"),
    );
    settle(heap, env, other);
  });

  it("come after what was there and before what is added later, in old and new relations", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(edge x y)", "first");
    env.explain(atom("(edge x $y)"));
    const list = packed(heap, MIXED);
    env.addPacked(list);
    env.add(atom("(edge z z)"));
    env.addPacked(list);
    env.add(atom("last"));
    list.dispose();
    const expected = ["(edge x y)", "first", ...MIXED, "(edge z z)", ...MIXED, "last"];
    expect(contents(env)).toEqual(contents(environmentOf(heap, ...expected)));
    settle(heap, env);
  });

  it("are not copied: an addition takes a span for each thousand rows and nothing for the rows", () => {
    const heap = makeHeap();
    const env = Environment.create(heap);
    const list = packed(heap, facts(30_000));
    const before = heap.stats();
    env.addPacked(list);
    const after = heap.stats();
    expect(after.kinds.get("vector")).toEqual(before.kinds.get("vector"));
    expect(after.kinds.get("row span")!.segments).toBe(30);
    const bytes = (stats: typeof after): number =>
      [...stats.kinds.values()].reduce((sum, kind) => sum + kind.bytes, 0);
    expect(bytes(after) - bytes(before)).toBeLessThan(30 * 64 + 4096);
    list.dispose();
    expect(env.count).toBe(30_000);
    settle(heap, env);
  });

  it("stay as long as an environment has a row of them, and not longer", () => {
    const heap = makeHeap();
    packedEnvironment(heap, facts(100)).dispose();
    drain(heap);
    const before = heap.stats().kinds;
    const regions = (): number => {
      drain(heap);
      checkRegions(heap);
      return heap.stats().kinds.get("region")?.segments ?? 0;
    };
    const list = packed(heap, facts(100));
    const env = Environment.create(heap);
    env.addPacked(list);
    const clone = env.clone();
    list.dispose();
    expect(regions()).toBe(1);
    for (const text of facts(100)) expect(clone.remove(atom(text))).toBe(true);
    expect(contents(clone)).toEqual([]);
    env.dispose();
    expect(regions()).toBe(0);
    clone.dispose();
    drain(heap);
    expect(heap.stats().kinds).toEqual(before);
  });

  it("are isolated in both directions: written before or after a clone, in it or in its parent", () => {
    const heap = makeHeap();
    const texts = facts(200);
    const parent = packedEnvironment(heap, texts);
    const early = parent.clone();
    expectUntouched([early], () => parent.remove(atom(texts[40]!)));
    const late = parent.clone();
    expectUntouched([parent, early], () => late.remove(atom(texts[41]!)));
    expectUntouched([parent, late], () => early.add(atom("(edge new new)")));
    const more = packed(heap, MIXED);
    expectUntouched([early, late], () => parent.addPacked(more));
    expectUntouched([parent, late], () => early.addPacked(more));
    more.dispose();
    expect(contents(late)).toEqual(
      contents(environmentOf(heap, ...texts.filter((_, index) => index !== 40 && index !== 41))),
    );
    settle(heap, parent, early, late);
  });

  it("can be removed one by one, in any order, from clones apart, and unite as the model says", () => {
    const heap = makeHeap();
    const texts = facts(2500);
    const env = packedEnvironment(heap, texts);
    const left = env.clone();
    const right = env.clone();
    const gone = new Set<number>();
    for (const index of shuffled(texts.length)) {
      if (gone.size === 1200) break;
      expect((gone.size % 2 === 0 ? left : right).remove(atom(texts[index]!))).toBe(true);
      gone.add(index);
      if (gone.size % 100 === 0) for (const each of [left, right]) checkEnvironment(each);
    }
    const united = left.union(right);
    const rest = texts.filter((_, index) => !gone.has(index));
    expect(contents(united)).toEqual(contents(environmentOf(heap, ...rest)));
    expect(matches(united, "(edge n7 $y)").toSorted()).toEqual(
      matches(environmentOf(heap, ...rest), "(edge n7 $y)").toSorted(),
    );
    expect(contents(env)).toHaveLength(texts.length);
    expect(left.union(right).union(env).count).toBe(united.count);
    settle(heap, env, left, right, united);
  });

  it("are occurrences of their own each time they are added, also on two sides of a union", () => {
    const heap = makeHeap();
    const list = packed(heap, MIXED);
    const base = environmentOf(heap, "(edge a b)");
    const left = base.clone();
    const right = base.clone();
    left.addPacked(list);
    right.addPacked(list);
    right.remove(atom("lone"));
    list.dispose();
    const united = left.union(right);
    expect(occurrences(united, "(edge a b)")).toBe(3);
    expect(occurrences(united, "lone")).toBe(1);
    const twice = united.union(left);
    expect(contents(twice)).toEqual(contents(united));
    checkEnvironment(twice);
    settle(heap, base, left, right, united);
  });

  it("come over in a union without being copied, between what else a side has added", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(edge x y)");
    base.explain(atom("(edge x $y)"));
    const left = base.clone();
    const right = base.clone();
    left.add(atom("(edge left left)"));
    right.add(atom("(edge before before)"));
    const list = packed(heap, facts(3000));
    right.addPacked(list);
    list.dispose();
    right.add(atom("(odd after after)"));
    // Rows taken out of spans keep their places.
    right.remove(atom("(edge n0 m0)"));
    right.remove(atom("(odd 1502 (of $x))"));
    const before = heap.stats().kinds.get("vector")!.bytes;
    const united = left.union(right);
    expect(heap.stats().kinds.get("vector")!.bytes - before).toBeLessThan(8 * 4096);
    const [, ...rest] = facts(3000).filter((text) => text !== "(odd 1502 (of $x))");
    const expected = ["(edge x y)", "(edge left left)", "(edge before before)", ...rest];
    expect(contents(united)).toEqual(
      contents(environmentOf(heap, ...expected, "(odd after after)")),
    );
    expect(matches(united, "(edge n7 $y)")).toHaveLength(40);
    checkEnvironment(united);
    const again = right.union(united).union(left);
    expect(again.count).toBe(united.count);
    // What one side has removed of the spans goes in a later union, whatever their ids are.
    united.remove(atom(rest[10]!));
    const late = right.clone();
    late.add(atom("late"));
    const both = late.union(united);
    expect(both.count).toBe(united.count + 1);
    expect(occurrences(both, rest[10]!)).toBe(0);
    settle(heap, base, left, right, united, again, late, both);
  });

  it("are shared by environments: a second one costs no region", () => {
    const heap = makeHeap();
    const list = packed(heap, facts(50));
    const first = Environment.create(heap);
    const second = Environment.create(heap);
    first.addPacked(list);
    second.add(atom("(edge before before)"));
    second.addPacked(list);
    list.dispose();
    expect(heap.stats().kinds.get("region")!.segments).toBe(1);
    first.remove(atom("(edge n0 m0)"));
    expect(contents(second)).toEqual(
      contents(environmentOf(heap, "(edge before before)", ...facts(50))),
    );
    settle(heap, first, second);
  });

  it("go into a space, and a clone that reads them copies nothing", () => {
    const heap = makeHeap();
    const env = Environment.create(heap);
    const space = env.createSpace();
    const list = packed(heap, facts(500));
    env.addPacked(list, { space });
    list.dispose();
    expect(env.count).toBe(0);
    expect(env.countOf(space)).toBe(500);
    const clone = env.clone();
    expect(copiesOf(heap, () => [...clone.atoms({ space })])).toBe(0);
    settle(heap, env, clone);
  });

  it("are rules and types like others", () => {
    const heap = makeHeap();
    const env = packedEnvironment(heap, [
      "(: double (-> Number Number))",
      "(= (double $x) (* 2 $x))",
      "(= (fact 0) 1)",
      "(= (fact $n) (if (== $n 0) (empty) (* $n (fact (- $n 1)))))",
    ]);
    expect(evaluate(env, atom("(double 21)")).results.map((it) => print(it))).toEqual(["42"]);
    expect(evaluate(env, atom('(double "word")')).results.map((it) => print(it))[0]).toContain(
      "Error",
    );
    const evaluator = new Evaluator(standardLibrary());
    const ask = (): string[] => {
      const { results } = evaluator.evaluate(env, atom("(half 8)"));
      return results.map((it) => print(it));
    };
    expect(ask()).toEqual(["(half 8)"]);
    const { definitions } = handleOf(env);
    using plain = packed(heap, ["(half fact)", "other"]);
    env.addPacked(plain);
    using more = packed(heap, ["(= (half $x) (/ $x 2))"]);
    env.addPacked(more);
    expect(handleOf(env).definitions).not.toBe(definitions);
    expect(ask()).toEqual(["4"]);
    env.remove(atom("(= (fact 0) 1)"));
    expect(evaluate(env, atom("(fact 0)")).results).toEqual([]);
    env.dispose();
  });

  it("may have been packed by a thread that has ended", () => {
    const heap = makeHeap();
    const other = Heap.receive(heap.share());
    const shared = packed(other, MIXED).share();
    settleEnded(heap, other);
    const env = Environment.create(heap);
    using list = Packed.receive(shared, heap);
    env.addPacked(list);
    expect(contents(env)).toEqual(contents(environmentOf(heap, ...MIXED)));
    env.dispose();
    checkHeap(heap);
  });

  it("of no atoms add nothing", () => {
    const heap = makeHeap();
    const env = packedEnvironment(heap, []);
    expect([env.count, env.modified]).toEqual([0, false]);
    settle(heap, env);
  });
});

describe("a packed list of rows", () => {
  it("is a list of atoms too", () => {
    const heap = makeHeap();
    using list = new PackedAtoms(heap, packed(heap, MIXED));
    expect([...list].map((it) => print(it))).toEqual(MIXED.map((text) => print(atom(text))));
  });

  it("is refused where it cannot be added, and nothing changes", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "here");
    const list = packed(heap, MIXED);
    const invalid = expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" });
    const plain = packAtoms(heap, MIXED.map(atom)) as Packed<RowList>;
    expect(() => env.addPacked(plain)).toThrow(invalid);
    const elsewhere = makeHeap();
    expect(() => env.addPacked(packed(elsewhere, MIXED))).toThrow(invalid);
    expect(() => env.addPacked(list, { space: new SpaceAtom(99, 1) })).toThrow(invalid);
    const next = readNextRow(heap.words, handleOf(env).root);
    writeNextRow(heap.words, handleOf(env).root, 0xffff_fffe - 3);
    expect(() => env.addPacked(list)).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
    writeNextRow(heap.words, handleOf(env).root, next);
    list.dispose();
    expect(() => env.addPacked(list)).toThrow(expect.objectContaining({ code: "ERR_RELEASED" }));
    expect(contents(env)).toEqual(["here"]);
    settle(heap, env);
  });

  it("with an atom that cannot be shared is not packed", () => {
    const heap = makeHeap();
    expect(() => packRows(heap, [atom("a"), new HostAtom({}, "Thing")])).toThrow(
      expect.objectContaining({ code: "ERR_NOT_SHAREABLE" }),
    );
    expect(heap.stats().kinds.get("region")).toBeUndefined();
  });

  it("takes writers with too few events left for all of it to another writer", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "here");
    const { writer } = handleOf(env);
    // As if the handle had written two thousand million times.
    handleOf(env).store.words[handleOf(env).root + HEAD_SEQUENCE] = LAST_SEQUENCE - 3;
    const list = packed(heap, MIXED);
    env.addPacked(list);
    list.dispose();
    expect(handleOf(env).writer).not.toBe(writer);
    settle(heap, env);
  });
});

describe("a check of packed rows", () => {
  it.each<[string, string, (words: Int32Array, groups: number, runs: number) => void]>([
    [
      "PA1",
      "a run inside of another",
      (words, _groups, runs) => (words[runs + 1] = words[runs]! + 1),
    ],
    ["PK1", "a group of another key", (words, groups) => (words[groups + 1] = 7)],
    ["PK1", "a row that is in no group", (words, groups) => words[groups + 3]!--],
    ["PK1", "a row in two groups", (words, groups) => (words[words[groups + 4]! + 1] = 0)],
    ["PK1", "a place beyond the list", (words, groups) => (words[words[groups + 4]!] = 1000)],
    ["PK2", "a group without rows", (words, groups) => (words[groups + 3] = 0)],
    ["PK2", "places of variables that are not noted", (words, groups) => (words[groups + 2] = 0)],
  ])("finds %s broken: %s", (id, _what, damage) => {
    const heap = makeHeap();
    using list = packed(heap, MIXED);
    damage(heap.words, groupsOf(list), runsOf(list.root));
    expect(() => {
      checkPackedRows(heap, list);
    }).toThrow(new RegExp(`^invariant broken: ${id}: `, "u"));
  });
});
