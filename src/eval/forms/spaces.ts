/** Evaluation in another space than the one that a form stands in. */
import { type Atom, SPACE, type SpaceAtom } from "../../term/atom.js";
import type { EvaluationContext } from "../context.js";
import { Frame, type Machine } from "../machine.js";

/** Brings an outer context back (M8). */
class BackFrame extends Frame {
  readonly #context: EvaluationContext;

  constructor(parent: Frame | null, context: EvaluationContext) {
    super(parent);
    this.#context = context;
  }

  resume(machine: Machine, value: Atom): void {
    machine.context = this.#context;
    machine.give(value, this.parent);
  }
}

/**
 * Enters a space: what is done next happens there. Gives the frame that values are to be given to,
 * which is `frame` itself if that is the space one is in already.
 */
export function enterSpace(
  machine: Machine,
  space: SpaceAtom | null,
  frame: Frame | null,
): Frame | null {
  const { context } = machine;
  if (context.isHere(space)) return frame;
  machine.context = context.inSpace(space);
  return new BackFrame(frame, context);
}

/** The environment's name for a space: null for `&self`; undefined if the atom is no space. */
export function spaceOf(atom: Atom, self: SpaceAtom | null): SpaceAtom | null | undefined {
  if (atom.tag !== SPACE) return undefined;
  return atom.writer === 0 ? self : atom;
}
