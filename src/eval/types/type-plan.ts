/**
 * Type plan: a function type as calls are checked against it, taken apart once.
 *
 *     (-> $t (L $u) Number $t)       variables   $t = 0, $u = 1
 *         │    │      │     └── result
 *         └────┴──────┴──────── formals 1, 2, 3
 */
import {
  type Atom,
  EXPRESSION,
  type Expression,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { freshVariable, mapLeaves, variablesOf } from "../../term/resolve.js";
import { ATOM, EXPRESSION_TYPE, UNDEFINED } from "../language/type-names.js";

/** The types that variables of a plan stand for in one call, by index; null: any. */
export type Bound = readonly (Atom | null)[];

/** No variable of a plan stands for a type. */
export const UNBOUND: Bound = [];

/** No variable of the plan stands there. */
const NO_VARIABLE = -1;

export class TypePlan {
  readonly type: Expression;
  /** The parameters' types from index 1 on, and that of the result at the end. */
  readonly formals: readonly Atom[];
  readonly result: Atom;
  readonly #all: readonly Variable[];
  /** Which variable a formal is. */
  readonly #variables: readonly number[];
  readonly #occurrences: readonly number[];
  /** How a call's parts are evaluated where no variable stands for a type: the head's type, then the parameters'. */
  readonly #types: readonly Atom[];

  /** What variables stood for when types were filled last, and these. */
  #latest: Bound = UNBOUND;
  readonly #latestFilled = new Map<Expression, Atom>();

  constructor(type: Expression) {
    const { children } = type;
    const variables = variablesOf(type);
    this.type = type;
    this.formals = children;
    this.result = children.at(-1)!;
    this.#variables = children.map((formal) =>
      formal.tag === VARIABLE ? variables.indexOf(formal) : NO_VARIABLE,
    );
    this.#all = variables;
    this.#occurrences = variables.map((each) => countOf(each, type));
    this.#types = [type, ...children.slice(1, -1).map((formal) => asExpected(formal))];
  }

  /** How many arguments a call has. */
  get arity(): number {
    return this.formals.length - 2;
  }

  get variableCount(): number {
    return this.#all.length;
  }

  /** Which variable of the plan it is. */
  indexOf(variable: Variable): number {
    return this.#all.indexOf(variable);
  }

  /** Which variable the formal at the index is, or less than 0. */
  variableAt(index: number): number {
    return this.#variables[index]!;
  }

  /** Whether the variable stands nowhere else in the type. */
  isAlone(variable: number): boolean {
    return this.#occurrences[variable] === 1;
  }

  /** Whether the variable stands for types of parameters alone, and is no part of one. */
  isParameter(variable: number): boolean {
    const asFormal = this.#variables.slice(1, -1).filter((each) => each === variable).length;
    return asFormal === this.#occurrences[variable];
  }

  /** The same, or for the type of the result as well. */
  isParameterOrResult(variable: number): boolean {
    const whole = this.#variables.slice(1).filter((each) => each === variable).length;
    return whole === this.#occurrences[variable];
  }

  /** What is expected of the argument at the index. */
  typeAt(index: number, bound: Bound): Atom {
    const variable = this.#variables[index]!;
    if (variable >= 0) return bound[variable] ?? UNDEFINED;
    const formal = this.formals[index]!;
    return formal.tag === EXPRESSION && !formal.ground ? this.#filled(formal, bound) : formal;
  }

  /** What is expected of each part of a call, the head first. */
  typesFor(bound: Bound): readonly Atom[] {
    if (bound.every((type) => type === null)) return this.#types;
    return this.#types.map((type, index) => (index === 0 ? type : this.typeAt(index, bound)));
  }

  /** What is expected of what the call reduces to. */
  resultFor(bound: Bound): Atom {
    const result = this.resultOf(bound);
    return result === EXPRESSION_TYPE ? UNDEFINED : result;
  }

  /** The type that the call has. */
  resultOf(bound: Bound): Atom {
    const { result } = this;
    if (result.tag === EXPRESSION) return result.ground ? result : this.#filled(result, bound);
    const variable = this.#variables.at(-1)!;
    return variable < 0 ? result : (bound[variable] ?? UNDEFINED);
  }

  /** A type of the plan with what its variables stand for: as long as that is the same, the same atom. */
  #filled(type: Expression, bound: Bound): Atom {
    if (bound.includes(null)) return this.#filledAnew(type, bound);
    if (!isSameBound(this.#latest, bound)) {
      this.#latest = [...bound];
      this.#latestFilled.clear();
    }
    const known = this.#latestFilled.get(type) ?? this.#filledAnew(type, bound);
    this.#latestFilled.set(type, known);
    return known;
  }

  /** Variables that stand for nothing are the call's own. */
  #filledAnew(type: Expression, bound: Bound): Atom {
    const own = new Map<Variable, Variable>();
    return mapLeaves(type, (leaf) => {
      if (leaf.tag !== VARIABLE) return leaf;
      const found = bound[this.indexOf(leaf)] ?? null;
      if (found !== null) return found;
      const renamed = own.get(leaf) ?? freshVariable(leaf.name);
      own.set(leaf, renamed);
      return renamed;
    });
  }
}

function isSameBound(one: Bound, other: Bound): boolean {
  return one.length === other.length && one.every((type, index) => type === other[index]);
}

function asExpected(formal: Atom): Atom {
  return formal.tag === VARIABLE ? UNDEFINED : formal;
}

function countOf(variable: Variable, type: Atom): number {
  if (type === variable) return 1;
  if (type.tag !== EXPRESSION || type.ground) return 0;
  return type.children.reduce((sum, child) => sum + countOf(variable, child), 0);
}

/** Whether a type constrains its values. */
export function isSpecific(type: Atom): boolean {
  return type !== UNDEFINED && type !== ATOM && type.tag !== VARIABLE;
}
