import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OxbowError } from "../../src/base/errors.js";
import { countWork, whileAsking } from "../../src/base/work.js";
import {
  type Atom,
  expression,
  integer,
  string,
  symbol,
  Variable,
  variable,
} from "../../src/term/atom.js";
import { AlphaNumbers, AtomNumbers } from "../../src/term/atom-numbers.js";
import { measure } from "../../src/term/encode.js";
import { alphaEqual, equal } from "../../src/term/equal.js";
import { hostAtom } from "../../src/term/host-atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print, printBriefly } from "../../src/term/printer.js";
import { quote } from "../../src/term/quote.js";
import {
  mapEveryLeaf,
  mapLeaves,
  renameFresh,
  resolve,
  variablesOf,
} from "../../src/term/resolve.js";
import { LONGEST_TEXT } from "../../src/term/sizes.js";
import { Trail } from "../../src/term/trail.js";
import { unify } from "../../src/term/unify.js";

/** 2^depth times the leaf, in as many objects as it is deep. */
function doubled(leaf: Atom, depth = 60): Atom {
  let made = leaf;
  for (let level = 0; level < depth; level++) made = expression([made, made]);
  return made;
}

/** The units of work that `run` asks about, in portions: few, though the atoms of these tests have 2^60 leaves. */
function workOf(run: () => void): number {
  let asked = 0;
  whileAsking(() => {
    asked++;
    if (asked > 100) throw new Error("a walk does too much");
  }, run);
  return asked;
}

function distinctParts(atom: Atom): number {
  const seen = new Set<Atom>();
  const pending = [atom];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next) || !("children" in next)) continue;
    seen.add(next);
    pending.push(...next.children);
  }
  return seen.size;
}

describe("An atom of shared parts", () => {
  const open = (name: string): Atom => expression([symbol("p"), variable(name)]);

  test("is compared part by part, each once", () => {
    workOf(() => {
      expect(equal(doubled(symbol("a")), doubled(symbol("a")))).toBe(true);
      expect(equal(doubled(symbol("a")), doubled(symbol("b")))).toBe(false);
      expect(equal(doubled(open("x")), doubled(open("x")))).toBe(true);
      expect(equal(doubled(open("x")), doubled(open("y")))).toBe(false);
      expect(alphaEqual(doubled(open("x")), doubled(open("y")))).toBe(true);
      const last = expression([doubled(open("x")), variable("y")]);
      expect(alphaEqual(last, expression([doubled(open("y")), variable("y")]))).toBe(false);
      expect(alphaEqual(last, expression([doubled(open("y")), variable("x")]))).toBe(true);
    });
  });

  test("is renamed and resolved into one that shares as much", () => {
    workOf(() => {
      const atom = doubled(open("x"));
      const renamed = renameFresh(atom);
      expect(distinctParts(renamed)).toBe(distinctParts(atom));
      expect(alphaEqual(atom, renamed)).toBe(true);
      const [fresh] = variablesOf(renamed);
      fresh!.value = symbol("a");
      const resolved = resolve(renamed);
      expect(distinctParts(resolved)).toBe(distinctParts(atom));
      expect(equal(resolved, doubled(parseAtom("(p a)")))).toBe(true);
      const changed = mapEveryLeaf(resolved, (leaf) => (leaf === symbol("a") ? integer(1) : leaf));
      expect(equal(changed, doubled(parseAtom("(p 1)")))).toBe(true);
      expect(mapLeaves(atom, (leaf) => leaf)).toBe(atom);
    });
  });

  test("is unified, and looked through for a variable, part by part", () => {
    workOf(() => {
      const free = new Variable("x", 1);
      const one = doubled(expression([symbol("p"), free]));
      expect(unify(one, doubled(symbol("a"), 61), new Trail())).toBe(false);
      expect(unify(one, doubled(parseAtom("(p b)")), new Trail())).toBe(true);
      expect(free.value).toBe(symbol("b"));
      const other = new Variable("y", 2);
      const whole = doubled(expression([symbol("p"), other]));
      expect(unify(other, whole, new Trail())).toBe(false);
      expect(unify(new Variable("z", 3), whole, new Trail())).toBe(true);
    });
  });

  test("asks host values in it each time where all ways are wanted", () => {
    let asked = 0;
    const host = hostAtom(1, {
      type: "Any",
      *match() {
        asked++;
        yield [];
      },
    });
    const trail = new Trail();
    trail.isNoting = true;
    expect(unify(doubled(host, 16), doubled(symbol("a"), 16), trail)).toBe(true);
    expect(asked).toBe(2 ** 16);
  });

  test("has a number like any other", () => {
    workOf(() => {
      const numbers = new AtomNumbers();
      const number = numbers.numberOf(doubled(open("x")));
      expect(numbers.numberOf(doubled(open("x")))).toBe(number);
      expect(numbers.numberOf(doubled(open("y")))).not.toBe(number);
      const alpha = new AlphaNumbers();
      expect(alpha.numberOf(doubled(open("x")))).toBe(alpha.numberOf(doubled(open("y"))));
    });
  });

  test("is too large to be written down or printed whole", () => {
    const limit = expect.objectContaining({ code: "ERR_LIMIT" });
    expect(() => measure(doubled(symbol("a")))).toThrow(limit);
    expect(() => print(doubled(symbol("a")))).toThrow(OxbowError);
    expect(printBriefly(doubled(symbol("a"), 3000), 100)).toBe(`${"(".repeat(100)}…`);
  });
});

describe("Large atoms", () => {
  const size = 100_000;

  test("that share nothing are compared, unified and renamed like small ones", () => {
    const numbered = (last: number): Atom =>
      expression(
        Array.from({ length: size }, (_, index) =>
          expression([
            symbol("n"),
            new Variable("v", index + 1),
            integer(index === 5 ? last : index),
          ]),
        ),
      );
    expect(equal(numbered(5), numbered(5))).toBe(true);
    expect(equal(numbered(5), numbered(6))).toBe(false);
    const renamed = renameFresh(numbered(5));
    expect(variablesOf(renamed)).toHaveLength(size);
    expect(alphaEqual(renamed, numbered(5))).toBe(true);
    expect(unify(renamed, numbered(6), new Trail())).toBe(false);
  });

  test("are numbered as `equal` and `alphaEqual` say", () => {
    const leaf = fc.constantFrom("a", "$x", "$y", "1", "1.0", "2.5", '"a"', "True", "()");
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        leaf,
        fc.array(tie("tree"), { maxLength: 3 }).map((parts) => `(${parts.join(" ")})`),
      ),
    }));
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 8 }), (texts) => {
        const atoms = texts.map((text) => parseAtom(text));
        const [numbers, alpha] = [new AtomNumbers(), new AlphaNumbers()];
        for (const one of atoms) {
          for (const other of atoms) {
            expect(numbers.numberOf(one) === numbers.numberOf(other)).toBe(equal(one, other));
            expect(alpha.numberOf(one) === alpha.numberOf(other)).toBe(alphaEqual(one, other));
          }
        }
      }),
    );
  });
});

describe("A long walk", () => {
  test("ends when whoever limits it says so, wherever it is (WO1)", () => {
    const stop = new Error("stop");
    const stopping = (run: () => void) => () =>
      whileAsking(() => {
        throw stop;
      }, run);
    const text = parseAtom(`(${"(a $x) ".repeat(300_000)})`);
    const renamed = renameFresh(text);
    expect(stopping(() => print(text))).toThrow(stop);
    expect(stopping(() => measure(text))).toThrow(stop);
    expect(stopping(() => equal(text, renamed))).toThrow(stop);
    expect(stopping(() => variablesOf(text))).toThrow(stop);
    expect(stopping(() => new AtomNumbers().numberOf(text))).toThrow(stop);
    expect(stopping(() => quote('"'.repeat(2_000_000)))).toThrow(stop);
    expect(stopping(() => countWork(10))).not.toThrow();
  });

  test("asks whoever is innermost, and the one around it again afterwards", () => {
    const asked: string[] = [];
    whileAsking(
      () => asked.push("outer"),
      () => {
        countWork(1e6);
        whileAsking(
          () => asked.push("inner"),
          () => countWork(1e6),
        );
        countWork(1e6);
      },
    );
    countWork(1e6);
    expect(asked).toEqual(["outer", "inner", "outer"]);
  });
});

test("a long text is quoted as a short one is, wherever it is cut", () => {
  const part = '\\"\n😀a\ud800b\udc00';
  const long = part.repeat(20_000);
  expect(long.length).toBeGreaterThan(2 ** 16);
  const parsed = parseAtom(quote(long));
  expect(equal(parsed, string(long))).toBe(true);
  expect(quote(long)).toBe(`"${quote(part).slice(1, -1).repeat(20_000)}"`);
});

test("what is printed has an end", () => {
  const long = string("x".repeat(LONGEST_TEXT / 4));
  expect(print(expression([long, long])).length).toBeGreaterThan(LONGEST_TEXT / 2);
  expect(() => print(expression([long, long, long, long]))).toThrow(/longer than 33554432/);
});
