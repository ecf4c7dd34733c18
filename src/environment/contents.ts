/**
 * States by content: two states are the same to a program if they hold the same, whichever cell each
 * of them is.
 *
 *     compared            each state stands for (State content)
 *     unified, matched    the trail asks `sameStates`
 *
 *   SB1  An environment without states pays one look at a word; one with settings (settings.ts), at their tree.
 *   SB2  A state that holds itself, or is nested deeper than the limit, counts by its name there.
 */
import { type Atom, EXPRESSION, expression, STATE, type StateAtom, symbol } from "../term/atom.js";
import { equal } from "../term/equal.js";
import { print } from "../term/printer.js";
import { dereference } from "../term/resolve.js";
import type { Environment } from "./environment.js";
import { hasStates } from "./state.js";

const STATE_HEAD = symbol("State");
const DEPTH_LIMIT = 200;

/** The atom with `change` applied to its states, as deep as the limit. */
function mapStates(atom: Atom, change: (state: StateAtom, depth: number) => Atom, depth = 0): Atom {
  const top = dereference(atom);
  if (top.tag === STATE) return change(top, depth);
  if (top.tag !== EXPRESSION || depth > DEPTH_LIMIT) return top;
  let changed: Atom[] | null = null;
  for (const [index, child] of top.children.entries()) {
    const next = mapStates(child, change, depth + 1);
    if (changed === null && next !== child) changed = top.children.slice(0, index);
    changed?.push(next);
  }
  return changed === null ? top : expression(changed);
}

/** The atom with every state replaced by `(State content)`: what comparisons look at. */
export function withContents(environment: Environment, atom: Atom): Atom {
  if (!hasStates(environment)) return atom;
  const around = new Set<string>();
  const show = (state: StateAtom, depth: number): Atom => {
    const name = `${state.writer}.${state.sequence}`;
    if (depth > DEPTH_LIMIT || around.has(name)) return state;
    around.add(name);
    const content = mapStates(environment.getState(state), show, depth + 1);
    around.delete(name);
    return expression([STATE_HEAD, content]);
  };
  return mapStates(atom, show);
}

/** The text of an atom as programs print it: states by what they hold. */
export function textOf(environment: Environment, atom: Atom): string {
  return print(atom, (state) => environment.getState(state));
}

/** Whether two states hold the same. */
export function sameStates(environment: Environment, one: StateAtom, other: StateAtom): boolean {
  return equal(withContents(environment, one), withContents(environment, other));
}
