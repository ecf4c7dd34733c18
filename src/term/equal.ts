/**
 * Equality of atoms. Numbers are equal by value, an integer with a float too, as in the reference;
 * variables are equal when they are the same variable, or, up to renaming (`alphaEqual`), when the
 * two atoms pair them one to one.
 *
 *   EQ1  Two parts that were compared once in a comparison are not compared again: either the comparison has failed, or
 *        they are equal as soon as all of it is.
 */
import { countWork } from "../base/work.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  FLOAT,
  HOST,
  type HostAtom,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "./atom.js";
import { Classes, SMALL_VISITS } from "./sharing.js";
import { variableName } from "./variable-numbers.js";

/** Equality of two atoms that are neither variables nor expressions. */
export function equalLeaves(left: Atom, right: Atom): boolean {
  if (left === right) return true;
  switch (left.tag) {
    case SYMBOL:
    case VARIABLE:
    case EXPRESSION:
      return false;
    case INTEGER:
    case FLOAT:
      return (
        (right.tag === INTEGER || right.tag === FLOAT) && equalNumbers(left.value, right.value)
      );
    case STRING:
    case BOOLEAN:
      return right.tag === left.tag && right.value === left.value;
    case OPERATION:
      return right.tag === OPERATION && right.name === left.name;
    case SPACE:
    case STATE:
      return (
        right.tag === left.tag && right.writer === left.writer && right.sequence === left.sequence
      );
    case HOST:
      return right.tag === HOST && equalHosts(left, right);
  }
}

/** The first of the two that knows how to compare decides. */
function equalHosts(left: HostAtom, right: HostAtom): boolean {
  if (left.value === right.value) return true;
  if (left.behavior.equals !== undefined) return left.behavior.equals(left.value, right.value);
  return right.behavior.equals?.(right.value, left.value) ?? false;
}

/** By value; a `bigint` and a `number` compare exactly. */
function equalNumbers(left: number | bigint, right: number | bigint): boolean {
  // biome-ignore lint/suspicious/noDoubleEquals: the one comparison that is exact between the two.
  return left == right;
}

/** True when both are the same atom, variables by identity of name and number. Costs as much as {@link compare}. */
export function equal(left: Atom, right: Atom): boolean {
  return compare(left, right, sameVariable, true);
}

/** Whether two objects are one variable. */
export function sameVariable(left: Variable, right: Variable): boolean {
  return left === right || (left.name === right.name && left.id === right.id);
}

/** True when one atom becomes the other by renaming its variables one to one. Costs as much as {@link compare}. */
export function alphaEqual(left: Atom, right: Atom): boolean {
  const forth = new Map<string, string>();
  const back = new Map<string, string>();
  const pair = (one: Variable, other: Variable): boolean => {
    const from = variableName(one);
    const to = variableName(other);
    const known = forth.get(from);
    if (known !== undefined) return known === to;
    if (back.has(to)) return false;
    forth.set(from, to);
    back.set(to, from);
    return true;
  };
  return compare(left, right, pair, false);
}

/**
 * Compares part by part; `variables` says which are the same, and says so again when it is asked again. `isOneSide`:
 * what an atom is compared with has no names of its own, so that what is the same object is the same.
 * Costs a look at each part; in large atoms at each different part (EQ1).
 */
function compare(
  left: Atom,
  right: Atom,
  variables: (left: Variable, right: Variable) => boolean,
  isOneSide: boolean,
): boolean {
  let known: Classes | null = null;
  let visits = 0;
  const pending: Atom[] = [left, right];
  while (pending.length > 0) {
    const second = pending.pop()!;
    const first = pending.pop()!;
    if (first.tag === VARIABLE) {
      if (second.tag !== VARIABLE || !variables(first, second)) return false;
    } else if (first.tag === EXPRESSION) {
      if (second.tag !== EXPRESSION || first.children.length !== second.children.length)
        return false;
      if (first === second && (isOneSide || first.ground)) continue;
      visits += first.children.length;
      if (visits > SMALL_VISITS) {
        countWork(visits);
        visits = 0;
        known ??= new Classes(isOneSide);
      }
      if (known?.unite(first, second) === true) continue;
      for (let index = first.children.length - 1; index >= 0; index--) {
        pending.push(first.children[index]!, second.children[index]!);
      }
    } else if (!equalLeaves(first, second)) {
      return false;
    }
  }
  return true;
}
