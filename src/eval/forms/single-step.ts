/**
 * One step of evaluation: what the operation or the rules of an atom make of it, not evaluated further.
 *
 *     operation          its results for the arguments as they stand
 *     form               what it would evaluate next
 *     rule               its body
 *     none of them       NotReducible
 */
import { matchThrough } from "../../environment/search.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  SYMBOL,
  symbol,
} from "../../term/atom.js";
import { dereference, freshVariable, resolve } from "../../term/resolve.js";
import { callOperation } from "../host/call-operation.js";
import type { Operation } from "../host/operation.js";
import { ATOM } from "../language/type-names.js";
import { refusesOperation } from "../machine/effects.js";
import { HostCall } from "../machine/host-results.js";
import { ChoicePoint, type Frame, leave, type Machine } from "../machine/machine.js";
import { EvaluateTemplate, MatchChoice } from "../machine/match-choice.js";
import { runForm } from "../machine/special-form.js";
import { mayReduce } from "../machine/step-count.js";
import { startsWithVariable } from "../machine/unreduced.js";
import { nextCandidate, type PreparedRule } from "../rules/prepared-rule.js";

const EMPTY = symbol("Empty");
const EQUALS = symbol("=");
const NOT_REDUCIBLE_ATOM = symbol("NotReducible");

/** Gives what a step makes of a dereferenced atom that is not an instruction. */
export function step(machine: Machine, atom: Atom, frame: Frame | null): void {
  if (atom.tag !== EXPRESSION || atom.children.length === 0) {
    stepByQuery(machine, atom, frame);
    return;
  }
  const head = dereference(atom.children[0]!);
  const found = head.tag === SYMBOL ? machine.context.registry.find(head) : undefined;
  if (found?.kind === "operation") {
    apply(machine, found.operation, atom, frame);
    return;
  }
  if (found?.kind === "form") {
    const { form } = found;
    if (form.takes(atom.children.length - 1)) runForm(machine, form, atom, ATOM, frame);
    else machine.give(NOT_REDUCIBLE_ATOM, frame);
    return;
  }
  if (machine.steps >= machine.pause && !mayReduce(machine)) return;
  const { rules } = machine.context.rules.rulesFor(atom);
  machine.push(new BodyChoice(atom, rules, frame));
  machine.fail();
}

/** The bodies of `(= atom body)` for an atom that is not a call. */
function stepByQuery(machine: Machine, atom: Atom, frame: Frame | null): void {
  const {
    handle,
    context: { space },
    trail,
  } = machine;
  const body = freshVariable("body");
  const pattern = expression([EQUALS, atom, body]);
  const cursor = matchThrough(handle, space, pattern, trail);
  const matches = new MatchChoice(cursor, new EvaluateTemplate(body, ATOM), frame);
  machine.push(new Otherwise(NOT_REDUCIBLE_ATOM, matches, frame));
  machine.push(matches);
  machine.fail();
}

/** Stands below matches: gives a value if there was none. */
class Otherwise extends ChoicePoint {
  readonly #value: Atom;
  readonly #matches: MatchChoice;
  readonly #frame: Frame | null;

  constructor(value: Atom, matches: MatchChoice, frame: Frame | null) {
    super();
    this.#value = value;
    this.#matches = matches;
    this.#frame = frame;
  }

  retry(machine: Machine): boolean {
    machine.drop(this);
    if (this.#matches.hasMatched) return false;
    machine.give(this.#value, this.#frame);
    return true;
  }
}

function apply(
  machine: Machine,
  operation: Operation,
  call: Expression,
  frame: Frame | null,
): void {
  if (refusesOperation(machine, operation, call)) return;
  const resolved = resolve(call) as Expression;
  const unreduced = (): void => machine.give(NOT_REDUCIBLE_ATOM, frame);
  const host = new HostCall(machine, resolved, ATOM, frame, unreduced);
  let result: ReturnType<Operation["apply"]>;
  try {
    result = callOperation(operation, resolved.children.slice(1), machine.context);
  } catch (error) {
    host.fail(error);
    return;
  }
  if (Array.isArray(result) && result.length === 0) machine.give(EMPTY, frame);
  else host.take(result);
}

/** The bodies of the rules that match a call, one after another. */
class BodyChoice extends ChoicePoint {
  readonly #call: Expression;
  readonly #rules: readonly PreparedRule[];
  readonly #frame: Frame | null;
  #next: number;
  #matched = false;

  constructor(call: Expression, rules: readonly PreparedRule[], frame: Frame | null) {
    super();
    this.#call = call;
    this.#rules = startsWithVariable(call) ? [] : rules;
    this.#frame = frame;
    this.#next = nextCandidate(this.#rules, 0, call);
  }

  retry(machine: Machine): boolean {
    const { trail } = machine;
    const mark = trail.mark();
    while (this.#next >= 0) {
      const rule = this.#rules[this.#next]!;
      this.#next = nextCandidate(this.#rules, this.#next + 1, this.#call);
      const slots = rule.match(this.#call, trail);
      if (slots !== null) {
        this.#matched = true;
        machine.steps++;
        machine.context.preparations.profile?.note(rule);
        if (this.#next < 0) leave(machine, this, mark);
        machine.give(rule.bodyFor(slots), this.#frame);
        return true;
      }
      trail.undoTo(mark);
    }
    machine.drop(this);
    if (this.#matched) return false;
    machine.give(NOT_REDUCIBLE_ATOM, this.#frame);
    return true;
  }
}
