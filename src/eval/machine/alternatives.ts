/** Alternatives from a list: a branch that continues with each of some atoms in turn. */
import type { Atom } from "../../term/atom.js";
import { ChoicePoint, type Frame, type Machine } from "./machine.js";

/** Gives each of a list of values to a frame, in turn. */
class ValuesChoice extends ChoicePoint {
  readonly #values: readonly Atom[];
  readonly #frame: Frame | null;
  #next = 0;

  constructor(values: readonly Atom[], frame: Frame | null) {
    super();
    this.#values = values;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    const values = this.#values;
    if (this.#next >= values.length) return false;
    const value = values[this.#next++]!;
    if (this.#next === values.length) machine.drop(this);
    machine.give(value, this.#frame);
    return true;
  }
}

/** Evaluates each of a list of atoms for a frame, in turn. */
class AtomsChoice extends ChoicePoint {
  readonly #atoms: readonly Atom[];
  readonly #type: Atom;
  readonly #frame: Frame | null;
  #next = 0;

  constructor(atoms: readonly Atom[], type: Atom, frame: Frame | null) {
    super();
    this.#atoms = atoms;
    this.#type = type;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    const atoms = this.#atoms;
    if (this.#next >= atoms.length) return false;
    const atom = atoms[this.#next++]!;
    if (this.#next === atoms.length) machine.drop(this);
    machine.evaluate(atom, this.#type, this.#frame);
    return true;
  }
}

/** Continues with each of the values: none fails, one needs no choice point. */
export function giveEach(machine: Machine, values: readonly Atom[], frame: Frame | null): void {
  if (values.length === 1) {
    machine.give(values[0]!, frame);
    return;
  }
  if (values.length > 1) machine.push(new ValuesChoice(values, frame));
  machine.fail();
}

/** Evaluates each of the atoms: none fails, one needs no choice point. */
export function evaluateEach(
  machine: Machine,
  atoms: readonly Atom[],
  type: Atom,
  frame: Frame | null,
): void {
  if (atoms.length === 1) {
    machine.evaluate(atoms[0]!, type, frame);
    return;
  }
  if (atoms.length > 1) machine.push(new AtomsChoice(atoms, type, frame));
  machine.fail();
}
