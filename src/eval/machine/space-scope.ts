/** Evaluation in a space other than the current one. */
import { type Atom, SPACE, type SpaceAtom } from "../../term/atom.js";
import type { EvaluationContext } from "./evaluation-context.js";
import { Frame, type Machine } from "./machine.js";

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
 * Enters a space, in which evaluation continues. Returns the frame to give values to,
 * which is `frame` itself if it is the current space already.
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

/** The environment's name for a space: null for `&self`; undefined if the atom is not a space. */
export function spaceOf(atom: Atom, self: SpaceAtom | null): SpaceAtom | null | undefined {
  if (atom.tag !== SPACE) return undefined;
  return atom.writer === 0 ? self : atom;
}
