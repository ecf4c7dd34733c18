import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import type { Environment } from "../../src/environment/environment.js";
import { atom, contents, environmentOf, makeHeap, settle } from "./harness.js";

/** Facts `(visit day person n)`: common days, common people, both in few. */
function visits(count: number): Environment {
  const env = environmentOf(makeHeap());
  for (let n = 0; n < count; n++) {
    env.add(atom(`(visit d${n % 5} p${Math.floor(n / 7) % 6} ${n})`));
  }
  return env;
}

function found(env: Environment, pattern: string): string[] {
  return [...env.match(atom(pattern))].map(String);
}

describe("two arguments that are each common", () => {
  it("are looked for in both indexes: only rows with both are examined", () => {
    const env = visits(3000);
    const pattern = "(visit d2 p3 $n)";
    const wanted = contents(env).filter((text) => text.startsWith("(visit d2 p3 "));
    expect(wanted.length).toBeGreaterThan(64);
    expect(found(env, pattern)).toEqual(wanted);
    expect(env.countMatches(atom(pattern))).toBe(wanted.length);
    expect(env.explain(atom(pattern)).patterns[0]?.rows).toBe(wanted.length);
  });

  it("find what a look at every row finds, whatever was written, cloned and united", () => {
    const argument = fc.constantFrom("d0", "d1", "d9", "$open");
    const step = fc.record({
      kind: fc.constantFrom("add", "remove", "union", "ask"),
      day: argument,
      person: fc.constantFrom("p0", "p1", "p9", "$other"),
      at: fc.nat(999),
    });
    const property = fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const heap = makeHeap();
      const env = environmentOf(heap);
      for (let n = 0; n < 700; n++) env.add(atom(`(visit d${n % 2} p${n % 3} ${n})`));
      for (const { kind, day, person, at } of steps) {
        // What a fact with variables matches is told from what is there.
        const note = `${day}${person}`.includes("$") ? `open${at}` : `${at}`;
        if (kind === "add") env.add(atom(`(visit ${day} ${person} ${note})`));
        else if (kind === "remove") env.remove(atom(`(visit d${at % 2} p${at % 3} ${at})`));
        else if (kind === "union") {
          const clone = env.clone();
          clone.remove(atom(`(visit d${at % 2} p${at % 3} ${at})`));
          clone.add(atom(`(visit ${day} ${person} ${note})`));
          env.add(atom("(visit d0 p0 more)"));
          env.absorb(clone);
          clone.dispose();
        }
        checkEnvironment(env);
        const start = `(visit d${at % 2} p${at % 3} `;
        const ground = found(env, `${start}$n)`).filter((text) => !text.includes("open"));
        expect(ground).toEqual(contents(env).filter((text) => text.startsWith(start)));
      }
      settle(heap, env);
    });
    fc.assert(property, { numRuns: 20 });
  });

  it("that are new are counted without a look at the rows", () => {
    const env = visits(100);
    expect(env.countMatches(atom("(visit $x $y $z)"))).toBe(100);
    expect(env.countMatches(atom("(visit $x $x $z)"))).toBe(0);
    env.remove(atom("(visit d0 p0 0)"));
    expect(env.countMatches(atom("(visit $x $y $z)"))).toBe(99);
  });
});
