/** What generated code leaves to the machine. */
import type { Atom } from "../../term/atom.js";
import { evaluateEach } from "../machine/alternatives.js";
import type { Frame, Machine, Pending } from "../machine/machine.js";

type Begin = (machine: Machine, frame: Frame | null) => void;

class Left implements Pending {
  readonly begin: Begin;

  constructor(begin: Begin) {
    this.begin = begin;
  }
}

/** Leaves something to be begun by the machine. */
export function later(machine: Machine, begin: Begin): null {
  return machine.suspend(new Left(begin));
}

/** Leaves an atom to be evaluated. */
export function evaluateLater(machine: Machine, atom: Atom, type: Atom): null {
  return later(machine, (next, frame) => next.evaluate(atom, type, frame));
}

/** Leaves alternatives to be evaluated, one after another. */
export function evaluateEachLater(machine: Machine, atoms: readonly Atom[], type: Atom): null {
  return later(machine, (next, frame) => evaluateEach(next, atoms, type, frame));
}
