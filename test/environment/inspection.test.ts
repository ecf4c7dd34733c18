import { describe, expect, it } from "vitest";
import type { Environment } from "../../src/environment/environment.js";
import type { RelationShape } from "../../src/environment/inspection.js";
import { packRows } from "../../src/environment/packed-rows.js";
import { drain } from "../../src/memory/allocator.js";
import { statsOf } from "../../src/memory/stats.js";
import { atom, environmentOf, makeHeap, matches, settle } from "./harness.js";

const FACTS = Array.from({ length: 2000 }, (_, n) => `(edge n${n % 20} m${n})`);

function relation(env: Environment, kind: string, head: string | null): RelationShape {
  const found = env.inspect().relations.filter((it) => it.kind === kind && it.head === head);
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe("the shape of an environment", () => {
  it("names every relation by what its atoms are, in every space", () => {
    const heap = makeHeap();
    const env = environmentOf(
      heap,
      "(edge a b)",
      "(= (f $x) 1)",
      "(: a A)",
      "(= $x 2)",
      "loose",
      "7",
    );
    const space = env.createSpace();
    env.add(atom("((g a) b)"), { space });
    const { atoms, relations } = env.inspect();
    expect(atoms).toBe(6);
    expect(relations.map(({ kind, head, length }) => [kind, head, length])).toEqual([
      ["fact", "edge", 3],
      ["rule", "f", 2],
      ["type", "a", 0],
      ["rule without a head", null, 0],
      ["symbol", null, 0],
      ["grounded atom", null, 0],
      ["expression without a head", null, 2],
    ]);
    expect(relations.map((it) => it.space)).toEqual([...Array(6).fill(null), space]);
    expect(relations.every((it) => it.atoms === 1)).toBe(true);
    settle(heap, env);
  });

  it("counts what the heap gives back when the environment goes", () => {
    const heap = makeHeap();
    environmentOf(heap, ...FACTS).dispose();
    drain(heap);
    const before = statsOf(heap);
    const env = environmentOf(heap, ...FACTS);
    expect(matches(env, "(edge $x m8)")).toHaveLength(1);
    const { segments, bytes, sharedBytes } = env.inspect();
    expect(segments).toBe(statsOf(heap).liveSegments - before.liveSegments);
    expect(bytes).toBe(statsOf(heap).liveBytes - before.liveBytes);
    expect(sharedBytes).toBe(0);
    settle(heap, env);
  });

  it("tells what a clone shares, and what its first write made its own", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, ...FACTS);
    expect(matches(base, "(edge n3 $x)")).toHaveLength(100);
    const clone = base.clone();
    expect(clone.inspect()).toMatchObject({ sharedBytes: clone.inspect().bytes });
    clone.add(atom("(edge n3 new)"));
    const { isShared, rows, indexes } = relation(clone, "fact", "edge");
    expect(isShared).toBe(false);
    expect(rows.filter((it) => !it.isShared).map(({ isTail }) => isTail)).toEqual([true]);
    expect(rows.at(-1)).toMatchObject({ holders: 1, tag: "ShallowMutable" });
    expect(rows[0]).toMatchObject({ isShared: true, isTail: false, firstId: 0 });
    expect(indexes.map(({ index, entries }) => [index, entries])).toEqual([["place 1", 2001]]);
    expect(indexes[0]!.sharedBytes).toBeGreaterThan(0);
    expect(indexes[0]!.sharedBytes).toBeLessThan(indexes[0]!.bytes);
    settle(heap, base, clone);
  });

  it("shows what is frozen as immutable without holders, and packed rows as packed", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(edge a b)");
    using packed = packRows(heap, [atom("(far a)"), atom("(far b)")]);
    env.addPacked(packed);
    expect(relation(env, "fact", "far").rows).toMatchObject([
      { kind: "packed", tag: "Immutable", liveRows: 2, holders: 1 },
    ]);
    env.freeze();
    for (const head of ["edge", "far"]) {
      expect(relation(env, "fact", head).rows).toMatchObject([{ tag: "Immutable", holders: null }]);
    }
    expect(JSON.parse(JSON.stringify(env.inspect()))).toMatchObject({ atoms: 3 });
    settle(heap, env);
  });

  it("tells how often each segment was written lately, where, and what it will be used for", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, ...FACTS);
    const loaded = relation(env, "fact", "edge");
    expect(loaded).toMatchObject({ writes: 2000, writesFall: "end" });
    expect(loaded.rows.at(-1)).toMatchObject({ predictedUse: "append", scope: "own" });
    expect(loaded.rows[0]).toMatchObject({ predictedUse: "read" });
    // What is removed and added again goes from the first segments to the tail.
    for (const text of FACTS.slice(0, 40)) expect(env.remove(atom(text))).toBe(true);
    const written = relation(env, "fact", "edge");
    expect(written.rows[0]).toMatchObject({ predictedUse: "write", deadRows: 40 });
    expect(written.rows[0]!.recentWrites).toBeGreaterThan(20);
    expect(written.rows[1]).toMatchObject({ predictedUse: "read" });
    expect(written.writes).toBe(2040);
    using clone = env.clone();
    expect(relation(clone, "fact", "edge").rows.map(({ scope }) => scope)).toContain("shared");
    clone.freeze();
    expect(relation(clone, "fact", "edge").rows[0]).toMatchObject({ scope: "frozen" });
    settle(heap, env);
  });

  it("says of a relation whether its writes go to one segment, or all over", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, ...FACTS);
    for (let turn = 0; turn < 1200; turn++) env.remove(atom(FACTS[(turn * 7) % 2000]!));
    expect(relation(env, "fact", "edge").writesFall).toBe("scattered");
    const few = environmentOf(heap, ...FACTS.slice(0, 400));
    for (const text of FACTS.slice(0, 30)) few.remove(atom(text));
    for (let turn = 0; turn < 600; turn++) few.add(atom(`(other ${turn})`));
    expect(relation(few, "fact", "other").writesFall).toBe("end");
    settle(heap, env, few);
  });
});
