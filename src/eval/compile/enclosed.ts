/**
 * Enclosed parts: parts of a rule that generated code evaluates apart from the rest, with what they bind or with the
 * number of their values in view, as the argument of `collapse`. Each is a function of its own.
 *
 *     (m, d, part, …)     part gives a value      ──▶ what is made of it
 *                         fails                   ──▶ what is said of that
 *                         leaves something        ──▶ null, with a choice point below all of that, and a
 *                                                     frame that takes the values to it
 *
 *   EP1  While a part runs no binding of a variable older than it is forgotten: if it leaves something there is a choice
 *        point with the marks of its beginning (M2).
 *   EP2  A part that gives a value has no other: alternatives are choice points, which only the machine pushes.
 */
import type { Atom } from "../../term/atom.js";
import { variableMark } from "../../term/resolve.js";
import { putBelow } from "../machine/below.js";
import type { Frame, Machine, Marks } from "../machine/machine.js";

type Part = (machine: Machine, levels: number, ...locals: readonly Atom[]) => Atom | null;

/** Evaluates a part with locals, as generated code calls it: a value, or null as code gives it. */
export type Enclosed = (
  machine: Machine,
  levels: number,
  part: Part,
  ...locals: readonly Atom[]
) => Atom | null;

/** What becomes of a part, for which `begun` are the marks of its beginning. */
interface Enclosure {
  /** It has a value, and no other (EP2). */
  readonly one: (machine: Machine, value: Atom, begun: Marks) => Atom;
  /** It has none. */
  readonly none: (machine: Machine, begun: Marks) => Atom | null;
  /** It has left something: `begin` pushes what stands below all of that, `frame` takes the values. */
  readonly several: (machine: Machine) => { readonly frame: Frame; readonly begin: () => void };
}

/** Levels of the JavaScript stack that an enclosed part takes besides its own (saved-frame.ts). */
const LEVELS_OF_PART = 4;

/** A function that encloses parts. */
export function encloses({ one, none, several }: Enclosure): Enclosed {
  return (machine, levels, part, ...locals) => {
    const { trail, branches } = machine;
    const begun = { trailMark: trail.mark(), variableMark: variableMark() };
    const { floor } = branches;
    branches.floor = begun.variableMark; // EP1
    const found = part(machine, levels - LEVELS_OF_PART, ...locals);
    branches.floor = floor;
    if (found !== null) return one(machine, found, begun);
    if (machine.left === null) return none(machine, begun);
    const { frame, begin } = several(machine);
    putBelow(machine, begun, begin);
    return machine.save(frame);
  };
}

/** The only value of a part as the value of the whole. */
export function onlyValue(machine: Machine, value: Atom, { trailMark }: Marks): Atom {
  machine.tidy(trailMark);
  return value;
}
