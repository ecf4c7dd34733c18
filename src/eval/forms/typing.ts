/** Special forms about types: casting, comparing, and what a type says about an atom. */

import { withContents } from "../../environment/contents.js";
import { type Atom, boolean, expression, symbol } from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { resolve } from "../../term/resolve.js";
import { errorAtom } from "../language/error-atom.js";
import { ATOM, UNDEFINED } from "../language/type-names.js";
import { evaluateAll } from "../machine/collecting.js";
import type { Frame, Machine } from "../machine/machine.js";
import { enterSpace, spaceOf } from "../machine/space-scope.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { matchTypes } from "../types/type-match.js";
import { fitsMetaType } from "../types/type-source.js";

const BAD_TYPE = symbol("BadType");
const NO_SPACE = symbol("type-cast expects a space as the third argument");

/** True if one of the atom's types, or its kind, fits. */
function hasType(machine: Machine, atom: Atom, type: Atom): boolean {
  const { context } = machine;
  return fitsMetaType(type, atom, context) || context.types.cast(atom, type) === null;
}

const ANY = "%Undefined%";

/** A form whose arguments are evaluated, and may be anything. */
function onValues(
  name: string,
  count: number,
  summary: string,
  run: (machine: Machine, values: readonly Atom[], type: Atom, frame: Frame | null) => void,
): SpecialForm {
  const type = `(-> ${Array.from({ length: count + 1 }, () => ANY).join(" ")})`;
  return form({
    name,
    type,
    summary,
    run: (machine, call, wanted, frame) =>
      evaluateAll(machine, call.children.slice(1), frame, (values, parent) =>
        run(machine, values, wanted, parent),
      ),
  });
}

const typeCast = onValues(
  "type-cast",
  3,
  "The first argument if it has the type that is the second, in a space; otherwise an error.",
  (machine, values, _type, frame) => {
    const [atom, type, where] = values.map(resolve);
    const space = spaceOf(where!, machine.self);
    if (space === undefined) {
      const call = expression([symbol("type-cast"), atom!, type!, where!]);
      machine.give(errorAtom(call, NO_SPACE), frame);
      return;
    }
    const back = enterSpace(machine, space, frame);
    const fits = type === UNDEFINED || type === ATOM || hasType(machine, atom!, type!);
    machine.give(fits ? atom! : errorAtom(atom!, BAD_TYPE), back);
  },
);

const matchTypesForm = onValues(
  "match-types",
  4,
  "The third argument if the first two are types that fit each other, otherwise the fourth.",
  (machine, [one, other, then, otherwise], type, frame) => {
    const { trail } = machine;
    const mark = trail.mark();
    if (matchTypes(one!, other!, trail)) {
      machine.tidy(mark);
      machine.evaluate(then!, type, frame);
      return;
    }
    trail.undoTo(mark);
    machine.evaluate(otherwise!, type, frame);
  },
);

const matchTypeOr = onValues(
  "match-type-or",
  3,
  "True if the first argument is, or if the other two are types that fit each other.",
  (machine, [folded, one, other], _type, frame) => {
    const { trail } = machine;
    const mark = trail.mark();
    const fits = matchTypes(one!, other!, trail);
    if (!fits) trail.undoTo(mark);
    machine.give(boolean(fits || resolve(folded!) === boolean(true)), frame);
  },
);

const firstFromPair = onValues(
  "first-from-pair",
  1,
  "The first part of a pair.",
  (machine, [value], type, frame) => {
    const pair = resolve(value!);
    const parts = "children" in pair ? pair.children : [];
    const wrong = errorAtom(expression([symbol("first-from-pair"), pair]), "incorrect pair format");
    if (parts.length === 2) machine.evaluate(parts[0]!, type, frame);
    else machine.give(wrong, frame);
  },
);

const noReduceEquals = form({
  name: "noreduce-eq",
  type: "(-> Atom Atom Bool)",
  summary: "Whether two unevaluated atoms are the same.",
  run: (machine, call, _type, frame) => {
    const [, one, other] = call.children;
    const { handle } = machine;
    const left = withContents(handle, resolve(one!));
    machine.give(boolean(equal(left, withContents(handle, resolve(other!)))), frame);
  },
});

export const TYPE_FORMS: readonly SpecialForm[] = [
  typeCast,
  matchTypesForm,
  matchTypeOr,
  firstFromPair,
  noReduceEquals,
];
