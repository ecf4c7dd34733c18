/** What code of forms is made with: the writers of what a form consists of, and the frames around it. */
import type { Atom, Expression } from "../../term/atom.js";
import { UNDEFINED } from "../language/type-names.js";
import type { Wanted } from "../plan/call-plan.js";
import { RETURN } from "./after.js";
import type { UnitText } from "./code-text.js";
import type { Enclosed } from "./enclosed.js";
import type { NodeWriter } from "./node-writer.js";
import { PatternWriter } from "./pattern-code.js";
import { Point } from "./point.js";
import type { SlotWriter } from "./slot-code.js";
import type { ValueWriter } from "./value-code.js";

/** A call of a form, for which code is written. */
export interface FormCall {
  readonly node: Expression;
  /** What is expected of the call where it is left to the machine. */
  readonly type: Atom;
  /** What slots have to be for the call to fit. */
  readonly wanted: readonly Wanted[];
  readonly at: Point;
}

export class FormWriter {
  readonly unit: UnitText;
  readonly slots: SlotWriter;
  readonly values: ValueWriter;
  readonly patterns: PatternWriter;
  readonly #nodes: NodeWriter;

  constructor(unit: UnitText, nodes: NodeWriter, slots: SlotWriter, values: ValueWriter) {
    this.unit = unit;
    this.slots = slots;
    this.values = values;
    this.patterns = new PatternWriter(unit, slots);
    this.#nodes = nodes;
  }

  /** Code that gives the value of a node, where a plain type is expected, to what is behind the point. */
  node(node: Atom, type: Atom, at: Point): void {
    this.#nodes.node(node, type, at);
  }

  /** A block that is left for the machine where what the form is, or that its call fits, is not certain. */
  guarded({ node, type, wanted, at }: FormCall, write: (label: string) => void): void {
    this.#nodes.guarded(node, type, at, (label) => {
      at.fn.line(`if (!${at.fn.checked()}) break ${label};`);
      this.values.require(at.fn, wanted, at.scope, label);
      write(label);
    });
  }

  /** A form that evaluates its only argument apart from the rest (enclosed.ts). */
  apart(call: FormCall, how: Enclosed): void {
    const { node, at } = call;
    const argument = node.children[1]!;
    this.guarded({ ...call, type: UNDEFINED }, () => {
      this.slots.prepareSlots(at.fn, argument, at.scope);
      at.after.await(at.fn, this.enclosed(argument, at, how));
    });
  }

  /** A call in JavaScript that evaluates a part apart from the rest. */
  enclosed(node: Atom, { fn, scope }: Point, how: Enclosed): string {
    const part = this.unit.function("part", ["m", "d"]);
    this.node(node, UNDEFINED, new Point(part, scope.fork(), RETURN));
    const locals = part.outer.map((name) => fn.use(name));
    return `${this.unit.constant(how)}(${["m", "d", part.name, ...locals].join(", ")})`;
  }
}
