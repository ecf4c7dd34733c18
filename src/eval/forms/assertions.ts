/** Forms that the reference defines with the instructions of minimal MeTTa. */

import { textOf } from "../../environment/contents.js";
import { type Atom, EXPRESSION, expression, STRING, symbol, TRUE, UNIT } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { unify } from "../../term/unify.js";
import { ThenFrame } from "../collecting.js";
import { form, type SpecialForm } from "../library.js";
import type { Machine } from "../machine.js";
import { errorAtom, isError } from "../operation.js";
import { UNDEFINED } from "../type-names.js";

const returnOnError = form(
  "return-on-error",
  "(-> Atom Atom %Undefined%)",
  "The first argument, to be returned, if it is an Error or Empty; otherwise the second.",
  (machine, call, type, frame) => {
    const subject = dereference(call.children[1]!);
    const leaves = isError(subject) || subject === symbol("Empty");
    if (leaves) machine.give(expression([symbol("return"), resolve(subject)]), frame);
    else machine.evaluate(call.children[2]!, type, frame);
  },
);

const ifDecons = form(
  "if-decons-expr",
  "(-> Expression Variable Variable Atom Atom %Undefined%)",
  "Binds the two variables to an expression's first part and the rest and evaluates the fourth argument; of () the fifth.",
  (machine, call, type, frame) => {
    const [, subject, head, tail, then, otherwise] = call.children;
    const list = dereference(subject!);
    if (list.tag !== EXPRESSION || list.children.length === 0) {
      machine.evaluate(otherwise!, type, frame);
      return;
    }
    const { trail } = machine;
    const mark = trail.mark();
    const rest = expression(list.children.slice(1));
    if (unify(head!, list.children[0]!, trail) && unify(tail!, rest, trail)) {
      machine.tidy(mark);
      machine.evaluate(then!, type, frame);
      return;
    }
    trail.undoTo(mark);
    machine.fail();
  },
);

const NOT = symbol("not");

const assertForm = form(
  "assert",
  "(-> Atom (->))",
  "Fails unless its argument is True.",
  (machine, call, _type, frame) => {
    const check = new ThenFrame(frame, (_machine, value, parent) => {
      const reason = expression([resolve(call.children[1]!), NOT, TRUE]);
      machine.give(value === TRUE ? UNIT : errorAtom(resolve(call), reason), parent);
    });
    machine.evaluate(call.children[1]!, UNDEFINED, check);
  },
);

const printAlternatives = form(
  "print-alternatives!",
  "(-> Atom Expression (->))",
  "Prints how many parts an expression has, a note, and each part on a line.",
  (machine, call, _type, frame) => {
    const list = resolve(call.children[2]!);
    const parts = list.tag === EXPRESSION ? list.children : [list];
    const lines = parts.map((part) => `    ${text(machine, part)}\n`).join("");
    const note = text(machine, resolve(call.children[1]!));
    machine.context.print(`${parts.length} ${note}:\n${lines}`);
    machine.give(UNIT, frame);
  },
);

function text({ environment }: Machine, atom: Atom): string {
  return atom.tag === STRING ? atom.value : textOf(environment, atom);
}

export const INSTRUCTION_FORMS: readonly SpecialForm[] = [
  returnOnError,
  ifDecons,
  assertForm,
  printAlternatives,
];
