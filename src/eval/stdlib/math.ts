/** Mathematical functions. Rounding keeps integers as they are; the others give floats. */
import { type Atom, boolean, FLOAT, float, INTEGER, integer } from "../../term/atom.js";
import { operation } from "../library.js";
import { NOT_REDUCIBLE, type Operation } from "../operation.js";
import { isNumber } from "./arithmetic.js";

function real(name: string, summary: string, apply: (value: number) => number): Operation {
  return operation(name, "(-> Number Number)", summary, ([value]) =>
    isNumber(value) ? float(apply(Number(value.value))) : NOT_REDUCIBLE,
  );
}

/** Of integers `exact`, of floats `apply`. */
function keepingKind(
  name: string,
  summary: string,
  apply: (value: number) => number,
  exact: (value: number | bigint) => number | bigint = (value) => value,
): Operation {
  return operation(name, "(-> Number Number)", summary, ([value]) => {
    if (value?.tag === INTEGER) return integer(exact(value.value));
    return value?.tag === FLOAT ? float(apply(value.value)) : NOT_REDUCIBLE;
  });
}

function test(name: string, summary: string, holds: (value: number) => boolean): Operation {
  return operation(name, "(-> Number Bool)", summary, ([value]) =>
    isNumber(value) ? boolean(holds(Number(value.value))) : NOT_REDUCIBLE,
  );
}

function ofTwo(
  name: string,
  summary: string,
  apply: (one: number, other: number) => Atom,
): Operation {
  return operation(name, "(-> Number Number Number)", summary, ([one, other]) =>
    isNumber(one) && isNumber(other)
      ? apply(Number(one.value), Number(other.value))
      : NOT_REDUCIBLE,
  );
}

/** Halves away from zero. */
function round(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}

export const MATH: readonly Operation[] = [
  ofTwo("pow-math", "The first number to the power of the second, as a float.", (one, other) =>
    float(one ** other),
  ),
  ofTwo(
    "log-math",
    "The logarithm to the base that is the first number, of the second.",
    (one, other) => float(Math.log(other) / Math.log(one)),
  ),
  real("sqrt-math", "Square root.", Math.sqrt),
  keepingKind("abs-math", "Absolute value.", Math.abs, (value) => (value < 0 ? -value : value)),
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
