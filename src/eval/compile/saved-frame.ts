/**
 * Saved frames: what is left of a function of generated code when a call that it made could not give its
 * value at once. The rest of the function is a function of its own, which takes the value and the locals
 * that it needs.
 */
import { platform } from "../../platform/current.js";
import type { Atom } from "../../term/atom.js";
import type { Machine } from "../machine/machine.js";
import { PartFrame, takenOf } from "../machine/part-errors.js";

/** Words of the JavaScript stack that one level stands for. */
export const LEVEL_WORDS = 16;

/**
 * How many levels generated code may descend before it hands over to the machine's frames: together two thirds
 * of a thread's stack.
 */
export const LEVELS: number = ((platform.memory.stackBytes / 3) * 2) / 8 / LEVEL_WORDS;

/** The rest of a function: the value it waited for, then its locals. */
type Rest = (
  machine: Machine,
  levels: number,
  value: Atom,
  ...locals: readonly Atom[]
) => Atom | null;

class SavedFrame0 extends PartFrame {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    super(null);
    this.#rest = rest;
  }

  resume(machine: Machine, value: Atom): void {
    machine.finish(this.#rest(machine, LEVELS, takenOf(this, value)), this.parent);
  }
}

class SavedFrame1 extends PartFrame {
  readonly #rest: Rest;
  readonly #one: Atom;

  constructor(rest: Rest, one: Atom) {
    super(null);
    this.#rest = rest;
    this.#one = one;
  }

  resume(machine: Machine, value: Atom): void {
    machine.finish(this.#rest(machine, LEVELS, takenOf(this, value), this.#one), this.parent);
  }
}

class SavedFrame2 extends PartFrame {
  readonly #rest: Rest;
  readonly #one: Atom;
  readonly #two: Atom;

  constructor(rest: Rest, one: Atom, two: Atom) {
    super(null);
    this.#rest = rest;
    this.#one = one;
    this.#two = two;
  }

  resume(machine: Machine, value: Atom): void {
    machine.finish(
      this.#rest(machine, LEVELS, takenOf(this, value), this.#one, this.#two),
      this.parent,
    );
  }
}

class SavedFrames extends PartFrame {
  readonly #rest: Rest;
  readonly #locals: readonly Atom[];

  constructor(rest: Rest, locals: readonly Atom[]) {
    super(null);
    this.#rest = rest;
    this.#locals = locals;
  }

  resume(machine: Machine, value: Atom): void {
    machine.finish(this.#rest(machine, LEVELS, takenOf(this, value), ...this.#locals), this.parent);
  }
}

/** Saves a function's rest with its locals; null, for the function to return. */
export function save(machine: Machine, rest: Rest, ...locals: readonly Atom[]): null {
  const [one, two] = locals;
  switch (locals.length) {
    case 0:
      return machine.save(new SavedFrame0(rest));
    case 1:
      return machine.save(new SavedFrame1(rest, one!));
    case 2:
      return machine.save(new SavedFrame2(rest, one!, two!));
    default:
      return machine.save(new SavedFrames(rest, locals));
  }
}
