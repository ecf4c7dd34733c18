import { describe, expect, it } from "vitest";
import type { Address } from "../../src/base/address.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { packRows } from "../../src/environment/packed-rows.js";
import { drain } from "../../src/memory/allocator.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import type { Heap } from "../../src/memory/heap.js";
import { recoverHeap } from "../../src/memory/recover.js";
import { isFrozen, readCapacityWords } from "../../src/memory/segment.js";
import { statsOf } from "../../src/memory/stats.js";
import { reachableFrom } from "../../src/memory/walk.js";
import { atom, contents, environmentOf, makeHeap, matches, settle } from "./harness.js";

/** Every segment that the environment leads to. */
function segmentsOf({ words }: Heap, env: Environment): Set<Address> {
  return reachableFrom(words, handleOf(env).root);
}

/** The words of every segment that the environment leads to, counts included. */
function wordsOf(heap: Heap, env: Environment): Map<Address, Int32Array> {
  const { words } = heap;
  const of = (address: Address): Int32Array =>
    words.slice(address, address + readCapacityWords(words, address));
  return new Map(Array.from(segmentsOf(heap, env), (address) => [address, of(address)]));
}

const FACTS = Array.from({ length: 3000 }, (_, n) => `(edge n${n % 50} m${n})`);

function largeBase(heap: Heap): Environment {
  const base = environmentOf(heap, ...FACTS, "(= (f $x) (g $x))", "(: a A)", "loose");
  base.createState(atom("1"));
  using packed = packRows(heap, [atom("(packed a)"), atom("(packed b)")]);
  base.addPacked(packed);
  // Indexes that a query or a removal builds are there before.
  expect(base.countMatches(atom(FACTS[0]!))).toBe(1);
  expect(matches(base, "(edge n7 $x)")).toHaveLength(60);
  const clone = base.clone();
  clone.remove(atom(FACTS[0]!));
  clone.dispose();
  return base;
}

describe("a frozen environment", () => {
  it("refuses every write, says what to do, and holds what it held", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(edge a b)");
    const other = environmentOf(heap, "(edge b c)");
    const state = base.createState(atom("1"));
    using packed = packRows(heap, [atom("(packed a)")]);
    expect(base.frozen).toBe(false);
    base.freeze();
    base.freeze();
    expect(base.frozen).toBe(true);
    const writes: readonly (() => void)[] = [
      () => base.add(atom("x")),
      () => base.addAll([atom("x")]),
      () => base.addPacked(packed),
      () => base.addRule(atom("(f)"), atom("1")),
      () => base.remove(atom("(edge a b)")),
      () => base.absorb(other),
      () => base.assign(other),
      () => base.createSpace(),
      () => base.createState(atom("2")),
      () => base.setState(state, atom("2")),
    ];
    for (const write of writes) {
      expect(write).toThrow(
        expect.objectContaining({
          code: "ERR_FROZEN",
          message: "cannot write to an environment: it is frozen; write to a clone of it",
        }),
      );
      expect(contents(base)).toEqual(["(edge a b)"]);
      expect(base.getState(state)).toEqual(atom("1"));
    }
    settle(heap, base, other);
  });

  it("takes what changes nothing: an absent atom is not removed, what it has seen is absorbed", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(edge a b)");
    const clone = base.clone();
    base.freeze();
    base.absorb(clone);
    base.assign(clone);
    expect(base.remove(atom("(edge a z)"))).toBe(false);
    expect(contents(base)).toEqual(["(edge a b)"]);
    settle(heap, base, clone);
  });

  it("is cloned, read, written in clones and united without a change to any of its words", () => {
    const heap = makeHeap();
    const base = largeBase(heap);
    base.freeze();
    const before = wordsOf(heap, base);
    const held = contents(base);
    for (let turn = 0; turn < 6; turn++) {
      const left = base.clone();
      const right = base.clone();
      left.add(atom(`(edge n${turn} new)`));
      right.remove(atom(FACTS[turn * 100]!));
      const both = left.union(right);
      expect(matches(both, `(edge n${turn} $x)`)).toContain(`(edge n${turn} new)`);
      expect(both.countMatches(atom(FACTS[turn * 100]!))).toBe(0);
      expect(both.count).toBe(base.count);
      for (const env of [left, right, both]) {
        checkEnvironment(env);
        env.dispose();
      }
    }
    expect(contents(base)).toEqual(held);
    expect(wordsOf(heap, base).size).toBe(before.size);
    for (const [address, words] of wordsOf(heap, base)) expect(words).toEqual(before.get(address));
    settle(heap, base);
  });

  it("freezes an index that a query builds in it later, and clones write copies of it", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, ...FACTS);
    base.freeze();
    expect(matches(base, "(edge $x m8)")).toEqual(["(edge n8 m8)"]);
    for (const segment of segmentsOf(heap, base)) expect(isFrozen(heap.words, segment)).toBe(true);
    const clone = base.clone();
    clone.add(atom("(edge again m8)"));
    expect(matches(clone, "(edge $x m8)")).toEqual(["(edge n8 m8)", "(edge again m8)"]);
    expect(matches(base, "(edge $x m8)")).toEqual(["(edge n8 m8)"]);
    settle(heap, base, clone);
  });

  it("keeps its memory when it is disposed, until a recovery at rest finds that nothing leads to it", () => {
    const heap = makeHeap();
    environmentOf(heap, ...FACTS).dispose();
    drain(heap);
    const empty = statsOf(heap).liveSegments;
    const base = environmentOf(heap, ...FACTS);
    const full = statsOf(heap).liveSegments;
    base.freeze();
    const clone = base.clone();
    base.dispose();
    drain(heap);
    recoverHeap(heap);
    checkHeap(heap);
    expect(statsOf(heap).liveSegments).toBe(full);
    expect(contents(clone)).toEqual(FACTS);
    clone.dispose();
    drain(heap);
    expect(statsOf(heap).liveSegments).toBe(full);
    recoverHeap(heap);
    checkHeap(heap);
    expect(statsOf(heap).liveSegments).toBe(empty);
  });
});
