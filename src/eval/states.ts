/**
 * States by content: two states are the same to a program if they hold the same, whichever cell each
 * of them is.
 *
 *     compared      each state stands for (State content)
 *     unified       the trail asks `sameStates`
 *     matched       a state in a pattern is a variable, and what it was bound to is compared
 *
 *   SB1  An environment without states pays one look at a word.
 *   SB2  A state that holds itself, or is nested deeper than the limit, counts by its name there.
 */
import { NO_ADDRESS } from "../base/address.js";
import type { Environment } from "../environment/environment.js";
import type { MatchCursor } from "../environment/match-cursor.js";
import { STATES } from "../environment/space.js";
import { openMatchThrough } from "../environment/through.js";
import {
  type Atom,
  EXPRESSION,
  expression,
  type MatchSolution,
  type SpaceAtom,
  STATE,
  type StateAtom,
  symbol,
  type Variable,
} from "../term/atom.js";
import { equal } from "../term/equal.js";
import { print } from "../term/printer.js";
import { dereference, freshVariable, resolve } from "../term/resolve.js";
import { Trail } from "../term/trail.js";

const STATE_HEAD = symbol("State");
const DEPTH_LIMIT = 200;

/** Whether the environment has states at all. */
export function hasStates({ root, store }: Environment): boolean {
  return store.words[root + STATES] !== NO_ADDRESS;
}

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

/** As {@link openMatchThrough}, states in the pattern by their content. */
export function openContentMatch(
  environment: Environment,
  space: SpaceAtom | null,
  pattern: Atom,
  trail: Trail,
): MatchCursor {
  if (!hasStates(environment)) return openMatchThrough(environment, space, pattern, trail);
  const wanted: Wanted[] = [];
  const open = mapStates(pattern, (state) => {
    const place = freshVariable("state");
    wanted.push({ state, place });
    return place;
  });
  const cursor = openMatchThrough(environment, space, open, trail);
  return wanted.length === 0 ? cursor : new ContentMatch(environment, cursor, wanted, trail);
}

/** Each match of a pattern in a space, as what the pattern is to be unified with; null is `&self`. */
export function* foundIn(
  environment: Environment,
  self: SpaceAtom | null,
  space: SpaceAtom,
  pattern: Atom,
): Generator<MatchSolution, void, undefined> {
  const trail = new Trail();
  const where = space.writer === 0 ? self : space;
  const cursor = openContentMatch(environment, where, pattern, trail);
  try {
    while (cursor.next()) {
      const found = resolve(pattern);
      trail.undoTo(0);
      yield [[pattern, found]];
    }
  } finally {
    trail.undoTo(0);
    cursor.close();
  }
}

/** A state of a pattern, and the variable that stands in its place. */
interface Wanted {
  readonly state: StateAtom;
  readonly place: Variable;
}

class ContentMatch implements MatchCursor {
  readonly #environment: Environment;
  readonly #cursor: MatchCursor;
  readonly #wanted: readonly Wanted[];
  readonly #trail: Trail;

  constructor(
    environment: Environment,
    cursor: MatchCursor,
    wanted: readonly Wanted[],
    trail: Trail,
  ) {
    this.#environment = environment;
    this.#cursor = cursor;
    this.#wanted = wanted;
    this.#trail = trail;
  }

  next(): boolean {
    const mark = this.#trail.mark();
    while (this.#cursor.next()) {
      if (this.#wanted.every((each) => this.#holds(each))) return true;
      this.#trail.undoTo(mark);
    }
    return false;
  }

  #holds({ state, place }: Wanted): boolean {
    const found = dereference(place);
    if (found === place) this.#trail.bind(place, state);
    return found === place || (found.tag === STATE && sameStates(this.#environment, state, found));
  }

  close(): void {
    this.#cursor.close();
  }
}
