import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { searchShaped } from "../../src/environment/query-shape.js";
import { matchThrough, searchTrail } from "../../src/environment/search.js";
import { type Atom, expression, integer, symbol, variable } from "../../src/term/atom.js";
import { print } from "../../src/term/printer.js";
import { renameFresh, resolve } from "../../src/term/resolve.js";
import { atom, environmentOf, makeHeap, matches, settle } from "./harness.js";

/** What the general search finds for a pattern, as text. */
function inGeneral(env: Environment, pattern: Atom): string[] {
  const trail = searchTrail(handleOf(env));
  const wanted = renameFresh(pattern);
  const cursor = matchThrough(handleOf(env), null, wanted, trail);
  const found: string[] = [];
  for (; cursor.next(); trail.undoTo(0)) found.push(print(resolve(wanted)));
  return found;
}

const part = fc.constantFrom(
  "a",
  "b",
  "1",
  "1.0",
  "2",
  '"a"',
  "True",
  "(p a)",
  "(p 1)",
  "(p (q b))",
);
const hole = fc.constantFrom("$x", "$y", "(p $x)", "(p (q $y))");
const fact = fc.tuple(part, part).map(([one, other]) => `(e ${one} ${other})`);
const pattern = fc
  .tuple(fc.oneof(part, hole), fc.oneof(part, hole))
  .map(([one, other]) => `(e ${one} ${other})`);
const written = fc.array(fc.tuple(fact, fc.boolean()), { maxLength: 60 });

describe("a pattern of the embedder", () => {
  it("finds by its shape what the general search finds, in the same order", () => {
    const property = fc.property(written, fc.array(pattern, { maxLength: 12 }), (writes, asked) => {
      const heap = makeHeap();
      const env = environmentOf(heap);
      for (const [text, isRemoved] of writes) {
        env.add(atom(text));
        if (isRemoved) env.remove(atom(text));
        checkEnvironment(env);
      }
      for (const text of asked) {
        const wanted = inGeneral(env, atom(text)).map((found) => print(atom(found)));
        expect(matches(env, text)).toEqual(wanted);
        expect(env.countMatches(atom(text))).toBe(wanted.length);
      }
      settle(heap, env);
    });
    fc.assert(property, { numRuns: 150 });
  });

  it("is searched by a shape, whatever stands in it, unless it takes unification", () => {
    const env = environmentOf(makeHeap(), "(e a b)");
    const isShaped = (text: string): boolean => {
      const found = searchShaped(handleOf(env), {
        pattern: atom(text),
        space: null,
        intervals: null,
      });
      found?.close();
      return found !== null;
    };
    expect(["(e $x b)", "(e (p $x) 7)", "(none $x)"].map(isShaped)).toEqual([true, true, true]);
    env.add(atom("(e $open b)"));
    expect(["(e $x b)", "(none $x)", "(= (e $x) $y)"].map(isShaped)).toEqual([false, true, false]);
    env.add(atom("($h b)"));
    expect(isShaped("(none $x)")).toBe(false);
  });

  it("may be asked for again while it is answered", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(e a b)", "(e a c)", "(e b d)", "(e c d)", "(e c e)");
    const paths: string[] = [];
    for (const next of env.match(atom("(e a $x)"), { template: variable("x") })) {
      for (const end of env.match(expression([symbol("e"), next, variable("x")]))) {
        paths.push(print(end));
      }
    }
    expect(paths).toEqual(["(e b d)", "(e c d)", "(e c e)"]);
    settle(heap, env);
  });

  it("sees nothing of what is written while it is answered", () => {
    const heap = makeHeap();
    const env = environmentOf(heap, "(e a)", "(e b)", "(e c)");
    const found: string[] = [];
    for (const each of env.match(atom("(e $x)"))) {
      found.push(print(each));
      env.remove(atom("(e b)"));
      env.add(atom("(e d)"));
    }
    expect(found).toEqual(["(e a)", "(e b)", "(e c)"]);
    settle(heap, env);
  });

  it("ends with an error where its environment is disposed before its last answer", () => {
    const env = environmentOf(makeHeap(), "(e a)", "(e b)");
    const answers = env.match(atom("(e $x)"));
    answers.next();
    env.dispose();
    expect(() => answers.next()).toThrow(/cannot read from a cursor/);
  });

  it("gives a binding for each of its variables, also for two objects of one name", () => {
    const env = environmentOf(makeHeap(), "(e a a)", "(e a b)");
    const [one, other] = [variable("x"), variable("x")];
    const [bindings, ...rest] = [...env.bindings(expression([symbol("e"), one, other]))];
    expect(rest).toEqual([]);
    expect([one, other].map((each) => print(bindings!.get(each)!))).toEqual(["a", "a"]);
    const [first] = [...env.bindings(expression([symbol("e"), one, symbol("b")]))];
    expect([...first!].map(([name, value]) => [name, print(value)])).toEqual([[one, "a"]]);
  });

  it("is one of as many shapes and heads as are asked for", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    for (let n = 0; n < 600; n++) env.add(expression([symbol(`h${n}`), integer(n), integer(1)]));
    for (let length = 2; length < 24; length++) {
      env.add(expression([symbol("wide"), ...Array.from({ length }, () => integer(1))]));
    }
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 600; n++) {
        const found = [...env.match(expression([symbol(`h${n}`), variable("x"), integer(1)]))];
        expect(found.map((each) => print(each))).toEqual([`(h${n} ${n} 1)`]);
      }
      for (let length = 2; length < 24; length++) {
        const parts = Array.from({ length }, (_, index) => variable(`x${index}`));
        expect(env.countMatches(expression([symbol("wide"), ...parts]))).toBe(1);
      }
    }
    settle(heap, env);
  });
});
