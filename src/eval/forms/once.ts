/** The form `once`. */
import type { Atom } from "../../term/atom.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import { type Enclosed, encloses, onlyValue } from "../compile/enclosed.js";
import { evaluateGood, Watch, WatchFrame } from "../machine/collecting.js";
import { ChoicePoint, type Frame, type Machine } from "../machine/machine.js";

/** Keeps the alternatives together: only trying them one by one shows which value is first. */
class OneByOne extends ChoicePoint {
  retry(): boolean {
    return false;
  }

  override isCarried(): boolean {
    return true;
  }
}

/** Begins the choice points of a call; how deep they lie, for what is above to be given up. */
function pushOnce(machine: Machine): number {
  const { depth } = machine.branches;
  if (machine.waiting !== null) machine.push(new OneByOne());
  return depth;
}

export const once: CodedForm = codedForm({
  name: "once",
  type: "(-> Atom %Undefined%)",
  summary:
    "The first value of its argument that is no error, or else the first error; the other alternatives are given up.",
  parts: ["body"],
  run: (machine, call, type, frame) => {
    const depth = pushOnce(machine);
    const first = (value: Atom, parent: Frame | null): void => {
      machine.branches.cutTo(depth);
      machine.give(value, parent);
    };
    evaluateGood(machine, call.children[1]!, type, frame, { each: first, none: null });
  },
  write: (writer, call) => {
    writer.apart(call, FIRST);
    return true;
  },
});

/** The first value of a part that is no error, or else the first error. */
const FIRST: Enclosed = encloses({
  one: onlyValue,
  none: () => null,
  several: (machine) => {
    let depth = 0;
    const cut = (value: Atom): void => {
      machine.branches.cutTo(depth);
      machine.give(value, frame.parent);
    };
    const watch: Watch = new Watch((errors) => cut(errors[0]!), null);
    const frame: Frame = new WatchFrame(null, watch, cut);
    const begin = (): void => {
      depth = pushOnce(machine);
      machine.push(watch);
    };
    return { frame, begin };
  },
});
