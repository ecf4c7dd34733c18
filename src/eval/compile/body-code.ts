/**
 * The code of a rule's body.
 *
 * A node of the body is immediate if its value can be computed in place (value-code.ts). What is not
 * immediate is a call (call-code.ts) or a form (coded-form.ts): its value comes at once, or the rest of the
 * function waits for it (after.ts).
 *
 *   BC1  A node's code is in a labelled block, which is left whenever the common case does not apply.
 *        Nothing has happened by then, so the machine evaluates the whole node.
 */
import { type Atom, EXPRESSION, type Expression, VARIABLE } from "../../term/atom.js";
import { ATOM } from "../language/type-names.js";
import type { CallPlanner } from "../plan/call-plan.js";
import type { PreparedRule } from "../rules/prepared-rule.js";
import { RETURN } from "./after.js";
import { CallWriter } from "./call-code.js";
import type { FunctionText, UnitText } from "./code-text.js";
import { CodedForm } from "./coded-form.js";
import { FormWriter } from "./form-writer.js";
import type { BodySite, NodeWriter } from "./node-writer.js";
import { openSlots } from "./open-slots.js";
import { Point } from "./point.js";
import { Scope } from "./scope.js";
import { SlotWriter } from "./slot-code.js";
import { slotName, slotsOf } from "./slots.js";
import { ValueWriter } from "./value-code.js";

/** Writes the function of a body: the slots of the left-hand side are its parameters. */
export function writeBody(site: BodySite, rule: PreparedRule, type: Atom): FunctionText {
  const { left, body } = rule;
  const slots = slotsOf(left);
  const fn = site.unit.function("body", ["m", "d", ...slots.map(slotName)], true);
  fn.line("m.steps++;");
  writeCount(site, rule, fn);
  const scope = new Scope(slots.map((slot) => [slot, slotName(slot)]));
  new BodyWriter(site, body).body(body, type, new Point(fn, scope, RETURN));
  return fn;
}

/** Counts that the rule is applied, if somebody has asked (PF2). */
function writeCount({ unit, profile }: BodySite, rule: PreparedRule, fn: FunctionText): void {
  if (profile === null) return;
  const number = profile.numberOf(rule);
  fn.line(`${unit.constant(profile.counts)}[${number}]++;`);
  fn.line(`${unit.constant(profile.last)}[0] = ${number};`);
}

class BodyWriter implements NodeWriter {
  readonly #planner: CallPlanner;
  readonly #unit: UnitText;
  readonly #slots: SlotWriter;
  readonly #values: ValueWriter;
  readonly #calls: CallWriter;
  readonly #forms: FormWriter;

  constructor(site: BodySite, body: Atom) {
    this.#planner = site.planner;
    this.#unit = site.unit;
    this.#slots = new SlotWriter(site.unit, body);
    this.#values = new ValueWriter(site.unit, site.planner, this.#slots);
    this.#calls = new CallWriter(site, this, this.#slots, this.#values);
    this.#forms = new FormWriter(site.unit, this, this.#slots, this.#values);
  }

  /** Code for the whole, which returns its value. */
  body(body: Atom, type: Atom, at: Point): void {
    const open = openSlots(body, this.#planner, (slot) => !at.scope.has(slot));
    for (const slot of open) this.#slots.freshSlot(at.fn, slot, at.scope);
    this.node(body, type, at);
  }

  /** Code that gives the value of a node, where a plain type or `Atom` is expected, to what is behind the point. */
  node(node: Atom, type: Atom, at: Point): void {
    const { fn, scope, after } = at;
    if (type === ATOM) {
      after.give(fn, this.#asItStands(fn, node, scope));
    } else if (
      node.tag !== VARIABLE &&
      node.tag !== EXPRESSION &&
      this.#values.isImmediate(node, type)
    ) {
      after.give(fn, this.#unit.constant(node));
    } else if (this.#values.isImmediate(node, type)) {
      this.guarded(node, type, at, (label) => {
        after.give(fn, this.#values.immediate(fn, node, type, scope, label));
      });
    } else if (node.tag === EXPRESSION) {
      this.#expression(node, type, at);
    } else {
      this.#leave(node, type, at);
    }
  }

  #asItStands(fn: FunctionText, node: Atom, scope: Scope): string {
    const found = this.#slots.built(fn, node, scope);
    return node.tag === VARIABLE ? `dereference(${found})` : found;
  }

  #expression(node: Expression, type: Atom, at: Point): void {
    const planner = this.#planner;
    const called = planner.formOf(node, type);
    if (called !== null) {
      const { form, wanted } = called;
      const isWritten =
        form instanceof CodedForm && form.write(this.#forms, { node, type, wanted, at });
      if (!isWritten) this.#leave(node, type, at);
      return;
    }
    const plan = planner.plan(node, type);
    if (plan === null) {
      this.#leave(node, type, at);
      return;
    }
    this.guarded(node, type, at, (label) => this.#calls.call(node, plan, at, label));
  }

  /** A block that may be left for the machine to evaluate the node (BC1). */
  guarded(node: Atom, type: Atom, at: Point, write: (label: string) => void): void {
    const label = this.#unit.name("L");
    const before = at.fork();
    at.fn.line(`${label}: {`);
    write(label);
    at.fn.line("}");
    if (at.fn.leaves(label)) this.#leave(node, type, before);
  }

  /** The machine evaluates the node. */
  #leave(node: Atom, type: Atom, { fn, scope, after }: Point): void {
    const atom = this.#slots.build(fn, node, scope);
    after.leave(fn, `evaluateLater(m, ${atom}, ${this.#unit.constant(type)})`);
  }
}
