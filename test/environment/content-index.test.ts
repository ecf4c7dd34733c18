import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { treeCursor } from "../../src/containers/tree-cursor.js";
import { checkEnvironment } from "../../src/environment/check-environment.js";
import { Environment, handleOf } from "../../src/environment/environment.js";
import { ROW_TOKENS } from "../../src/environment/relation.js";
import { scan } from "../../src/environment/row-stream.js";
import { RELATIONS } from "../../src/environment/space.js";
import { storeOf } from "../../src/environment/workspace.js";
import { contentKey, contentKeyOf } from "../../src/term/content-key.js";
import { print } from "../../src/term/printer.js";
import { VARIABLE_KEY } from "../../src/term/token-key.js";
import { Trail } from "../../src/term/trail.js";
import { unify } from "../../src/term/unify.js";
import { atom, contents, environmentOf, makeHeap, matches, settle } from "./harness.js";

const leaf = fc.constantFrom(
  "a",
  "b",
  "1",
  "2",
  "1.5",
  '"t"',
  "True",
  "268435456",
  "12345678901234567890",
);
const { ground } = fc.letrec<{ ground: string }>((tie) => ({
  ground: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("ground"), { maxLength: 4 }).map((parts) => `(${parts.join(" ")})`),
  ),
}));

function nested(depth: number, inner: string): string {
  return `${"(f ".repeat(depth)}${inner}${")".repeat(depth)}`;
}

describe("a content key", () => {
  const heap = makeHeap();
  const store = storeOf(heap);

  /** The key of an atom, found on both sides, and once more with what was remembered. */
  function keyOf(text: string): number {
    const [made, env] = [atom(text), environmentOf(heap, `(at ${text})`)];
    const key = contentKey(store.words, firstRow(env) + 2);
    expect(contentKeyOf(store.vocabulary, made, store.knownSums)).toBe(key);
    expect(contentKeyOf(store.vocabulary, made, store.knownSums)).toBe(key);
    env.dispose();
    return key;
  }

  it("is the same of an atom and of its run", () => {
    fc.assert(
      fc.property(ground, (text) => {
        const key = keyOf(text);
        expect(key).not.toBe(VARIABLE_KEY);
        expect(keyOf(`(x ${nested(30, text)} ${text})`)).not.toBe(VARIABLE_KEY);
      }),
      { numRuns: 100 },
    );
  });

  it("is that of anything where there is a variable, a state or a value of the host", () => {
    for (const text of ["$x", "(a $x)", `(a ${nested(40, "$x")})`]) {
      expect(contentKeyOf(store.vocabulary, atom(text), store.knownSums)).toBe(VARIABLE_KEY);
    }
    const env = Environment.create(heap);
    const state = env.createState(atom("a"));
    expect(contentKeyOf(store.vocabulary, state, store.knownSums)).toBe(VARIABLE_KEY);
    env.dispose();
  });

  it("tells apart what differs deep inside, and by length, order and nesting", () => {
    const texts = [
      "a",
      "(a)",
      "((a))",
      "(a b)",
      "(b a)",
      "((a) b)",
      "(a (b))",
      "()",
      "(())",
      "(() ())",
    ];
    const deep = Array.from({ length: 50 }, (_, depth) => nested(depth + 1, "z"));
    const other = Array.from({ length: 50 }, (_, depth) => nested(depth + 1, "y"));
    const all = [...texts, ...deep, ...other];
    expect(new Set(all.map(keyOf)).size).toBe(all.length);
  });

  it("is the same for an integer and the float of its value", () => {
    expect(keyOf("(p 1 (q 2))")).toBe(keyOf("(p 1.0 (q 2.0))"));
  });
});

describe("the index by content", () => {
  /** An environment whose rows differ only deep inside their arguments. */
  function deepRows(count: number): Environment {
    const env = Environment.create(makeHeap());
    for (let n = 0; n < count; n++) env.add(atom(`(term ${nested(n, "z")})`));
    return env;
  }

  it("finds one row by a nested argument, at any depth", () => {
    const env = deepRows(300);
    for (const depth of [3, 77, 250]) {
      const { patterns, results } = env.explain(atom(`(term ${nested(depth, "z")})`));
      expect(results).toBe(1);
      expect(patterns[0]!.rows).toBe(1);
      expect(patterns[0]!.relations[0]!.index).toBe("place 1 by content");
    }
    expect(matches(env, `(term ${nested(400, "z")})`)).toEqual([]);
    settle(handleOf(env).store.heap, env);
  });

  it("leaves patterns with variables inside to the index by head", () => {
    const env = deepRows(30);
    env.add(atom("(term (g z))"));
    const { patterns, results } = env.explain(atom("(term (g $x))"));
    expect(results).toBe(1);
    expect(patterns[0]!.rows).toBe(1);
    expect(patterns[0]!.relations[0]!.index).toBe("place 1");
    settle(handleOf(env).store.heap, env);
  });

  it("is not used where rows have variables: they may match anything", () => {
    const env = deepRows(30);
    env.add(atom("(term (f $any))"));
    expect(matches(env, "(term (f (f z)))")).toEqual(["(term (f (f z)))", "(term (f (f z)))"]);
    expect(env.explain(atom("(term (f (f z)))")).patterns[0]!.relations[0]!.index).toBe("place 1");
    settle(handleOf(env).store.heap, env);
  });

  it("gives what looking at every row gives, whatever was written, cloned and united", () => {
    fc.assert(
      fc.property(
        fc.array(ground, { minLength: 14, maxLength: 30 }),
        fc.array(fc.nat(29), { maxLength: 8 }),
        (parts, removed) => {
          const heap = makeHeap();
          const base = environmentOf(heap, ...parts.map((part, n) => `(at ${part} ${n % 3})`));
          const found = (env: Environment, part: string): number => {
            const wanted = [...env.match(atom("(at $x $n)"), { template: atom("$x") })].map((it) =>
              print(it),
            );
            const equal = wanted.filter((each) => same(each, part)).length;
            expect(matches(env, `(at ${part} $n)`).length).toBe(equal);
            return equal;
          };
          for (const part of parts) expect(found(base, part)).toBeGreaterThan(0);
          const [left, right] = [base.clone(), base.clone()];
          for (const at of removed) {
            const text = contents(base)[at % parts.length]!;
            left.remove(atom(text));
            right.add(atom(`(at (new ${parts[at % parts.length]}) 7)`));
          }
          const united = left.union(right);
          for (const env of [base, left, right, united]) {
            checkEnvironment(env);
            for (const part of parts.slice(0, 6)) {
              found(env, part);
              found(env, `(new ${part})`);
            }
          }
          settle(heap, united, left, right, base);
        },
      ),
      { numRuns: 15 },
    );
  });

  /** Whether two ground atoms are equal, an integer and a float of one value included. */
  function same(one: string, other: string): boolean {
    return unify(atom(one), atom(other), new Trail());
  }
});

/** Where the only row's atom is. */
function firstRow(env: Environment): number {
  const { words } = handleOf(env).store;
  const relations = treeCursor(words, words[handleOf(env).root + RELATIONS]!, 0, 0);
  expect(relations.next()).toBe(true);
  const rows = scan(words, relations.value);
  expect(rows.next()).toBe(true);
  return rows.row + ROW_TOKENS;
}
