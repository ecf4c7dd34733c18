import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Environment,
  Environment as Environments,
  handleOf,
} from "../../src/environment/environment.js";
import {
  atom,
  contents,
  environmentOf,
  expectUntouched,
  makeHeap,
  matches,
  multiset,
  occurrences,
  settle,
} from "./harness.js";

function branch(base: Environment, write: (env: Environment) => void): Environment {
  const env = base.clone();
  write(env);
  return env;
}

describe("union: the three paths", () => {
  it("shares the one root when neither side changed", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p a)");
    const other = base.clone();
    const united = base.union(other);
    expect(handleOf(united).root).toBe(handleOf(base).root);
    expect(united.modified).toBe(false);
    settle(heap, base, other, united);
  });

  it("shares the changed side when one side changed, whichever it is", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p a)");
    const changed = branch(base, (env) => env.add(atom("(p b)")));
    const right = base.union(changed);
    const left = changed.union(base);
    expect(handleOf(right).root).toBe(handleOf(changed).root);
    expect(handleOf(left).root).toBe(handleOf(changed).root);
    settle(heap, base, changed, left, right);
  });

  it("merges when both changed: the base's rows, then the left side's, then the right side's", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p base)", "(q base)");
    const left = branch(base, (env) => {
      env.add(atom("(q left)"));
      env.add(atom("(p left)"));
    });
    const right = branch(base, (env) => {
      env.add(atom("(r right)"));
      env.add(atom("(p right)"));
      env.add(atom("(r right 2)"));
    });
    const united = left.union(right);
    expect(contents(united)).toEqual([
      "(p base)",
      "(q base)",
      "(q left)",
      "(p left)",
      "(r right)",
      "(p right)",
      "(r right 2)",
    ]);
    settle(heap, base, left, right, united);
  });

  it("leaves both sides as they were, and the result apart from them", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p base)");
    const left = branch(base, (env) => env.add(atom("(p left)")));
    const right = branch(base, (env) => env.add(atom("(p right)")));
    const united = left.union(right);
    expect(united.modified).toBe(false);
    expectUntouched([base, left, right], () => {
      united.add(atom("(p united)"));
      united.remove(atom("(p left)"));
    });
    expectUntouched([base, right, united], () => left.add(atom("(p later)")));
    settle(heap, base, left, right, united);
  });
});

describe("union over occurrences", () => {
  it("keeps a base of N and one more for each of k clones: N + k, no doubling", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, ...Array.from({ length: 20 }, (_, i) => `(p ${i})`));
    const clones = Array.from({ length: 30 }, (_, i) =>
      branch(base, (env) => env.add(atom(`(q ${i})`))),
    );
    let united = base.clone();
    for (const clone of clones) {
      const next = united.union(clone);
      united.dispose();
      united = next;
    }
    expect(united.count).toBe(50);
    expect(new Set(contents(united)).size).toBe(50);
    settle(heap, base, united, ...clones);
  });

  it("base has 2, A adds 1, B adds 2: 5", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "x", "x");
    const a = branch(base, (env) => env.add(atom("x")));
    const b = branch(base, (env) => {
      env.add(atom("x"));
      env.add(atom("x"));
    });
    const united = a.union(b);
    expect(occurrences(united, "x")).toBe(5);
    settle(heap, base, a, b, united);
  });

  it("base has 2, A removes 1, B adds 1: 2", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "x", "x");
    const a = branch(base, (env) => void env.remove(atom("x")));
    const b = branch(base, (env) => env.add(atom("x")));
    const united = a.union(b);
    expect(occurrences(united, "x")).toBe(2);
    settle(heap, base, a, b, united);
  });

  it("both remove the same occurrence: it is removed once", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "x", "x", "x");
    const a = branch(base, (env) => void env.remove(atom("x")));
    const b = branch(base, (env) => void env.remove(atom("x")));
    const united = a.union(b);
    expect(occurrences(united, "x")).toBe(2);
    settle(heap, base, a, b, united);
  });

  it("base has 1, A and B remove it, C adds one: 1 in whatever order they are united", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "x");
    const a = branch(base, (env) => void env.remove(atom("x")));
    const b = branch(base, (env) => void env.remove(atom("x")));
    const c = branch(base, (env) => env.add(atom("x")));
    for (const [first, second, third] of [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ] as const) {
      const pair = first.union(second);
      const grown = pair.union(third);
      const other = second.union(third);
      const turned = first.union(other);
      expect(occurrences(grown, "x")).toBe(1);
      expect(occurrences(turned, "x")).toBe(1);
      for (const env of [pair, grown, other, turned]) env.dispose();
    }
    settle(heap, base, a, b, c);
  });

  it("a removed rule no longer fires after union", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(= (f $x) one)", "(= (f $x) two)");
    const a = branch(base, (env) => void env.remove(atom("(= (f $y) one)")));
    const b = branch(base, (env) => env.addRule(atom("(f $x)"), atom("three")));
    const united = a.union(b);
    expect(matches(united, "(= (f 1) $body)", "$body")).toEqual(["two", "three"]);
    settle(heap, base, a, b, united);
  });

  it("a removal of a side's own addition removes it", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p base)");
    const a = branch(base, (env) => {
      env.add(atom("(p gone)"));
      env.remove(atom("(p gone)"));
    });
    const b = branch(base, (env) => env.add(atom("(p b)")));
    const united = a.union(b);
    const turned = b.union(a);
    expect(contents(united)).toEqual(["(p base)", "(p b)"]);
    expect(contents(turned)).toEqual(["(p base)", "(p b)"]);
    settle(heap, base, a, b, united, turned);
  });

  it("environments with no common base unite as plain multisets", () => {
    const heap = makeHeap();
    const a = environmentOf(heap, "(p a)", "x");
    const b = environmentOf(heap, "(p a)", "x", "(q b)");
    const united = a.union(b);
    expect(contents(united)).toEqual(["(p a)", "x", "(p a)", "x", "(q b)"]);
    settle(heap, a, b, united);
  });

  it("an environment and a clone of a modified sibling lose nothing", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "(p base)");
    const env = branch(base, (it) => it.add(atom("(p mine)")));
    const sibling = branch(base, (it) => it.add(atom("(p sibling)")));
    const unmodified = sibling.clone();
    expect(unmodified.modified).toBe(false);
    const united = env.union(unmodified);
    const turned = unmodified.union(env);
    expect(contents(united)).toEqual(["(p base)", "(p mine)", "(p sibling)"]);
    expect(contents(turned)).toEqual(["(p base)", "(p sibling)", "(p mine)"]);
    settle(heap, base, env, sibling, unmodified, united, turned);
  });
});

describe("union: crossing histories", () => {
  it("A∪B united with A again changes nothing", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "x", "(p base)");
    const a = branch(base, (env) => env.add(atom("(p a)")));
    const b = branch(base, (env) => void env.remove(atom("x")));
    const ab = a.union(b);
    const again = ab.union(a);
    const turned = a.union(ab);
    expect(handleOf(again).root).toBe(handleOf(ab).root);
    expect(handleOf(turned).root).toBe(handleOf(ab).root);
    settle(heap, base, a, b, ab, again, turned);
  });

  it("A∪B and B∪C neither lose nor double anything", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, "x", "x", "(p base)");
    const a = branch(base, (env) => env.add(atom("(p a)")));
    const b = branch(base, (env) => {
      env.remove(atom("x"));
      env.add(atom("(p b)"));
    });
    const c = branch(base, (env) => env.add(atom("(p c)")));
    const ab = a.union(b);
    const bc = b.union(c);
    const abbc = ab.union(bc);
    const bcab = bc.union(ab);
    const expected = ["(p a)", "(p b)", "(p base)", "(p c)", "x"].toSorted();
    expect(multiset(abbc)).toEqual(expected);
    expect(multiset(bcab)).toEqual(expected);
    settle(heap, base, a, b, c, ab, bc, abbc, bcab);
  });

  it("A∪B and B∪A, each written on, unite without doubling", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, ...Array.from({ length: 40 }, (_, i) => `(p ${i})`));
    const a = branch(base, (env) => env.add(atom("(p a)")));
    const b = branch(base, (env) => env.add(atom("(p b)")));
    const ab = a.union(b);
    const ba = b.union(a);
    ab.remove(atom("(p 3)"));
    ba.remove(atom("(p a)"));
    ba.add(atom("(p later)"));
    const united = ab.union(ba);
    expect(united.count).toBe(41);
    expect(occurrences(united, "(p a)")).toBe(0);
    expect(occurrences(united, "(p b)")).toBe(1);
    expect(occurrences(united, "(p 3)")).toBe(0);
    settle(heap, base, a, b, ab, ba, united);
  });

  it("what a parent writes after its clone united into it stays", () => {
    const heap = makeHeap();
    const parent = environmentOf(heap, "(p base)");
    const child = branch(parent, (env) => env.add(atom("(p child)")));
    parent.add(atom("(p parent)"));
    const united = parent.union(child);
    parent.add(atom("(p parent 2)"));
    const twice = united.union(parent);
    expect(contents(twice)).toEqual(["(p base)", "(p parent)", "(p child)", "(p parent 2)"]);
    settle(heap, parent, child, united, twice);
  });
});

describe("union of indexed relations", () => {
  it("leaves the indexes for the next write, and finds all rows by them meanwhile", () => {
    const heap = makeHeap();
    const base = Environments.create(heap);
    for (let i = 0; i < 3000; i++) base.add(atom(`(edge n${i % 500} m${i})`));
    expect(matches(base, "(edge n7 $y)").length).toBe(6);
    const add = (side: string) => (env: Environment) => {
      for (let i = 0; i < 20; i++) env.add(atom(`(edge n${i} ${side})`));
      env.remove(atom(`(edge n7 m${side === "left" ? 7 : 507})`));
    };
    const left = branch(base, add("left"));
    const right = branch(base, add("right"));
    const copies = heap.segmentsCopied;
    const united = left.union(right);
    expect(heap.segmentsCopied - copies).toBeLessThan(20);
    const expected = ["m1007", "m1507", "m2007", "m2507", "left", "right"];
    expect(matches(united, "(edge n7 $y)", "$y")).toEqual(expected);
    const report = united.explain(atom("(edge n7 $y)")).patterns[0]!;
    expect(report.relations[0]!.index).toBe("place 1");
    expect(report.rows).toBe(25);
    expect(united.remove(atom("(edge n3 right)"))).toBe(true);
    expect(united.explain(atom("(edge n7 $y)")).patterns[0]!.rows).toBe(6);
    expect(matches(united, "(edge n7 $y)", "$y")).toEqual(expected);
    settle(heap, base, left, right, united);
  });

  it("settles them when many rows would have to be looked at", () => {
    const heap = makeHeap();
    const base = Environments.create(heap);
    for (let i = 0; i < 100; i++) base.add(atom(`(edge n${i} m)`));
    matches(base, "(edge n7 $y)");
    const left = branch(base, (env) => env.add(atom("(edge left m)")));
    const right = branch(base, (env) => {
      for (let i = 0; i < 500; i++) env.add(atom(`(edge n${i} right)`));
    });
    const united = left.union(right);
    expect(united.explain(atom("(edge n7 $y)")).patterns[0]!.rows).toBe(2);
    settle(heap, base, left, right, united);
  });
});

describe("union as an algebra", () => {
  it("folding n clones equals uniting them as a tree, and unionAll equals both", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, ...Array.from({ length: 12 }, (_, i) => `(p ${i})`));
    const clones = Array.from({ length: 8 }, (_, i) =>
      branch(base, (env) => {
        env.add(atom(`(q ${i})`));
        env.remove(atom(`(p ${i % 5})`));
        env.add(atom("same"));
      }),
    );
    const made: Environment[] = [];
    const unite = (left: Environment, right: Environment): Environment => {
      const united = left.union(right);
      made.push(united);
      return united;
    };
    const fold = clones.reduce((left, right) => unite(left, right));
    const tree = (envs: readonly Environment[]): Environment => {
      if (envs.length === 1) return envs[0]!;
      const half = envs.length >> 1;
      return unite(tree(envs.slice(0, half)), tree(envs.slice(half)));
    };
    const treed = tree(clones);
    const all = Environments.unionAll(clones);
    expect(contents(treed)).toEqual(contents(fold));
    expect(contents(all)).toEqual(contents(fold));
    expect(fold.count).toBe(12 - 5 + 8 + 8);
    settle(heap, base, ...clones, ...made, all);
  });
});

describe("union against a base", () => {
  /** What one of several siblings does; the numbers are taken modulo what there is. */
  const act = fc.record({
    kind: fc.constantFrom("add", "remove", "take", "set", "space", "nest"),
    atom: fc.nat(9),
  });
  const plan = fc.array(fc.array(act, { maxLength: 6 }), { minLength: 1, maxLength: 6 });

  it("gives what it gives without one, in the same order, with the same conflicts", () => {
    fc.assert(
      fc.property(plan, (siblings) => {
        const heap = makeHeap();
        const base = environmentOf(heap, ...Array.from({ length: 8 }, (_, i) => `(p ${i})`));
        const space = base.createSpace();
        base.add(atom("(in base)"), { space });
        const state = base.createState(atom("0"));
        const clones = siblings.map((acts, index) =>
          branch(base, (env) => {
            for (const { kind, atom: which } of acts) {
              if (kind === "add") env.add(atom(`(q ${index} ${which})`));
              else if (kind === "remove") env.remove(atom(`(p ${which % 8})`));
              else if (kind === "take") env.remove(atom(`(q ${index} ${which})`));
              else if (kind === "set") env.setState(state, atom(`${which}`));
              else if (kind === "space") env.add(atom(`(in ${index})`), { space });
              else nest(env, which);
            }
          }),
        );
        const plain = Environments.unionAll(clones);
        const based = Environments.unionAll(clones, { base });
        expect(contents(based)).toEqual(contents(plain));
        expect([...based.atoms({ space })]).toEqual([...plain.atoms({ space })]);
        expect(based.getState(state)).toEqual(plain.getState(state));
        expect(based.conflicts).toEqual(plain.conflicts);
        settle(heap, base, plain, based, ...clones);
      }),
      { numRuns: 150 },
    );
  });

  /** A fork and a join inside a sibling. */
  function nest(env: Environment, which: number): void {
    const inner = [0, 1].map((side) =>
      branch(env, (it) => {
        it.add(atom(`(n ${which} ${side})`));
        it.remove(atom(`(p ${(which + side) % 8})`));
      }),
    );
    using united = Environments.unionAll(inner, { base: env });
    env.assign(united);
    for (const it of inner) it.dispose();
  }

  it("looks only at what the siblings changed since", () => {
    const heap = makeHeap();
    const base = environmentOf(heap, ...Array.from({ length: 50 }, (_, i) => `(p ${i})`));
    const clones = Array.from({ length: 40 }, (_, index) =>
      branch(base, (env) => env.add(atom(`(q ${index})`))),
    );
    const united = base.clone();
    const copies = heap.segmentsCopied;
    united.absorbAll(clones, { base });
    expect(heap.segmentsCopied - copies).toBeLessThan(20);
    expect(united.count).toBe(90);
    settle(heap, base, united, ...clones);
  });

  it("finds a row that has another id by now, and lets be what both sides removed", () => {
    const heap = makeHeap();
    const origin = environmentOf(heap, "(p 0)");
    const one = branch(origin, (env) => env.add(atom("(p one)")));
    const other = branch(origin, (env) => {
      env.add(atom("(p other)"));
      env.add(atom("(p both)"));
    });
    // Both orders hold the same rows; `turned` has other ids than `base`.
    const base = one.union(other);
    const turned = other.union(one);
    const left = turned.union(base);
    const right = branch(base, (env) => {
      env.remove(atom("(p one)"));
      env.remove(atom("(p both)"));
    });
    left.remove(atom("(p both)"));
    left.absorbAll([right], { base });
    expect(multiset(left)).toEqual(["(p 0)", "(p other)"]);
    settle(heap, origin, one, other, base, turned, left, right);
  });

  it("takes no notice of a base that is none: a later one, an unrelated one, or one too old", () => {
    const heap = makeHeap();
    const origin = environmentOf(heap, "(p 0)", "(p 1)");
    const parent = branch(origin, (env) => env.add(atom("(p parent)")));
    const left = branch(parent, (env) => env.add(atom("(p left)")));
    const right = branch(parent, (env) => {
      env.remove(atom("(p parent)"));
      env.remove(atom("(p 1)"));
    });
    const later = branch(left, (env) => env.remove(atom("(p left)")));
    const unrelated = environmentOf(heap, "(p 0)");
    for (const base of [origin, parent, later, unrelated, left, right]) {
      const united = left.clone();
      united.absorbAll([right], { base });
      expect(contents(united)).toEqual(["(p 0)", "(p left)"]);
      settle(heap, united);
    }
    settle(heap, origin, parent, left, right, later, unrelated);
  });
});
