/**
 * Open slots: slots of a body that no pattern in it gives a value. Such a slot is one variable for all alternatives of
 * what is evaluated before it is reached, so it is made at the beginning of the body.
 */
import { type Atom, EXPRESSION, type Expression, type Variable } from "../../term/atom.js";
import { caseForm, letForm, letStar, switchForm, unifyForm } from "../forms/control.js";
import { match } from "../forms/matching.js";
import { UNDEFINED } from "../language/type-names.js";
import type { CallPlanner } from "../plan/call-plan.js";
import { slotsOf } from "./slots.js";

/** The slots of a body that are open, of those for which `isNew` holds. */
export function openSlots(
  body: Atom,
  planner: CallPlanner,
  isNew: (slot: Variable) => boolean,
): Variable[] {
  return slotsOf(body).filter((slot) => isNew(slot) && !isGiven(slot, body, planner));
}

/** Whether each occurrence of a slot in a node is where a pattern gives the slot its value. */
function isGiven(slot: Variable, node: Atom, planner: CallPlanner): boolean {
  if (node.tag !== EXPRESSION) return false;
  if (isGivenHere(slot, node, planner)) return true;
  return node.children.every((child) => !occurs(slot, child) || isGiven(slot, child, planner));
}

function isGivenHere(slot: Variable, node: Expression, planner: CallPlanner): boolean {
  const [, one, other] = node.children;
  switch (planner.formOf(node, UNDEFINED)?.form) {
    case letForm:
      return occurs(slot, one!) && !occurs(slot, other!);
    case letStar:
      return givesFirst(slot, one!);
    case match:
      return occurs(slot, other!) && !occurs(slot, one!);
    case unifyForm:
      return occurs(slot, one!) || occurs(slot, other!);
    case caseForm:
    case switchForm:
      return !occurs(slot, one!) && branchesGive(slot, other!);
    default:
      return false;
  }
}

/** Whether the first of some pairs in which the slot occurs gives it its value. */
function givesFirst(slot: Variable, pairs: Atom): boolean {
  const [pattern, value] = partsOf(partsOf(pairs).find((pair) => occurs(slot, pair)));
  return pattern !== undefined && occurs(slot, pattern) && !occurs(slot, value!);
}

function branchesGive(slot: Variable, branches: Atom): boolean {
  return partsOf(branches)
    .filter((branch) => occurs(slot, branch))
    .every((branch) => partsOf(branch).length > 0 && occurs(slot, partsOf(branch)[0]!));
}

function partsOf(atom: Atom | undefined): readonly Atom[] {
  return atom?.tag === EXPRESSION ? atom.children : [];
}

function occurs(slot: Variable, atom: Atom): boolean {
  if (atom === slot) return true;
  return (
    atom.tag === EXPRESSION && !atom.ground && atom.children.some((each) => occurs(slot, each))
  );
}
