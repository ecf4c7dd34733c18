/** Special forms: calls that say themselves which of their arguments are evaluated, and when. */
import { assert } from "../../base/assert.js";
import type { Atom, Expression } from "../../term/atom.js";
import { parseAtom } from "../../term/parser.js";
import { Form, type FormSignature } from "../library/form.js";
import type { Frame, Machine } from "./machine.js";

/**
 * What a form does: it gets its call with unevaluated, dereferenced arguments, as many as its type has,
 * and tells the machine what to do next. `type` is what is expected of the call.
 */
export type FormStep = (
  machine: Machine,
  call: Expression,
  type: Atom,
  frame: Frame | null,
) => void;

export class SpecialForm extends Form {
  readonly run: FormStep;

  constructor(signature: FormSignature, run: FormStep) {
    super(signature);
    this.run = run;
  }
}

/** What a form of a library does. */
export function stepOf(found: Form): FormStep {
  assert(found instanceof SpecialForm, "every form of a library says what it does");
  return found.run;
}

/** A special form from its parts; `type` is MeTTa text. */
export function form(
  name: string,
  type: string,
  summary: string,
  run: FormStep,
  leastArguments: number | null = null,
): SpecialForm {
  const parsed = parseAtom(type) as Expression;
  const all = parsed.children.length - 2;
  const signature = { name, type: parsed, summary, leastArguments: leastArguments ?? all };
  return new SpecialForm(signature, run);
}
