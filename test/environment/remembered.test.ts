/** What a pattern found is given again only where a search would find it again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OxbowError } from "../../src/base/errors.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { PreparedPattern } from "../../src/environment/prepared-pattern.js";
import { MOST_ROWS } from "../../src/environment/remembered.js";
import { type Atom, EXPRESSION, type Variable } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { dereference, freshVariable, mapLeaves } from "../../src/term/resolve.js";
import { Trail } from "../../src/term/trail.js";
import { atom, environmentOf, makeHeap, matches, settle } from "./harness.js";

function prepare(env: Environment, text: string): PreparedPattern {
  const pattern = atom(text);
  if (pattern.tag !== EXPRESSION) throw new Error("a pattern of facts is an expression");
  return new PreparedPattern(handleOf(env).store, pattern, true);
}

interface Answer {
  readonly rows: string[];
  readonly isRemembered: boolean;
}

/** What is found for values, null for what is sought; each row with what it has in the places that are sought or open. */
function ask(
  env: Environment,
  prepared: PreparedPattern,
  values: readonly (Atom | null)[],
): Answer {
  const handle = handleOf(env);
  const trail = new Trail();
  const known = prepared.remembered(handle, null, values, trail);
  const found = known ?? prepared.matches(handle, null, values, trail);
  if (found === null) throw new Error("these patterns are not left to unification");
  const rows: string[] = [];
  for (; found.next(); trail.undoTo(0)) {
    const parts = values.map((value, place) => (value === null ? found.part(place) : value));
    rows.push(parts.map((part) => print(dereference(part))).join(" "));
  }
  if (known === null) prepared.giveBack(found as never);
  return { rows, isRemembered: known !== null };
}

/** What the embedder finds, who has no such memory. */
function sought(
  env: Environment,
  prepared: PreparedPattern,
  values: readonly (Atom | null)[],
): string[] {
  const names = prepared.places.map((_, place) => `$v${place}`);
  const put = (leaf: Atom): Atom => {
    const place = prepared.places.indexOf(leaf as Variable);
    if (place < 0) return leaf;
    const value = values[place] ?? null;
    return value === null ? atom(names[place]!) : value;
  };
  const pattern = mapLeaves(prepared.pattern, put);
  const template = values.map((value, place) => (value === null ? names[place]! : print(value)));
  return matches(env, print(pattern), `(${template.join(" ")})`).map((row) => row.slice(1, -1));
}

const QUESTIONS = 40;

describe("what a prepared pattern remembers", () => {
  it("is what a search finds, whatever is written between questions (KR1)", () => {
    const heap = makeHeap();
    let remembered = 0;
    const leaf = fc.constantFrom(
      "a",
      "b",
      "1",
      "2",
      "1.0",
      '"t"',
      "True",
      "(p a 1)",
      "(p a 2)",
      "(p a 1.0)",
      "()",
    );
    const step = fc.record({
      places: fc.tuple(leaf, leaf),
      free: fc.tuple(fc.boolean(), fc.boolean()),
      write: fc.nat(60),
    });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(leaf, leaf), { minLength: 4, maxLength: 30 }),
        fc.array(step, { minLength: 40, maxLength: 90 }),
        (facts, steps) => {
          let env = environmentOf(heap, ...facts.map(([one, other]) => `(e ${one} ${other})`));
          const prepared = prepare(env, "(e $x $y)");
          for (const { places, free, write } of steps) {
            const fact = atom(`(e ${places.join(" ")})`);
            if (write === 0) env.add(fact);
            if (write === 1) env.remove(fact);
            if (write === 2) env.add(atom("(unrelated fact)"));
            if (write === 3) {
              const clone = env.clone();
              env.add(fact);
              env.dispose();
              env = clone;
            }
            const values = places.map((text, place) => (free[place] ? null : atom(text)));
            const { rows, isRemembered } = ask(env, prepared, values);
            expect(rows).toEqual(sought(env, prepared, values));
            if (isRemembered) remembered++;
          }
          settle(heap, env);
        },
      ),
      { numRuns: 12 },
    );
    expect(remembered).toBeGreaterThan(20);
  });

  it("binds variables that are given as values, and leaves one that is given twice to a search", () => {
    const env = environmentOf(makeHeap(), "(e a b)", "(e b b)", "(e b c)");
    const prepared = prepare(env, "(e $x $y)");
    const x = freshVariable("x");
    const y = freshVariable("y");
    for (let n = 0; n < QUESTIONS; n++) {
      const open = ask(env, prepared, [x, y]);
      expect(open).toEqual({ rows: ["a b", "b b", "b c"], isRemembered: n > 4 });
      expect(ask(env, prepared, [x, x])).toEqual({ rows: ["b b"], isRemembered: false });
    }
  });

  it("tells numbers apart that print alike, and knows equal expressions again", () => {
    const env = environmentOf(makeHeap(), "(e (p 1) a)", "(e (p 1.0) b)", "(e (p 2) c)");
    const prepared = prepare(env, "(e $x $y)");
    let isRemembered = false;
    for (let n = 0; n < QUESTIONS; n++) {
      expect(ask(env, prepared, [null, null]).rows).toEqual(["(p 1) a", "(p 1.0) b", "(p 2) c"]);
      expect(ask(env, prepared, [atom("(p 1.0)"), null]).rows).toHaveLength(2);
      ({ isRemembered } = ask(env, prepared, [atom("(p 2)"), null]));
    }
    expect(isRemembered).toBe(true);
  });

  it("asks again where a variable is in the pattern twice, or a state in the question", () => {
    const env = environmentOf(makeHeap(), "(e a a)", "(e a b)");
    const state = env.createState(atom("s"));
    const twice = prepare(env, "(e $x $x)");
    const once = prepare(env, "(e $x $y)");
    for (let n = 0; n < QUESTIONS; n++) {
      expect(ask(env, twice, [null])).toEqual({ rows: ["a"], isRemembered: false });
      expect(ask(env, once, [state, null]).isRemembered).toBe(false);
    }
  });

  it("is of few rows, and given up where no question comes again, until something is written (KR2)", () => {
    const env = environmentOf(makeHeap());
    for (let n = 0; n < 1300; n++) env.add(atom(`(e n${n} ${n % 2})`));
    const prepared = prepare(env, "(e $x $y)");
    for (let n = 0; n < 1300; n++) {
      expect(ask(env, prepared, [atom(`n${n}`), null])).toEqual({
        rows: [`n${n} ${n % 2}`],
        isRemembered: false,
      });
    }
    expect(ask(env, prepared, [atom("n1250"), null]).isRemembered).toBe(false);
    env.add(atom("(e last 3)"));
    for (let n = 0; n < QUESTIONS; n++) {
      const { rows, isRemembered } = ask(env, prepared, [atom("last"), null]);
      expect(rows).toEqual(["last 3"]);
      expect(isRemembered).toBe(n > 4);
      const many = ask(env, prepared, [null, atom("1")]);
      expect(many.isRemembered).toBe(false);
      expect(many.rows.length).toBeGreaterThan(MOST_ROWS);
    }
  });

  it("stays as it was while somebody goes through it, and ends with the environment (KR3)", () => {
    const env = environmentOf(makeHeap(), "(e a 1)", "(e a 2)", "(e a 3)");
    const prepared = prepare(env, "(e $x $y)");
    const values = [atom("a"), null];
    for (let n = 0; n < QUESTIONS; n++) ask(env, prepared, values);
    const handle = handleOf(env);
    const trail = new Trail();
    const known = prepared.remembered(handle, null, values, trail)!;
    expect(known.next()).toBe(true);
    env.remove(atom("(e a 2)"));
    env.add(atom("(e a 4)"));
    expect(known.next()).toBe(true);
    expect(print(known.part(1))).toBe("2");
    expect(known.isLast()).toBe(false);
    expect(ask(env, prepared, values)).toEqual({
      rows: ["a 1", "a 3", "a 4"],
      isRemembered: false,
    });
    env.dispose();
    expect(() => known.next()).toThrow(OxbowError);
  });
});
