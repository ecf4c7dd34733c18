/** Mathematical functions. Rounding keeps integers as they are; the others give floats. */
import {
  type Atom,
  boolean,
  type FloatAtom,
  float,
  INTEGER,
  type IntegerAtom,
  integer,
} from "../../term/atom.js";
import { type Operation, OperationError, pureOperation } from "../host/operation.js";
import { isNumber } from "../primitives/numbers.js";

function real(
  name: string,
  summary: string,
  apply: (value: number) => number,
  wanted = "input number",
): Operation {
  return pureOperation(name, "(-> Number Number)", summary, ([value]) =>
    float(apply(Number(numberOr(value, name, wanted).value))),
  );
}

/** The number that an argument is, or the error that says what the operation wants. */
function numberOr(value: Atom | undefined, name: string, wanted: string): IntegerAtom | FloatAtom {
  if (isNumber(value)) return value;
  throw new OperationError(`${name} expects one argument: ${wanted}`);
}

/** Of integers `exact`, of floats `apply`. */
function keepingKind(
  name: string,
  summary: string,
  apply: (value: number) => number,
  exact: (value: number | bigint) => number | bigint = (value) => value,
  wanted = "input number",
): Operation {
  return pureOperation(name, "(-> Number Number)", summary, ([value]) => {
    const found = numberOr(value, name, wanted);
    return found.tag === INTEGER ? integer(exact(found.value)) : float(apply(found.value));
  });
}

function test(name: string, summary: string, holds: (value: number) => boolean): Operation {
  return pureOperation(name, "(-> Number Bool)", summary, ([value]) =>
    boolean(holds(Number(numberOr(value, name, "input number").value))),
  );
}

function ofTwo(
  name: string,
  summary: string,
  wanted: string,
  apply: (one: number, other: number, exponent: Atom) => Atom,
): Operation {
  return pureOperation(name, "(-> Number Number Number)", summary, ([one, other]) => {
    if (isNumber(one) && isNumber(other))
      return apply(Number(one.value), Number(other.value), other);
    throw new OperationError(`${name} expects two arguments: ${wanted}`);
  });
}

/** Halves away from zero. */
function round(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

export const MATH: readonly Operation[] = [
  ofTwo(
    "pow-math",
    "The first number to the power of the second, as a float.",
    "number (base) and number (power)",
    (one, other, exponent) => {
      if (exponent.tag === INTEGER && Math.abs(other) >= 2 ** 31) {
        throw new OperationError("power argument is too big, try using float value");
      }
      return float(one ** other);
    },
  ),
  ofTwo(
    "log-math",
    "The logarithm to the base that is the first number, of the second.",
    "base (number) and input value (number)",
    (one, other) => float(Math.log(other) / Math.log(one)),
  ),
  real("sqrt-math", "Square root.", Math.sqrt, "number"),
  keepingKind(
    "abs-math",
    "Absolute value.",
    Math.abs,
    (value) => (value < 0 ? -value : value),
    "number",
  ),
  keepingKind("trunc-math", "Rounded towards zero.", Math.trunc),
  keepingKind("ceil-math", "Rounded up.", Math.ceil),
  keepingKind("floor-math", "Rounded down.", Math.floor),
  keepingKind("round-math", "Rounded to the nearest integer, halves away from zero.", round),
  real("sin-math", "Sine of an angle in radians.", Math.sin),
  real("asin-math", "Arc sine, in radians.", Math.asin),
  real("cos-math", "Cosine of an angle in radians.", Math.cos),
  real("acos-math", "Arc cosine, in radians.", Math.acos),
  real("tan-math", "Tangent of an angle in radians.", Math.tan),
  real("atan-math", "Arc tangent, in radians.", Math.atan),
  test("isnan-math", "Whether a number is NaN.", Number.isNaN),
  test(
    "isinf-math",
    "Whether a number is infinite.",
    (value) => Math.abs(value) === Number.POSITIVE_INFINITY,
  ),
];
