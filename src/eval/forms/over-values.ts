/** Special forms over all values of an argument: `foldall`, `forall`, and one that prints alternatives. */
import { textOf } from "../../environment/contents.js";
import { type Atom, boolean, EXPRESSION, expression, STRING, UNIT } from "../../term/atom.js";
import { resolve } from "../../term/resolve.js";
import { isError } from "../language/error-atom.js";
import { UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { collect, evaluateAll } from "../machine/collecting.js";
import type { Frame, Machine } from "../machine/machine.js";
import { PartThenFrame } from "../machine/part-errors.js";
import { form, type SpecialForm } from "../machine/special-form.js";

const foldAll = form({
  name: "foldall",
  type: "(-> Atom Atom Atom %Undefined%)",
  summary:
    "Folds the values of the second argument: the first one combines what was found so far, at the start the third argument, with the next value.",
  run: (machine, call, _type, frame) => {
    const [, combine, values, start] = call.children;
    collect(machine, values!, UNDEFINED, (found) => {
      if (isFailure(found)) {
        giveEach(machine, found, frame);
        return;
      }
      evaluateAll(machine, [start!], frame, ([first], parent) =>
        foldValues(machine, { combine: combine!, values: found }, 0, first!, parent),
      );
    });
  },
});

/** Values of which there are none but errors. */
function isFailure(found: readonly Atom[]): boolean {
  return found.length > 0 && found.every(isError);
}

/** A call of `foldall`, whose values are found. */
interface Fold {
  readonly combine: Atom;
  readonly values: readonly Atom[];
}

function foldValues(
  machine: Machine,
  fold: Fold,
  index: number,
  found: Atom,
  frame: Frame | null,
): void {
  const value = fold.values[index];
  if (value === undefined) {
    machine.give(found, frame);
    return;
  }
  const next = new PartThenFrame(frame, (_machine, combined, parent) =>
    foldValues(machine, fold, index + 1, combined, parent),
  );
  machine.evaluate(expression([fold.combine, found, value]), UNDEFINED, next);
}

const forAll = form({
  name: "forall",
  type: "(-> Atom Atom Bool)",
  summary:
    "Whether the second argument, called with a value of the first, gives True for all of them.",
  run: (machine, call, _type, frame) => {
    const [, values, check] = call.children;
    collect(machine, values!, UNDEFINED, (found) => {
      if (isFailure(found)) giveEach(machine, found, frame);
      else checkFrom(machine, found, 0, check!, frame);
    });
  },
});

function checkFrom(
  machine: Machine,
  values: readonly Atom[],
  index: number,
  check: Atom,
  frame: Frame | null,
): void {
  if (index === values.length) {
    machine.give(boolean(true), frame);
    return;
  }
  collect(machine, expression([check, values[index]!]), UNDEFINED, (found) => {
    if (isFailure(found)) giveEach(machine, found, frame);
    else if (found.length > 0 && found.every((value) => value === boolean(true))) {
      checkFrom(machine, values, index + 1, check, frame);
    } else {
      machine.give(boolean(false), frame);
    }
  });
}

const printAlternatives = form({
  name: "print-alternatives!",
  type: "(-> Atom Expression (->))",
  summary: "Prints how many parts an expression has, a note, and each part on a line.",
  isGrounded: true,
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    const list = resolve(call.children[2]!);
    const parts = list.tag === EXPRESSION ? list.children : [list];
    const lines = parts.map((part) => `    ${text(machine, part)}\n`).join("");
    const note = text(machine, resolve(call.children[1]!));
    machine.context.print(`${parts.length} ${note}:\n${lines}`);
    machine.give(UNIT, frame);
  },
});

function text({ handle }: Machine, atom: Atom): string {
  return atom.tag === STRING ? atom.value : textOf(handle, atom);
}

export const VALUE_FORMS: readonly SpecialForm[] = [foldAll, forAll, printAlternatives];
