/** The form `if`. */
import { type Atom, BOOLEAN, EXPRESSION, expression } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { Continue, orError } from "../compile/after.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import type { FormCall, FormWriter } from "../compile/form-writer.js";
import type { Point } from "../compile/point.js";
import { isError } from "../language/error-atom.js";
import { BOOL, UNDEFINED } from "../language/type-names.js";
import { immediateValue } from "../machine/immediate.js";
import type { Machine } from "../machine/machine.js";
import { errorOf, PartOfCallFrame } from "../machine/part-errors.js";
import { giveUnreduced } from "../machine/unreduced.js";
import { isSpecific } from "../types/type-plan.js";

/** Waits for a condition. */
class IfFrame extends PartOfCallFrame {
  resume(machine: Machine, value: Atom): void {
    const { parent } = this;
    const { children } = this.call;
    if (isError(value)) {
      machine.give(errorOf(this, value), parent);
      return;
    }
    this.hasValue = true;
    if (value.tag === BOOLEAN) {
      machine.evaluate(children[value.value ? 2 : 3]!, this.type, parent);
    } else {
      const rest = expression([children[0]!, value, children[2]!, children[3]!]);
      giveUnreduced(machine, rest, true, parent);
    }
  }
}

export const ifForm: CodedForm = codedForm({
  name: "if",
  type: "(-> Bool Atom Atom $t)",
  summary: "Evaluates the second argument if the first gives True, the third if it gives False.",
  parts: ["value", "body", "body"],
  run: (machine, call, type, frame) => {
    const condition = dereference(call.children[1]!);
    const value =
      machine.shortcuts !== "none" && condition.tag === EXPRESSION
        ? immediateValue(machine.context, condition, BOOL)
        : null;
    if (value?.tag === BOOLEAN) {
      machine.evaluate(call.children[value.value ? 2 : 3]!, type, frame);
    } else {
      machine.evaluate(condition, BOOL, new IfFrame(frame, call, type));
    }
  },
  // The branches have the type expected of the whole.
  write: (writer, call) => {
    const typed = { ...call, type: isSpecific(call.type) ? call.type : UNDEFINED };
    const condition = call.node.children[1]!;
    if (writer.values.isImmediateCondition(condition)) writeImmediate(writer, typed, condition);
    else if (condition.tag === EXPRESSION) writeEvaluated(writer, typed, condition);
    else return false;
    return true;
  },
});

/** The condition is computed in place. */
function writeImmediate(writer: FormWriter, call: FormCall, condition: Atom): void {
  const { at } = call;
  writer.guarded({ ...call, wanted: [] }, (label) => {
    const truth = writer.values.condition(at.fn, condition, at.scope, label);
    writeBranches(writer, call, truth, at);
  });
}

/** The condition's value comes at once, or the branches wait for it. */
function writeEvaluated(writer: FormWriter, call: FormCall, condition: Atom): void {
  const { node, at } = call;
  const { unit, slots } = writer;
  const branches = node.children.slice(2);
  writer.guarded(call, () => {
    slots.prepareSlots(at.fn, condition, at.scope);
    // As they stand they are the same for all alternatives of the condition.
    const shown = slots.withVariables(at.fn, branches, at.scope);
    const decide = new Continue(unit, at.fn, at.scope, (rest, found, scope) => {
      rest.line(`if (${found}.tag === ${BOOLEAN}) {`);
      writeBranches(writer, call, `${found}.value`, at.inRest(rest, scope));
      rest.line("}");
      orError(rest, found, at.after);
      const parts = branches.map((branch) => slots.build(rest, branch, shown));
      const head = unit.constant(node.children[0]);
      const made = rest.define(unit.name("t"));
      rest.line(`const ${made} = value([${[head, found, ...parts].join(", ")}]);`);
      at.after.give(rest, made);
    });
    writer.node(condition, BOOL, at.before(decide));
  });
}

function writeBranches(
  writer: FormWriter,
  { node, type }: FormCall,
  truth: string,
  at: Point,
): void {
  const [, , then, otherwise] = node.children;
  at.fn.line(`if (${truth}) {`);
  writer.node(then!, type, at.fork());
  at.fn.line("} else {");
  writer.node(otherwise!, type, at.fork());
  at.fn.line("}");
}
