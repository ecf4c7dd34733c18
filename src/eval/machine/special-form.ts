/**
 * Special forms: calls that say themselves which of their arguments are evaluated, and when. Each is one object, with
 * all that there is to say of it; those with generated code say that as well (compile/coded-form.ts). A form is known
 * by its object, never by its name.
 */
import { assert } from "../../base/assert.js";
import type { Atom, Expression } from "../../term/atom.js";
import { parseAtom } from "../../term/parser.js";
import { Form } from "../library/form.js";
import { refusesCall } from "./effects.js";
import type { Frame, Machine } from "./machine.js";
import { giveUnreduced } from "./unreduced.js";

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

/** What a form is made of. */
export interface FormDeclaration {
  readonly name: string;
  /** MeTTa text. */
  readonly type: string;
  readonly summary: string;
  /** Parameters beyond this many are optional; none is if it is not given. */
  readonly leastArguments?: number;
  /** A call has at least this many, by another type of the name (library/declarations.ts); as above if it is not given. */
  readonly fewestArguments?: number;
  /** Whether it is a grounded atom to programs; false if it is not given. */
  readonly isGrounded?: boolean;
  /** Whether it writes, prints or forks (effects.ts); false if it is not given. */
  readonly hasEffects?: boolean;
  readonly run: FormStep;
}

export class SpecialForm extends Form {
  readonly run: FormStep;

  constructor(declared: FormDeclaration) {
    const { name, summary, isGrounded = false, hasEffects = false, run } = declared;
    const type = parseAtom(declared.type) as Expression;
    const mostArguments = type.children.length - 2;
    const leastArguments = declared.leastArguments ?? mostArguments;
    const fewestArguments = declared.fewestArguments ?? leastArguments;
    const counts = { leastArguments, mostArguments, fewestArguments };
    super({ name, type, summary, ...counts, isGrounded });
    this.run = hasEffects ? unlessRefused(run) : run;
  }
}

function unlessRefused(run: FormStep): FormStep {
  return (machine, call, type, frame) => {
    if (!refusesCall(machine, call)) run(machine, call, type, frame);
  };
}

/** Carries out a call of a form. One with other parts than the form has, which a type of the program's own may allow, is its own value. */
export function runForm(
  machine: Machine,
  found: Form,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  assert(found instanceof SpecialForm, "every form of a library says what it does");
  if (found.takes(call.children.length - 1)) found.run(machine, call, type, frame);
  else giveUnreduced(machine, call, false, frame);
}

/** A form that only the machine carries out. */
export function form(declared: FormDeclaration): SpecialForm {
  return new SpecialForm(declared);
}
