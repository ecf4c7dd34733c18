/** Calls that nothing reduces: they are their own values. */
import { type Atom, EXPRESSION, Expression, VARIABLE } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import type { Frame, Machine } from "./machine.js";

/** `($f a)`, `(($f a) b)`, …: what they call is not known. */
export function startsWithVariable(head: Atom): boolean {
  // Without variables there is none at its start; a chain of heads is not walked at each of its ends.
  if (head.tag === EXPRESSION && head.ground) return false;
  let at = head;
  while (at.tag === EXPRESSION && at.children.length > 0) at = dereference(at.children[0]!);
  return at.tag === VARIABLE;
}

/** The call is its own value (RD1), marked if that is allowed. */
export function giveUnreduced(
  machine: Machine,
  call: Expression,
  built: boolean,
  frame: Frame | null,
): void {
  if (!call.ground || call.evaluated) {
    machine.give(call, frame);
    return;
  }
  const value = built ? call : new Expression(call.children);
  value.evaluated = true; // IN1
  machine.give(value, frame);
}
