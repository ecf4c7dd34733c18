import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap } from "../../src/memory/heap.js";
import {
  type Atom,
  boolean,
  EXPRESSION,
  Expression,
  expression,
  FloatAtom,
  HostAtom,
  integer,
  SpaceAtom,
  StateAtom,
  string,
  symbol,
  Variable,
  variable,
} from "../../src/term/atom.js";
import { decode, decodeWith } from "../../src/term/decode.js";
import { encodeInto, measure } from "../../src/term/encode.js";
import { alphaEqual, equal } from "../../src/term/equal.js";
import { parse, parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import { renameFresh, resolve, variablesOf } from "../../src/term/resolve.js";
import { atomKey, tokenKey, VARIABLE_KEY } from "../../src/term/token-key.js";
import { TokenUnifier } from "../../src/term/token-unify.js";
import { equalRuns, skip } from "../../src/term/tokens.js";
import { Trail } from "../../src/term/trail.js";
import { unify } from "../../src/term/unify.js";
import { Vocabulary } from "../../src/term/vocabulary.js";

const heap = Heap.create({ maxBytes: 256 * 2 ** 20 });
const vocabulary = Vocabulary.of(heap);

const symbolNames = fc.constantFrom("a", "b", "f", "=", "->", "λ", "→x", "!!", "名前");
const leaf = fc.oneof(
  symbolNames.map((name): Atom => symbol(name)),
  fc.constantFrom("x", "y", "z").map((name): Atom => variable(name)),
  fc.integer().map((value): Atom => integer(value)),
  fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }).map((value): Atom => integer(value)),
  fc.double().map((value): Atom => new FloatAtom(value)),
  fc.string({ unit: "binary" }).map((value): Atom => string(value)),
  fc.boolean().map((value): Atom => boolean(value)),
);
const { tree: anyAtom } = fc.letrec<{ tree: Atom }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 5 }).map((children): Atom => expression(children)),
  ),
}));

function encode(atom: Atom): Int32Array {
  const words = new Int32Array(measure(atom) + 1);
  const used = encodeInto(vocabulary, atom, words, 0, measure(atom));
  expect(skip(words, 0)).toBe(used);
  return words.slice(0, used);
}

const sameFloat = (one: Atom, other: Atom): boolean =>
  one instanceof FloatAtom && other instanceof FloatAtom && Object.is(one.value, other.value);

/** Equality that tells 1 from 1.0 and knows NaN. */
function identical(one: Atom, other: Atom): boolean {
  const pending: [Atom, Atom][] = [[one, other]];
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    const [left, right] = pair;
    if (left.tag !== right.tag) return false;
    if (left.tag === EXPRESSION && right.tag === EXPRESSION) {
      if (left.children.length !== right.children.length) return false;
      for (const [index, child] of left.children.entries()) {
        pending.push([child, right.children[index]!]);
      }
    } else if (!sameFloat(left, right) && !equal(left, right)) {
      return false;
    }
  }
  return true;
}

function nested(depth: number): Atom {
  let atom: Atom = symbol("core");
  for (let level = 0; level < depth; level++) atom = new Expression([symbol("S"), atom]);
  return atom;
}

test("decoding an encoded atom gives the atom", () => {
  fc.assert(
    fc.property(anyAtom, (atom) => {
      expect(identical(decode(vocabulary, encode(atom), 0), atom)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("spaces, states and renamed variables keep their numbers through encoding", () => {
  const atom = expression([new SpaceAtom(3, 9), new StateAtom(-4, 7), new Variable("x", 12)]);
  expect(print(decode(vocabulary, encode(atom), 0))).toBe(print(atom));
});

test("a host value is refused and nothing is written", () => {
  const words = new Int32Array(8);
  const atom = expression([symbol("f"), new HostAtom({}, "Thing")]);
  expect(() => encodeInto(vocabulary, atom, words, 0, measure(atom))).toThrow(/cannot share Thing/);
});

test("wide and long expressions survive encoding", () => {
  for (const width of [255, 256, 300, 70_000]) {
    const atom = expression(Array.from({ length: width }, (_, index) => integer(index)));
    expect(equal(decode(vocabulary, encode(atom), 0), atom)).toBe(true);
  }
  const long = expression(
    Array.from({ length: 4 }, () =>
      expression(Array.from({ length: 300_000 }, (_, index) => new FloatAtom(index))),
    ),
  );
  expect(equal(decode(vocabulary, encode(long), 0), long)).toBe(true);
});

test("hundreds of thousands of levels of nesting parse, print, encode, resolve and unify", () => {
  const depth = 250_000;
  const text = `${"(S ".repeat(depth)}core${")".repeat(depth)}`;
  const atom = parseAtom(text);
  expect(print(atom) === text).toBe(true);
  expect(equal(atom, nested(depth))).toBe(true);
  expect(equal(decode(vocabulary, encode(atom), 0), atom)).toBe(true);
  const open = renameFresh(parseAtom(`${"(S ".repeat(depth)}$x${")".repeat(depth)}`));
  expect(unify(open, atom, new Trail())).toBe(true);
  expect(equal(resolve(open), atom)).toBe(true);
});

test("parsing what was printed gives the atom", () => {
  fc.assert(
    fc.property(anyAtom, (atom) => {
      const text = print(atom);
      // inf and NaN have no literal: they are symbols when read.
      fc.pre(!/inf|NaN/.test(text));
      expect(identical(parseAtom(text), atom)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ["(a b", 1, 1, "expected ')' to close this '('"],
  ["(a\n b))", 2, 4, "this ')' has no matching '('"],
  ['(a "b)', 1, 4, "expected '\"' to close this string"],
  ['"\\q"', 1, 2, "unknown escape"],
  ["(a)\n!", 2, 1, "expected an atom after '!'"],
])("the syntax error of %j is told with its place", (text, line, column, problem) => {
  let caught: unknown;
  try {
    parse(text, { file: "kb.metta" });
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ code: "ERR_SYNTAX", details: { file: "kb.metta", line, column } });
  expect(String(caught)).toContain(problem);
  expect(String(caught).split("\n").at(-1)).toMatch(/^ *\^$/);
});

test("words are separated by white space, parentheses, quotes and semicolons only", () => {
  const items = parse("!(a,b 'c #d) ; comment (\n!x x!(f)\n-1 +2 1. .5 1.5 1e3 --1 True true");
  expect(items.map((item) => `${item.evaluate ? "! " : ""}${print(item.atom)}`)).toEqual([
    "! (a,b 'c #d)",
    "!x",
    "x!",
    "(f)",
    "-1",
    "2",
    "1.",
    ".5",
    "1.5",
    "1000.0",
    "--1",
    "True",
    "true",
  ]);
});

test("floats print with a point, strings with escapes", () => {
  expect(
    print(parseAtom('(1.0 -0.0 1e300 1e-7 "a\\n\\"\\u{1F600}" 123456789012345678901234567890)')),
  ).toBe('(1.0 -0.0 1e300 1e-7 "a\\n\\"😀" 123456789012345678901234567890)');
});

test("unification makes both sides equal, and taking it back leaves no binding (U1, TR2)", () => {
  fc.assert(
    fc.property(anyAtom, anyAtom, (first, second) => {
      const left = renameFresh(first);
      const right = renameFresh(second);
      const trail = new Trail();
      const mark = trail.mark();
      const unified = unify(left, right, trail);
      if (unified) expect(identicalNumbers(resolve(left), resolve(right))).toBe(true);
      trail.undoTo(mark);
      for (const each of [...variablesOf(left), ...variablesOf(right)])
        expect(each.value).toBeNull();
      expect(unify(right, left, trail)).toBe(unified);
      trail.undoTo(mark);
    }),
    { numRuns: 3000 },
  );
});

/** Unified numbers may differ in kind; everything else is equal. */
const identicalNumbers = (one: Atom, other: Atom): boolean => equal(one, other);

test("no binding makes a cyclic term (U2)", () => {
  const atom = renameFresh(parseAtom("(p $x $x)"));
  expect(unify(atom, renameFresh(parseAtom("(p $y (f $y))")), new Trail())).toBe(false);
});

test("unifying with tokens is unifying with the decoded atom (TU1)", () => {
  fc.assert(
    fc.property(anyAtom, anyAtom, (row, pattern) => {
      const words = encode(row);
      const one = renameFresh(pattern);
      const other = renameFresh(pattern);
      const trail = new Trail();
      const direct = unify(one, decodeWith(vocabulary, words, 0, [], true), trail);
      const byTokens = new TokenUnifier(vocabulary, words, trail).unifies(0, other);
      expect(byTokens).toBe(direct);
      if (direct) expect(alphaEqualOrNaN(resolve(one), resolve(other))).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test("runs are equal exactly when their atoms are equal up to renaming", () => {
  fc.assert(
    fc.property(anyAtom, anyAtom, (one, other) => {
      const renamed = renameFresh(one);
      expect(equalRuns(encode(one), 0, encode(renamed), 0)).toBe(true);
      if (equalRuns(encode(one), 0, encode(other), 0))
        expect(alphaEqualOrNaN(one, other)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

/** Equality up to renaming that knows NaN, by way of the text, where NaN is a symbol. */
const alphaEqualOrNaN = (one: Atom, other: Atom): boolean => {
  const reread = (atom: Atom): Atom => parseAtom(print(atom).replaceAll("#", "_"));
  return alphaEqual(one, other) || alphaEqual(reread(one), reread(other));
};

test("keys of atoms that unify are equal unless one may stand for anything (KEY2)", () => {
  fc.assert(
    fc.property(anyAtom, anyAtom, (one, other) => {
      const key = atomKey(vocabulary, one);
      expect(tokenKey(encode(one), 0)).toBe(key);
      const otherKey = atomKey(vocabulary, other);
      if (key === VARIABLE_KEY || otherKey === VARIABLE_KEY || key === otherKey) return;
      expect(unify(renameFresh(one), renameFresh(other), new Trail())).toBe(false);
    }),
    { numRuns: 3000 },
  );
});

test("two views of a symbol table give one id to one text (Y1)", () => {
  const other = Vocabulary.of(Heap.receive(heap.share()));
  for (let index = 0; index < 20_000; index++) {
    const [one, two] = index % 2 === 0 ? [vocabulary, other] : [other, vocabulary];
    const id = one.symbols.idOfText(`symbol ${index}`);
    expect(two.symbols.findId(`symbol ${index}`)).toBe(id);
    expect(two.symbols.textOf(id)).toBe(`symbol ${index}`);
  }
  expect(vocabulary.symbols.findId("never seen")).toBe(-1);
  const long = "長い".repeat(100_000);
  expect(other.symbols.textOf(vocabulary.symbols.idOfText(long))).toBe(long);
});
