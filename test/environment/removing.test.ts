import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { treeFind } from "../../src/containers/tree.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { type Environment, handleOf } from "../../src/environment/environment.js";
import { loadIndex, readIndexCount, WHOLE } from "../../src/environment/relation.js";
import { setKeyOf } from "../../src/environment/relation-key.js";
import { RELATIONS } from "../../src/environment/space.js";
import type { Atom } from "../../src/term/atom.js";
import { atom, contents, environmentOf, makeHeap, settle } from "./harness.js";

/** The numbers of the indexes that are there in the relation of an atom. */
function indexesFor(env: Environment, example: Atom): number[] {
  const { store, root } = handleOf(env);
  const { words, key, vocabulary } = store;
  setKeyOf(key, example, vocabulary.symbols);
  const relation = treeFind(words, words[root + RELATIONS]!, key.high, key.low);
  const numbers = Array.from({ length: readIndexCount(words, relation) }, (_, number) => number);
  return numbers.filter((number) => loadIndex(words, relation, number) !== 0);
}

describe("removing a fact", () => {
  it("uses the index that queries use, and builds none of whole atoms", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    for (let n = 0; n < 100; n++) env.add(atom(`(balance ${n} ${n % 3})`));
    env.countMatches(atom("(balance 7 $x)"));
    expect(env.remove(atom("(balance 7 1)"))).toBe(true);
    expect(env.remove(atom("(balance 7 1)"))).toBe(false);
    expect(indexesFor(env, atom("(balance 1 1)"))).toEqual([WHOLE + 1]);
    settle(heap, env);
  });

  it("builds one where every index that is there has many facts under the key", () => {
    const heap = makeHeap();
    const env = environmentOf(heap);
    for (let n = 0; n < 100; n++) env.add(atom(`(balance ${n} ${n % 3})`));
    env.countMatches(atom("(balance $x 1)"));
    expect(env.remove(atom("(balance 97 1)"))).toBe(true);
    expect(indexesFor(env, atom("(balance 1 1)"))).toContain(WHOLE);
    settle(heap, env);
  });

  it("takes the first of equal ones, whichever index there is", () => {
    const argument = fc.constantFrom("a", "b", "c", "1", "1.0", "(p a)", "$x", "(p $x)");
    const fact = fc.tuple(argument, argument).map(([one, other]) => `(e ${one} ${other})`);
    const step = fc.record({
      kind: fc.constantFrom("add", "add", "remove", "ask", "union"),
      text: fact,
    });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = makeHeap();
      const env = environmentOf(heap);
      const model: string[] = [];
      for (let n = 0; n < 14; n++) {
        env.add(atom(`(e n${n} n${n % 5})`));
        model.push(`(e n${n} n${n % 5})`);
      }
      for (const { kind, text } of steps) {
        if (kind === "add") {
          env.add(atom(text));
          model.push(text);
        } else if (kind === "remove") {
          const at = model.indexOf(text);
          expect(env.remove(atom(text))).toBe(at >= 0);
          if (at >= 0) model.splice(at, 1);
        } else if (kind === "ask") {
          env.countMatches(atom(text));
        } else {
          const clone = env.clone();
          clone.add(atom(text));
          env.add(atom("(other fact)"));
          env.absorb(clone);
          env.remove(atom("(other fact)"));
          clone.dispose();
          model.push(text);
        }
        checkEnvironment(env);
        expect(contents(env)).toEqual(model);
      }
      settle(heap, env);
    });
    fc.assert(property, { numRuns: 60 });
  });
});
