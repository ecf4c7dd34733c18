/**
 * Saved frames: what is left of a function of generated code when a call that it made could not give its
 * value at once. The rest of the function is a function of its own, which takes the value and the locals
 * that it needs. The part that it waits for may have been waited for before (after.ts).
 */
import { platform } from "../../platform/current.js";
import type { Atom } from "../../term/atom.js";
import type { Machine } from "../machine/machine.js";
import { PartFrame, takenOf, WaitedPart } from "../machine/part-errors.js";

/** Words of the JavaScript stack that one level stands for. */
export const LEVEL_WORDS = 16;

/**
 * How many levels generated code may descend before it hands over to the machine's frames: together two thirds
 * of a thread's stack.
 */
export const LEVELS: number = ((platform.memory.stackBytes / 3) * 2) / 8 / LEVEL_WORDS;

/** What a rest needs of its function, and what waits for the parts around it. */
type Local = Atom | WaitedPart;

/** The rest of a function: the value it waited for, then its locals. */
type Rest = (
  machine: Machine,
  levels: number,
  value: Atom,
  ...locals: readonly Local[]
) => Atom | null;

/** What waits for a part is there before the part splits: when something in it is left. */
export function waited({ left }: Machine, part: WaitedPart | null): WaitedPart | null {
  return part === null && left !== null ? new WaitedPart() : part;
}

/** What came for a part at once, behind alternatives of something inside it; null: there are none. */
export function taken(part: WaitedPart | null, value: Atom): Atom {
  return part === null ? value : takenOf(part, value);
}

abstract class SavedFrame extends PartFrame {
  readonly #part: WaitedPart | null;

  /** `part` null: nothing else waits for the part. */
  constructor(part: WaitedPart | null) {
    super(null);
    this.#part = part;
  }

  resume(machine: Machine, value: Atom): void {
    machine.finish(this.goOn(machine, takenOf(this.#part ?? this, value)), this.parent);
  }

  protected abstract goOn(machine: Machine, value: Atom): Atom | null;
}

class SavedFrame0 extends SavedFrame {
  readonly #rest: Rest;

  constructor(part: WaitedPart | null, rest: Rest) {
    super(part);
    this.#rest = rest;
  }

  goOn(machine: Machine, value: Atom): Atom | null {
    return this.#rest(machine, LEVELS, value);
  }
}

class SavedFrame1 extends SavedFrame {
  readonly #rest: Rest;
  readonly #one: Local;

  constructor(part: WaitedPart | null, rest: Rest, one: Local) {
    super(part);
    this.#rest = rest;
    this.#one = one;
  }

  goOn(machine: Machine, value: Atom): Atom | null {
    return this.#rest(machine, LEVELS, value, this.#one);
  }
}

class SavedFrame2 extends SavedFrame {
  readonly #rest: Rest;
  readonly #one: Local;
  readonly #two: Local;

  constructor(part: WaitedPart | null, rest: Rest, one: Local, two: Local) {
    super(part);
    this.#rest = rest;
    this.#one = one;
    this.#two = two;
  }

  goOn(machine: Machine, value: Atom): Atom | null {
    return this.#rest(machine, LEVELS, value, this.#one, this.#two);
  }
}

class SavedFrames extends SavedFrame {
  readonly #rest: Rest;
  readonly #locals: readonly Local[];

  constructor(part: WaitedPart | null, rest: Rest, locals: readonly Local[]) {
    super(part);
    this.#rest = rest;
    this.#locals = locals;
  }

  goOn(machine: Machine, value: Atom): Atom | null {
    return this.#rest(machine, LEVELS, value, ...this.#locals);
  }
}

/**
 * Saves a function's rest with its locals, and what waits already for the part that it waits for; null, for the
 * function to return.
 */
export function save(
  machine: Machine,
  part: WaitedPart | null,
  rest: Rest,
  ...locals: readonly Local[]
): null {
  const [one, two] = locals;
  switch (locals.length) {
    case 0:
      return machine.save(new SavedFrame0(part, rest));
    case 1:
      return machine.save(new SavedFrame1(part, rest, one!));
    case 2:
      return machine.save(new SavedFrame2(part, rest, one!, two!));
    default:
      return machine.save(new SavedFrames(part, rest, locals));
  }
}
