/**
 * Calls in generated code: parts that are not immediate are evaluated one after another, each with the rest
 * of the call waiting for it, and then the head is applied.
 *
 *   CW1  Parts are evaluated from left to right; immediate ones before the others, which is not observable, as long as
 *        nothing in them is a variable that the evaluation of a part before them may bind.
 *   CW2  What a head is may have changed when a part was evaluated: then the machine reduces the call.
 */
import { EXPRESSION, type Expression } from "../../term/atom.js";
import { UNDEFINED } from "../language/type-names.js";
import type { CallPlan, Part, PrimitivePlan } from "../plan/call-plan.js";
import type { Primitive } from "../primitives/primitives.js";
import type { Comparison, Connective } from "../primitives/truths.js";
import { type After, Continue, orError } from "./after.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { BodySite, NodeWriter } from "./node-writer.js";
import { Point } from "./point.js";
import type { Scope } from "./scope.js";
import type { SlotWriter } from "./slot-code.js";
import { slotsOf } from "./slots.js";
import { plainText, type ValueWriter } from "./value-code.js";

/** A call being written: what it is, and what is done with its value. */
interface CallInCode {
  readonly call: Expression;
  readonly plan: CallPlan;
  readonly after: After;
  /** The function in which its evaluation begins. */
  readonly first: FunctionText;
  /** The name of the type that is expected of its reduction. */
  readonly result: string;
}

export class CallWriter {
  readonly #site: BodySite;
  readonly #unit: UnitText;
  readonly #nodes: NodeWriter;
  readonly #slots: SlotWriter;
  readonly #values: ValueWriter;

  constructor(site: BodySite, nodes: NodeWriter, slots: SlotWriter, values: ValueWriter) {
    this.#site = site;
    this.#unit = site.unit;
    this.#nodes = nodes;
    this.#slots = slots;
    this.#values = values;
  }

  /** A call whose block is left by `label`. */
  call(call: Expression, plan: CallPlan, { fn, scope, after }: Point, label: string): void {
    fn.line(`if (!${fn.checked()}) break ${label};`); // CW2
    this.#values.require(fn, plan.wanted, scope, label);
    const result = this.#resultType(fn, plan, scope, label);
    this.#requireBound(fn, plan, scope, label);
    const values = new Map<number, string>();
    plan.parts.forEach((part, index) => {
      if (part.isQuoted) values.set(index, this.#slots.built(fn, part.node, scope));
      else if (this.#values.isImmediate(part.node, part.type)) {
        values.set(index, this.#values.immediate(fn, part.node, part.type, scope, label));
      }
    });
    if (plan.kind === "data" && !plan.hasKnownHead && values.has(0)) {
      fn.line(`if (!${plainText(call, values.get(0)!)}) break ${label};`);
    }
    this.#parts(fn, { call, plan, after, first: fn, result }, values, scope);
  }

  /** Leaves the block `label` unless slots in immediate parts behind others are known to hold no variables (CW1). */
  #requireBound(fn: FunctionText, { parts }: CallPlan, scope: Scope, label: string): void {
    const isImmediate = ({ node, type, isQuoted }: Part): boolean =>
      isQuoted || this.#values.isImmediate(node, type);
    const first = parts.findIndex((part) => !isImmediate(part));
    if (first < 0) return;
    const early = parts.slice(first + 1).filter((part) => !part.isQuoted && isImmediate(part));
    for (const slot of new Set(early.flatMap(({ node }) => slotsOf(node)))) {
      if (!scope.has(slot) || this.#values.isLiteral(slot, scope)) continue;
      fn.line(`if (isOpen(${fn.use(scope.nameOf(slot))})) break ${label};`);
    }
  }

  #resultType(fn: FunctionText, plan: CallPlan, scope: Scope, label: string): string {
    if (plan.resultOf.length === 0) return this.#unit.constant(plan.result);
    return this.#values.sharedType(fn, plan.resultOf, scope, label);
  }

  /** Evaluates the next part that has no value yet (CW1), or applies the head. */
  #parts(
    fn: FunctionText,
    each: CallInCode,
    values: ReadonlyMap<number, string>,
    scope: Scope,
  ): void {
    const { plan, after } = each;
    const next = plan.parts.findIndex((_, index) => !values.has(index));
    if (next < 0) {
      this.#apply(
        fn,
        each,
        plan.parts.map((_, index) => values.get(index)!),
      );
      return;
    }
    const part = plan.parts[next]!;
    this.#slots.prepareSlots(fn, part.node, scope);
    const then = new Continue(this.#unit, fn, scope, (rest, found, inner) => {
      orError(rest, found, after);
      for (const name of values.values()) rest.use(name);
      rest.use(each.result);
      this.#parts(rest, each, new Map([...values, [next, found]]), inner);
    });
    this.#nodes.node(part.node, part.type, new Point(fn, scope, then));
  }

  #apply(fn: FunctionText, each: CallInCode, values: readonly string[]): void {
    const { call, plan, after } = each;
    switch (plan.kind) {
      case "data":
        this.#unlessChanged(fn, each, this.#unit.constant(UNDEFINED), values);
        if (call.children[0]!.tag === EXPRESSION) this.#ifReduced(fn, each, values);
        after.give(fn, this.#values.dataOf(fn, call, plan, values, null));
        return;
      case "operation": {
        const operation = this.#unit.constant(plan.operation);
        const head = this.#unit.constant(call.children[0]);
        const made = `make([${[head, ...values].join(", ")}])`;
        after.await(fn, `operate(m, ${operation}, ${each.result}, ${made})`);
        return;
      }
      case "primitive":
        this.#applyPrimitive(fn, call, plan, after, values);
        return;
      case "tabled": {
        const parts = [this.#unit.constant(call.children[0]), ...values];
        after.await(fn, this.#reduction(parts, each.result));
        return;
      }
      case "rules": {
        this.#unlessChanged(fn, each, each.result, values);
        const args = ["m", `d - ${this.#site.weight}`, ...values];
        if (plan.resultOf.length > 0) {
          const head = this.#unit.constant(plan.head);
          after.await(fn, `typed(${[head, each.result, ...args].join(", ")})`);
          return;
        }
        const link = this.#site.link(plan.head, values.length, plan.result);
        if (fn.isDriven && this.#site.isOwn(link)) {
          this.#site.recursion.round(fn, link, values, after);
        }
        after.await(fn, `${link}(${args.join(", ")})`);
        return;
      }
    }
  }

  /** Where parts were evaluated since the block was entered, heads may have become something else. */
  #unlessChanged(
    fn: FunctionText,
    each: CallInCode,
    type: string,
    values: readonly string[],
  ): void {
    if (fn === each.first) return;
    fn.line(`if (!${fn.checked()}) {`);
    const all =
      each.plan.kind === "data" ? values : [this.#unit.constant(each.call.children[0]), ...values];
    each.after.leave(fn, this.#reduction(all, type));
    fn.line("}");
  }

  /** A tuple whose head was evaluated may have become a call. */
  #ifReduced(fn: FunctionText, { after }: CallInCode, values: readonly string[]): void {
    fn.line(`if (!isUnreduced(m, ${values[0]}, ${values.length - 1})) {`);
    after.leave(fn, this.#reduction(values, this.#unit.constant(UNDEFINED)));
    fn.line("}");
  }

  #reduction(parts: readonly string[], type: string): string {
    return `reduceLater(m, make([${parts.join(", ")}]), ${type})`;
  }

  #applyPrimitive(
    fn: FunctionText,
    call: Expression,
    plan: PrimitivePlan,
    after: After,
    values: readonly string[],
  ): void {
    const { primitive, result } = plan;
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = ${primitiveText(primitive, values, this.#unit)};`);
    fn.line(`if (${made} === null) {`);
    const parts = [this.#unit.constant(call.children[0]), ...values];
    after.leave(fn, this.#reduction(parts, this.#unit.constant(result)));
    fn.line("}");
    if (primitive.kind === "number") {
      after.give(fn, made);
      return;
    }
    const truth = fn.define(this.#unit.name("t"));
    fn.line(`const ${truth} = toBoolean(${made});`);
    after.give(fn, truth);
  }
}

/** A primitive of values that may be anything: null where it does not apply. */
function primitiveText(primitive: Primitive, values: readonly string[], unit: UnitText): string {
  const [one, other] = values;
  switch (primitive.kind) {
    case "number":
    case "same":
      return primitive.code(one!, other!, unit);
    case "comparison":
      return `${fitting(primitive, values)} ? ${primitive.code(one!, other!)} : null`;
    case "logic": {
      const sides = values.map((value) => `${value}.value`);
      return `${fitting(primitive, values)} ? ${primitive.code(sides)} : null`;
    }
  }
}

function fitting(primitive: Comparison | Connective, values: readonly string[]): string {
  return values.map((value) => primitive.fitsCode(value)).join(" && ");
}
