/** Numbers: arithmetic, comparison, logic. Integers are exact at any size, floats IEEE doubles. */

import { withContents } from "../../environment/contents.js";
import { handleOf } from "../../environment/environment.js";
import {
  type Atom,
  BOOLEAN,
  boolean,
  expression,
  FLOAT,
  type FloatAtom,
  float,
  INTEGER,
  type IntegerAtom,
  integer,
  symbol,
} from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { limitedInteger } from "../../term/sizes.js";
import {
  NOT_REDUCIBLE,
  type Operation,
  type OperationResult,
  pureOperation,
} from "../host/operation.js";
import { errorAtom } from "../language/error-atom.js";

type NumberAtom = IntegerAtom | FloatAtom;

const DIVISION_BY_ZERO = symbol("DivisionByZero");

export function isNumber(atom: Atom | undefined): atom is NumberAtom {
  return atom !== undefined && (atom.tag === INTEGER || atom.tag === FLOAT);
}

/** Applies an operator to two numbers: exactly to integers, to doubles if one is a float. */
function arithmetic(
  name: string,
  summary: string,
  safe: (one: number, other: number) => number,
  exact: (one: bigint, other: bigint) => bigint,
): Operation {
  return pureOperation(name, "(-> Number Number Number)", summary, ([one, other]) => {
    if (!isNumber(one) || !isNumber(other)) return NOT_REDUCIBLE;
    if (one.tag === FLOAT || other.tag === FLOAT) {
      return float(safe(Number(one.value), Number(other.value)));
    }
    if (typeof one.value === "number" && typeof other.value === "number") {
      const result = safe(one.value, other.value);
      if (Number.isSafeInteger(result)) return integer(result);
    }
    return integer(limitedInteger(exact(BigInt(one.value), BigInt(other.value))));
  });
}

/** Division and remainder: truncated between integers, where a zero divisor is an error. */
function division(
  name: string,
  summary: string,
  real: (one: number, other: number) => number,
  exact: (one: bigint, other: bigint) => bigint,
): Operation {
  return pureOperation(
    name,
    "(-> Number Number Number)",
    summary,
    ([one, other]): OperationResult => {
      if (!isNumber(one) || !isNumber(other)) return NOT_REDUCIBLE;
      if (one.tag === FLOAT || other.tag === FLOAT) {
        return float(real(Number(one.value), Number(other.value)));
      }
      if (other.value === 0) {
        return errorAtom(expression([symbol(name), one, other]), DIVISION_BY_ZERO);
      }
      if (typeof one.value === "number" && typeof other.value === "number") {
        return integer(Math.trunc(real(one.value, other.value)) + 0);
      }
      return integer(exact(BigInt(one.value), BigInt(other.value)));
    },
  );
}

function comparison(
  name: string,
  summary: string,
  holds: (one: number | bigint, other: number | bigint) => boolean,
): Operation {
  return pureOperation(name, "(-> Number Number Bool)", summary, ([one, other]) =>
    isNumber(one) && isNumber(other) ? boolean(holds(one.value, other.value)) : NOT_REDUCIBLE,
  );
}

function logic(
  name: string,
  summary: string,
  holds: (one: boolean, other: boolean) => boolean,
): Operation {
  return pureOperation(name, "(-> Bool Bool Bool)", summary, ([one, other]) =>
    one?.tag === BOOLEAN && other?.tag === BOOLEAN
      ? boolean(holds(one.value, other.value))
      : NOT_REDUCIBLE,
  );
}

const not = pureOperation("not", "(-> Bool Bool)", "True of False, False of True.", ([value]) =>
  value?.tag === BOOLEAN ? boolean(!value.value) : NOT_REDUCIBLE,
);

const equals = pureOperation(
  "==",
  "(-> $t $t Bool)",
  "Whether both arguments are the same atom.",
  ([one, other], { environment }) =>
    boolean(
      equal(withContents(handleOf(environment), one!), withContents(handleOf(environment), other!)),
    ),
);

export const ARITHMETIC: readonly Operation[] = [
  arithmetic(
    "+",
    "Sum.",
    (one, other) => one + other,
    (one, other) => one + other,
  ),
  arithmetic(
    "-",
    "Difference.",
    (one, other) => one - other,
    (one, other) => one - other,
  ),
  arithmetic(
    "*",
    "Product.",
    (one, other) => one * other,
    (one, other) => one * other,
  ),
  division(
    "/",
    "Quotient; between integers rounded towards zero.",
    (one, other) => one / other,
    (one, other) => one / other,
  ),
  division(
    "%",
    "Remainder, with the sign of the dividend.",
    (one, other) => one % other,
    (one, other) => one % other,
  ),
  comparison("<", "Whether the first number is less.", (one, other) => one < other),
  comparison(">", "Whether the first number is greater.", (one, other) => one > other),
  comparison("<=", "Whether the first number is not greater.", (one, other) => one <= other),
  comparison(">=", "Whether the first number is not less.", (one, other) => one >= other),
  equals,
  logic("and", "Whether both are True.", (one, other) => one && other),
  logic("or", "Whether one is True.", (one, other) => one || other),
  logic("xor", "Whether exactly one is True.", (one, other) => one !== other),
  not,
];
