/**
 * Calls: arguments are evaluated from left to right, then the call is reduced by its head's operation
 * or rules.
 *
 *     (f (g 1) a (h 2))
 *        │        └── ArgumentFrame 3 ──▶ ArgumentFrame 1     values found, newest first
 *        └──────────────────────────────────────────────      `a` is its own value: no frame
 *
 *   CA1  An argument of a parameter typed `Atom` (or with the meta-type of the argument) is left as it
 *        stands.
 *   CA2  An argument that fails ends the call's branch; one that becomes an error becomes the call's
 *        value.
 *   CA3  A call that no rule and no operation reduces is its own value.
 *   CA4  A rule's body `(function …)` is executed, and what it returns is evaluated as the call's type says.
 */

import {
  type Atom,
  EXPRESSION,
  Expression,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
} from "../term/atom.js";
import { dereference, resolve } from "../term/resolve.js";
import { codeOf, type Later } from "./compile/relation-code.js";
import { callFunction } from "./forms/minimal.js";
import { HostCall } from "./host-results.js";
import { immediateValue } from "./immediate.js";
import {
  ChoicePoint,
  evaluateEach,
  Frame,
  giveEach,
  type Machine,
  type Pending,
} from "./machine.js";
import { isError, NOT_REDUCIBLE, type Operation } from "./operation.js";
import type { PreparedRules } from "./prepared.js";
import { fitsQuickly, isSpecific } from "./quick-check.js";
import type { PreparedRule, Slots } from "./rules.js";
import { ATOM, EXPRESSION_TYPE, UNDEFINED } from "./type-names.js";
import { fitsMetaType } from "./types.js";
import { giveUnreduced, startsWithVariable } from "./unreduced.js";

const NOT_REDUCIBLE_ATOM: SymbolAtom = symbol("NotReducible");

/** How a call's parts are evaluated, and what is expected of its reduction. */
class Plan {
  /** Types of the parts, the head's first; null for a tuple, whose parts may be anything. */
  readonly types: readonly Atom[] | null;
  readonly result: Atom;

  constructor(types: readonly Atom[] | null, result: Atom) {
    this.types = types;
    this.result = result;
  }
}

const TUPLE = new Plan(null, UNDEFINED);

/** Evaluates an expression without a function type: every part, then the call. */
export function startTuple(
  machine: Machine,
  call: Expression,
  type: Atom,
  frame: Frame | null,
): void {
  advance(machine, call, 0, null, type === UNDEFINED ? TUPLE : new Plan(null, type), frame);
}

/** Evaluates a call by the first of the function types that fits it, or gives the errors. */
export function startCall(
  machine: Machine,
  call: Expression,
  functionTypes: readonly Expression[],
  expected: Atom,
  frame: Frame | null,
): void {
  const first = functionTypes[0]!;
  const named = dereference(call.children[0]!).tag === SYMBOL;
  if (named && functionTypes.length === 1 && fitsQuickly(machine.context, call, first, expected)) {
    startFitting(
      machine,
      call,
      first.children,
      resultType(first.children.at(-1)!, expected),
      frame,
    );
    return;
  }
  const errors: Atom[] = [];
  for (const type of functionTypes) {
    for (const outcome of checkCall(machine, call, type, expected)) {
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

function checkCall(
  machine: Machine,
  call: Expression,
  type: Expression,
  expected: Atom,
): ReturnType<Machine["context"]["types"]["checkCall"]> {
  const { types, library } = machine.context;
  const head = dereference(call.children[0]!);
  const found = head.tag === SYMBOL ? library.find(head) : undefined;
  if (found?.kind === "form" && call.children.length - 1 < type.children.length - 2) {
    // Parameters at the end that a form can do without are left out of the check.
    const given = call.children.length - 1;
    if (given >= found.form.leastArguments) {
      const { children } = type;
      const shorter = new Expression([...children.slice(0, given + 1), children.at(-1)!]);
      return types.checkCall(call, shorter, expected);
    }
  }
  return types.checkCall(call, type, expected);
}

/** A result typed `Expression` is evaluated like any other; a type variable becomes what is expected. */
function resultType(type: Atom, expected: Atom): Atom {
  if (type.tag === VARIABLE) return isSpecific(expected) ? expected : UNDEFINED;
  return type === EXPRESSION_TYPE ? UNDEFINED : type;
}

/** `types` are those of the head and of the parameters; further ones are not looked at. */
function startFitting(
  machine: Machine,
  call: Expression,
  types: readonly Atom[],
  result: Atom,
  frame: Frame | null,
): void {
  const head = dereference(call.children[0]!);
  if (head.tag === SYMBOL) {
    const found = machine.context.library.find(head);
    if (found?.kind === "form") {
      found.form.run(machine, call, result, frame);
      return;
    }
  }
  const start = head.tag === EXPRESSION ? 0 : 1;
  advance(machine, call, start, null, new Plan(types, result), frame);
}

/** Waits for the value of the call's part `index`. */
class ArgumentFrame extends Frame {
  readonly call: Expression;
  readonly index: number;
  readonly plan: Plan;
  /** Values found before: the chain of frames that waited for them. */
  readonly earlier: Found | null;

  constructor(
    parent: Frame | null,
    call: Expression,
    index: number,
    plan: Plan,
    earlier: Found | null,
  ) {
    super(parent);
    this.call = call;
    this.index = index;
    this.plan = plan;
    this.earlier = earlier;
  }

  resume(machine: Machine, value: Atom): void {
    const { call, index, plan, parent } = this;
    if (isError(value) && (plan.types === null || value !== dereference(call.children[index]!))) {
      machine.give(value, parent);
      return;
    }
    advance(machine, call, index + 1, new Found(index, value, this.earlier), plan, parent);
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

/** Goes on from part `index`: the next part that needs evaluation, or the call. */
function advance(
  machine: Machine,
  call: Expression,
  index: number,
  found: Found | null,
  plan: Plan,
  frame: Frame | null,
): void {
  const { children } = call;
  const { types } = plan;
  let known = found;
  for (let at = index; at < children.length; at++) {
    const part = dereference(children[at]!);
    const type = types === null ? UNDEFINED : partType(types, at);
    if (isOwnValue(machine, part, type)) continue;
    const value = part.tag === EXPRESSION ? immediateValue(machine.context, part, type) : null;
    if (value !== null) {
      known = new Found(at, value, known);
      continue;
    }
    machine.evaluate(part, type, new ArgumentFrame(frame, call, at, plan, known));
    return;
  }
  reduce(machine, withValues(call, known), known !== null, plan.result, frame);
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

/** The call with its values in place of the parts they came from, variables followed. */
function withValues(call: Expression, found: Found | null): Expression {
  if (found === null && call.ground) return call;
  const parts = call.children.map(dereference);
  for (let each = found; each !== null; each = each.earlier) parts[each.index] = each.value;
  return new Expression(parts);
}

/**
 * Reduces a call whose parts are evaluated. `built` says that the evaluation made the expression, so
 * that it may be marked.
 */
export function reduce(
  machine: Machine,
  call: Expression,
  built: boolean,
  type: Atom,
  frame: Frame | null,
): void {
  const head = dereference(call.children[0]!);
  if (head.tag === SYMBOL) {
    const found = machine.context.library.find(head);
    if (found?.kind === "operation") {
      applyOperation(machine, found.operation, call, built, type, frame);
      return;
    }
    if (found?.kind === "form") {
      found.form.run(machine, call, type, frame);
      return;
    }
  } else if (startsWithVariable(head)) {
    giveUnreduced(machine, call, built, frame);
    return;
  }
  applyRules(machine, call, built, type, frame);
}

export function applyOperation(
  machine: Machine,
  operation: Operation,
  call: Expression,
  built: boolean,
  type: Atom,
  frame: Frame | null,
): void {
  const resolved = resolve(call) as Expression;
  const args = resolved.children.slice(1);
  let result: ReturnType<Operation["apply"]>;
  try {
    result = operation.apply(args, machine.context);
  } catch (error) {
    hostCall(machine, resolved, built, type, frame).fail(error);
    return;
  }
  if (result === NOT_REDUCIBLE) {
    giveUnreduced(machine, call, built, frame);
  } else if (Array.isArray(result)) {
    evaluateEach(machine, result as readonly Atom[], type, frame);
  } else if ((result as Partial<Atom> | undefined)?.tag === undefined) {
    hostCall(machine, resolved, built, type, frame).take(result);
  } else {
    machine.evaluate(result as Atom, type, frame);
  }
}

function hostCall(
  machine: Machine,
  call: Expression,
  built: boolean,
  type: Atom,
  frame: Frame | null,
): HostCall {
  const giveBack = (): void => giveUnreduced(machine, call, built, frame);
  return new HostCall(machine, call, type, frame, giveBack);
}

/** Reduces a call by its head's rules: by their code if there is some. */
function applyRules(
  machine: Machine,
  call: Expression,
  built: boolean,
  type: Atom,
  frame: Frame | null,
): void {
  const { context } = machine;
  const prepared = context.rules.rulesFor(call);
  if (prepared.rules.length === 0) {
    giveUnreduced(machine, call, built, frame);
    return;
  }
  if (machine.steps >= machine.pause && !machine.mayReduce()) return;
  const code = machine.generates ? codeOf(context, prepared, call, type, LATER) : null;
  if (code === null) tryRules(machine, prepared, call, built, type, frame);
  else machine.finish(code.enter(machine, call), frame);
}

/** A call that generated code has left to the machine. */
class Reduction implements Pending {
  private readonly call: Expression;
  private readonly type: Atom;
  private readonly byRules: boolean;

  constructor(call: Expression, type: Atom, byRules: boolean) {
    this.call = call;
    this.type = type;
    this.byRules = byRules;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const call = this.call;
    if (!this.byRules) {
      reduce(machine, call, true, this.type, frame);
      return;
    }
    tryRules(machine, machine.context.rules.rulesFor(call), call, true, this.type, frame);
  }
}

const LATER: Later = {
  reduce: (machine, call, type) => machine.suspend(new Reduction(call, type, false)),
  tryRules: (machine, call, type) => machine.suspend(new Reduction(call, type, true)),
};

/** Tries the rules one after the other. */
function tryRules(
  machine: Machine,
  prepared: PreparedRules,
  call: Expression,
  built: boolean,
  type: Atom,
  frame: Frame | null,
): void {
  const { rules } = prepared;
  const first = nextCandidate(rules, 0, call);
  if (first < 0) {
    giveUnreduced(machine, call, built, frame);
    return;
  }
  const second = nextCandidate(rules, first + 1, call);
  if (second >= 0) {
    machine.push(new RuleChoice(call, built, prepared, first, type, frame));
    machine.fail();
    return;
  }
  const mark = machine.trail.mark();
  const slots = rules[first]!.match(call, machine.trail);
  if (slots === null) {
    machine.trail.undoTo(mark);
    giveUnreduced(machine, call, built, frame);
    return;
  }
  machine.tidy(mark);
  goOn(machine, call, built, prepared, first, slots, type, frame);
}

/** Goes on with the body of the rule that matched. */
function goOn(
  machine: Machine,
  call: Expression,
  built: boolean,
  prepared: PreparedRules,
  index: number,
  slots: Slots,
  type: Atom,
  frame: Frame | null,
): void {
  const code = machine.generates ? prepared.codes.get(type) : null;
  if (code !== null && code !== undefined) {
    machine.finish(code.runBody(machine, index, slots), frame);
    return;
  }
  machine.steps++;
  const rule = prepared.rules[index]!;
  if (rule.body === NOT_REDUCIBLE_ATOM) giveUnreduced(machine, call, built, frame);
  else if (rule.isFunction) callFunction(machine, rule.bodyFor(slots), call, type, frame);
  else machine.evaluate(rule.bodyFor(slots), type, frame);
}

/** The index of the next rule that is not ruled out at a glance, or -1. */
function nextCandidate(rules: readonly PreparedRule[], from: number, call: Expression): number {
  for (let index = from; index < rules.length; index++) {
    if (rules[index]!.mayMatch(call)) return index;
  }
  return -1;
}

/** The rules of a call, tried one after the other. */
class RuleChoice extends ChoicePoint {
  private readonly call: Expression;
  private readonly built: boolean;
  private readonly prepared: PreparedRules;
  private readonly type: Atom;
  private readonly frame: Frame | null;
  private next: number;
  private matched = false;

  constructor(
    call: Expression,
    built: boolean,
    prepared: PreparedRules,
    first: number,
    type: Atom,
    frame: Frame | null,
  ) {
    super();
    this.call = call;
    this.built = built;
    this.prepared = prepared;
    this.next = first;
    this.type = type;
    this.frame = frame;
  }

  retry(machine: Machine): boolean {
    const call = this.call;
    const { rules } = this.prepared;
    while (this.next >= 0) {
      const index = this.next;
      this.next = nextCandidate(rules, index + 1, call);
      const mark = machine.trail.mark();
      const slots = rules[index]!.match(call, machine.trail);
      if (slots === null) {
        machine.trail.undoTo(mark);
        continue;
      }
      this.matched = true;
      if (this.next < 0) {
        machine.drop(this);
        machine.tidy(mark);
      }
      goOn(machine, call, this.built, this.prepared, index, slots, this.type, this.frame);
      return true;
    }
    if (this.matched) return false;
    machine.drop(this);
    giveUnreduced(machine, call, this.built, this.frame);
    return true;
  }
}
