/** Atoms that generated code leaves to the machine to be evaluated. */
import type { Atom } from "../../term/atom.js";
import { evaluateEach } from "../machine/alternatives.js";
import type { Frame, Machine, Pending } from "../machine/machine.js";

class Evaluation implements Pending {
  readonly #atom: Atom;
  readonly #type: Atom;

  constructor(atom: Atom, type: Atom) {
    this.#atom = atom;
    this.#type = type;
  }

  begin(machine: Machine, frame: Frame | null): void {
    machine.evaluate(this.#atom, this.#type, frame);
  }
}

/** Leaves an atom to be evaluated. */
export function evaluateLater(machine: Machine, atom: Atom, type: Atom): null {
  return machine.suspend(new Evaluation(atom, type));
}

class Evaluations implements Pending {
  readonly #atoms: readonly Atom[];
  readonly #type: Atom;

  constructor(atoms: readonly Atom[], type: Atom) {
    this.#atoms = atoms;
    this.#type = type;
  }

  begin(machine: Machine, frame: Frame | null): void {
    evaluateEach(machine, this.#atoms, this.#type, frame);
  }
}

/** Leaves alternatives to be evaluated, one after another. */
export function evaluateEachLater(machine: Machine, atoms: readonly Atom[], type: Atom): null {
  return machine.suspend(new Evaluations(atoms, type));
}
