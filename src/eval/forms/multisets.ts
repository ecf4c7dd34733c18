/** Values as multisets: which have partners among others, and the forms `unique`, `union`, `intersection`, `subtraction`. */

import { withContents } from "../../environment/contents.js";
import type { Handle } from "../../environment/handle.js";
import type { Atom } from "../../term/atom.js";
import { AlphaNumbers, AtomNumbers } from "../../term/atom-numbers.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { collect } from "../machine/collecting.js";
import { form, type SpecialForm } from "../machine/special-form.js";

/** Numbers atoms so that those that count as equal have one number. */
export type Numbering = new () => { numberOf(atom: Atom): number };

/** For each atom whether it has a partner among the others, each partner used once. */
function partnered(
  handle: Handle,
  atoms: readonly Atom[],
  others: readonly Atom[],
  By: Numbering,
): boolean[] {
  const numbers = new By();
  const left = new Map<number, number>();
  for (const other of others) {
    const number = numbers.numberOf(withContents(handle, other));
    left.set(number, (left.get(number) ?? 0) + 1);
  }
  return atoms.map((atom) => {
    const number = numbers.numberOf(withContents(handle, atom));
    const count = left.get(number) ?? 0;
    if (count > 0) left.set(number, count - 1);
    return count > 0;
  });
}

/** The members of `wanted` that `found` lacks, counting each occurrence. */
export function missing(
  handle: Handle,
  wanted: readonly Atom[],
  found: readonly Atom[],
  by: Numbering,
): Atom[] {
  const known = partnered(handle, wanted, found, by);
  return wanted.filter((_atom, index) => !known[index]);
}

type Combination = (handle: Handle, first: Atom[], second: Atom[]) => Atom[];

/** A form over all values of its arguments, as `unique` and `union` are. */
function overValues(
  name: string,
  arity: 1 | 2,
  summary: string,
  combine: Combination,
): SpecialForm {
  const type = arity === 1 ? "(-> Atom %Undefined%)" : "(-> Atom Atom %Undefined%)";
  return form({
    name,
    type,
    summary,
    run: (machine, call, _type, frame) => {
      collect(machine, call.children[1]!, UNDEFINED, (first) => {
        if (arity === 1) {
          giveEach(machine, combine(machine.handle, first, []), frame);
          return;
        }
        collect(machine, call.children[2]!, UNDEFINED, (second) =>
          giveEach(machine, combine(machine.handle, first, second), frame),
        );
      });
    },
  });
}

/** The first of each, up to renaming of variables. */
export function unique(handle: Handle, atoms: readonly Atom[]): Atom[] {
  const numbers = new AlphaNumbers();
  const known = new Set<number>();
  return atoms.filter((atom) => {
    const before = known.size;
    return known.add(numbers.numberOf(withContents(handle, atom))).size > before;
  });
}

/** Those of `atoms` that have a partner in `others`, each partner used once. */
export function intersection(
  handle: Handle,
  atoms: readonly Atom[],
  others: readonly Atom[],
): Atom[] {
  const known = partnered(handle, atoms, others, AtomNumbers);
  return atoms.filter((_atom, index) => known[index]);
}

export function subtraction(
  handle: Handle,
  atoms: readonly Atom[],
  others: readonly Atom[],
): Atom[] {
  return missing(handle, atoms, others, AtomNumbers);
}

export const MULTISET_FORMS: readonly SpecialForm[] = [
  overValues("unique", 1, "The distinct values of its argument.", unique),
  overValues("union", 2, "The values of both arguments.", (_handle, one, other) => [
    ...one,
    ...other,
  ]),
  overValues("intersection", 2, "The values that both arguments have.", intersection),
  overValues(
    "subtraction",
    2,
    "The values of the first argument that the second lacks.",
    subtraction,
  ),
];
