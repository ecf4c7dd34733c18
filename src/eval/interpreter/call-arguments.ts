/**
 * Calls: arguments are evaluated from left to right, then the call is reduced by its head's operation
 * or rules (reduce.ts).
 *
 *     (f (g 1) a (h 2))
 *        │        └── ArgumentFrame 3 ──▶ ArgumentFrame 1     values found, newest first
 *        └──────────────────────────────────────────────      `a` is its own value: no frame
 *
 *   - An argument of a parameter typed `Atom` (or with the meta-type of the argument) is left as it
 *     stands.
 *   - An argument that fails ends the branch of the call; one that becomes an error is the call's
 *     value.
 */

import { type Atom, EXPRESSION, Expression, SYMBOL, symbol, VARIABLE } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { flatValue } from "../compile/data-value.js";
import { isError } from "../language/error-atom.js";
import { ATOM, EXPRESSION_TYPE, UNDEFINED } from "../language/type-names.js";
import { giveEach } from "../machine/alternatives.js";
import { immediateValue } from "../machine/immediate.js";
import type { Frame, Machine } from "../machine/machine.js";
import { errorOf, PartFrame } from "../machine/part-errors.js";
import { runForm } from "../machine/special-form.js";
import { isSpecific, type TypePlan } from "../types/type-plan.js";
import { fitsMetaType } from "../types/type-source.js";
import { reduce } from "./reduce.js";

/** A call: how its parts are evaluated, and what is expected of its reduction. */
class Plan {
  readonly call: Expression;
  /** Types of the parts, the head's first; null for a tuple, whose parts may be anything. */
  readonly types: readonly Atom[] | null;
  readonly result: Atom;

  constructor(call: Expression, types: readonly Atom[] | null, result: Atom) {
    this.call = call;
    this.types = types;
    this.result = result;
  }
}

/** Evaluates an expression without a function type: every part, then the call. */
export function startTuple(
  machine: Machine,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  const known =
    type === UNDEFINED && machine.shortcuts !== "none" ? flatValue(machine, call) : null;
  if (known === null) advance(machine, new Plan(call, null, type), 0, null, frame);
  else machine.give(known, frame);
}

/** Evaluates a call of a symbol that has nothing but one function type. */
export function startPlanned(
  machine: Machine,
  call: Expression,
  plan: TypePlan,
  expected: Atom,
  frame: Frame | null,
): void {
  const bound =
    machine.shortcuts !== "none" ? machine.context.evidence.fits(plan, call, expected) : null;
  if (bound === null) startCall(machine, call, [plan.type], expected, frame);
  else startFitting(machine, call, plan.typesFor(bound), plan.resultFor(bound), frame);
}

/** Evaluates a call by the first of the function types that fits it, or gives the errors. */
export function startCall(
  machine: Machine,
  call: Expression,
  functionTypes: readonly Expression[],
  expected: Atom,
  frame: Frame | null,
): void {
  const errors: Atom[] = [];
  for (const type of functionTypes) {
    for (const outcome of machine.context.types.checkCall(call, type, expected)) {
      if ("result" in outcome) {
        const types = [type, ...outcome.parameters];
        startFitting(machine, call, types, resultType(outcome.result, expected), frame);
        return;
      }
      errors.push(outcome);
    }
  }
  giveEach(machine, errors, frame);
}

/** A result typed `Expression` is evaluated like any other; a type variable becomes what is expected. */
function resultType(type: Atom, expected: Atom): Atom {
  if (type.tag === VARIABLE) return isSpecific(expected) ? expected : UNDEFINED;
  return type === EXPRESSION_TYPE ? UNDEFINED : type;
}

/** `types` are those of the head and of the parameters; further ones are ignored. */
function startFitting(
  machine: Machine,
  call: Expression,
  types: readonly Atom[],
  result: Atom,
  frame: Frame | null,
): void {
  const head = dereference(call.children[0]!);
  if (head.tag === SYMBOL) {
    const found = machine.context.registry.find(head);
    if (found?.kind === "form") {
      runForm(machine, found.form, call, result, frame);
      return;
    }
  }
  const start = head.tag === EXPRESSION ? 0 : 1;
  advance(machine, new Plan(call, types, result), start, null, frame);
}

/** Waits for the value of the call's part `index`. */
class ArgumentFrame extends PartFrame {
  readonly plan: Plan;
  readonly index: number;
  /** Values found before: the chain of frames that waited for them. */
  readonly earlier: Found | null;

  constructor(parent: Frame | null, plan: Plan, index: number, earlier: Found | null) {
    super(parent);
    this.plan = plan;
    this.index = index;
    this.earlier = earlier;
  }

  resume(machine: Machine, value: Atom): void {
    const { plan, index, parent } = this;
    if (
      isError(value) &&
      (plan.types === null || value !== dereference(plan.call.children[index]!))
    ) {
      machine.give(errorOf(this, value), parent);
      return;
    }
    this.hasValue = true;
    advance(machine, plan, index + 1, new Found(index, value, this.earlier), parent);
  }
}

/** A part's value. */
class Found {
  readonly index: number;
  readonly value: Atom;
  readonly earlier: Found | null;

  constructor(index: number, value: Atom, earlier: Found | null) {
    this.index = index;
    this.value = value;
    this.earlier = earlier;
  }
}

/** Continues from part `index`: the next part that needs evaluation, or the call. */
function advance(
  machine: Machine,
  plan: Plan,
  index: number,
  found: Found | null,
  frame: Frame | null,
): void {
  const { call, types } = plan;
  const { children } = call;
  let known = found;
  for (let at = index; at < children.length; at++) {
    const part = dereference(children[at]!);
    const type = types === null ? UNDEFINED : partType(types, at);
    if (machine.shortcuts !== "none") {
      if (isOwnValue(machine, part, type)) {
        // A part behind it may bind the variable.
        if (part.tag === VARIABLE) known = new Found(at, part, known);
        continue;
      }
      const value = part.tag === EXPRESSION ? glance(machine, part, type) : null;
      if (value !== null) {
        known = new Found(at, value, known);
        continue;
      }
    }
    machine.evaluate(part, type, new ArgumentFrame(frame, plan, at, known));
    return;
  }
  reduceWith(machine, plan, known, frame);
}

/** The value of a part, if it shows at a glance. */
function glance(machine: Machine, part: Expression, type: Atom): Atom | null {
  const value = immediateValue(machine.context, part, type);
  return value === null && type === UNDEFINED ? flatValue(machine, part) : value;
}

function partType(types: readonly Atom[], index: number): Atom {
  const type = types[index] ?? UNDEFINED;
  return type.tag === VARIABLE ? UNDEFINED : type;
}

/** Parts that need no frame: variables, what is evaluated, symbols and values that fit anything. */
function isOwnValue(machine: Machine, part: Atom, type: Atom): boolean {
  if (part.tag === EXPRESSION) {
    return (
      part.evaluated || type === ATOM || type === EXPRESSION_TYPE || part.children.length === 0
    );
  }
  if (part.tag === VARIABLE || type === ATOM) return true;
  if (type === UNDEFINED) return part !== EMPTY_ATOM;
  return fitsMetaType(type, part, machine.context);
}

const EMPTY_ATOM = symbol("Empty");

/**
 * Reduces the call with its values in place of the parts they came from, variables followed. A value that was a variable
 * stays one: what it is bound to by now has not been looked at, so such a call is no value yet that could be marked (IN1).
 */
function reduceWith(machine: Machine, plan: Plan, found: Found | null, frame: Frame | null): void {
  const { call, result } = plan;
  if (found === null && call.ground) {
    reduce(machine, call, false, result, frame);
    return;
  }
  const parts = call.children.map(dereference);
  for (let each = found; each !== null; each = each.earlier) parts[each.index] = each.value;
  reduce(machine, new Expression(parts), found !== null, result, frame);
}
