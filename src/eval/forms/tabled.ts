/** The form by which a program declares a function to be tabled. */
import { UNIT } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { errorAtom } from "../language/error-atom.js";
import { functionOf } from "../library/function-set.js";
import { declareTabled } from "../library/tabled-functions.js";
import { form, type SpecialForm } from "../machine/special-form.js";

const tabled = form({
  name: "tabled",
  type: "(-> Atom (->))",
  summary:
    "Answers calls of a function, (path $x $y), from tables: each answer once, also where its rules lead back to their own call.",
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    const { handle, context } = machine;
    const wanted = resolve(dereference(call.children[1]!));
    const named = functionOf(wanted);
    if (named === null) {
      const reason = "tabled expects a call with its arguments: (path $x $y)";
      machine.give(errorAtom(resolve(call), reason), frame);
      return;
    }
    const [head, arity] = named;
    if (context.registry.has(head)) {
      const reason = `${head.name} is built in: only functions with rules are tabled`;
      machine.give(errorAtom(resolve(call), reason), frame);
      return;
    }
    declareTabled(handle, context.space, head, arity);
    machine.give(UNIT, frame);
  },
});

export const TABLING_FORMS: readonly SpecialForm[] = [tabled];
