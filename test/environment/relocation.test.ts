import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, environmentOn, handleOf } from "../../src/environment/environment.js";
import { moduleSpace } from "../../src/environment/module-space.js";
import { packRows } from "../../src/environment/packed-rows.js";
import { relocate } from "../../src/environment/relocation.js";
import { changeSetting, findSetting } from "../../src/environment/settings.js";
import { createSpaceAt } from "../../src/environment/space-access.js";
import { checkHeap } from "../../src/memory/check-heap.js";
import { Heap } from "../../src/memory/heap.js";
import { expression, type SpaceAtom, type StateAtom, symbol } from "../../src/term/atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";

const HEAP = { maxBytes: 2 ** 26 };

function atomsOf(env: Environment, space?: SpaceAtom): string[] {
  return [...env.atoms(space === undefined ? {} : { space })].map((atom) => print(atom));
}

/** A heap in which the ids of symbols, writers and addresses are others. */
function usedHeap(): { heap: Heap; other: Environment } {
  const heap = Heap.create(HEAP);
  const other = Environment.create(heap);
  for (let n = 0; n < 50; n++) other.add(parseAtom(`(other s${n} "text ${n}" ${n})`));
  other.createSpace();
  return { heap, other };
}

function relocated(env: Environment, heap: Heap): Environment {
  return environmentOn(relocate(handleOf(env), heap));
}

describe("an environment that is taken into another heap", () => {
  it("holds the same atoms of every kind in the same order, and what was there stays", () => {
    const env = Environment.create(Heap.create(HEAP));
    const texts = [
      "(edge a b)",
      "(= (f $x) (g $x $y $x))",
      "(: f (-> A B))",
      "(:< A B)",
      "$x",
      "alone",
      "7",
      '"text"',
      "(($f a) b)",
      "()",
      "(n -1 134217728 12345678901234567890 2.5 True)",
      "(edge b c)",
      "(edge a b)",
      `(long ${Array.from({ length: 300 }, (_, n) => `w${n}`).join(" ")})`,
    ];
    for (const text of texts) env.add(parseAtom(text));
    env.remove(parseAtom("alone"));
    env.countMatches(parseAtom("(edge a $x)"));
    const { heap, other } = usedHeap();
    const before = atomsOf(other);
    const moved = relocated(env, heap);
    checkEnvironment(moved);
    checkHeap(heap);
    expect(atomsOf(moved)).toEqual(atomsOf(env));
    for (const text of ["(edge a $x)", "(= (f $a) $b)", "(: f $t)", "$any"]) {
      expect(moved.countMatches(parseAtom(text))).toBe(env.countMatches(parseAtom(text)));
    }
    moved.add(parseAtom("(edge a d)"));
    expect(moved.remove(parseAtom("(edge a b)"))).toBe(true);
    expect(atomsOf(moved).at(-1)).toBe("(edge a d)");
    checkEnvironment(moved);
    expect(atomsOf(other)).toEqual(before);
    expect(atomsOf(env).at(-1)).not.toBe("(edge a d)");
  });

  it("has its spaces and states, and the atoms that name them name those that are there", () => {
    const env = Environment.create(Heap.create(HEAP));
    const [inner, outer] = [env.createSpace(), env.createSpace()];
    const module = moduleSpace(handleOf(env), "module:family");
    createSpaceAt(handleOf(env), module);
    const state = env.createState(parseAtom("(first)"));
    const holder = env.createState(expression([symbol("holds"), state, inner]));
    env.setState(state, parseAtom("(second)"));
    env.add(parseAtom("(in inner)"), { space: inner });
    env.add(expression([symbol("has"), inner, state, holder]), { space: outer });
    env.add(expression([symbol("top"), outer, module]));
    env.add(parseAtom("(in module)"), { space: module });
    changeSetting(handleOf(env), "word &kb", outer);
    const { heap, other } = usedHeap();
    const moved = relocated(env, heap);
    checkEnvironment(moved);
    checkHeap(heap);
    const kb = findSetting(handleOf(moved), "word &kb") as SpaceAtom;
    const [has] = moved.atoms({ space: kb });
    const [, one, two, three] = (
      has as unknown as { children: [unknown, SpaceAtom, StateAtom, StateAtom] }
    ).children;
    expect(atomsOf(moved, one)).toEqual(["(in inner)"]);
    expect(print(moved.getState(two))).toBe("(second)");
    expect(print(moved.getState(three))).toBe(print(expression([symbol("holds"), two, one])));
    expect(atomsOf(moved, moduleSpace(handleOf(moved), "module:family"))).toEqual(["(in module)"]);
    expect(moved.countMatches(expression([symbol("top"), kb, parseAtom("$m")]))).toBe(1);
    moved.dispose();
    other.dispose();
    checkHeap(heap);
  });

  it("unites with what is there, and with its own clones, as any other", () => {
    const env = Environment.create(Heap.create(HEAP));
    for (let n = 0; n < 20; n++) env.add(parseAtom(`(own ${n})`));
    const { heap, other } = usedHeap();
    using moved = relocated(env, heap);
    using clone = moved.clone();
    clone.remove(parseAtom("(own 3)"));
    moved.add(parseAtom("(own 99)"));
    using both = moved.union(clone);
    expect(both.count).toBe(20);
    using all = other.union(both);
    expect(all.count).toBe(70);
    using twice = all.union(moved);
    expect(twice.count).toBe(70);
    checkEnvironment(twice);
  });

  it("takes the rows of packed regions one by one", () => {
    const heap = Heap.create(HEAP);
    const env = Environment.create(heap);
    env.add(parseAtom("(before)"));
    const packed = packRows(
      heap,
      Array.from({ length: 3000 }, (_, n) => parseAtom(`(row ${n} r${n % 7})`)),
    );
    env.addPacked(packed);
    packed.dispose();
    env.remove(parseAtom("(row 1500 r2)"));
    env.add(parseAtom("(after)"));
    const { heap: target } = usedHeap();
    const moved = relocated(env, target);
    checkEnvironment(moved);
    expect(atomsOf(moved)).toEqual(atomsOf(env));
  });

  it("gives back everything if the heap has no room for it", () => {
    const env = Environment.create(Heap.create(HEAP));
    for (let n = 0; n < 60_000; n++) env.add(parseAtom(`(row ${n} ${n * 7} s${n % 9})`));
    const heap = Heap.create({ maxBytes: 2 ** 22 });
    using other = Environment.create(heap);
    other.add(parseAtom("(a)"));
    expect(() => relocate(handleOf(env), heap)).toThrow(
      expect.objectContaining({ code: "ERR_HEAP_EXHAUSTED" }),
    );
    checkHeap(heap);
    expect(atomsOf(other)).toEqual(["(a)"]);
  });
});
