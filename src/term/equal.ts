/**
 * Equality of atoms. Numbers are equal by value, an integer with a float too, as in the reference;
 * variables are equal when they are the same variable, or, up to renaming (`alphaEqual`), when the
 * two atoms pair them one to one.
 */
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

/** True when both are the same atom, variables by identity of name and number. */
export function equal(left: Atom, right: Atom): boolean {
  return compare(left, right, sameVariable);
}

function sameVariable(left: Variable, right: Variable): boolean {
  return left === right || (left.name === right.name && left.id === right.id);
}

/** True when one atom becomes the other by renaming its variables one to one. */
export function alphaEqual(left: Atom, right: Atom): boolean {
  const forth = new Map<string, string>();
  const back = new Map<string, string>();
  return compare(left, right, (one, other) => {
    const from = `${one.name}#${one.id}`;
    const to = `${other.name}#${other.id}`;
    const known = forth.get(from);
    if (known !== undefined) return known === to;
    if (back.has(to)) return false;
    forth.set(from, to);
    back.set(to, from);
    return true;
  });
}

function compare(
  left: Atom,
  right: Atom,
  variables: (left: Variable, right: Variable) => boolean,
): boolean {
  const pending: Atom[] = [left, right];
  while (pending.length > 0) {
    const second = pending.pop()!;
    const first = pending.pop()!;
    if (first.tag === VARIABLE) {
      if (second.tag !== VARIABLE || !variables(first, second)) return false;
    } else if (first.tag === EXPRESSION) {
      if (second.tag !== EXPRESSION || first.children.length !== second.children.length)
        return false;
      if (first === second && first.ground) continue;
      for (let index = first.children.length - 1; index >= 0; index--) {
        pending.push(first.children[index]!, second.children[index]!);
      }
    } else if (!equalLeaves(first, second)) {
      return false;
    }
  }
  return true;
}
