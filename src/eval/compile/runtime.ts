/**
 * What generated code calls by name: the operations it computes itself, the building of values, and the ways to
 * leave something to the machine. A null says that the common case does not apply. What only one form calls it has as a
 * constant (coded-form.ts).
 */

import { asksHost } from "../../environment/host-match.js";
import {
  type Atom,
  BOOLEAN,
  boolean,
  EXPRESSION,
  Expression,
  HOST,
  INTEGER,
  isGround,
  STATE,
  SYMBOL,
  symbol,
  VARIABLE,
} from "../../term/atom.js";
import { equal, equalLeaves } from "../../term/equal.js";
import { dereference, freshVariable, resolve } from "../../term/resolve.js";
import { Solutions } from "../../term/solutions.js";
import { unify } from "../../term/unify.js";
import { attempt } from "../host/call-operation.js";
import { NOT_REDUCIBLE, type Operation } from "../host/operation.js";
import { isError } from "../language/error-atom.js";
import { ATOM, UNDEFINED } from "../language/type-names.js";
import type { Machine } from "../machine/machine.js";
import { isPlainType } from "../plan/call-plan.js";
import { areEqual } from "../primitives/equality.js";
import { literalType } from "../types/evidence.js";
import { fitsAtOnce } from "../types/run-evidence.js";
import { candidate, unknown } from "./candidates.js";
import { dataValue, isPlainTuple, isUnreduced, value } from "./data-value.js";
import { evaluateEachLater, evaluateLater } from "./later.js";
import { leaveRounds, passes, ROUND } from "./rounds.js";
import { taken, waited } from "./saved-frame.js";

/** An expression that is not evaluated. */
function make(children: readonly Atom[]): Expression {
  return new Expression(children);
}

/** `==` where the types of both sides show at a glance and agree; otherwise null. */
function same(machine: Machine, one: Atom, other: Atom): boolean | null {
  if (one.tag === other.tag && one.tag >= INTEGER && one.tag <= BOOLEAN) {
    return equalLeaves(one, other);
  }
  if (one.tag === VARIABLE || other.tag === VARIABLE) return null;
  return agree(machine, one, other) ? areEqual(machine.handle, one, other) : null;
}

/** Whether two atoms show types at a glance that fit each other. */
function agree({ context }: Machine, one: Atom, other: Atom): boolean {
  if (one.tag === other.tag && one.tag >= INTEGER && one.tag <= BOOLEAN) return true;
  const left = context.evidence.typeOf(dereference(one));
  const right = context.evidence.typeOf(dereference(other));
  if (left === null || right === null) return false;
  return left === UNDEFINED || right === UNDEFINED || left === right;
}

/**
 * The type that the values show of which any does, UNDEFINED if none does; null if that is not known at a glance, or they
 * differ, or code cannot expect it.
 */
function sharedType({ context }: Machine, ...values: readonly Atom[]): Atom | null {
  let shared: Atom = UNDEFINED;
  for (const each of values) {
    const type = context.evidence.typeOf(dereference(each));
    if (type === null) return null;
    if (type === UNDEFINED || type === ATOM) continue;
    if (shared === UNDEFINED) shared = type;
    else if (!equal(shared, type)) return null;
  }
  return isPlainType(shared) ? shared : null;
}

/** Whether two atoms without variables are equal; null if that depends on variables, states or the host. */
function sameGround(one: Atom, other: Atom): boolean | null {
  if (hasVariables(one) || hasVariables(other)) return null;
  return equal(one, other) || (one.tag === EXPRESSION && other.tag === EXPRESSION ? null : false);
}

/** Whether there are variables in an atom, or may be. */
function isOpen(atom: Atom): boolean {
  return !isGround(atom.tag === VARIABLE ? dereference(atom) : atom);
}

function hasVariables(atom: Atom): boolean {
  if (atom.tag === EXPRESSION) return !atom.ground;
  return atom.tag === VARIABLE || atom.tag === STATE || atom.tag === HOST;
}

/** Unifies; bindings are recorded on the trail, as far as something could undo them. */
function unifyNow(machine: Machine, one: Atom, other: Atom): boolean {
  const { trail } = machine;
  const mark = trail.mark();
  if (!unify(one, other, trail)) return false;
  machine.tidy(mark);
  return true;
}

/** Unifies in the one way that there is, or leaves all as it was; null: there may be several ways. */
function unifyOnce(machine: Machine, one: Atom, other: Atom): boolean | null {
  const { trail } = machine;
  const mark = trail.mark();
  trail.isNoting = true;
  const unified = unify(one, other, trail);
  trail.isNoting = false;
  if (trail.solutions.isUsed) {
    trail.undoTo(mark);
    trail.solutions.close();
    trail.solutions = new Solutions();
    return null;
  }
  if (unified) machine.tidy(mark);
  else trail.undoTo(mark);
  return unified;
}

/**
 * Whether an atom is a value that has the named type, or nothing is known of its type. Of an expression only
 * if it is marked: another one would have to be evaluated.
 */
function hasType(machine: Machine, atom: Atom, type: Atom): boolean {
  const { types } = machine.context;
  switch (atom.tag) {
    case SYMBOL: {
      const { functionTypes, valueTypes } = types.declaredFor(atom);
      if (atom === EMPTY) return false;
      return functionTypes.length + valueTypes.length === 0 || valueTypes.includes(type);
    }
    case EXPRESSION: {
      if (!atom.evaluated) return false;
      const found = types.typesOf(atom);
      return found.length === 0 || found.some((each) => each.error === null && each.type === type);
    }
    default:
      return literalType(atom) === type;
  }
}

/** Whether an operation's result is a value where the type is expected. */
function isFinal(atom: Atom, type: Atom): boolean {
  if (type === ATOM) return true;
  if (atom.tag === SYMBOL || atom.tag === VARIABLE) return false;
  if (atom.tag === EXPRESSION) return atom.children.length === 0 || atom.evaluated;
  return fitsAtOnce(atom, type);
}

/**
 * Applies a pure operation: its value, or null after the rest was left to the machine. Exceptions and
 * results of other kinds are left to the machine, which calls the operation again through `reduce`.
 */
export function operate(
  machine: Machine,
  operation: Operation,
  type: Atom,
  call: Expression,
  reduce: (machine: Machine, call: Expression, type: Atom) => null,
): Atom | null {
  // The machine refuses it (TB3).
  if (!operation.pure && machine.branches.tabling?.isMaking === true)
    return reduce(machine, call, type);
  const resolved = resolve(call) as Expression;
  const result = attempt(operation, resolved.children.slice(1), machine.context);
  if (result === null) return reduce(machine, call, type);
  if (result === NOT_REDUCIBLE) return value(call.children);
  if (Array.isArray(result)) {
    const all = result as readonly Atom[];
    if (all.length === 1 && isFinal(all[0]!, type)) return all[0]!;
    return evaluateEachLater(machine, all, type);
  }
  const only = result as Partial<Atom> | undefined;
  if (only?.tag === undefined) return reduce(machine, call, type);
  return isFinal(only as Atom, type) ? (only as Atom) : evaluateLater(machine, only as Atom, type);
}

const EMPTY = symbol("Empty");

/** Everything that generated code can refer to by name. */
export const RUNTIME: Readonly<Record<string, unknown>> = {
  asksHost,
  candidate,
  dataValue,
  dereference,
  equalLeaf: equalLeaves,
  evaluateLater,
  fresh: freshVariable,
  hasType,
  isError,
  isOpen,
  isPlainTuple,
  isUnreduced,
  leaveRounds,
  make,
  passes,
  ROUND,
  same,
  sameGround,
  sharedType,
  taken,
  toBoolean: boolean,
  unifyNow,
  unifyOnce,
  unknown,
  value,
  waited,
};
