/** The form `unify`. */
import { VARIABLE } from "../../term/atom.js";
import { type CodedForm, codedForm } from "../compile/coded-form.js";
import type { FormCall, FormWriter } from "../compile/form-writer.js";
import { hasVariablesText } from "../compile/pattern-code.js";
import type { Scope } from "../compile/scope.js";
import { UNDEFINED } from "../language/type-names.js";
import { unifyEach } from "../machine/unify-each.js";

export const unifyForm: CodedForm = codedForm({
  name: "unify",
  type: "(-> Atom Atom Atom Atom %Undefined%)",
  summary: "If the first two arguments unify, the third with the bindings, otherwise the fourth.",
  parts: ["pattern", "pattern", "body", "body"],
  run: (machine, call, type, frame) => {
    const [, left, right, then, otherwise] = call.children;
    unifyEach(
      machine,
      left!,
      right!,
      () => machine.evaluate(then!, type, frame),
      () => machine.evaluate(otherwise!, type, frame),
    );
  },
  write: (writer, call) => {
    const { node, at } = call;
    const [, , , then, otherwise] = node.children;
    writer.guarded({ ...call, type: UNDEFINED }, (label) => {
      const miss = writer.unit.name("M");
      const inner = writeSides(writer, call, label, miss);
      writer.node(then!, UNDEFINED, at.within(inner));
      at.fn.line("}");
      writer.node(otherwise!, UNDEFINED, at.fork());
    });
    return true;
  },
});

/**
 * Begins a block that is left if the sides do not unify: by the shape of a slot where that can be told so; otherwise both
 * sides are unified. What is known inside.
 */
function writeSides(
  writer: FormWriter,
  { node, at }: FormCall,
  label: string,
  miss: string,
): Scope {
  const { fn, scope } = at;
  const [, one, other] = node.children;
  const [slot, pattern] = one!.tag === VARIABLE ? [one, other!] : [other!, one!];
  if (
    slot.tag === VARIABLE &&
    scope.has(slot) &&
    writer.patterns.isTestable(pattern, scope, slot)
  ) {
    const inner = scope.fork();
    const found = fn.define(writer.unit.name("t"));
    fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(slot))});`);
    fn.line(`if (${hasVariablesText(found)}) break ${label};`);
    fn.line(`${miss}: {`);
    writer.patterns.test(fn, pattern, found, { miss, label }, inner);
    return inner;
  }
  const [left, right] = [one!, other!].map((side) => writer.slots.built(fn, side, scope));
  const inner = scope.fork();
  fn.line(`${miss}: {`);
  writer.patterns.unified(fn, left!, right!, { miss, label }, inner);
  return inner;
}
