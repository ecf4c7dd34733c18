/**
 * The code of a rule's body.
 *
 * A node of the body is immediate if its value can be computed in place (value-code.ts). What is not
 * immediate is a call (call-code.ts) or a form (form-code.ts): its value comes at once, or the rest of the
 * function waits for it (after.ts).
 *
 *   BC1  A node's code is in a labelled block, which is left whenever the common case does not apply.
 *        Nothing has happened by then, so the machine evaluates the whole node.
 */
import { type Atom, EXPRESSION, type Expression, VARIABLE } from "../../term/atom.js";
import type { CallPlanner } from "../plan/call-plan.js";
import { type After, RETURN } from "./after.js";
import { CallWriter } from "./call-code.js";
import type { FunctionText, UnitText } from "./code-text.js";
import { FormWriter } from "./form-code.js";
import type { BodySite, NodeWriter } from "./node-writer.js";
import { openSlots } from "./open-slots.js";
import { Scope } from "./scope.js";
import { SlotWriter } from "./slot-code.js";
import { slotName, slotsOf } from "./slots.js";
import { ValueWriter } from "./value-code.js";

/** Writes the function of a body: the slots of the left-hand side are its parameters. */
export function writeBody(site: BodySite, left: Atom, body: Atom, type: Atom): FunctionText {
  const slots = slotsOf(left);
  const fn = site.unit.function("body", ["m", "d", ...slots.map(slotName)]);
  fn.line("m.steps++;");
  const scope = new Scope(slots.map((slot) => [slot, slotName(slot)]));
  new BodyWriter(site, body).body(fn, body, type, scope);
  return fn;
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
    this.#forms = new FormWriter(site, this, this.#slots, this.#values, this.#calls);
  }

  /** Code for the whole, which returns its value. */
  body(fn: FunctionText, body: Atom, type: Atom, scope: Scope): void {
    const open = openSlots(body, this.#planner, (slot) => !scope.has(slot));
    for (const slot of open) this.#slots.freshSlot(fn, slot, scope);
    this.node(fn, body, type, scope, RETURN);
  }

  /** Code that gives the value of a node, where a plain type is expected, to `after`. */
  node(fn: FunctionText, node: Atom, type: Atom, scope: Scope, after: After): void {
    if (node.tag !== VARIABLE && node.tag !== EXPRESSION && this.#values.isImmediate(node, type)) {
      after.give(fn, this.#unit.constant(node));
    } else if (this.#values.isImmediate(node, type)) {
      this.guarded(fn, node, type, scope, after, (label) => {
        after.give(fn, this.#values.immediate(fn, node, type, scope, label));
      });
    } else if (node.tag === EXPRESSION) {
      this.#expression(fn, node, type, scope, after);
    } else {
      this.#leave(fn, node, type, scope, after);
    }
  }

  #expression(fn: FunctionText, node: Expression, type: Atom, scope: Scope, after: After): void {
    const planner = this.#planner;
    const form = planner.formOf(node, type);
    if (form !== null && this.#forms.form(fn, form, node, type, scope, after)) return;
    const plan = form === null ? planner.plan(node, type) : null;
    if (plan === null) {
      this.#leave(fn, node, type, scope, after);
      return;
    }
    this.guarded(fn, node, type, scope, after, (label) =>
      this.#calls.call(fn, node, plan, scope, after, label),
    );
  }

  /** A block that may be left for the machine to evaluate the node (BC1). */
  guarded(
    fn: FunctionText,
    node: Atom,
    type: Atom,
    scope: Scope,
    after: After,
    write: (label: string) => void,
  ): void {
    const label = this.#unit.name("L");
    const before = scope.fork();
    fn.line(`${label}: {`);
    write(label);
    fn.line("}");
    if (fn.leaves(label)) this.#leave(fn, node, type, before, after);
  }

  /** The machine evaluates the node. */
  #leave(fn: FunctionText, node: Atom, type: Atom, scope: Scope, after: After): void {
    const atom = this.#slots.build(fn, node, scope);
    after.leave(fn, `evaluateLater(m, ${atom}, ${this.#unit.constant(type)})`);
  }
}
