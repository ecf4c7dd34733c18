/**
 * The common cases of checking a call against a function type, without building types: parameters of
 * the library's own types, and arguments whose type is evident. "No" only means that the full
 * check has to decide.
 *
 *   QC1  Where the quick check says yes, the full check would say yes, or evaluating the argument
 *        gives the error that the full check would have given.
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
  VARIABLE,
} from "../term/atom.js";
import { equal } from "../term/equal.js";
import { dereference, variablesOf } from "../term/resolve.js";
import type { EvaluationContext } from "./evaluation-context.js";
import { ATOM, BOOL, NUMBER, SPACE_TYPE, STRING_TYPE, UNDEFINED } from "./type-names.js";
import { fitsMetaType } from "./types.js";

/** True if the call surely fits the type where `expected` is wanted (QC1). */
export function fitsQuickly(
  context: EvaluationContext,
  call: Expression,
  type: Expression,
  expected: Atom,
): boolean {
  const formals = type.children;
  const { children } = call;
  if (formals.length !== children.length + 1) return false;
  const result = formals.at(-1)!;
  if (!resultFits(result, expected)) return false;
  if (result.tag === VARIABLE && isSpecific(expected) && occursBefore(formals, result))
    return false;
  for (let index = 1; index < children.length; index++) {
    const formal = formals[index]!;
    if (formal === ATOM || formal === UNDEFINED) continue;
    const argument = dereference(children[index]!);
    if (argument.tag === VARIABLE || fitsMetaType(formal, argument, context)) continue;
    if (formal.tag === VARIABLE) {
      if (!variableFits(context, formals, children, index, formal)) return false;
      continue;
    }
    if (!isBuiltIn(formal)) return false;
    const found = simpleType(context, argument);
    if (found !== ANYTHING && found !== formal) return false;
  }
  return true;
}

/** Whether a type constrains its values. */
export function isSpecific(type: Atom): boolean {
  return type !== UNDEFINED && type !== ATOM && type.tag !== VARIABLE;
}

/** Whether the result's variable is in a parameter too: then arguments say what it is. */
export function occursBefore(formals: readonly Atom[], result: Atom): boolean {
  return formals
    .slice(1, -1)
    .some((formal) => variablesOf(formal).some((each) => equal(each, result)));
}

function resultFits(result: Atom, expected: Atom): boolean {
  return (
    expected === UNDEFINED ||
    expected === ATOM ||
    result === UNDEFINED ||
    result === ATOM ||
    expected.tag === VARIABLE ||
    result.tag === VARIABLE ||
    result === expected
  );
}

function isBuiltIn(type: Atom): boolean {
  return type === NUMBER || type === BOOL || type === STRING_TYPE || type === SPACE_TYPE;
}

/** A type variable fits if no other parameter has it, or if all its arguments have the same evident type. */
function variableFits(
  context: EvaluationContext,
  formals: readonly Atom[],
  children: readonly Atom[],
  index: number,
  formal: Atom,
): boolean {
  const found = simpleType(context, dereference(children[index]!));
  for (let other = 1; other < children.length; other++) {
    const sibling = formals[other]!;
    if (other === index || sibling === UNDEFINED || sibling === ATOM) continue;
    if (sibling.tag === EXPRESSION) return false;
    if (sibling.tag !== VARIABLE || !equal(sibling, formal)) continue;
    const argument = dereference(children[other]!);
    if (argument.tag === VARIABLE) continue;
    const type = simpleType(context, argument);
    if (found === null || type === null) return false;
    if (found !== ANYTHING && type !== ANYTHING && found !== type) return false;
  }
  return found !== null || !formals.some((each, at) => at !== index && each === formal);
}

/** For {@link simpleType}: an argument without a declared type. */
const ANYTHING: unique symbol = Symbol("anything");

/** The one type of an argument if it shows at a glance, ANYTHING for an untyped one, null: unknown. */
export function simpleType(
  context: EvaluationContext,
  argument: Atom,
): Atom | typeof ANYTHING | null {
  switch (argument.tag) {
    case INTEGER:
    case FLOAT:
      return NUMBER;
    case BOOLEAN:
      return BOOL;
    case STRING:
      return STRING_TYPE;
    case SPACE:
      return SPACE_TYPE;
    case VARIABLE:
      return ANYTHING;
    case SYMBOL: {
      const { functionTypes, valueTypes } = context.types.declaredFor(argument);
      return functionTypes.length + valueTypes.length === 0 ? ANYTHING : null;
    }
    case EXPRESSION:
      return argument.children.length === 0 ? ANYTHING : callType(context, argument);
    default:
      return null;
  }
}

/** What a call of a symbol with at most one declared type gives. */
function callType(context: EvaluationContext, call: Expression): Atom | typeof ANYTHING | null {
  const head = dereference(call.children[0]!);
  if (head.tag === VARIABLE) return ANYTHING;
  if (head.tag !== SYMBOL) return null;
  const { functionTypes, valueTypes } = context.types.declaredFor(head);
  if (valueTypes.length > 0 || functionTypes.length > 1) return null;
  const type = functionTypes[0];
  if (type === undefined) return ANYTHING;
  const result = type.children.at(-1)!;
  if (result === UNDEFINED || result === ATOM) return ANYTHING;
  if (result.tag === VARIABLE) {
    const bound = type.children.slice(1, -1).some((each) => each === result);
    return bound ? null : ANYTHING;
  }
  return isBuiltIn(result) ? result : null;
}
