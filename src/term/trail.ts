/**
 * The trail: which variables were bound since when, so that a search can undo it.
 *
 *   TR1  Every bound variable is on the trail of its evaluation exactly once, unless it was
 *        dropped by `tidy` because nothing can undo its binding.
 *   TR2  After `undoTo(mark)` every variable bound since `mark()` is unbound again, no other.
 */

import type { Atom, MatchSolution, SpaceAtom, StateAtom, Variable } from "./atom.js";
import type { Classes } from "./sharing.js";
import { Solutions } from "./solutions.js";

/** Whether two different states count as the same. */
type SameStates = (one: StateAtom, other: StateAtom) => boolean;

/** The ways in which an atom that is opposite a space is found in it. */
type SpaceMatches = (space: SpaceAtom, pattern: Atom) => Iterable<MatchSolution>;

export class Trail {
  readonly #bound: Variable[] = [];
  /** What unification with this trail asks about states; without it a state is only itself. */
  sameStates: SameStates | null = null;
  /** What a space matches while all ways are wanted; without it a space is only itself. */
  spaceMatches: SpaceMatches | null = null;

  /** Polled by searches that may run long without a result; true ends them. */
  isInterrupted: (() => boolean) | null = null;
  /** Notes the ways in which host values match, while somebody wants to try them all. */
  solutions: Solutions = new Solutions();
  isNoting = false;
  /** Of the walk of a unification: parts until it counts as a large one, and what it then notes (U6). */
  visitsLeft = 0;
  known: Classes | null = null;

  /** The current length, to be given to {@link undoTo}. */
  mark(): number {
    return this.#bound.length;
  }

  /** The variable that was bound at `index`, which is below {@link mark}. */
  at(index: number): Variable {
    return this.#bound[index]!;
  }

  /** Binds `variable`, which must be unbound, to `value` (TR1). */
  bind(variable: Variable, value: Atom): void {
    variable.value = value;
    this.#bound.push(variable);
  }

  /**
   * Forgets bindings made since `mark` of variables with a number from `limit` on: nobody will take
   * them back. Keeps deterministic loops from filling the trail.
   */
  tidy(mark: number, limit: number): void {
    const bound = this.#bound;
    let kept = mark;
    for (let index = mark; index < bound.length; index++) {
      const variable = bound[index]!;
      if (variable.id < limit) bound[kept++] = variable;
    }
    // To set the length costs more than to take the last few away.
    while (bound.length > kept) bound.pop();
  }

  /** Undoes every binding made since `mark`. */
  undoTo(mark: number): void {
    const bound = this.#bound;
    while (bound.length > mark) bound.pop()!.value = null;
  }
}
