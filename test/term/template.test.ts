import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { float, integer, SPACE, SpaceAtom, symbol, variable } from "../../src/term/atom.js";
import { equal } from "../../src/term/equal.js";
import { hostAtom } from "../../src/term/host-atom.js";
import { parseAtom } from "../../src/term/parser.js";
import { print } from "../../src/term/printer.js";
import {
  type AtomLike,
  atom,
  atoms,
  expressionOf,
  toAtom,
  toValue,
} from "../../src/term/template.js";

describe("atom`…`", () => {
  test("reads text", () => {
    expect(print(atom`(edge a $x "s" 1.5)`)).toBe('(edge a $x "s" 1.5)');
  });

  test("puts values in as what they are", () => {
    const handle = hostAtom({}, { type: "Handle" });
    const made = atom`(f ${1} ${1.5} ${-0.5} ${2n ** 70n} ${true} ${"a b"} ${symbol("s")} ${variable("x")} ${handle} ${[1, ["x"], []]})`;
    expect(print(made)).toBe(
      '(f 1 1.5 -0.5 1180591620717411303424 True "a b" s $x Handle (1 ("x") ()))',
    );
  });

  test("takes a value for no syntax, whatever its text", () => {
    const evil = 'x) (remove-all "';
    const made = atom`(name ${evil})`;
    expect(equal(made, expressionOf("name", evil))).toBe(true);
    expect(print(atom`(name ${"⟨1⟩"} ⟨1⟩)`)).toBe('(name "⟨1⟩" ⟨1⟩)');
  });

  test("keeps escapes for the language", () => {
    expect(toValue(atom`"a\n\"b\""`)).toBe('a\n"b"');
  });

  test("can be a value alone", () => {
    expect(toValue(atom`${7}`)).toBe(7);
  });

  test("makes one variable of one name, put in or written", () => {
    const made = atom`(p $x ${variable("x")})`;
    expect(equal(made, parseAtom("(p $x $x)"))).toBe(true);
  });

  test.each([
    ["inside a word", () => atom`(f a${1})`],
    ["before a word", () => atom`(f ${1}a)`],
    ["beside another value", () => atom`(f ${1}${2})`],
    ["inside a string", () => atom`(f "${1}")`],
    ["as the name of a variable", () => atom`(f $${"x"})`],
    [
      "inside a comment",
      () => atom`(f ; ${1}
      )`,
    ],
  ])("refuses a value %s", (_where, make) => {
    expect(make).toThrow(expect.objectContaining({ code: "ERR_SYNTAX" }));
  });

  test("refuses text that is not one atom", () => {
    expect(() => atom`(f`).toThrow(/expected '\)'/);
    expect(() => atom`a ${1}`).toThrow(/one atom and nothing else/);
    expect(() => atom``).toThrow(/expected an atom/);
  });

  test("refuses a value that has no atom", () => {
    expect(() => atom`(f ${{} as never})`).toThrow(/hostAtom/);
    expect(() => atom`(f ${undefined as never})`).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_ARGUMENT" }),
    );
  });
});

test("atoms`…` reads any number, and nothing to evaluate", () => {
  expect(
    atoms`(a ${1}) b ; c
    (d ${"e"})`.map((each) => print(each)),
  ).toEqual(["(a 1)", "b", '(d "e")']);
  expect(atoms``).toEqual([]);
  expect(() => atoms`(a) !(b)`).toThrow(/'!'/);
});

test("expressionOf builds what the text would be", () => {
  expect(print(expressionOf("edge", symbol("a"), "text", [1, 2], variable("x")))).toBe(
    '(edge a "text" (1 2) $x)',
  );
  expect(print(expressionOf(variable("f"), 1))).toBe("($f 1)");
});

test("values come back from atoms", () => {
  expect(toValue(parseAtom('(1 2.5 "s" True (False ()))'))).toEqual([
    1,
    2.5,
    "s",
    true,
    [false, []],
  ]);
  expect(toValue(integer(2n ** 60n))).toBe(2n ** 60n);
  expect(toValue(symbol("s"))).toBe(symbol("s"));
  expect(toValue(variable("x"))).toMatchObject({ name: "x" });
  expect(toValue(new SpaceAtom(1, 2))).toMatchObject({ tag: SPACE });
  expect(toValue(float(1))).toBe(1);
});

test("a value survives being an atom", () => {
  const { value } = fc.letrec<{ value: AtomLike }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.integer(),
      fc.double({ noNaN: true }).filter((each) => !Object.is(each, -0)),
      fc.boolean(),
      fc.string(),
      fc.bigInt().filter((each) => !Number.isSafeInteger(Number(each))),
      fc.array(tie("value"), { maxLength: 4 }),
    ),
  }));
  fc.assert(
    fc.property(value, (each) => {
      expect(toValue(toAtom(each))).toEqual(each);
      expect(equal(atom`(box ${each})`, expressionOf("box", each))).toBe(true);
    }),
  );
});
