/**
 * Immediate values in generated code: literals, slots that hold values, primitive operations and data made
 * of those.
 *
 *   VC1  The code of an immediate value has no observable effect, and leaves the labelled block
 *        around it whenever the common case does not apply.
 */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  INTEGER,
  SPACE,
  STRING,
  SYMBOL,
  symbol,
  UNIT,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import {
  BOOL,
  EXPRESSION_TYPE,
  NUMBER,
  SPACE_TYPE,
  STRING_TYPE,
  UNDEFINED,
  VARIABLE_TYPE,
} from "../language/type-names.js";
import {
  type CallPlanner,
  type DataPlan,
  isBuiltInType,
  isOwnLiteral,
  type Part,
  type PrimitivePlan,
  type Wanted,
} from "../plan/call-plan.js";
import { literalType } from "../types/evidence.js";
import type { FunctionText, UnitText } from "./code-text.js";
import { value } from "./data-value.js";
import type { Scope } from "./scope.js";
import type { SlotWriter } from "./slot-code.js";
import { occurs } from "./slots.js";

const EMPTY = symbol("Empty");

export class ValueWriter {
  readonly #unit: UnitText;
  readonly #planner: CallPlanner;
  readonly #slots: SlotWriter;

  constructor(unit: UnitText, planner: CallPlanner, slots: SlotWriter) {
    this.#unit = unit;
    this.#planner = planner;
    this.#slots = slots;
  }

  isImmediate(node: Atom, type: Atom): boolean {
    switch (node.tag) {
      case VARIABLE:
        return true;
      case EXPRESSION: {
        if (node === UNIT) return type === UNDEFINED;
        const plan = this.#planner.plan(node, type);
        if (plan?.kind === "data") {
          // Code that expects a number, for example, unwraps the value.
          if (isBuiltInType(type)) return false;
          return plan.parts.every((part) => this.#isImmediatePart(part));
        }
        return plan?.kind === "primitive" && this.#isImmediatePrimitive(plan);
      }
      case SYMBOL:
        // A symbol fits where a number, for example, is expected, and is none.
        return !isBuiltInType(type) && this.#planner.isOwnSymbol(node, type);
      default:
        return isOwnLiteral(node, type);
    }
  }

  #isImmediatePart({ node, type, isQuoted }: Part): boolean {
    return isQuoted || this.isImmediate(node, type);
  }

  #isImmediatePrimitive({ primitive, parts }: PrimitivePlan): boolean {
    return primitive.kind === "logic"
      ? parts.every(({ node }) => this.isImmediateCondition(node))
      : parts.every((part) => this.#isImmediatePart(part));
  }

  /** Whether a node's truth value is immediate. */
  isImmediateCondition(node: Atom): boolean {
    if (node.tag !== EXPRESSION) return node.tag === VARIABLE || node.tag === BOOLEAN;
    const plan = this.#planner.plan(node, BOOL);
    return plan?.kind === "primitive" && plan.result === BOOL && this.#isImmediatePrimitive(plan);
  }

  /** Leaves the block `label` unless the slots that have a value have the types. */
  require(fn: FunctionText, wanted: readonly Wanted[], scope: Scope, label: string): void {
    for (const { slots, type } of wanted) {
      const known = slots.filter((slot) => scope.has(slot));
      if (type === EXPRESSION_TYPE || type === VARIABLE_TYPE) {
        for (const slot of known) this.#requireKind(fn, slot, type, scope, label);
        continue;
      }
      if (type !== null) {
        for (const slot of known) this.#slot(fn, slot, type, scope, label);
        continue;
      }
      if (known.length > 0) this.sharedType(fn, known, scope, label);
    }
  }

  /** The name of the one type that slots show; leaves the block `label` if there is none. */
  sharedType(fn: FunctionText, slots: readonly Variable[], scope: Scope, label: string): string {
    const known = slots.filter((slot) => scope.has(slot)).map((slot) => fn.use(scope.nameOf(slot)));
    const type = fn.define(this.#unit.name("t"));
    fn.line(`const ${type} = sharedType(${["m", ...known].join(", ")});`);
    fn.line(`if (${type} === null) break ${label};`);
    return type;
  }

  /** A slot that is taken as it stands where an expression or a variable is expected; a variable may be any. */
  #requireKind(fn: FunctionText, slot: Variable, type: Atom, scope: Scope, label: string): void {
    const found = fn.define(this.#unit.name("t"));
    fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(slot))});`);
    const isOther = type === EXPRESSION_TYPE ? `${found}.tag !== ${EXPRESSION} && ` : "";
    fn.line(`if (${isOther}${found}.tag !== ${VARIABLE}) break ${label};`);
  }

  /** The name of an immediate node's value; leaves the block `label` if there is none (VC1). */
  immediate(fn: FunctionText, node: Atom, type: Atom, scope: Scope, label: string): string {
    if (node.tag === VARIABLE) return this.#slot(fn, node, type, scope, label);
    if (node.tag !== EXPRESSION || node === UNIT) return this.#unit.constant(node);
    const plan = this.#planner.plan(node, type)!;
    if (plan.kind === "primitive") return this.#primitive(fn, plan, scope, label);
    return this.#data(fn, node, plan as DataPlan, scope, label);
  }

  #slot(fn: FunctionText, slot: Variable, type: Atom, scope: Scope, label: string): string {
    if (!scope.has(slot)) {
      if (type !== UNDEFINED) fn.line(`break ${label};`);
      return this.#slots.freshSlot(fn, slot, scope);
    }
    const name = fn.use(scope.nameOf(slot));
    if (scope.isOwn(slot, type)) return name;
    const found = fn.define(this.#unit.name("t"));
    const keyword = type === UNDEFINED ? "let" : "const";
    fn.line(`${keyword} ${found} = ${name}.tag === ${VARIABLE} ? dereference(${name}) : ${name};`);
    if (type === UNDEFINED) {
      fn.line(`if (${found}.tag === ${EXPRESSION}) {`);
      fn.line(
        `if (!${found}.evaluated && (${found} = dataValue(m, ${found})) === null) break ${label};`,
      );
      fn.line(`} else if (${found} === ${this.#unit.constant(EMPTY)}) break ${label};`);
    } else {
      fn.line(`if (!(${fits(found, type, this.#unit)})) break ${label};`);
    }
    scope.assign(slot, found, type);
    return found;
  }

  #data(fn: FunctionText, node: Expression, plan: DataPlan, scope: Scope, label: string): string {
    fn.line(`if (!${fn.checked()}) break ${label};`);
    if (node.ground && this.#isData(plan)) return this.#unit.constant(groundValue(node));
    this.require(fn, plan.wanted, scope, label);
    if (plan.resultOf.length > 0) this.sharedType(fn, plan.resultOf, scope, label);
    const values = plan.parts.map((part) => this.#part(fn, part, scope, label));
    return this.dataOf(fn, node, plan, values, label);
  }

  /** An argument: its value, or the argument as it stands. */
  #part(fn: FunctionText, { node, type, isQuoted }: Part, scope: Scope, label: string): string {
    return isQuoted
      ? this.#slots.built(fn, node, scope)
      : this.immediate(fn, node, type, scope, label);
  }

  /** Whether the whole is data: nothing in it is computed, and nothing but the head is taken as it stands. */
  #isData({ parts }: DataPlan): boolean {
    return parts.every(({ node, type, isQuoted }) => {
      if (node.tag !== EXPRESSION || node === UNIT) return true;
      if (isQuoted) return false;
      const plan = this.#planner.plan(node, type);
      return plan?.kind === "data" && this.#isData(plan);
    });
  }

  /** The value that a data call is, of its parts' values. */
  dataOf(
    fn: FunctionText,
    node: Expression,
    plan: DataPlan,
    values: readonly string[],
    label: string | null,
  ): string {
    if (!plan.hasKnownHead && label !== null) {
      fn.line(`if (!${plainText(node, values[0]!)}) break ${label};`);
    }
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = value([${values.join(", ")}]);`);
    return made;
  }

  /** What has to be so for calls to fit that are taken as they stand; others tell when their values are computed. */
  #requireQuoted(fn: FunctionText, plan: PrimitivePlan, scope: Scope, label: string): void {
    const quoted = plan.parts.filter(({ isQuoted }) => isQuoted);
    const isQuoted = (slot: Variable): boolean => quoted.some(({ node }) => occurs(slot, node));
    const inner = plan.wanted.filter(({ slots }) => slots.some(isQuoted));
    this.require(fn, inner, scope, label);
  }

  /** A primitive operation's value as an atom. */
  #primitive(fn: FunctionText, plan: PrimitivePlan, scope: Scope, label: string): string {
    if (plan.primitive.kind !== "number") {
      const truth = this.#truth(fn, plan, scope, label);
      const made = fn.define(this.#unit.name("t"));
      fn.line(`const ${made} = toBoolean(${truth});`);
      return made;
    }
    fn.line(`if (!${fn.checked()}) break ${label};`);
    this.#requireQuoted(fn, plan, scope, label);
    const values = plan.parts.map((part) => this.#part(fn, part, scope, label));
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = ${plan.primitive.code(values[0]!, values[1]!, this.#unit)};`);
    fn.line(`if (${made} === null) break ${label};`);
    return made;
  }

  /** A JavaScript expression for a primitive that gives a truth value. */
  #truth(fn: FunctionText, plan: PrimitivePlan, scope: Scope, label: string): string {
    fn.line(`if (!${fn.checked()}) break ${label};`);
    this.#requireQuoted(fn, plan, scope, label);
    const { primitive, parts } = plan;
    if (primitive.kind === "logic") {
      const sides = parts.map((part) => this.condition(fn, part.node, scope, label));
      return this.#truthLocal(fn, primitive.code(sides));
    }
    const [one, other] = parts.map((part) => this.#part(fn, part, scope, label));
    if (primitive.kind !== "same" || !parts.every(({ node }) => node.tag === VARIABLE)) {
      return this.#truthLocal(fn, primitive.code(one!, other!, this.#unit));
    }
    const text = primitive.codeOr(one!, other!, `same(m, ${one}, ${other})`);
    const found = this.#truthLocal(fn, text);
    fn.line(`if (${found} === null) break ${label};`);
    return found;
  }

  #truthLocal(fn: FunctionText, text: string): string {
    const found = fn.define(this.#unit.name("b"));
    fn.line(`const ${found} = ${text};`);
    return found;
  }

  /** A JavaScript expression for an immediate condition. */
  condition(fn: FunctionText, node: Atom, scope: Scope, label: string): string {
    if (node.tag === EXPRESSION) {
      const plan = this.#planner.plan(node, BOOL);
      if (plan?.kind === "primitive") return this.#truth(fn, plan, scope, label);
    }
    const found = this.immediate(fn, node, BOOL, scope, label);
    return this.#truthLocal(fn, `${found}.value`);
  }

  /** Whether a slot is known to hold a number, a truth value or a string. */
  isLiteral(slot: Variable, scope: Scope): boolean {
    return literalTypeOf(slot, scope) !== undefined;
  }

  /** The plain type of an immediate node's value. */
  typeOf(node: Atom, scope: Scope): Atom {
    if (node.tag === VARIABLE) return literalTypeOf(node, scope) ?? UNDEFINED;
    const plan = node.tag === EXPRESSION ? this.#planner.plan(node, UNDEFINED) : null;
    if (plan !== null) return plan.kind === "primitive" ? plan.result : UNDEFINED;
    return literalType(node) ?? UNDEFINED;
  }
}

function literalTypeOf(slot: Variable, scope: Scope): Atom | undefined {
  return [NUMBER, BOOL, STRING_TYPE].find((type) => scope.isOwn(slot, type));
}

/** A JavaScript condition: whether a value has the plain type, which is not UNDEFINED. */
function fits(name: string, type: Atom, unit: UnitText): string {
  switch (type) {
    case NUMBER:
      return `${name}.tag === ${INTEGER} || ${name}.tag === ${FLOAT}`;
    case BOOL:
      return `${name}.tag === ${BOOLEAN}`;
    case STRING_TYPE:
      return `${name}.tag === ${STRING}`;
    case SPACE_TYPE:
      return `${name}.tag === ${SPACE}`;
    default:
      return `hasType(m, ${name}, ${unit.constant(type)})`;
  }
}

/** A JavaScript condition: whether a tuple with a head that is no symbol in the rule is a value, as far as the head says. */
export function plainText(node: Expression, head: string): string {
  // What a slot stands for is in the rule's call, and its type counts.
  const decide = node.children[0]!.tag === EXPRESSION ? "isUnreduced" : "isPlainTuple";
  return `${decide}(m, ${head}, ${node.children.length - 1})`;
}

/** A ground data node as the value that it is. */
function groundValue(node: Expression): Expression {
  return value(
    node.children.map((child) =>
      child.tag === EXPRESSION && child !== UNIT ? groundValue(child) : child,
    ),
  );
}
