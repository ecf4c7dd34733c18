/**
 * States by content: two states are the same to a program if they hold the same, whichever cell each
 * of them is.
 *
 *     compared            each state stands for (State content)
 *     unified, matched    the trail asks `sameStates`
 *
 * An environment without states pays one look at a word; one with settings (settings.ts), at their tree.
 *
 *   SB1  A state that holds itself, or is nested deeper than the limit, counts by its name there.
 */
import { type Atom, expression, STATE, type StateAtom, symbol } from "../term/atom.js";
import { equal } from "../term/equal.js";
import { print } from "../term/printer.js";
import { mapEveryLeaf } from "../term/resolve.js";
import type { Handle } from "./handle.js";
import { getState, hasStates } from "./state.js";

const STATE_HEAD = symbol("State");
const DEPTH_LIMIT = 200;

/** The atom with `change` applied to its states, and with bound variables followed. */
function mapStates(atom: Atom, change: (state: StateAtom) => Atom): Atom {
  return mapEveryLeaf(atom, (leaf) => (leaf.tag === STATE ? change(leaf) : leaf));
}

/** The atom with every state replaced by `(State content)`: what comparisons look at. */
export function withContents(environment: Handle, atom: Atom): Atom {
  if (!hasStates(environment)) return atom;
  const around = new Set<string>();
  const shown = new Map<string, Atom>();
  let named = 0;
  const show = (state: StateAtom): Atom => {
    const name = `${state.writer}.${state.sequence}`;
    const known = shown.get(name);
    if (known !== undefined) return known;
    if (around.size > DEPTH_LIMIT || around.has(name)) {
      named++;
      return state;
    }
    const before = named;
    around.add(name);
    const content = mapStates(getState(environment, state), show);
    around.delete(name);
    const made = expression([STATE_HEAD, content]);
    // What counts by its name in here may count by its content elsewhere (SB1).
    if (named === before) shown.set(name, made);
    return made;
  };
  return mapStates(atom, show);
}

/** The text of an atom as programs print it: states by what they hold. */
export function textOf(environment: Handle, atom: Atom): string {
  return print(atom, (state) => getState(environment, state));
}

/** Whether two states hold the same. */
export function sameStates(environment: Handle, one: StateAtom, other: StateAtom): boolean {
  return equal(withContents(environment, one), withContents(environment, other));
}
