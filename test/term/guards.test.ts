import { describe, expect, it } from "vitest";
import { Environment } from "../../src/environment/environment.js";
import { Heap } from "../../src/memory/heap.js";
import {
  type Atom,
  boolean,
  float,
  integer,
  OperationAtom,
  string,
  symbol,
  UNIT,
  variable,
} from "../../src/term/atom.js";
import * as guards from "../../src/term/guards.js";
import { hostAtom } from "../../src/term/host-atom.js";
import { parseAtom } from "../../src/term/parser.js";

const environment = Environment.create(Heap.create());

const { isAtom, isNumber, ...kinds } = guards;

/** One guard and atoms that it holds for. */
const ATOMS: Readonly<Record<keyof typeof kinds, readonly Atom[]>> = {
  isSymbol: [symbol("a"), symbol("")],
  isVariable: [variable("x")],
  isExpression: [UNIT, parseAtom("(f $x 1)")],
  isInteger: [integer(1), integer(2n ** 70n)],
  isFloat: [float(1), float(Number.NaN)],
  isString: [string("a")],
  isBoolean: [boolean(true), boolean(false)],
  isSpace: [environment.createSpace()],
  isState: [environment.createState(integer(1))],
  isOperation: [new OperationAtom("f", {})],
  isHost: [hostAtom({}, { type: "Handle" })],
};

describe("the guards", () => {
  it.each(Object.entries(ATOMS))("of %s hold for atoms of that kind alone", (name, own) => {
    const guard = kinds[name as keyof typeof kinds];
    for (const [other, atoms] of Object.entries(ATOMS)) {
      for (const atom of atoms) expect(guard(atom)).toBe(other === name);
    }
    expect(own.every(isAtom)).toBe(true);
  });

  it("take integers and floats for numbers", () => {
    const numbers = Object.values(ATOMS).flat().filter(isNumber);
    expect(numbers).toEqual([...ATOMS.isInteger, ...ATOMS.isFloat]);
  });

  it("take no other value for an atom", () => {
    for (const value of [undefined, null, 1, "a", true, [], {}, { tag: 0, name: "a" }]) {
      expect(isAtom(value)).toBe(false);
      expect(Object.values(kinds).some((guard) => guard(value))).toBe(false);
    }
  });
});
