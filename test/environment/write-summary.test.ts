import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { handleOf } from "../../src/environment/environment.js";
import { writesSince } from "../../src/environment/write-summary.js";
import { atom, contents, environmentOf, makeHeap, settle } from "./harness.js";

describe("what an environment wrote", () => {
  it("is told by relation, with the first atoms", () => {
    const heap = makeHeap();
    const before = environmentOf(heap, "(edge a b)", "(edge b c)", "(= (f $x) 1)");
    const after = before.clone();
    after.remove(atom("(edge a b)"));
    for (let n = 0; n < 10; n++) after.add(atom(`(edge n${n} m)`));
    after.add(atom("(= (g $x) 2)"));
    expect(writesSince(handleOf(before), handleOf(after))).toEqual({
      added: 11,
      removed: 1,
      relations: [
        {
          relation: "edge/3",
          added: 10,
          removed: 1,
          addedFirst: [0, 1, 2, 3, 4].map((n) => `(edge n${n} m)`),
          removedFirst: ["(edge a b)"],
        },
        {
          relation: "rule g",
          added: 1,
          removed: 0,
          addedFirst: ["(= (g $x) 2)"],
          removedFirst: [],
        },
      ],
    });
    expect(writesSince(handleOf(before), handleOf(before)).relations).toEqual([]);
    settle(heap, before, after);
  });

  it("is told of spaces, too", () => {
    const heap = makeHeap();
    const before = environmentOf(heap, "(a b)");
    const after = before.clone();
    const space = after.createSpace();
    after.add(atom("(edge a b)"), { space });
    const { relations } = writesSince(handleOf(before), handleOf(after));
    expect(
      relations.map(({ relation, added }) => [relation.replace(/\d+\.\d+/, "N"), added]),
    ).toEqual([["space N edge/3", 1]]);
    settle(heap, before, after);
  });

  it("adds up to what one holds more than the other", () => {
    const names = fc.constantFrom("(a 1)", "(a 2)", "(b 1)", "(b 2)", "(= (c) 1)");
    const writes = fc.array(fc.record({ text: names, isAdded: fc.boolean() }), { maxLength: 30 });
    fc.assert(
      fc.property(writes, writes, (first, second) => {
        const heap = makeHeap();
        const before = environmentOf(heap, ...first.map(({ text }) => text));
        const after = before.clone();
        for (const { text, isAdded } of second) {
          if (isAdded) after.add(atom(text));
          else after.remove(atom(text));
        }
        const { added, removed } = writesSince(handleOf(before), handleOf(after));
        expect(added - removed).toBe(contents(after).length - contents(before).length);
        settle(heap, before, after);
      }),
      { numRuns: 50 },
    );
  });
});
