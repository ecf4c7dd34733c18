/** Arithmetic. Integers are exact at any size, floats IEEE doubles. */
import {
  type Atom,
  expression,
  FLOAT,
  type FloatAtom,
  float,
  INTEGER,
  type IntegerAtom,
  integer,
  symbol,
} from "../../term/atom.js";
import { limitedInteger, withinEngine } from "../../term/sizes.js";
import { NOT_REDUCIBLE, type OperationResult } from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";
import { type CodeNames, PrimitiveOperation } from "./primitive.js";

type NumberAtom = IntegerAtom | FloatAtom;

const DIVISION_BY_ZERO = symbol("DivisionByZero");

export function isNumber(atom: Atom | undefined): atom is NumberAtom {
  return atom !== undefined && (atom.tag === INTEGER || atom.tag === FLOAT);
}

/** The common case: null for what is no number, for integers that a double does not hold, and for what has no value. */
type Quick = (one: Atom, other: Atom) => Atom | null;
/** Of integers of any size; null if there is no value. */
type Exact = (one: bigint, other: bigint) => bigint | null;

/** A function of two numbers, exact for integers. */
export class NumberPrimitive extends PrimitiveOperation {
  readonly kind = "number";
  readonly #quick: Quick;
  readonly #exact: Exact;

  constructor(name: string, summary: string, quick: Quick, exact: Exact) {
    super({ name, type: "(-> Number Number Number)", summary });
    this.#quick = quick;
    this.#exact = exact;
  }

  apply([one, other]: readonly Atom[]): OperationResult {
    if (!isNumber(one) || !isNumber(other)) return NOT_REDUCIBLE;
    return this.#quick(one, other) ?? this.#slow(one, other);
  }

  #slow(one: NumberAtom, other: NumberAtom): Atom {
    // One that is too large for a double becomes one that is infinite.
    if (one.tag === FLOAT || other.tag === FLOAT) {
      return this.#quick(float(Number(one.value)), float(Number(other.value)))!;
    }
    const exact = withinEngine(() => this.#exact(BigInt(one.value), BigInt(other.value)));
    return exact === null
      ? errorAtom(expression([symbol(this.name), one, other]), DIVISION_BY_ZERO)
      : integer(limitedInteger(exact));
  }

  /** The value of two atoms, or null where the machine has to tell it. */
  code(one: string, other: string, names: CodeNames): string {
    return `${names.constant(this.#quick)}(${one}, ${other})`;
  }
}

/** A function of two doubles, for integers that give an integer, and for floats. */
function quickly(
  one: Atom,
  other: Atom,
  compute: (left: number, right: number) => number,
): Atom | null {
  if (one.tag === INTEGER && other.tag === INTEGER) {
    const { value: left } = one;
    const { value: right } = other;
    if (typeof left !== "number" || typeof right !== "number") return null;
    const result = compute(left, right);
    return Number.isSafeInteger(result) ? integer(result) : null;
  }
  if (!isNumber(one) || !isNumber(other)) return null;
  const { value: left } = one;
  const { value: right } = other;
  if (typeof left !== "number" || typeof right !== "number") return null;
  return float(compute(left, right));
}

function areIntegers(one: Atom, other: Atom): boolean {
  return one.tag === INTEGER && other.tag === INTEGER;
}

/** Whether a number is to be divided by zero where that has no value: between integers. */
function isByZero(one: Atom, other: Atom): boolean {
  return one.tag === INTEGER && other.tag === INTEGER && other.value === 0;
}

// Each has a function of its own, so that a JavaScript engine sees one operator in it.
export const NUMBERS: readonly NumberPrimitive[] = [
  new NumberPrimitive(
    "+",
    "Sum.",
    (one, other) => quickly(one, other, (left, right) => left + right),
    (one, other) => one + other,
  ),
  new NumberPrimitive(
    "-",
    "Difference.",
    (one, other) => quickly(one, other, (left, right) => left - right),
    (one, other) => one - other,
  ),
  new NumberPrimitive(
    "*",
    "Product.",
    (one, other) => quickly(one, other, (left, right) => left * right),
    (one, other) => one * other,
  ),
  new NumberPrimitive(
    "/",
    "Quotient; between integers rounded towards zero.",
    (one, other) => {
      if (isByZero(one, other)) return null;
      return areIntegers(one, other)
        ? quickly(one, other, (left, right) => Math.trunc(left / right))
        : quickly(one, other, (left, right) => left / right);
    },
    (one, other) => (other === 0n ? null : one / other),
  ),
  new NumberPrimitive(
    "%",
    "Remainder, with the sign of the dividend.",
    (one, other) =>
      isByZero(one, other) ? null : quickly(one, other, (left, right) => left % right),
    (one, other) => (other === 0n ? null : one % other),
  ),
];
