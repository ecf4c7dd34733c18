/**
 * Open slots: slots of a body that no pattern in it gives a value, or that are in something that is taken as it stands.
 * Such a slot is one variable for all alternatives of what is evaluated before it is reached, so it is made at the
 * beginning of the body.
 */
import { type Atom, EXPRESSION, type Expression, type Variable } from "../../term/atom.js";
import { UNDEFINED } from "../language/type-names.js";
import type { CallPlanner } from "../plan/call-plan.js";
import { CodedForm } from "./coded-form.js";
import { occurs, slotsOf } from "./slots.js";

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
  if (isQuoted(slot, node, planner)) return false;
  return node.children.every((child) => !occurs(slot, child) || isGiven(slot, child, planner));
}

function isGivenHere(slot: Variable, node: Expression, planner: CallPlanner): boolean {
  const form = planner.formOf(node, UNDEFINED)?.form;
  return form instanceof CodedForm && form.gives(slot, node);
}

function isQuoted(slot: Variable, node: Expression, planner: CallPlanner): boolean {
  const plan = planner.plan(node, UNDEFINED);
  return plan?.parts.some((part) => part.isQuoted && occurs(slot, part.node)) ?? false;
}
