/**
 * The code of a rule's body.
 *
 * A node of the body is immediate if its value can be computed on the spot: literals, slots that hold
 * values, primitive operations and data made of those. What is not immediate is a call: its value comes
 * at once, or the rest of the function waits for it (after.ts).
 *
 *   BC1  An immediate value is computed in a labelled block, which is left if anything is not as in the
 *        common case. Nothing has been done by then, so the machine evaluates the whole node.
 *   BC2  Parts are evaluated from left to right; immediate ones, which nobody can tell, before the others.
 *   BC3  A slot that a part of the body may bind and another part reads has a variable before both.
 */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  Expression,
  FLOAT,
  HOST,
  INTEGER,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  symbol,
  UNIT,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { isSpecific } from "../quick-check.js";
import { BOOL, NUMBER, STRING_TYPE, UNDEFINED } from "../type-names.js";
import { type After, Continue, RETURN } from "./after.js";
import {
  type CallPlan,
  type CallPlanner,
  isOwnLiteral,
  literalType,
  type Part,
} from "./call-plan.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { Primitive } from "./primitives.js";
import { value } from "./runtime.js";
import { Scope } from "./scope.js";
import { SearchSite } from "./search.js";
import { slotName, slotsOf } from "./slots.js";

const EMPTY = symbol("Empty");
const LET = symbol("let");
const UNIFY = symbol("unify");
const ERROR = symbol("Error");

/** What a body's code needs to know of the relation it is part of. */
export interface BodySite {
  readonly unit: UnitText;
  readonly planner: CallPlanner;
  /** The name of the function that calls this head; to be linked. */
  link(head: Atom, arity: number, type: Atom): string;
  /** What a level takes of those that generated code may go down. */
  readonly weight: string;
}

/** Writes the function of a body: the slots of the left-hand side are its parameters. */
export function writeBody(site: BodySite, left: Atom, body: Atom, type: Atom): FunctionText {
  const slots = slotsOf(left);
  const fn = site.unit.function("body", ["m", "d", ...slots.map(slotName)]);
  fn.line("m.steps++;");
  const scope = new Scope(slots.map((slot) => [slot, slotName(slot)]));
  new BodyWriter(site, body).node(fn, body, type, scope, RETURN);
  return fn;
}

class BodyWriter {
  readonly #site: BodySite;
  readonly #unit: UnitText;
  readonly #body: Atom;

  constructor(site: BodySite, body: Atom) {
    this.#site = site;
    this.#unit = site.unit;
    this.#body = body;
  }

  /** Code that gives the value of a node, where a plain type is expected, to `after`. */
  node(fn: FunctionText, node: Atom, type: Atom, scope: Scope, after: After): void {
    if (node.tag !== VARIABLE && node.tag !== EXPRESSION && this.#isImmediate(node, type)) {
      after.give(fn, this.#unit.constant(node));
    } else if (this.#isImmediate(node, type)) {
      this.#guarded(fn, node, type, scope, after, (label) => {
        after.give(fn, this.#immediate(fn, node, type, scope, label));
      });
    } else if (node.tag === EXPRESSION) {
      this.#expression(fn, node, type, scope, after);
    } else {
      this.#leave(fn, node, type, scope, after);
    }
  }

  #expression(fn: FunctionText, node: Expression, type: Atom, scope: Scope, after: After): void {
    const { planner } = this.#site;
    const form = planner.formOf(node);
    if (form !== null && this.#form(form, fn, node, type, scope, after)) return;
    const plan = form === null ? planner.plan(node, type) : null;
    if (plan === null) {
      this.#leave(fn, node, type, scope, after);
      return;
    }
    this.#guarded(fn, node, type, scope, after, (label) =>
      this.#call(fn, node, plan, scope, after, label),
    );
  }

  /** A block that may be left for the machine to evaluate the node (BC1). */
  #guarded(
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
    const atom = this.#build(fn, node, scope);
    after.leave(fn, `evaluateLater(m, ${atom}, ${this.#unit.constant(type)})`);
  }

  // Immediate values.

  #isImmediate(node: Atom, type: Atom): boolean {
    switch (node.tag) {
      case VARIABLE:
        return true;
      case EXPRESSION: {
        if (node === UNIT) return type === UNDEFINED;
        const plan = this.#site.planner.plan(node, type);
        if (plan?.kind === "data") {
          return type === UNDEFINED && plan.parts.every((part) => this.#isImmediatePart(part));
        }
        return plan?.kind === "primitive" && this.#isImmediatePrimitive(plan);
      }
      case SYMBOL:
        return type === UNDEFINED && node !== EMPTY;
      default:
        return isOwnLiteral(node, type);
    }
  }

  #isImmediatePart({ node, type }: Part): boolean {
    return this.#isImmediate(node, type);
  }

  #isImmediatePrimitive({ primitive, parts }: PrimitivePlan): boolean {
    return primitive.kind === "logic" || primitive.kind === "not"
      ? parts.every(({ node }) => this.#isImmediateCondition(node))
      : parts.every((part) => this.#isImmediatePart(part));
  }

  /** Whether a node's truth value can be computed on the spot. */
  #isImmediateCondition(node: Atom): boolean {
    if (node.tag !== EXPRESSION) return node.tag === VARIABLE || node.tag === BOOLEAN;
    const plan = this.#site.planner.plan(node, BOOL);
    return plan?.kind === "primitive" && plan.result === BOOL && this.#isImmediatePrimitive(plan);
  }

  /** The name of an immediate node's value; leaves the block `label` if there is none. */
  #immediate(fn: FunctionText, node: Atom, type: Atom, scope: Scope, label: string): string {
    if (node.tag === VARIABLE) return this.#slot(fn, node, type, scope, label);
    if (node.tag !== EXPRESSION || node === UNIT) return this.#unit.constant(node);
    const plan = this.#site.planner.plan(node, type)!;
    if (plan.kind === "primitive") return this.#primitive(fn, plan, scope, label);
    return this.#data(fn, node, plan as DataPlan, scope, label);
  }

  #slot(fn: FunctionText, slot: Variable, type: Atom, scope: Scope, label: string): string {
    if (!scope.has(slot)) {
      if (type !== UNDEFINED) fn.line(`break ${label};`);
      return this.#freshSlot(fn, slot, scope);
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
      fn.line(`if (!(${fits(found, type)})) break ${label};`);
    }
    scope.assign(slot, found, type);
    return found;
  }

  #freshSlot(fn: FunctionText, slot: Variable, scope: Scope): string {
    const name = fn.define(slotName(slot));
    scope.assign(slot, name);
    fn.line(`const ${name} = fresh(${JSON.stringify(slot.name)});`);
    return name;
  }

  #data(fn: FunctionText, node: Expression, plan: DataPlan, scope: Scope, label: string): string {
    fn.line(`if (!${fn.checked()}) break ${label};`);
    if (node.ground) return this.#unit.constant(groundValue(node));
    const values = plan.parts.map((part) =>
      this.#immediate(fn, part.node, part.type, scope, label),
    );
    return this.#dataOf(fn, plan, values, label);
  }

  /** The value that a data call is, of its parts' values. */
  #dataOf(
    fn: FunctionText,
    plan: DataPlan,
    values: readonly string[],
    label: string | null,
  ): string {
    if (plan.slotHead && label !== null) {
      fn.line(`if (!isPlainTuple(m, ${values[0]}, ${values.length - 1})) break ${label};`);
    }
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = value([${values.join(", ")}]);`);
    return made;
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
    const values = plan.parts.map(({ node: part, type }) =>
      this.#immediate(fn, part, type, scope, label),
    );
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = ${plan.primitive.name}(${values.join(", ")});`);
    fn.line(`if (${made} === null) break ${label};`);
    return made;
  }

  /** A JavaScript expression for a primitive that gives a truth value. */
  #truth(fn: FunctionText, plan: PrimitivePlan, scope: Scope, label: string): string {
    fn.line(`if (!${fn.checked()}) break ${label};`);
    const { primitive, parts } = plan;
    if (primitive.kind === "logic" || primitive.kind === "not") {
      const sides = parts.map((part) => this.#condition(fn, part.node, scope, label));
      const text =
        primitive.kind === "not" ? `!${sides[0]}` : `${sides[0]} ${primitive.operator} ${sides[1]}`;
      return this.#truthLocal(fn, text);
    }
    const [one, other] = parts.map((part) =>
      this.#immediate(fn, part.node, part.type, scope, label),
    );
    if (primitive.kind === "comparison") {
      return this.#truthLocal(fn, `${one}.value ${primitive.operator} ${other}.value`);
    }
    const found = this.#truthLocal(fn, sameText(one!, other!));
    fn.line(`if (${found} === null) break ${label};`);
    return found;
  }

  #truthLocal(fn: FunctionText, text: string): string {
    const found = fn.define(this.#unit.name("b"));
    fn.line(`const ${found} = ${text};`);
    return found;
  }

  /** A JavaScript expression for an immediate condition. */
  #condition(fn: FunctionText, node: Atom, scope: Scope, label: string): string {
    if (node.tag === EXPRESSION) {
      const plan = this.#site.planner.plan(node, BOOL);
      if (plan?.kind === "primitive") return this.#truth(fn, plan, scope, label);
    }
    const found = this.#immediate(fn, node, BOOL, scope, label);
    return this.#truthLocal(fn, `${found}.value`);
  }

  // Calls.

  #call(
    fn: FunctionText,
    call: Expression,
    plan: CallPlan,
    scope: Scope,
    after: After,
    label: string,
  ): void {
    fn.line(`if (!${fn.checked()}) break ${label};`);
    const values = new Map<number, string>();
    plan.parts.forEach((part, index) => {
      if (part.isQuoted) values.set(index, this.#built(fn, part.node, scope));
      else if (this.#isImmediate(part.node, part.type)) {
        values.set(index, this.#immediate(fn, part.node, part.type, scope, label));
      }
    });
    if (plan.kind === "data" && plan.slotHead) {
      fn.line(`if (!isPlainTuple(m, ${values.get(0)!}, ${plan.parts.length - 1})) break ${label};`);
    }
    this.#parts(fn, { call, plan, after, first: fn }, values, scope);
  }

  /** Evaluates the next part that has no value yet, or applies the head. */
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
    this.#prepareSlots(fn, part.node, scope);
    const then = new Continue(this.#unit, scope, (rest, found, inner) => {
      this.#orError(rest, found, after);
      for (const name of values.values()) rest.use(name);
      this.#parts(rest, each, new Map([...values, [next, found]]), inner);
    });
    this.node(fn, part.node, part.type, scope, then);
  }

  /** An error in place of a part's value is the value of the call. */
  #orError(fn: FunctionText, found: string, after: After): void {
    fn.line(`if (${found}.tag === ${EXPRESSION} && isError(${found})) {`);
    after.give(fn, found);
    fn.line("}");
  }

  #apply(fn: FunctionText, each: CallInCode, values: readonly string[]): void {
    const { call, plan, after } = each;
    switch (plan.kind) {
      case "data":
        this.#unlessChanged(fn, each, UNDEFINED, values);
        after.give(fn, this.#dataOf(fn, plan, values, null));
        return;
      case "operation": {
        const operation = this.#unit.constant(plan.operation);
        const head = this.#unit.constant(call.children[0]);
        const made = `make([${[head, ...values].join(", ")}])`;
        const expected = this.#unit.constant(plan.result);
        after.await(fn, `operate(m, ${operation}, ${expected}, ${made})`);
        return;
      }
      case "primitive":
        this.#applyPrimitive(fn, call, plan, after, values);
        return;
      case "rules": {
        const link = this.#site.link(plan.head, values.length, plan.result);
        this.#unlessChanged(fn, each, plan.result, values);
        const args = ["m", `d - ${this.#site.weight}`, ...values].join(", ");
        after.await(fn, `${link}(${args})`);
        return;
      }
    }
  }

  /** Where parts were evaluated since the block was entered, heads may have become something else. */
  #unlessChanged(fn: FunctionText, each: CallInCode, type: Atom, values: readonly string[]): void {
    if (fn === each.first) return;
    fn.line(`if (!${fn.checked()}) {`);
    const all =
      each.plan.kind === "data" ? values : [this.#unit.constant(each.call.children[0]), ...values];
    each.after.leave(fn, this.#reduction(all, type));
    fn.line("}");
  }

  #reduction(parts: readonly string[], result: Atom): string {
    return `reduceLater(m, make([${parts.join(", ")}]), ${this.#unit.constant(result)})`;
  }

  #applyPrimitive(
    fn: FunctionText,
    call: Expression,
    plan: PrimitivePlan,
    after: After,
    values: readonly string[],
  ): void {
    const { primitive, result } = plan;
    const [one, other] = values;
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = ${primitiveText(primitive, one!, other)};`);
    fn.line(`if (${made} === null) {`);
    const parts = [this.#unit.constant(call.children[0]), ...values];
    after.leave(fn, this.#reduction(parts, result));
    fn.line("}");
    if (primitive.kind === "number") {
      after.give(fn, made);
      return;
    }
    const truth = fn.define(this.#unit.name("t"));
    fn.line(`const ${truth} = toBoolean(${made});`);
    after.give(fn, truth);
  }

  // Forms.

  #form(
    name: string,
    fn: FunctionText,
    node: Expression,
    type: Atom,
    scope: Scope,
    after: After,
  ): boolean {
    const { children } = node;
    switch (name) {
      case "if":
        if (children.length !== 4) return false;
        return this.#if(fn, node, isSpecific(type) ? type : UNDEFINED, scope, after);
      case "let":
        if (children.length !== 4) return false;
        this.#let(fn, node, scope, after);
        return true;
      case "match":
        if (children.length !== 4 || children[1]!.tag !== SPACE) return false;
        this.#match(fn, node, scope, after);
        return true;
      case "case":
      case "switch":
        return children.length === 3 && this.#case(fn, node, scope, after);
      case "unify":
        return children.length === 5 && this.#unify(fn, node, scope, after);
      case "let*": {
        const nested = children.length === 3 ? nestedLets(children[1]!, children[2]!) : null;
        if (nested === null) return false;
        this.node(fn, nested, UNDEFINED, scope, after);
        return true;
      }
      default:
        return false;
    }
  }

  /** The branches are what is expected of the whole. */
  #if(fn: FunctionText, node: Expression, type: Atom, scope: Scope, after: After): boolean {
    const [, condition, then, otherwise] = node.children;
    if (this.#isImmediateCondition(condition!)) {
      this.#guarded(fn, node, type, scope, after, (label) => {
        const truth = this.#condition(fn, condition!, scope, label);
        this.#branches(fn, truth, [then!, otherwise!], type, scope, after);
      });
      return true;
    }
    if (!this.#mayBeCondition(condition!)) return false;
    this.#prepareSlots(fn, condition!, scope);
    const decide = new Continue(this.#unit, scope, (rest, found, inner) => {
      rest.line(`if (${found}.tag === ${BOOLEAN}) {`);
      this.#branches(rest, `${found}.value`, [then!, otherwise!], type, inner, after);
      rest.line("}");
      this.#orError(rest, found, after);
      const parts = [then!, otherwise!].map((branch) => this.#build(rest, branch, inner));
      const head = this.#unit.constant(node.children[0]);
      const made = rest.define(this.#unit.name("t"));
      rest.line(`const ${made} = value([${[head, found, ...parts].join(", ")}]);`);
      after.give(rest, made);
    });
    this.node(fn, condition!, BOOL, scope, decide);
    return true;
  }

  /** Whether the check of an `if` will not find the condition's type wrong. */
  #mayBeCondition(condition: Atom): boolean {
    if (condition.tag !== EXPRESSION) return false;
    return this.#site.planner.mayGive(condition, BOOL);
  }

  #branches(
    fn: FunctionText,
    truth: string,
    [then, otherwise]: readonly [Atom, Atom],
    type: Atom,
    scope: Scope,
    after: After,
  ): void {
    fn.line(`if (${truth}) {`);
    this.node(fn, then, type, scope.fork(), after);
    fn.line("} else {");
    this.node(fn, otherwise, type, scope.fork(), after);
    fn.line("}");
  }

  #let(fn: FunctionText, node: Expression, scope: Scope, after: After): void {
    const [, pattern, bound, body] = node.children;
    if (this.#isImmediate(bound!, UNDEFINED)) {
      this.#guarded(fn, node, UNDEFINED, scope, after, (label) => {
        const inner = scope.fork();
        const found = this.#immediate(fn, bound!, UNDEFINED, inner, label);
        const leave = (): void => fn.line(`break ${label};`);
        this.#bind(fn, pattern!, found, this.#typeOf(bound!, inner), inner, leave);
        this.node(fn, body!, UNDEFINED, inner, after);
      });
      return;
    }
    this.#prepareSlots(fn, bound!, scope);
    const isErrorItself = bound!.tag === EXPRESSION && bound.children[0] === ERROR;
    const then = new Continue(this.#unit, scope, (rest, found, inner) => {
      if (!isErrorItself) this.#orError(rest, found, after);
      const before = inner.fork();
      const leave = (): void => {
        const here = before.fork();
        const parts = [pattern!, body!].map((part) => this.#build(rest, part, here));
        const names = [UNIFY, EMPTY].map((name) => this.#unit.constant(name));
        const made = `make([${names[0]}, ${found}, ${parts.join(", ")}, ${names[1]}])`;
        after.leave(rest, `evaluateLater(m, ${made}, ${this.#unit.constant(UNDEFINED)})`);
      };
      this.#bind(rest, pattern!, found, null, inner, leave);
      this.node(rest, body!, UNDEFINED, inner, after);
    });
    this.node(fn, bound!, UNDEFINED, scope, then);
  }

  /** Branches by the shape of a value that is known on the spot. */
  #case(fn: FunctionText, node: Expression, scope: Scope, after: After): boolean {
    const [, subject, list] = node.children;
    if (list!.tag !== EXPRESSION || !this.#isImmediate(subject!, UNDEFINED)) return false;
    const branches = list.children.map((each) => (each.tag === EXPRESSION ? each.children : []));
    if (!branches.every((each) => each.length === 2)) return false;
    if (!branches.every(([pattern]) => this.#isTestable(pattern!, scope, subject!))) return false;
    this.#guarded(fn, node, UNDEFINED, scope, after, (label) => {
      const found = this.#immediate(fn, subject!, UNDEFINED, scope, label);
      fn.line(`if (${isOpenText(found)}) break ${label};`);
      for (const [pattern, body] of branches) {
        const miss = this.#unit.name("M");
        const inner = scope.fork();
        fn.line(`${miss}: {`);
        this.#test(fn, pattern!, found, miss, label, inner);
        this.node(fn, body!, UNDEFINED, inner, after);
        fn.line("}");
      }
      fn.line("return null;");
    });
    return true;
  }

  /** `unify` of a slot with a pattern. */
  #unify(fn: FunctionText, node: Expression, scope: Scope, after: After): boolean {
    const [, one, other, then, otherwise] = node.children;
    const [slot, pattern] = one!.tag === VARIABLE ? [one!, other!] : [other!, one!];
    if (slot.tag !== VARIABLE || !scope.has(slot) || !this.#isTestable(pattern, scope, slot)) {
      return false;
    }
    this.#guarded(fn, node, UNDEFINED, scope, after, (label) => {
      const found = fn.define(this.#unit.name("t"));
      fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(slot))});`);
      fn.line(`if (${isOpenText(found)}) break ${label};`);
      const miss = this.#unit.name("M");
      const inner = scope.fork();
      fn.line(`${miss}: {`);
      this.#test(fn, pattern, found, miss, label, inner);
      this.node(fn, then!, UNDEFINED, inner, after);
      fn.line("}");
      this.node(fn, otherwise!, UNDEFINED, scope.fork(), after);
    });
    return true;
  }

  /** Whether a value without variables matches the pattern can be told without unification. */
  #isTestable(pattern: Atom, scope: Scope, subject: Atom): boolean {
    if (slotsOf(subject).some((slot) => slotsOf(pattern).includes(slot))) return false;
    if (pattern.tag === VARIABLE) return !scope.has(pattern);
    return pattern.tag !== EXPRESSION || this.#isOpenPattern(pattern, scope);
  }

  /**
   * Leaves the block `miss` unless the value, which has no variables, matches, or the block `label` if states
   * or the host have a say in that; fills the pattern's slots.
   */
  #test(
    fn: FunctionText,
    pattern: Atom,
    found: string,
    miss: string,
    label: string,
    scope: Scope,
  ): void {
    if (pattern.tag === VARIABLE) {
      scope.assign(pattern, found);
      return;
    }
    fn.line(`if (${differsText(pattern, found, this.#unit)}) {`);
    fn.line(`if (${found}.tag === ${STATE} || ${found}.tag === ${HOST}) break ${label};`);
    fn.line(`break ${miss};`);
    fn.line("}");
    if (pattern.tag !== EXPRESSION) return;
    pattern.children.forEach((part, index) => {
      const child = fn.define(this.#unit.name("x"));
      fn.line(`const ${child} = ${found}.children[${index}];`);
      this.#test(fn, part, child, miss, label, scope);
    });
  }

  /** The template becomes a function of its own, which is called for each match. */
  #match(fn: FunctionText, node: Expression, scope: Scope, after: After): void {
    const [, space, pattern, template] = node.children;
    this.#guarded(fn, node, UNDEFINED, scope, after, (label) => {
      const open = slotsOf(pattern!).filter((slot) => !scope.has(slot));
      const sought = new SearchSite(space!, pattern!, open);
      const inner = scope.fork().forgetOpen();
      for (const slot of open) inner.assign(slot, slotName(slot));
      const values = sought.slots.map((slot) =>
        scope.has(slot) ? fn.use(scope.nameOf(slot)) : "null",
      );
      for (const value of values) {
        if (value !== "null") fn.line(`if (asksHost(${value})) break ${label};`);
      }
      const found = this.#unit.function("match", ["m", "d", ...open.map(slotName)]);
      this.node(found, template!, UNDEFINED, inner, RETURN);
      const site = this.#unit.constant(sought);
      const locals = found.outer.map((name) => fn.use(name));
      const all = ["m", site, `[${values.join(", ")}]`, found.name, ...locals];
      after.leave(fn, `searchLater(${all.join(", ")})`);
    });
  }

  /** The plain type of an immediate node's value. */
  #typeOf(node: Atom, scope: Scope): Atom {
    if (node.tag === VARIABLE) {
      return [NUMBER, BOOL, STRING_TYPE].find((type) => scope.isOwn(node, type)) ?? UNDEFINED;
    }
    const plan = node.tag === EXPRESSION ? this.#site.planner.plan(node, UNDEFINED) : null;
    if (plan !== null) return plan.kind === "primitive" ? plan.result : UNDEFINED;
    return literalType(node) ?? UNDEFINED;
  }

  /**
   * Unifies a pattern with a dereferenced value of a type, if that is known, or ends the branch. `leave`
   * leaves to the machine what a host value may match in several ways.
   */
  #bind(
    fn: FunctionText,
    pattern: Atom,
    found: string,
    type: Atom | null,
    scope: Scope,
    leave: () => void,
  ): void {
    if (pattern.tag === VARIABLE && !scope.has(pattern)) {
      scope.assign(pattern, found, type);
      return;
    }
    if (pattern.tag === EXPRESSION && this.#isOpenPattern(pattern, scope)) {
      const slots = slotsOf(pattern);
      for (const slot of slots) {
        scope.assign(slot, fn.define(slotName(slot)));
        fn.line(`let ${slotName(slot)};`);
      }
      this.#takeApart(fn, pattern, found, leave);
      scope.forgetOpen();
      return;
    }
    scope.forgetOpen();
    const made = this.#built(fn, pattern, scope);
    fn.line(`if (${made}.tag === ${HOST} || ${found}.tag === ${HOST}) {`);
    leave();
    fn.line("}");
    fn.line(`if (${made} !== ${found} && !unifyNow(m, ${made}, ${found})) return null;`);
    if (pattern.tag === EXPRESSION) this.#takeParts(fn, pattern, found, scope);
  }

  /** What was unified is the same on both sides, but the value's parts are evaluated: slots take those. */
  #takeParts(fn: FunctionText, pattern: Expression, found: string, scope: Scope): void {
    pattern.children.forEach((part, index) => {
      if (part.tag !== VARIABLE) return;
      const taken = fn.define(this.#unit.name("x"));
      const before = fn.use(scope.nameOf(part));
      const inValue = `dereference(${found}.children[${index}])`;
      fn.line(`const ${taken} = ${found}.tag === ${EXPRESSION} ? ${inValue} : ${before};`);
      scope.assign(part, taken);
    });
  }

  /** Whether every slot of the pattern gets its value there, and none twice. */
  #isOpenPattern(pattern: Expression, scope: Scope): boolean {
    let occurrences = 0;
    const count = (atom: Atom): void => {
      if (atom.tag === VARIABLE) occurrences++;
      else if (atom.tag === EXPRESSION) atom.children.forEach(count);
    };
    count(pattern);
    const slots = slotsOf(pattern);
    return slots.length === occurrences && !slots.some((slot) => scope.has(slot));
  }

  /** Assigns the slots of a pattern from a value's parts. */
  #takeApart(fn: FunctionText, pattern: Atom, found: string, leave: () => void): void {
    if (pattern.tag === VARIABLE) {
      fn.line(`${slotName(pattern)} = ${found};`);
      return;
    }
    if (pattern.tag !== EXPRESSION || pattern.ground) {
      const wanted = this.#unit.constant(pattern);
      fn.line(`if (${wanted} !== ${found} && !unifyNow(m, ${wanted}, ${found})) return null;`);
      return;
    }
    fn.line(`if (${found}.tag === ${EXPRESSION}) {`);
    fn.line(`if (${found}.children.length !== ${pattern.children.length}) return null;`);
    pattern.children.forEach((part, index) => {
      const child = fn.define(this.#unit.name("x"));
      fn.line(`const ${child} = dereference(${found}.children[${index}]);`);
      this.#takeApart(fn, part, child, leave);
    });
    fn.line(`} else if (${found}.tag === ${HOST}) {`);
    leave();
    fn.line("} else {");
    for (const slot of slotsOf(pattern)) {
      fn.line(`${slotName(slot)} = fresh(${JSON.stringify(slot.name)});`);
    }
    const names = slotsOf(pattern).map((slot) => [slot, slotName(slot)] as const);
    const made = this.#build(fn, pattern, new Scope(names));
    fn.line(`if (!unifyNow(m, ${made}, ${found})) return null;`);
    fn.line("}");
  }

  // Building.

  /** Gives variables to slots that occur in a part and elsewhere in the body (BC3). */
  #prepareSlots(fn: FunctionText, part: Atom, scope: Scope): void {
    for (const slot of slotsOf(part)) {
      if (scope.has(slot)) continue;
      if (occurrencesOf(slot, this.#body) > occurrencesOf(slot, part)) {
        this.#freshSlot(fn, slot, scope);
      }
    }
  }

  /** The name of an atom as it stands in the body, slots filled. */
  #built(fn: FunctionText, node: Atom, scope: Scope): string {
    const text = this.#build(fn, node, scope);
    if (!text.includes("(")) return text;
    const made = fn.define(this.#unit.name("t"));
    fn.line(`const ${made} = ${text};`);
    return made;
  }

  /** The same as an expression in JavaScript. */
  #build(fn: FunctionText, node: Atom, scope: Scope): string {
    if (node.tag === VARIABLE) {
      return scope.has(node) ? fn.use(scope.nameOf(node)) : this.#freshSlot(fn, node, scope);
    }
    if (node.tag !== EXPRESSION || node.ground) return this.#unit.constant(node);
    const parts = node.children.map((child) => this.#build(fn, child, scope));
    return `make([${parts.join(", ")}])`;
  }
}

type DataPlan = Extract<CallPlan, { kind: "data" }>;
type PrimitivePlan = Extract<CallPlan, { kind: "primitive" }>;

/** A call being written: what it is, and what is done with its value. */
interface CallInCode {
  readonly call: Expression;
  readonly plan: CallPlan;
  readonly after: After;
  /** The function in which its evaluation begins. */
  readonly first: FunctionText;
}

/** A JavaScript condition: whether a value has the plain type, which is not UNDEFINED. */
function fits(name: string, type: Atom): string {
  switch (type) {
    case NUMBER:
      return `${name}.tag === ${INTEGER} || ${name}.tag === ${FLOAT}`;
    case BOOL:
      return `${name}.tag === ${BOOLEAN}`;
    default:
      return `${name}.tag === ${STRING}`;
  }
}

/** A JavaScript condition: whether a value has variables. */
function isOpenText(name: string): string {
  return `${name}.tag === ${VARIABLE} || (${name}.tag === ${EXPRESSION} && !${name}.ground)`;
}

/** A JavaScript condition: whether a value without variables differs from the pattern at the top. */
function differsText(pattern: Atom, found: string, unit: UnitText): string {
  if (pattern.tag === SYMBOL) return `${found} !== ${unit.constant(pattern)}`;
  if (pattern.tag !== EXPRESSION) return `!equalLeaf(${unit.constant(pattern)}, ${found})`;
  return `${found}.tag !== ${EXPRESSION} || ${found}.children.length !== ${pattern.children.length}`;
}

function sameText(one: string, other: string): string {
  const integers = `${one}.tag === ${INTEGER} && ${other}.tag === ${INTEGER}`;
  return `${integers} ? ${one}.value === ${other}.value : same(m, ${one}, ${other})`;
}

/** A primitive of values that may be anything: null where it does not apply. */
function primitiveText(primitive: Primitive, one: string, other: string | undefined): string {
  const isNumber = (name: string): string =>
    `(${name}.tag === ${INTEGER} || ${name}.tag === ${FLOAT})`;
  const isBoolean = (name: string): string => `${name}.tag === ${BOOLEAN}`;
  switch (primitive.kind) {
    case "number":
      return `${primitive.name}(${one}, ${other})`;
    case "comparison":
      return `${isNumber(one)} && ${isNumber(other!)} ? ${one}.value ${primitive.operator} ${other}.value : null`;
    case "logic":
      return `${isBoolean(one)} && ${isBoolean(other!)} ? ${one}.value ${primitive.operator} ${other}.value : null`;
    case "not":
      return `${isBoolean(one)} ? !${one}.value : null`;
    case "same":
      return sameText(one, other!);
  }
}

/** `(let* ((p v) …) body)` as lets in each other; null unless the pairs stand there. */
function nestedLets(pairs: Atom, body: Atom): Atom | null {
  if (pairs.tag !== EXPRESSION) return null;
  let nested = body;
  for (const pair of [...pairs.children].reverse()) {
    if (pair.tag !== EXPRESSION || pair.children.length !== 2) return null;
    nested = new Expression([LET, pair.children[0]!, pair.children[1]!, nested]);
  }
  return nested;
}

/** A ground data node as the value that it is. */
function groundValue(node: Expression): Expression {
  return value(
    node.children.map((child) =>
      child.tag === EXPRESSION && child !== UNIT ? groundValue(child) : child,
    ),
  );
}

function occurrencesOf(slot: Variable, atom: Atom): number {
  if (atom === slot) return 1;
  if (atom.tag !== EXPRESSION || atom.ground) return 0;
  return atom.children.reduce((sum, child) => sum + occurrencesOf(slot, child), 0);
}
