/** Slots: the variables of a prepared rule, in generated code. */
import { type Atom, EXPRESSION, VARIABLE, type Variable } from "../../term/atom.js";
import { slotIndex } from "../rules/prepared-rule.js";

/** The name of the local that holds a slot's value. */
export function slotName(slot: Variable): string {
  return `s${slotIndex(slot)}`;
}

/** The slots in an atom, in the order of their first occurrence. */
export function slotsOf(atom: Atom, found: Variable[] = []): Variable[] {
  if (atom.tag === VARIABLE) {
    if (!found.includes(atom)) found.push(atom);
  } else if (atom.tag === EXPRESSION && !atom.ground) {
    for (const child of atom.children) slotsOf(child, found);
  }
  return found;
}

export function occurs(slot: Variable, atom: Atom): boolean {
  if (atom === slot) return true;
  return (
    atom.tag === EXPRESSION && !atom.ground && atom.children.some((each) => occurs(slot, each))
  );
}
