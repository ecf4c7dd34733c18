/** Special forms for search: matching a space, collecting alternatives. */
import { matchThrough } from "../../environment/search.js";
import { type Atom, type Expression, HOST, SPACE } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { errorAtom } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { collect, ThenFrame, tupleOf } from "../machine/collecting.js";
import type { Frame, Machine } from "../machine/machine.js";
import { EvaluateTemplate, MatchChoice } from "../machine/match-choice.js";
import { spaceOf } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { unifyEach } from "../machine/unify-each.js";

/** The template of a `match`, evaluated to `type` for each match in the space that `where` is. */
export function matchIn(
  machine: Machine,
  where: Atom,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const [, , pattern, template] = call.children;
  const space = spaceOf(where, machine.self);
  if (space !== undefined) {
    const cursor = matchThrough(machine.handle, space, pattern!, machine.trail);
    machine.push(new MatchChoice(cursor, new EvaluateTemplate(template!, type), frame));
    machine.fail();
  } else if (where.tag === HOST && where.behavior.match !== undefined) {
    const found = (): void => machine.evaluate(template!, type, frame);
    unifyEach(machine, where, pattern!, found, () => machine.fail());
  } else {
    const reason = "match expects a space as the first argument";
    machine.give(errorAtom(resolve(call), reason), frame);
  }
}

export const match: SpecialForm = form(
  "match",
  "(-> SpaceType Atom Atom %Undefined%)",
  "For every match of the pattern in the space, in insertion order, the template; (, p1 p2 …) matches all patterns together.",
  (machine, call, type, frame) => {
    const search = new ThenFrame(frame, (_machine, value, parent) => {
      matchIn(machine, value, call, type, parent);
    });
    const space = dereference(call.children[1]!);
    if (space.tag === SPACE) search.resume(machine, space);
    else machine.evaluate(space, UNDEFINED, search);
  },
);

export const collapse: SpecialForm = form(
  "collapse",
  "(-> Atom Atom)",
  "All values of its argument, in a tuple.",
  (machine, call, _type, frame) =>
    collect(machine, call.children[1]!, UNDEFINED, (found) => machine.give(tupleOf(found), frame)),
);

export const MATCHING_FORMS: readonly SpecialForm[] = [match, collapse];
