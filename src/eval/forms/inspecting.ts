/** Special forms that look at an argument as it stands, and decide by that. */
import { withContents } from "../../environment/contents.js";
import { EXPRESSION, expression, SYMBOL, symbol } from "../../term/atom.js";
import { alphaEqual } from "../../term/equal.js";
import { dereference, resolve } from "../../term/resolve.js";
import { unify } from "../../term/unify.js";
import { isError } from "../language/error-atom.js";
import { form, type SpecialForm } from "../machine/special-form.js";
import { metaType } from "../types/type-match.js";

const ifEqual = form({
  name: "if-equal",
  type: "(-> Atom Atom Atom Atom %Undefined%)",
  summary:
    "The third argument if the first two are equal up to renaming of variables, otherwise the fourth.",
  isGrounded: true,
  run: (machine, call, type, frame) => {
    const [, left, right, then, otherwise] = call.children;
    const { handle } = machine;
    const equal = alphaEqual(
      withContents(handle, resolve(left!)),
      withContents(handle, resolve(right!)),
    );
    machine.evaluate(equal ? then! : otherwise!, type, frame);
  },
});

const ifError = form({
  name: "if-error",
  type: "(-> Atom Atom Atom %Undefined%)",
  summary: "The second argument if the first, as it stands, is an Error, otherwise the third.",
  run: (machine, call, type, frame) => {
    const [, subject, then, otherwise] = call.children;
    machine.evaluate(isError(dereference(subject!)) ? then! : otherwise!, type, frame);
  },
});

const getMetaType = form({
  name: "get-metatype",
  type: "(-> Atom Atom)",
  summary: "Which kind of atom its argument is: Symbol, Variable, Expression or Grounded.",
  isGrounded: true,
  run: (machine, call, _type, frame) => {
    const atom = dereference(call.children[1]!);
    const grounded = atom.tag === SYMBOL && machine.context.registry.isGrounded(atom);
    machine.give(grounded ? symbol("Grounded") : metaType(atom), frame);
  },
});

const returnOnError = form({
  name: "return-on-error",
  type: "(-> Atom Atom %Undefined%)",
  summary: "The first argument, to be returned, if it is an Error or Empty; otherwise the second.",
  run: (machine, call, type, frame) => {
    const subject = dereference(call.children[1]!);
    const leaves = isError(subject) || subject === symbol("Empty");
    if (leaves) machine.give(expression([symbol("return"), resolve(subject)]), frame);
    else machine.evaluate(call.children[2]!, type, frame);
  },
});

const ifDecons = form({
  name: "if-decons-expr",
  type: "(-> Expression Variable Variable Atom Atom %Undefined%)",
  summary:
    "Binds the two variables to an expression's first part and the rest and evaluates the fourth argument; of () the fifth.",
  run: (machine, call, type, frame) => {
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
});

export const INSPECTING_FORMS: readonly SpecialForm[] = [
  ifEqual,
  ifError,
  getMetaType,
  returnOnError,
  ifDecons,
];
