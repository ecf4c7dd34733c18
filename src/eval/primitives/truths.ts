/** Comparison of numbers, and logic: truth values of what stands in two atoms, or in one. */
import { type Atom, BOOLEAN, boolean, FLOAT, INTEGER } from "../../term/atom.js";
import { NOT_REDUCIBLE, type OperationResult } from "../host/operation.js";
import { isNumber } from "./numbers.js";
import { PrimitiveOperation } from "./primitive.js";

/** On which side of the second number the first one is, where a comparison holds. */
export type Side = "lt" | "gt" | "lte" | "gte";

type Compare = (one: number | bigint, other: number | bigint) => boolean;

/** A comparison of two numbers: an operator of JavaScript. */
export class Comparison extends PrimitiveOperation {
  readonly kind = "comparison";
  readonly side: Side;
  readonly #operator: "<" | ">" | "<=" | ">=";
  readonly #holds: Compare;

  /** Its name is an operator of JavaScript that does the same. */
  constructor(name: "<" | ">" | "<=" | ">=", side: Side, summary: string, holds: Compare) {
    super({ name, type: "(-> Number Number Bool)", summary });
    this.side = side;
    this.#operator = name;
    this.#holds = holds;
  }

  apply([one, other]: readonly Atom[]): OperationResult {
    if (!isNumber(one) || !isNumber(other)) return NOT_REDUCIBLE;
    return boolean(this.#holds(one.value, other.value));
  }

  /** The truth value for two atoms that are numbers. */
  code(one: string, other: string): string {
    return `${one}.value ${this.#operator} ${other}.value`;
  }

  /** Whether an atom is one that it compares. */
  fitsCode(name: string): string {
    return `(${name}.tag === ${INTEGER} || ${name}.tag === ${FLOAT})`;
  }
}

type Connect = (...sides: boolean[]) => boolean;

/** A function of truth values: an operator of JavaScript, before one of them or between two. */
export class Connective extends PrimitiveOperation {
  readonly kind = "logic";
  readonly #operator: string;
  readonly #holds: Connect;

  constructor(name: string, summary: string, operator: string, holds: Connect) {
    const parameters = "Bool ".repeat(holds.length);
    super({ name, type: `(-> ${parameters}Bool)`, summary });
    this.#operator = operator;
    this.#holds = holds;
  }

  apply(args: readonly Atom[]): OperationResult {
    if (args.length !== this.#holds.length) return NOT_REDUCIBLE;
    const sides: boolean[] = [];
    for (const arg of args) {
      if (arg.tag !== BOOLEAN) return NOT_REDUCIBLE;
      sides.push(arg.value);
    }
    return boolean(this.#holds(...sides));
  }

  /** The truth value for truth values of JavaScript. */
  code([one, other]: readonly string[]): string {
    const operator = this.#operator;
    return other === undefined ? `${operator}${one}` : `${one} ${operator} ${other}`;
  }

  /** Whether an atom is one that it takes. */
  fitsCode(name: string): string {
    return `${name}.tag === ${BOOLEAN}`;
  }
}

export const COMPARISONS: readonly Comparison[] = [
  new Comparison("<", "lt", "Whether the first number is less.", (one, other) => one < other),
  new Comparison(">", "gt", "Whether the first number is greater.", (one, other) => one > other),
  new Comparison(
    "<=",
    "lte",
    "Whether the first number is not greater.",
    (one, other) => one <= other,
  ),
  new Comparison(
    ">=",
    "gte",
    "Whether the first number is not less.",
    (one, other) => one >= other,
  ),
];

export const AND: Connective = new Connective(
  "and",
  "Whether both are True.",
  "&&",
  (one, other) => one && other,
);

export const CONNECTIVES: readonly Connective[] = [
  AND,
  new Connective("or", "Whether one is True.", "||", (one, other) => one || other),
  new Connective("xor", "Whether exactly one is True.", "!==", (one, other) => one !== other),
  new Connective("not", "True of False, False of True.", "!", (one) => !one),
];
