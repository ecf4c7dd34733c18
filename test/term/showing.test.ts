import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { SharedEnvironment } from "../../src/environment/shared.js";
import { Heap } from "../../src/memory/heap.js";
import { evaluate, LanguageEvaluator } from "../../src/parallel/language-evaluator.js";
import { equal } from "../../src/term/equal.js";
import { hostAtom } from "../../src/term/host-atom.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { atom } from "../../src/term/template.js";

const TEXT = '(f a $x "s" 1 -2.5 True 123456789012345678901234567890 () (g (h b)))';

function ask(text: string): readonly unknown[] {
  const env = Environment.create(Heap.create());
  for (const item of parse("(= (twice $x) (pair $x $x)) (= (many) (superpose (a (b c) $y)))")) {
    env.add(item.atom);
  }
  return evaluate(env, parseAtom(text)).results;
}

describe("Deep equality", () => {
  test("holds between results of two evaluations, and with the same atom read from text (A5)", () => {
    const [result] = ask(`(twice ${TEXT})`);
    const expected = parseAtom(`(pair ${TEXT} ${TEXT})`);
    assert.deepStrictEqual(result, expected);
    assert.deepStrictEqual(ask(`(twice ${TEXT})`), [expected]);
    expect(result).toEqual(expected);
    expect(result).toStrictEqual(expected);
  });

  test("holds though one of two atoms was stored, evaluated or looked up before", () => {
    const env = Environment.create(Heap.create());
    const used = atom`(item (part unheard-of) 1)`;
    env.add(used);
    const [found] = [...env.atoms()];
    assert.deepStrictEqual(found, used);
    assert.deepStrictEqual(evaluate(env, used).results, [atom`(item (part unheard-of) 1)`]);
  });

  test("says no for different atoms, and for symbols at once", () => {
    const stored = atom`(only a)`;
    Environment.create(Heap.create()).add(stored);
    assert.notDeepStrictEqual(stored, atom`(only b)`);
    expect(stored).not.toEqual(atom`(only b)`);
    expect(() => expect(stored).toEqual(atom`(only b)`)).toThrow();
  });

  test("agrees with `equal` for atoms of text without floats", () => {
    const leaf = fc.constantFrom("a", "b", "$x", "$y", "1", '"s"', "True", "()");
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }).map((parts) => `(${parts.join(" ")})`),
      ),
    }));
    fc.assert(
      fc.property(tree, tree, (one, other) => {
        const left = parseAtom(one);
        const right = parseAtom(other);
        let isDeep = true;
        try {
          assert.deepStrictEqual(left, right);
        } catch {
          isDeep = false;
        }
        expect(isDeep).toBe(equal(left, right));
      }),
    );
  });
});

describe("What is shown", () => {
  test("of an atom is its MeTTa", () => {
    const made = parseAtom(TEXT);
    expect(String(made)).toBe(TEXT);
    expect(inspect({ made }, { breakLength: 200 })).toBe(`{ made: ${TEXT} }`);
    expect(JSON.stringify({ made })).toBe(JSON.stringify({ made: TEXT }));
    expect(inspect(hostAtom(1, { type: "Handle", print: (value) => `<${value}>` }))).toBe("<1>");
  });

  test("of an atom in passing ends with an ellipsis where it is long", () => {
    const long = atom`(f ${"x".repeat(20_000)})`;
    expect(inspect(long).length).toBeLessThan(11_000);
    expect(inspect(long).endsWith("…")).toBe(true);
    expect(String(long).length).toBeGreaterThan(20_000);
  });

  test("of what holds the shared heap is a line", () => {
    const heap = Heap.create();
    const env = Environment.create(heap);
    env.add(atom`(a b)`);
    const shared = SharedEnvironment.create(heap, env);
    const shown = { heap, env, shared, evaluator: new LanguageEvaluator() };
    expect(inspect(shown, { depth: 10 }).length).toBeLessThan(400);
    expect(inspect(env)).toBe("Environment { 1 atoms }");
    expect(JSON.stringify(shown).length).toBeLessThan(400);
    env.dispose();
    expect(inspect(env)).toBe("Environment { disposed }");
  });
});
