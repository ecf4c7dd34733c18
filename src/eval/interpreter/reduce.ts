/**
 * Reducing a call whose arguments are evaluated: by the operation or the form that its head names, or by the
 * rules of its head, as generated code where there is some.
 *
 * Rules are tried in order, each on the bindings as they were before (M3).
 *
 *   RD1  A call that no rule and no operation reduces is its own value.
 *   RD2  A rule's body `(function …)` is executed, and what it returns is evaluated as the call's type says.
 */

import { type Atom, type Expression, SYMBOL, type SymbolAtom, symbol } from "../../term/atom.js";
import { dereference, resolve } from "../../term/resolve.js";
import { codeOf, findCode, type Later } from "../compile/relation-code.js";
import { callFunction } from "../forms/minimal.js";
import { callOperation } from "../host/call-operation.js";
import { NOT_REDUCIBLE, type Operation } from "../host/operation.js";
import { evaluateEach } from "../machine/alternatives.js";
import { refusesOperation } from "../machine/effects.js";
import { HostCall } from "../machine/host-results.js";
import { ChoicePoint, type Frame, leave, type Machine, type Pending } from "../machine/machine.js";
import { runForm } from "../machine/special-form.js";
import { mayReduce } from "../machine/step-count.js";
import { giveUnreduced, startsWithVariable } from "../machine/unreduced.js";
import type { PreparedRules } from "../rules/prepared.js";
import { nextCandidate, type Slots } from "../rules/prepared-rule.js";
import { Tabling } from "../tabling/tabling.js";

const NOT_REDUCIBLE_ATOM: SymbolAtom = symbol("NotReducible");

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
    const found = machine.context.registry.find(head);
    if (found?.kind === "operation") {
      applyOperation(machine, found.operation, { call, built, type, frame });
      return;
    }
    if (found?.kind === "form") {
      runForm(machine, found.form, call, type, frame);
      return;
    }
  } else if (startsWithVariable(head)) {
    giveUnreduced(machine, call, built, frame);
    return;
  }
  applyRules(machine, call, built, type, frame);
}

/** A call that is to be reduced. */
interface Goal {
  readonly call: Expression;
  /** Whether the evaluation made the expression, so that it may be marked. */
  readonly built: boolean;
  /** What is expected of the reduction, and who waits for it. */
  readonly type: Atom;
  readonly frame: Frame | null;
}

/** The call is its own value (RD1). */
function giveBack(machine: Machine, { call, built, frame }: Goal): void {
  giveUnreduced(machine, call, built, frame);
}

function applyOperation(machine: Machine, operation: Operation, goal: Goal): void {
  const { call, type, frame } = goal;
  if (refusesOperation(machine, operation, call)) return;
  const resolved = resolve(call) as Expression;
  const args = resolved.children.slice(1);
  let result: ReturnType<Operation["apply"]>;
  try {
    result = callOperation(operation, args, machine.context);
  } catch (error) {
    hostCall(machine, resolved, goal).fail(error);
    return;
  } finally {
    machine.context.noteChanges();
  }
  if (result === NOT_REDUCIBLE) {
    giveBack(machine, goal);
  } else if (Array.isArray(result)) {
    evaluateEach(machine, result as readonly Atom[], type, frame);
  } else if ((result as Partial<Atom> | undefined)?.tag === undefined) {
    hostCall(machine, resolved, goal).take(result);
  } else {
    machine.evaluate(result as Atom, type, frame);
  }
}

function hostCall(machine: Machine, call: Expression, goal: Goal): HostCall {
  return new HostCall(machine, call, goal.type, goal.frame, () => giveBack(machine, goal));
}

/** Reduces a call by its head's rules: by their code if there is some. */
function applyRules(
  machine: Machine,
  call: Expression,
  built: boolean,
  type: Atom,
  frame: Frame | null,
): void {
  const head = dereference(call.children[0]!);
  if (head.tag === SYMBOL && machine.context.tabled.has(head, call.children.length - 1)) {
    machine.branches.tabling ??= new Tabling(machine);
    machine.branches.tabling.call(call, type, frame, byRules);
    return;
  }
  reduceByRules(machine, call, built, type, frame);
}

/** Makes the table of a call. What its rules leave to be done goes on once for each answer: code is worth it at once. */
function byRules(machine: Machine, call: Expression, type: Atom, frame: Frame): void {
  const { context } = machine;
  context.rules.rulesFor(call).uses += context.preparations.warm;
  reduceByRules(machine, call, false, type, frame);
}

function reduceByRules(
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
  if (machine.steps >= machine.pause && !mayReduce(machine)) return;
  const code = machine.shortcuts === "code" ? codeOf(context, prepared, call, type, LATER) : null;
  if (code === null) tryRules(machine, prepared, { call, built, type, frame });
  else machine.finish(code.enter(machine, call), frame);
}

/** A call that generated code has left to the machine. */
class Reduction implements Pending {
  readonly #call: Expression;
  readonly #type: Atom;
  readonly #byRules: boolean;

  constructor(call: Expression, type: Atom, byRules: boolean) {
    this.#call = call;
    this.#type = type;
    this.#byRules = byRules;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const call = this.#call;
    const type = this.#type;
    if (this.#byRules) {
      const prepared = machine.context.rules.rulesFor(call);
      tryRules(machine, prepared, { call, built: true, type, frame });
    } else {
      reduce(machine, call, true, type, frame);
    }
  }
}

const LATER: Later = {
  reduce: (machine, call, type) => machine.suspend(new Reduction(call, type, false)),
  tryRules: (machine, call, type) => machine.suspend(new Reduction(call, type, true)),
};

/** Tries the rules one after another. */
function tryRules(machine: Machine, prepared: PreparedRules, goal: Goal): void {
  const { rules } = prepared;
  const { call } = goal;
  const first = nextCandidate(rules, 0, call);
  if (first < 0) {
    giveBack(machine, goal);
    return;
  }
  const second = nextCandidate(rules, first + 1, call);
  if (second >= 0) {
    machine.push(new RuleChoice(goal, prepared, first));
    machine.fail();
    return;
  }
  const mark = machine.trail.mark();
  const slots = rules[first]!.match(call, machine.trail);
  if (slots === null) {
    machine.trail.undoTo(mark);
    giveBack(machine, goal);
    return;
  }
  machine.tidy(mark);
  goOn(machine, goal, prepared, first, slots);
}

/** Continues with the body of the rule that matched. */
function goOn(
  machine: Machine,
  goal: Goal,
  prepared: PreparedRules,
  index: number,
  slots: Slots,
): void {
  const { call, type, frame } = goal;
  const code = machine.shortcuts === "code" ? findCode(prepared, type) : null;
  if (code !== null && code !== undefined) {
    machine.finish(code.runBody(machine, index, slots), frame);
    return;
  }
  machine.steps++;
  const rule = prepared.rules[index]!;
  machine.context.preparations.profile?.note(rule);
  if (rule.body === NOT_REDUCIBLE_ATOM) giveBack(machine, goal);
  else if (rule.isFunction) callFunction(machine, rule.bodyFor(slots), call, type, frame);
  else machine.evaluate(rule.bodyFor(slots), type, frame); // M5
}

/** The rules of a call, tried one after another. */
class RuleChoice extends ChoicePoint {
  readonly #goal: Goal;
  readonly #prepared: PreparedRules;
  #next: number;
  #matched = false;

  constructor(goal: Goal, prepared: PreparedRules, first: number) {
    super();
    this.#goal = goal;
    this.#prepared = prepared;
    this.#next = first;
  }

  retry(machine: Machine): boolean {
    const goal = this.#goal;
    const { rules } = this.#prepared;
    while (this.#next >= 0) {
      const index = this.#next;
      this.#next = nextCandidate(rules, index + 1, goal.call);
      const mark = machine.trail.mark();
      const slots = rules[index]!.match(goal.call, machine.trail);
      if (slots === null) {
        machine.trail.undoTo(mark);
        continue;
      }
      this.#matched = true;
      if (this.#next < 0) leave(machine, this, mark);
      goOn(machine, goal, this.#prepared, index, slots);
      return true;
    }
    if (this.#matched) return false;
    machine.drop(this);
    giveBack(machine, goal);
    return true;
  }
}
