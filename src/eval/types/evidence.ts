/**
 * Evidence: what shows of types at a glance, and whether that settles that a call fits. Atoms of an evaluation
 * are looked at in one way, nodes of a rule, whose variables stand for values to come, in another; what follows from
 * what is seen is said here once.
 *
 *   EV1  A call that is found to fit would be found to fit by the full check (types.ts), and in the same way: with
 *        the same types expected of its arguments and of its result. Not found only means that the full check
 *        has to decide.
 *   EV2  A part that shows a type is well-typed: the full check finds that type for it and no other, and no error.
 *   EV3  Inside a part an argument counts as the types of an application are found (type-match.ts): there
 *        `Atom` as the type of an argument is a type like others, and `%Undefined%` as a formal is not looked at.
 */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  SPACE,
  STRING,
  SYMBOL,
  type SymbolAtom,
  VARIABLE,
  Variable,
} from "../../term/atom.js";
import {
  ATOM,
  BOOL,
  EXPRESSION_TYPE,
  GROUNDED_TYPE,
  NUMBER,
  SPACE_TYPE,
  STRING_TYPE,
  SYMBOL_TYPE,
  UNDEFINED,
  VARIABLE_TYPE,
} from "../language/type-names.js";
import { isClosed, isSame, matchFormal, OPEN } from "./formal-match.js";
import { type Bound, isSpecific, type TypePlan, UNBOUND } from "./type-plan.js";

/** How deep calls in calls are looked at. */
const DEPTH = 8;

/** The type of a part that is well-typed, whichever type that turns out to be. */
const SOME_TYPE: Atom = new Variable("some-type", 0);

/** What is declared for a symbol, as far as it can show at a glance. */
export interface Shown {
  /** The plan of its function type if that is all it has. */
  readonly plan: TypePlan | null;
  /** Its type as a value, which may have variables: UNDEFINED if nothing is declared, null if that is not all. */
  readonly valueType: Atom | null;
}

/** The type that a literal shows; null for anything else. */
export function literalType(atom: Atom): SymbolAtom | null {
  switch (atom.tag) {
    case INTEGER:
    case FLOAT:
      return NUMBER;
    case BOOLEAN:
      return BOOL;
    case STRING:
      return STRING_TYPE;
    case SPACE:
      return SPACE_TYPE;
    default:
      return null;
  }
}

/** Types of kinds of atoms. */
export function isMetaType(type: Atom): boolean {
  return (
    type === ATOM ||
    type === SYMBOL_TYPE ||
    type === VARIABLE_TYPE ||
    type === EXPRESSION_TYPE ||
    type === GROUNDED_TYPE
  );
}

export abstract class Evidence {
  /** The atom that stands there. */
  protected abstract look(atom: Atom): Atom;
  protected abstract shown(name: SymbolAtom): Shown;
  /** Whether expressions may have types of their own, which are not looked at here. */
  protected abstract mayTypeExpressions(): boolean;
  /** Whether a type of a kind of atoms accepts the atom. */
  protected abstract fitsKind(formal: Atom, atom: Atom): boolean;
  /** Whether a variable is one for good, and has no type. */
  protected abstract readonly takesAny: boolean;
  /** Whether a variable may be taken for an argument of which the type is expected. */
  protected abstract takes(variable: Variable, type: Atom): boolean;
  /** Whether variables may be taken for arguments that have to have the same type, whichever that is. */
  protected abstract agree(variables: readonly Variable[]): boolean;
  /** The same where that is the type of the result, too; `isTop`: it is what is expected of that. */
  protected abstract agreeOnResult(variables: readonly Variable[], isTop: boolean): boolean;

  /** What the variables of the plan stand for if the call surely fits where `expected` is wanted (EV1); otherwise null. */
  fits(plan: TypePlan, call: Expression, expected: Atom): Bound | null {
    const bound = this.#arguments(plan, call, true, DEPTH);
    if (bound === null || !bindResult(plan, bound, expected)) return null;
    return this.#takesVariables(plan, call, bound, true) ? bound : null;
  }

  /** Whether an atom is known at a glance to have a type, and no other. */
  has(atom: Atom, type: Atom): boolean {
    const found = this.typeOf(atom);
    return found !== null && isClosed(found) && isSame(found, type);
  }

  /** The one type that an atom shows, which may have variables, UNDEFINED where it has none; null: not known at a glance. */
  typeOf(atom: Atom, depth: number = DEPTH): Atom | null {
    switch (atom.tag) {
      case VARIABLE:
        return UNDEFINED;
      case SYMBOL:
        return this.shown(atom).valueType;
      case EXPRESSION:
        return this.#expressionType(atom, depth);
      default:
        return literalType(atom);
    }
  }

  #expressionType(atom: Expression, depth: number): Atom | null {
    if (atom.children.length === 0) return UNDEFINED;
    if (this.mayTypeExpressions()) return null;
    const head = this.look(atom.children[0]!);
    if (head.tag === VARIABLE) return UNDEFINED;
    if (head.tag !== SYMBOL) return null;
    const { plan, valueType } = this.shown(head);
    if (plan === null) return valueType === UNDEFINED ? UNDEFINED : null;
    if (depth === 0) return null;
    const bound = this.#arguments(plan, atom, false, depth - 1);
    if (bound === null || !this.#takesVariables(plan, atom, bound, false)) return null;
    if (!this.takesAny && hasResultOf(plan, atom, bound)) return SOME_TYPE;
    const result = plan.resultOf(bound);
    return isClosed(result) ? result : null;
  }

  /** Collects what the arguments that are no variables say; null if one does not surely fit. Inside a part: not `isTop` (EV3). */
  #arguments(
    plan: TypePlan,
    call: Expression,
    isTop: boolean,
    depth: number,
  ): (Atom | null)[] | null {
    const { formals, variableCount } = plan;
    const { children } = call;
    if (formals.length !== children.length + 1) return null;
    const bound =
      variableCount === 0 ? (UNBOUND as Atom[]) : new Array<Atom | null>(variableCount).fill(null);
    for (let index = 1; index < children.length; index++) {
      const formal = formals[index]!;
      if (formal === ATOM || (formal === UNDEFINED && !isTop)) continue;
      const argument = this.look(children[index]!);
      if (argument.tag === VARIABLE || (isMetaType(formal) && this.fitsKind(formal, argument))) {
        continue;
      }
      if (formal === UNDEFINED && argument.tag !== EXPRESSION) continue;
      const type = this.typeOf(argument, depth);
      if (type === null) return null;
      if (formal === UNDEFINED) continue;
      if (type === SOME_TYPE) return null;
      if (type === UNDEFINED || (isTop && type === ATOM)) {
        if (formal.tag === EXPRESSION && !formal.ground) return null;
        continue;
      }
      if (!matchFormal(plan, formal, type, bound)) return null;
    }
    return bound.includes(OPEN) ? null : bound;
  }

  #takesVariables(plan: TypePlan, call: Expression, bound: Bound, isTop: boolean): boolean {
    const { children } = call;
    for (let index = 1; index < children.length; index++) {
      const argument = this.look(children[index]!);
      if (argument.tag !== VARIABLE) continue;
      const formal = plan.formals[index]!;
      if (formal === ATOM || (formal === UNDEFINED && !isTop)) continue;
      const variable = plan.variableAt(index);
      const isKnown = variable < 0 || bound[variable] !== null || plan.isAlone(variable);
      const isTaken = isKnown
        ? this.takes(argument, plan.typeAt(index, bound))
        : this.#takesSharing(plan, call, variable, isTop);
      if (!isTaken) return false;
    }
    return true;
  }

  /** Whether variables may be taken for the arguments whose formal is one variable of the plan. */
  #takesSharing(plan: TypePlan, call: Expression, variable: number, isTop: boolean): boolean {
    const sharing: Variable[] = [];
    for (let index = 1; index < call.children.length; index++) {
      if (plan.variableAt(index) !== variable) continue;
      const argument = this.look(call.children[index]!);
      if (argument.tag === VARIABLE) sharing.push(argument);
      // What has no type of its own would be evaluated to the one that the others turn out to have.
      else if (isTop && !this.takesAny) return false;
    }
    if (this.takesAny) return true;
    if (plan.isParameter(variable)) return this.agree(sharing);
    return plan.isParameterOrResult(variable) && this.agreeOnResult(sharing, isTop);
  }
}

/** Whether the type of the result is that of an argument which is a variable. */
function hasResultOf(plan: TypePlan, { children }: Expression, bound: Bound): boolean {
  const variable = plan.variableAt(plan.formals.length - 1);
  if (variable < 0 || bound[variable] !== null) return false;
  return children.some(
    (part, index) => part.tag === VARIABLE && plan.variableAt(index) === variable,
  );
}

/** Whether the result fits what is expected; a variable that it is stands for that from then on. */
function bindResult(plan: TypePlan, bound: (Atom | null)[], expected: Atom): boolean {
  const { result } = plan;
  if (!isSpecific(expected) || result === UNDEFINED || result === ATOM) return true;
  const variable = plan.variableAt(plan.formals.length - 1);
  if (variable < 0) return isClosed(expected) && matchFormal(plan, result, expected, bound);
  bound[variable] ??= expected;
  return isSame(bound[variable], expected);
}
