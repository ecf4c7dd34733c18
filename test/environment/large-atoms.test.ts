import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { type Atom, expression, integer, symbol, variable } from "../../src/term/atom.js";
import { alphaEqual } from "../../src/term/equal.js";
import { atom, environmentOf, makeHeap, settle } from "./harness.js";

function nested(depth: number, inner: Atom): Atom {
  let it = inner;
  for (let level = 0; level < depth; level++) it = expression([symbol("s"), it]);
  return it;
}

describe("atoms of unusual size", () => {
  it("nested 100,000 deep are stored, matched, removed and united", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(p 1)");
    const deep = expression([symbol("p"), nested(100_000, symbol("zero"))]);
    env.add(deep);
    const clone = env.clone();
    clone.add(expression([symbol("p"), nested(100_000, variable("x"))]));
    env.add(atom("(p 2)"));
    const united = env.union(clone);
    expect(united.count).toBe(4);
    expect(united.countMatches(expression([symbol("p"), variable("y")]))).toBe(4);
    expect(united.countMatches(deep)).toBe(2);
    const found = [
      ...united.match(expression([symbol("p"), variable("y")]), { template: variable("y") }),
    ];
    expect(alphaEqual(expression([symbol("p"), found[1]!]), deep)).toBe(true);
    expect(united.remove(expression([symbol("p"), nested(100_000, variable("z"))]))).toBe(true);
    expect(united.remove(deep)).toBe(true);
    expect(united.count).toBe(2);
    checkEnvironment(united);
    settle(heap, env, clone, united);
  });

  it("with 300,000 children, or more than any index has places for, are found by what they hold", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    const wide = (children: number, last: number): Atom =>
      expression([
        symbol("wide"),
        ...Array.from({ length: children }, (_, index) => integer(index)),
        integer(last),
      ]);
    for (let last = 0; last < 3; last++) env.add(wide(300_000, last));
    expect(env.countMatches(wide(300_000, 1))).toBe(1);
    expect(env.remove(wide(300_000, 1))).toBe(true);
    expect(env.remove(wide(300_000, 1))).toBe(false);
    for (let last = 0; last < 40; last++) env.add(wide(300, last));
    expect(env.countMatches(wide(300, 7))).toBe(1);
    expect(env.remove(wide(300, 7))).toBe(true);
    expect(env.count).toBe(41);
    settle(heap, env);
  });
});
