/**
 * Matching the type that a call's formal is with the one type that an argument has, where what comes out is certain:
 *
 *     (List $t)   with   (List Number)     $t is Number
 *                        (List $u)         $t is open: another argument has to say what it is
 *                        (List %Undefined%), or another type than before: the full check decides
 */
import { type Atom, EXPRESSION, SYMBOL, VARIABLE, Variable } from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { variablesOf } from "../../term/resolve.js";
import { ATOM, UNDEFINED } from "../language/type-names.js";
import type { TypePlan } from "./type-plan.js";

/** What a variable of a plan stands for that only a variable of an argument's type has met. */
export const OPEN: Atom = new Variable("open", 0);

/** Notes what variables of the plan stand for if the formal surely matches the type; otherwise false. */
export function matchFormal(
  plan: TypePlan,
  formal: Atom,
  type: Atom,
  bound: (Atom | null)[],
): boolean {
  if (formal.tag === VARIABLE) return bindVariable(plan.indexOf(formal), type, bound);
  if (formal.tag !== EXPRESSION) return formal === type;
  if (type.tag !== EXPRESSION || type.children.length !== formal.children.length) return false;
  if (formal.ground && type.ground) return equal(formal, type) && isClosed(type);
  if (!type.ground && hasTwice(type)) return false;
  return formal.children.every((part, index) =>
    matchPart(plan, part, type.children[index]!, bound),
  );
}

/** The same inside of types, where `%Undefined%` and `Atom` are no types like others. */
function matchPart(plan: TypePlan, formal: Atom, type: Atom, bound: (Atom | null)[]): boolean {
  if (isUnsaid(formal) || isUnsaid(type)) return false;
  if (type.tag !== VARIABLE) return matchFormal(plan, formal, type, bound);
  if (formal.tag === VARIABLE) bound[plan.indexOf(formal)] ??= OPEN;
  return formal.tag !== EXPRESSION || formal.ground;
}

function bindVariable(variable: number, type: Atom, bound: (Atom | null)[]): boolean {
  if (!isClosed(type)) return false;
  const known = bound[variable]!;
  if (known !== null && known !== OPEN) return isSame(known, type);
  bound[variable] = type;
  return true;
}

/** Whether a part of a type leaves open what it is. */
function isUnsaid(part: Atom): boolean {
  return part === UNDEFINED || part === ATOM;
}

/** Whether a type has no variables, and says all of what it is the type of. */
export function isClosed(type: Atom): boolean {
  if (type.tag !== EXPRESSION) return type.tag === SYMBOL;
  return type.ground && type.children.every((part) => !isUnsaid(part) && isClosed(part));
}

/** Whether two types without variables are the same. */
export function isSame(one: Atom, other: Atom): boolean {
  return one === other || (one.tag === EXPRESSION && other.tag === EXPRESSION && equal(one, other));
}

/** Whether a variable stands more than once in a type. */
function hasTwice(type: Atom): boolean {
  return variablesOf(type).some((each) => countOf(each, type) > 1);
}

function countOf(variable: Variable, type: Atom): number {
  if (type.tag !== EXPRESSION) return type === variable ? 1 : 0;
  return type.ground ? 0 : type.children.reduce((sum, part) => sum + countOf(variable, part), 0);
}
