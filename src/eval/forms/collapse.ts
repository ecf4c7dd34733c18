/** The form `collapse`. */
import { resolve } from "../../term/resolve.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import { type Enclosed, encloses } from "../compile/enclosed.js";
import { UNDEFINED } from "../language/type-names.js";
import { CollectFrame, Collector, collect, tupleOf, VALUE_ALONE } from "../machine/collecting.js";
import type { Frame } from "../machine/machine.js";
import { withoutErrors } from "../machine/part-errors.js";

export const collapse: CodedForm = codedForm({
  name: "collapse",
  type: "(-> Atom Atom)",
  summary: "All values of its argument, in a tuple.",
  parts: ["body"],
  run: (machine, call, _type, frame) =>
    collect(machine, call.children[1]!, UNDEFINED, (found) => machine.give(tupleOf(found), frame)),
  write: (writer, call) => {
    writer.apart(call, COLLAPSED);
    return true;
  },
});

/** All values of a part, in a tuple; its bindings are undone. */
const COLLAPSED: Enclosed = encloses({
  one: ({ trail }, value, { trailMark }) => {
    const tuple = tupleOf([resolve(value)]);
    trail.undoTo(trailMark);
    return tuple;
  },
  none: ({ trail }, { trailMark }) => {
    trail.undoTo(trailMark);
    return tupleOf([]);
  },
  several: (machine) => {
    const collector = new Collector(machine, (all) =>
      machine.give(tupleOf(withoutErrors(all)), frame.parent),
    );
    const frame: Frame = new CollectFrame(collector, VALUE_ALONE);
    return { frame, begin: () => machine.push(collector) };
  },
});
