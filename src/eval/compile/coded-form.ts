/**
 * Special forms for which there is generated code. Such a form is one object, which says in one place all that it means:
 *
 *     name, type, summary     what it is called with, and what is expected of its arguments (library/form.ts)
 *     parts                   what its arguments are to it: which values it looks at, which patterns give variables values,
 *                             which bodies come behind them
 *     run(machine, call, …)   what the machine does (machine/special-form.ts)
 *     write(writer, call)     the code for a call of it that surely fits its type; functions that only this code calls go
 *                             in as constants
 *
 * It is known by its object: a library that gives its name to another form gets calls of that one.
 */
import { type Atom, EXPRESSION, type Expression, type Variable } from "../../term/atom.js";
import { type FormDeclaration, SpecialForm } from "../machine/special-form.js";
import type { FormCall, FormWriter } from "./form-writer.js";
import { occurs } from "./slots.js";

/**
 * What an argument of a form is to it, in the order in which a call comes to them: values, then patterns, then bodies.
 * Of `pairs`, each a pattern and a value, and `branches`, each a pattern and a body, the order is their own. A `name` is
 * a variable that the bodies have in place of values.
 */
type FormPart = "value" | "pattern" | "name" | "body" | "pairs" | "branches";

/** Writes the code for a call; false: there is none for such a call, and nothing was written. */
type WriteForm = (writer: FormWriter, call: FormCall) => boolean;

interface CodedDeclaration extends FormDeclaration {
  readonly parts: readonly FormPart[];
  readonly write: WriteForm;
}

export class CodedForm extends SpecialForm {
  readonly parts: readonly FormPart[];
  readonly write: WriteForm;

  constructor(declared: CodedDeclaration) {
    super(declared);
    this.parts = declared.parts;
    this.write = declared.write;
  }

  /** Whether a pattern of the call gives a slot its value, wherever the slot occurs in the call. */
  gives(slot: Variable, { children }: Expression): boolean {
    const found = this.parts.filter((_part, index) => occurs(slot, children[index + 1]!));
    if (found.includes("value")) return false;
    if (found.includes("pattern")) return true;
    const argument = (part: FormPart): Atom => children[this.parts.indexOf(part) + 1]!;
    if (found.includes("pairs")) return givesFirst(slot, argument("pairs"));
    return found.includes("branches") && givesEach(slot, argument("branches"));
  }
}

/** A form with generated code; types are MeTTa text. */
export function codedForm(declared: CodedDeclaration): CodedForm {
  return new CodedForm(declared);
}

/** Whether the first of some pairs in which the slot occurs gives it its value. */
function givesFirst(slot: Variable, pairs: Atom): boolean {
  const [pattern, value] = childrenOf(childrenOf(pairs).find((pair) => occurs(slot, pair)));
  return value !== undefined && occurs(slot, pattern!) && !occurs(slot, value);
}

/** Whether each of some branches in which the slot occurs gives it its value. */
function givesEach(slot: Variable, branches: Atom): boolean {
  return childrenOf(branches)
    .filter((branch) => occurs(slot, branch))
    .every((branch) => childrenOf(branch).length > 0 && occurs(slot, childrenOf(branch)[0]!));
}

function childrenOf(atom: Atom | undefined): readonly Atom[] {
  return atom?.tag === EXPRESSION ? atom.children : [];
}
