/** Special forms about types: casting, comparing, and what a type says of an atom. */
import { type Atom, boolean, expression, symbol } from "../../term/atom.js";
import { equal } from "../../term/equal.js";
import { resolve } from "../../term/resolve.js";
import { form, type SpecialForm } from "../library.js";
import type { Frame, Machine } from "../machine.js";
import { errorAtom } from "../operation.js";
import { withContents } from "../states.js";
import { ATOM, UNDEFINED } from "../type-names.js";
import { fitsMetaType, matchTypes } from "../types.js";

const BAD_TYPE = symbol("BadType");

/** True if one of the atom's types, or its kind, fits. */
function hasType(machine: Machine, atom: Atom, type: Atom): boolean {
  const { context } = machine;
  return fitsMetaType(type, atom, context) || context.types.cast(atom, type) === null;
}

const typeCast = form(
  "type-cast",
  "(-> Atom Atom SpaceType Atom)",
  "The atom if it has the type, otherwise an error.",
  (machine, call, _type, frame) => {
    const atom = resolve(call.children[1]!);
    const type = resolve(call.children[2]!);
    const fits = type === UNDEFINED || type === ATOM || hasType(machine, atom, type);
    machine.give(fits ? atom : errorAtom(atom, BAD_TYPE), frame);
  },
);

/** Goes on with one argument if the types fit, with the other if they do not. */
function choose(
  machine: Machine,
  one: Atom,
  other: Atom,
  then: Atom,
  otherwise: Atom,
  frame: Frame | null,
): void {
  const { trail } = machine;
  const mark = trail.mark();
  if (matchTypes(one, other, trail)) {
    machine.tidy(mark);
    machine.evaluate(then, UNDEFINED, frame);
    return;
  }
  trail.undoTo(mark);
  machine.evaluate(otherwise, UNDEFINED, frame);
}

const matchTypesForm = form(
  "match-types",
  "(-> Atom Atom Atom Atom %Undefined%)",
  "The third argument if the first two types fit each other, otherwise the fourth.",
  (machine, call, _type, frame) => {
    const [, one, other, then, otherwise] = call.children;
    choose(machine, one!, other!, then!, otherwise!, frame);
  },
);

const matchTypeOr = form(
  "match-type-or",
  "(-> Atom Atom Atom Bool)",
  "True if the first argument is, or if the other two types fit each other.",
  (machine, call, _type, frame) => {
    const [, folded, one, other] = call.children;
    if (resolve(folded!) === boolean(true)) machine.give(boolean(true), frame);
    else choose(machine, one!, other!, boolean(true), boolean(false), frame);
  },
);

const firstFromPair = form(
  "first-from-pair",
  "(-> Atom Atom)",
  "The first part of a pair.",
  (machine, call, _type, frame) => {
    const pair = resolve(call.children[1]!);
    const parts = "children" in pair ? pair.children : [];
    const wrong = errorAtom(expression([symbol("first-from-pair"), pair]), "incorrect pair format");
    machine.give(parts.length === 2 ? parts[0]! : wrong, frame);
  },
);

const noReduceEquals = form(
  "noreduce-eq",
  "(-> Atom Atom Bool)",
  "Whether two unevaluated atoms are the same.",
  (machine, call, _type, frame) => {
    const [, one, other] = call.children;
    const { environment } = machine;
    const left = withContents(environment, resolve(one!));
    machine.give(boolean(equal(left, withContents(environment, resolve(other!)))), frame);
  },
);

export const TYPE_FORMS: readonly SpecialForm[] = [
  typeCast,
  matchTypesForm,
  matchTypeOr,
  firstFromPair,
  noReduceEquals,
];
