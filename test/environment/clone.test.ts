import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { drain } from "../../src/memory/allocator.js";
import { COUNTER_WRITER, nextCounter } from "../../src/memory/heap.js";
import { statsOf } from "../../src/memory/stats.js";
import {
  atom,
  contents,
  copiesOf,
  environmentOf,
  expectUntouched,
  makeHeap,
  makeOwned,
  settle,
} from "./harness.js";

describe("a new environment", () => {
  it("owns its data, is not modified and is empty", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    expect(env.ownsData).toBe(true);
    expect(env.modified).toBe(false);
    expect(env.count).toBe(0);
    expect(contents(env)).toEqual([]);
    settle(heap, env);
  });

  it("is modified by its first write and still owns its data", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(edge a b)");
    expect(env.ownsData).toBe(true);
    expect(env.modified).toBe(true);
    expect(env.count).toBe(1);
    settle(heap, env);
  });
});

describe("a clone", () => {
  it("owns nothing, is not modified, and shares every segment", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(edge a b)", "(= (f $x) $x)", "a");
    const before = statsOf(heap);
    const child = parent.clone();
    expect(statsOf(heap)).toEqual(before);
    expect(child.ownsData).toBe(false);
    expect(child.modified).toBe(false);
    expect(handleOf(child).root).toBe(handleOf(parent).root);
    expect(contents(child)).toEqual(contents(parent));
    settle(heap, parent, child);
  });

  it("leaves its parent not owning the shared segments, but modified as before", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(edge a b)");
    const child = parent.clone();
    expect(parent.ownsData).toBe(false);
    expect(parent.modified).toBe(true);
    settle(heap, parent, child);
  });

  it("copies only the path of its first write, and nothing for the second", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap);
    for (let index = 0; index < 2000; index++) parent.add(atom(`(= (f${index} $x) (g $x))`));
    const child = parent.clone();
    const first = copiesOf(heap, () => child.add(atom("(= (f7 a) b)")));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(12);
    expect(child.ownsData).toBe(true);
    expect(child.modified).toBe(true);
    expect(copiesOf(heap, () => child.add(atom("(= (f7 b) c)")))).toBe(0);
    settle(heap, parent, child);
  });

  it("makes its parent copy only the path of the parent's next write, and nothing for the one after", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap);
    for (let index = 0; index < 2000; index++) parent.add(atom(`(= (f${index} $x) (g $x))`));
    const child = parent.clone();
    const first = copiesOf(heap, () => parent.add(atom("(= (f7 a) b)")));
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(12);
    expect(parent.ownsData).toBe(true);
    expect(copiesOf(heap, () => parent.add(atom("(= (f7 b) c)")))).toBe(0);
    settle(heap, parent, child);
  });

  it("owns its top segment after makeOwned, without being modified", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(edge a b)");
    const child = parent.clone();
    makeOwned(child);
    expect(child.ownsData).toBe(true);
    expect(child.modified).toBe(false);
    expect(copiesOf(heap, () => makeOwned(child))).toBe(0);
    expect(contents(child)).toEqual(["(edge a b)"]);
    settle(heap, parent, child);
  });

  it("touches no word that threads share until it is written, and holds its root alone with the last", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(p 1)");
    const { root } = handleOf(parent);
    const before = heap.words.slice(0, root + 64);
    const clones = Array.from({ length: 300 }, () => parent.clone());
    expect(heap.words.slice(0, root + 64)).toEqual(before);
    const last = clones.pop()!;
    for (const clone of clones) clone.dispose();
    parent.dispose();
    expect(last.ownsData).toBe(true);
    last.add(atom("(p 2)"));
    expect(handleOf(last).root).toBe(root);
    checkEnvironment(last);
    settle(heap, last);
  });

  it("outlives its parent", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(edge a b)", "(edge b c)");
    const child = parent.clone();
    parent.dispose();
    child.add(atom("(edge c d)"));
    expect(contents(child)).toEqual(["(edge a b)", "(edge b c)", "(edge c d)"]);
    settle(heap, child);
  });

  it("cannot be used once it is disposed, and disposing twice does nothing", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(edge a b)");
    const child = parent.clone();
    child.dispose();
    child.dispose();
    expect(() => child.add(atom("x"))).toThrow(/ERR_RELEASED|disposed/u);
    expect(() => child.clone()).toThrow(/ERR_RELEASED|disposed/u);
    expect(contents(parent)).toEqual(["(edge a b)"]);
    settle(heap, parent);
  });
});

describe("isolation, as a square", () => {
  const writes: ReadonlyArray<readonly [string, (env: Environment) => void]> = [
    ["adds a row to a relation that both have", (env) => env.add(atom("(edge x y)"))],
    ["adds a row of a new relation", (env) => env.add(atom("(new 1)"))],
    ["removes a row", (env) => void env.remove(atom("(edge a b)"))],
    ["adds a rule", (env) => env.addRule(atom("(f 2)"), atom("two"))],
    ["removes a rule", (env) => void env.remove(atom("(= (f 1) one)"))],
    ["adds a type", (env) => env.add(atom("(: f (-> Number Atom))"))],
    [
      "adds many rows",
      (env) => env.addAll(Array.from({ length: 300 }, (_, i) => atom(`(edge ${i} z)`))),
    ],
    ["adds a bare symbol", (env) => env.add(atom("bare"))],
  ];
  const seed = ["(edge a b)", "(edge b c)", "(= (f 1) one)", "(: a A)", "symbol", "42"];

  for (const [what, write] of writes) {
    it(`the parent ${what} after the clone: the clone does not see it`, () => {
      const heap = makeHeap();
      const parent = environmentOf(heap, ...seed);
      const child = parent.clone();
      expectUntouched([child], () => write(parent));
      checkEnvironment(parent);
      expect(contents(parent)).not.toEqual(contents(child));
      settle(heap, parent, child);
    });

    it(`the clone ${what}: the parent does not see it`, () => {
      const heap = makeHeap();
      const parent = environmentOf(heap, ...seed);
      const child = parent.clone();
      expectUntouched([parent], () => write(child));
      checkEnvironment(child);
      settle(heap, parent, child);
    });

    it(`the parent ${what} before the clone: both see it`, () => {
      const heap = makeHeap();
      const parent = environmentOf(heap, ...seed);
      write(parent);
      const child = parent.clone();
      expect(contents(child)).toEqual(contents(parent));
      expect(contents(child)).not.toEqual(seed);
      settle(heap, parent, child);
    });
  }

  it("holds three generations deep, with every generation writing before and after it is cloned", () => {
    const heap = makeHeap();
    const a = environmentOf(heap, "(p base)");
    const b = a.clone();
    a.add(atom("(p a1)"));
    b.add(atom("(p b1)"));
    const c = b.clone();
    b.add(atom("(p b2)"));
    c.add(atom("(p c1)"));
    const d = c.clone();
    c.remove(atom("(p base)"));
    d.remove(atom("(p b1)"));
    d.add(atom("(p d1)"));
    a.add(atom("(p a2)"));
    expect(contents(a)).toEqual(["(p base)", "(p a1)", "(p a2)"]);
    expect(contents(b)).toEqual(["(p base)", "(p b1)", "(p b2)"]);
    expect(contents(c)).toEqual(["(p b1)", "(p c1)"]);
    expect(contents(d)).toEqual(["(p base)", "(p c1)", "(p d1)"]);
    settle(heap, a, b, c, d);
  });

  it("holds for 1,000 clones, each written", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p a)", "(p b)");
    const clones = Array.from({ length: 1000 }, (_, index) => {
      const clone = base.clone();
      clone.add(atom(`(p ${index})`));
      return clone;
    });
    for (const [index, clone] of clones.entries()) {
      expect(contents(clone)).toEqual(["(p a)", "(p b)", `(p ${index})`]);
    }
    expect(contents(base)).toEqual(["(p a)", "(p b)"]);
    settle(heap, base, ...clones);
  });
});

describe("loading", () => {
  it("copies O(1) segments in all for 3,000 rules into an environment of its own", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const copies = copiesOf(heap, () => {
      for (let index = 0; index < 3000; index++)
        env.add(atom(`(= (f${index % 50} ${index}) ${index})`));
    });
    expect(copies).toBe(0);
    expect(env.count).toBe(3000);
    settle(heap, env);
  });

  it("copies O(R) segments for R rules when a clone is taken before each", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const rules = 500;
    const copies = copiesOf(heap, () => {
      for (let index = 0; index < rules; index++) {
        using _clone = env.clone();
        env.add(atom(`(= (f${index} $x) $x)`));
      }
    });
    expect(copies).toBeLessThan(10 * rules);
    settle(heap, env);
  });
});

describe("dropping an environment", () => {
  it("gives back everything, and no call frees more than a slice of it", () => {
    const heap = makeHeap();
    const facts = Array.from({ length: 30_000 }, (_, i) => atom(`(edge n${i % 300} m${i % 700})`));
    const build = (): void => {
      const env = environmentOf(heap);
      env.addAll(facts);
      env.countMatches(atom("(edge n7 $y)"));
      env.countMatches(atom("(edge $x m7)"));
      const clone = env.clone();
      clone.remove(facts[5]!);
      env.dispose();
      clone.dispose();
    };
    // The first round makes symbols and the ledger, which stay.
    build();
    drain(heap);
    const before = statsOf(heap);
    build();
    const waiting = statsOf(heap);
    expect(waiting.pendingBytes).toBeGreaterThan(0);
    drain(heap);
    const after = statsOf(heap);
    expect(after.liveBytes).toBe(before.liveBytes);
    expect(after.liveSegments).toBe(before.liveSegments);
    expect(after.kinds).toEqual(before.kinds);
    expect(after.pendingBytes).toBe(0);
    settle(heap);
  });
});

describe("writer numbers", () => {
  it("are used again by clones that were written and forgotten", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)");
    for (let round = 0; round < 100; round++) {
      using clone = env.clone();
      clone.add(atom("(p 2)"));
    }
    expect(nextCounter(heap, COUNTER_WRITER)).toBeLessThanOrEqual(3);
    settle(heap, env);
  });

  it("are not used again once anybody shares what was written with them", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)");
    const first = env.clone();
    first.add(atom("(p first)"));
    const kept = first.clone();
    first.dispose();
    const second = env.clone();
    second.add(atom("(p second)"));
    const united = kept.union(second);
    const turned = second.union(kept);
    expect(contents(united)).toEqual(["(p 1)", "(p first)", "(p second)"]);
    expect(contents(turned)).toEqual(["(p 1)", "(p second)", "(p first)"]);
    settle(heap, env, kept, second, united, turned);
  });
});
