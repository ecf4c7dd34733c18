/**
 * Enclosed parts: parts of a rule that generated code evaluates apart from the rest, with what they bind or with the
 * number of their values in view, as the argument of `collapse`. Each is a function of its own.
 *
 *     collapsed(m, d, part, …)     part gives a value      ──▶ the tuple of it
 *                                  fails                   ──▶ ()
 *                                  leaves something        ──▶ null, with a collector below all of that, and a
 *                                                              frame that takes the values to it
 *
 *   EP1  While a part runs no binding of a variable older than it is forgotten: if it leaves something there is a choice
 *        point with the marks of its beginning (M2).
 *   EP2  A part that gives a value has no other: alternatives are choice points, which only the machine pushes.
 */
import { type Atom, type Expression, symbol } from "../../term/atom.js";
import { resolve, variableMark } from "../../term/resolve.js";
import { chooseBranch, pushOnce } from "../forms/control.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { putBelow } from "../machine/below.js";
import { CollectFrame, Collector, tupleOf, Watch, WatchFrame } from "../machine/collecting.js";
import type { Frame, Machine, Marks, Pending } from "../machine/machine.js";
import { noting, withoutErrors } from "../machine/part-errors.js";

type Part = (machine: Machine, levels: number, ...locals: readonly Atom[]) => Atom | null;

/** Levels of the JavaScript stack that an enclosed part takes besides its own (saved-frame.ts). */
const LEVELS_OF_PART = 4;

const EMPTY = symbol("Empty");

/** How things were when a part began. */
class Beginning implements Marks {
  readonly trailMark: number;
  readonly variableMark: number;
  readonly #floor: number;

  constructor({ trail, branches }: Machine) {
    this.trailMark = trail.mark();
    this.variableMark = variableMark();
    this.#floor = branches.floor;
    branches.floor = this.variableMark; // EP1
  }

  /** The part has returned. */
  end({ branches }: Machine): void {
    branches.floor = this.#floor;
  }
}

/** All values of a part, in a tuple; its bindings are undone. */
export function collapsed(
  machine: Machine,
  levels: number,
  part: Part,
  ...locals: readonly Atom[]
): Expression | null {
  const begun = new Beginning(machine);
  const found = part(machine, levels - LEVELS_OF_PART, ...locals);
  begun.end(machine);
  if (found === null && machine.left !== null) {
    const collector = new Collector(machine, (all) =>
      machine.give(tupleOf(withoutErrors(all)), frame.parent),
    );
    const frame: Frame = new CollectFrame(collector, (value) => noting(value));
    putBelow(machine, begun, () => machine.push(collector));
    machine.save(frame);
    return null;
  }
  const tuple = tupleOf(found === null ? [] : [resolve(found)]); // EP2
  machine.trail.undoTo(begun.trailMark);
  return tuple;
}

/** Each value of a part, errors only if there is nothing else, `Empty` if there is nothing at all. */
export function goodOrEmpty(
  machine: Machine,
  levels: number,
  part: Part,
  ...locals: readonly Atom[]
): Atom | null {
  const begun = new Beginning(machine);
  const found = part(machine, levels - LEVELS_OF_PART, ...locals);
  begun.end(machine);
  if (found !== null) {
    machine.tidy(begun.trailMark);
    return found; // EP2
  }
  if (machine.left === null) {
    machine.trail.undoTo(begun.trailMark);
    return EMPTY;
  }
  const watch: Watch = new Watch(
    (errors) => giveEach(machine, errors, frame.parent),
    () => machine.give(EMPTY, frame.parent),
  );
  const frame: Frame = new WatchFrame(null, watch, (value, parent) => machine.give(value, parent));
  putBelow(machine, begun, () => machine.push(watch));
  return machine.save(frame);
}

/** The first value of a part that is no error, or else the first error. */
export function first(
  machine: Machine,
  levels: number,
  part: Part,
  ...locals: readonly Atom[]
): Atom | null {
  const begun = new Beginning(machine);
  const found = part(machine, levels - LEVELS_OF_PART, ...locals);
  begun.end(machine);
  if (found !== null) {
    machine.tidy(begun.trailMark);
    return found; // EP2
  }
  if (machine.left === null) return null;
  let depth = 0;
  const cut = (value: Atom): void => {
    machine.cutTo(depth);
    machine.give(value, frame.parent);
  };
  const watch: Watch = new Watch((errors) => cut(errors[0]!), null);
  const frame: Frame = new WatchFrame(null, watch, cut);
  putBelow(machine, begun, () => {
    depth = pushOnce(machine);
    machine.push(watch);
  });
  return machine.save(frame);
}

/** A value that is to choose among the branches of a call. */
class Choosing implements Pending {
  readonly #call: Expression;
  readonly #value: Atom;

  constructor(call: Expression, value: Atom) {
    this.#call = call;
    this.#value = value;
  }

  begin(machine: Machine, frame: Frame | null): void {
    chooseBranch(machine, this.#call, this.#value, UNDEFINED, frame);
  }
}

/** Leaves a value to be compared with the branches of a `case` or `switch`. */
export function chooseLater(machine: Machine, call: Expression, value: Atom): null {
  return machine.suspend(new Choosing(call, value));
}
