/** Special forms in generated code: those that decide which part of a body is evaluated, and with which bindings. */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  Expression,
  SPACE,
  symbol,
  VARIABLE,
} from "../../term/atom.js";
import { caseForm, ifForm, letForm, letStar, switchForm, unifyForm } from "../forms/control.js";
import { match } from "../forms/matching.js";
import { BOOL, UNDEFINED } from "../language/type-names.js";
import type { FormPlan, Wanted } from "../plan/call-plan.js";
import { isSpecific } from "../types/type-plan.js";
import { type After, Continue, RETURN } from "./after.js";
import type { CallWriter } from "./call-code.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { BodySite, NodeWriter } from "./node-writer.js";
import { hasVariablesText, PatternWriter } from "./pattern-code.js";
import type { Scope } from "./scope.js";
import { SearchSite } from "./search-code.js";
import type { SlotWriter } from "./slot-code.js";
import { slotName, slotsOf } from "./slots.js";
import type { ValueWriter } from "./value-code.js";

const ERROR = symbol("Error");

/** A call of a form being written. */
interface FormInCode {
  readonly node: Expression;
  readonly type: Atom;
  /** What slots have to be for the call to fit. */
  readonly wanted: readonly Wanted[];
  readonly scope: Scope;
  readonly after: After;
}

export class FormWriter {
  readonly #unit: UnitText;
  readonly #nodes: NodeWriter;
  readonly #slots: SlotWriter;
  readonly #values: ValueWriter;
  readonly #calls: CallWriter;
  readonly #patterns: PatternWriter;

  constructor(
    site: BodySite,
    nodes: NodeWriter,
    slots: SlotWriter,
    values: ValueWriter,
    calls: CallWriter,
  ) {
    this.#unit = site.unit;
    this.#nodes = nodes;
    this.#slots = slots;
    this.#values = values;
    this.#calls = calls;
    this.#patterns = new PatternWriter(site.unit, slots);
  }

  /** Writes a call of a form that fits; false if there is no code for the form, or for such a call of it. */
  form(
    fn: FunctionText,
    { form, wanted }: FormPlan,
    node: Expression,
    type: Atom,
    scope: Scope,
    after: After,
  ): boolean {
    const each: FormInCode = { node, type, wanted, scope, after };
    const [, one, other] = node.children;
    switch (form) {
      case ifForm:
        return this.#if(fn, { ...each, type: isSpecific(type) ? type : UNDEFINED });
      case letForm:
        this.#let(fn, each, one!, other!, node.children[3]!);
        return true;
      case letStar:
        return this.#letStar(fn, each);
      case match:
        if (!isPlace(one!, scope)) return false;
        this.#match(fn, each);
        return true;
      case caseForm:
      case switchForm:
        return this.#case(fn, each);
      case unifyForm:
        return this.#unify(fn, each);
      default:
        return false;
    }
  }

  /** A block that is left for the machine where what the form is, or that it fits, is not certain. */
  #guarded(
    fn: FunctionText,
    { node, type, wanted, scope, after }: FormInCode,
    write: (label: string) => void,
  ): void {
    this.#nodes.guarded(fn, node, type, scope, after, (label) => {
      fn.line(`if (!${fn.checked()}) break ${label};`);
      this.#values.require(fn, wanted, scope, label);
      write(label);
    });
  }

  /** The branches have the type expected of the whole. */
  #if(fn: FunctionText, each: FormInCode): boolean {
    const { node, type, scope, after } = each;
    const [, condition, then, otherwise] = node.children;
    if (this.#values.isImmediateCondition(condition!)) {
      this.#guarded(fn, { ...each, wanted: [] }, (label) => {
        const truth = this.#values.condition(fn, condition!, scope, label);
        this.#branches(fn, truth, [then!, otherwise!], type, scope, after);
      });
      return true;
    }
    if (condition!.tag !== EXPRESSION) return false;
    this.#guarded(fn, each, () => {
      this.#slots.prepareSlots(fn, condition, scope);
      const decide = new Continue(this.#unit, scope, (rest, found, inner) => {
        rest.line(`if (${found}.tag === ${BOOLEAN}) {`);
        this.#branches(rest, `${found}.value`, [then!, otherwise!], type, inner, after);
        rest.line("}");
        this.#calls.orError(rest, found, after);
        const parts = [then!, otherwise!].map((branch) => this.#slots.build(rest, branch, inner));
        const head = this.#unit.constant(node.children[0]);
        const made = rest.define(this.#unit.name("t"));
        rest.line(`const ${made} = value([${[head, found, ...parts].join(", ")}]);`);
        after.give(rest, made);
      });
      this.#nodes.node(fn, condition, BOOL, scope, decide);
    });
    return true;
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
    this.#nodes.node(fn, then, type, scope.fork(), after);
    fn.line("} else {");
    this.#nodes.node(fn, otherwise, type, scope.fork(), after);
    fn.line("}");
  }

  /** `(let pattern bound body)`, also as the first pair of a `let*`. */
  #let(fn: FunctionText, each: FormInCode, pattern: Atom, bound: Atom, body: Atom): void {
    const { scope, after } = each;
    if (this.#values.isImmediate(bound, UNDEFINED)) {
      this.#guarded(fn, { ...each, type: UNDEFINED, wanted: [] }, (label) => {
        const inner = scope.fork();
        const found = this.#values.immediate(fn, bound, UNDEFINED, inner, label);
        const leave = (): void => fn.line(`break ${label};`);
        this.#patterns.bind(fn, pattern, found, this.#values.typeOf(bound, inner), inner, leave);
        this.#nodes.node(fn, body, UNDEFINED, inner, after);
      });
      return;
    }
    const isErrorItself = bound.tag === EXPRESSION && bound.children[0] === ERROR;
    this.#guarded(fn, { ...each, type: UNDEFINED }, () => {
      this.#slots.prepareSlots(fn, bound, scope);
      const then = new Continue(this.#unit, scope, (rest, found, inner) => {
        if (!isErrorItself) this.#calls.orError(rest, found, after);
        const before = inner.fork();
        const leave = (): void => {
          const here = before.fork();
          const parts = [pattern, body].map((part) => this.#slots.build(rest, part, here));
          after.leave(rest, `bindLater(${["m", found, ...parts].join(", ")})`);
        };
        this.#patterns.bind(rest, pattern, found, null, inner, leave);
        this.#nodes.node(rest, body, UNDEFINED, inner, after);
      });
      this.#nodes.node(fn, bound, UNDEFINED, scope, then);
    });
  }

  /** Pair by pair: what is behind the first is a `let*` again. */
  #letStar(fn: FunctionText, each: FormInCode): boolean {
    const [head, pairs, body] = each.node.children;
    if (pairs!.tag !== EXPRESSION) return false;
    const [first, ...others] = pairs.children;
    if (first === undefined) {
      this.#nodes.node(fn, body!, UNDEFINED, each.scope, each.after);
      return true;
    }
    if (!pairs.children.every((pair) => pair.tag === EXPRESSION && pair.children.length === 2)) {
      return false;
    }
    const [pattern, bound] = (first as Expression).children;
    const rest =
      others.length === 0 ? body! : new Expression([head!, new Expression(others), body!]);
    this.#let(fn, each, pattern!, bound!, rest);
    return true;
  }

  /** Branches selected by the shape of an immediate value. */
  #case(fn: FunctionText, each: FormInCode): boolean {
    const { scope, after } = each;
    const [, subject, list] = each.node.children;
    if (list!.tag !== EXPRESSION || !this.#values.isImmediate(subject!, UNDEFINED)) return false;
    const branches = list.children.map((each) => (each.tag === EXPRESSION ? each.children : []));
    if (!branches.every((each) => each.length === 2)) return false;
    if (!branches.every(([pattern]) => this.#patterns.isTestable(pattern!, scope, subject!)))
      return false;
    this.#guarded(fn, { ...each, type: UNDEFINED, wanted: [] }, (label) => {
      const found = this.#values.immediate(fn, subject!, UNDEFINED, scope, label);
      fn.line(`if (${hasVariablesText(found)}) break ${label};`);
      for (const [pattern, body] of branches) {
        const miss = this.#unit.name("M");
        const inner = scope.fork();
        fn.line(`${miss}: {`);
        this.#patterns.test(fn, pattern!, found, miss, label, inner);
        this.#nodes.node(fn, body!, UNDEFINED, inner, after);
        fn.line("}");
      }
      fn.line("return null;");
    });
    return true;
  }

  /** `unify` of a slot with a pattern. */
  #unify(fn: FunctionText, each: FormInCode): boolean {
    const { scope, after } = each;
    const [, one, other, then, otherwise] = each.node.children;
    const [slot, pattern] = one!.tag === VARIABLE ? [one, other!] : [other!, one!];
    if (
      slot.tag !== VARIABLE ||
      !scope.has(slot) ||
      !this.#patterns.isTestable(pattern, scope, slot)
    ) {
      return false;
    }
    this.#guarded(fn, { ...each, type: UNDEFINED }, (label) => {
      const found = fn.define(this.#unit.name("t"));
      fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(slot))});`);
      fn.line(`if (${hasVariablesText(found)}) break ${label};`);
      const miss = this.#unit.name("M");
      const inner = scope.fork();
      fn.line(`${miss}: {`);
      this.#patterns.test(fn, pattern, found, miss, label, inner);
      this.#nodes.node(fn, then!, UNDEFINED, inner, after);
      fn.line("}");
      this.#nodes.node(fn, otherwise!, UNDEFINED, scope.fork(), after);
    });
    return true;
  }

  /** The template becomes a function of its own, which is called for each match. */
  #match(fn: FunctionText, each: FormInCode): void {
    const { scope, after } = each;
    const [, space, pattern, template] = each.node.children;
    this.#guarded(fn, { ...each, type: UNDEFINED }, (label) => {
      const free = slotsOf(pattern!).filter((slot) => !scope.has(slot));
      const where = this.#space(fn, space!, scope, label);
      const sought = new SearchSite(pattern!, free);
      const inner = scope.fork().forgetUntyped();
      for (const slot of free) inner.assign(slot, slotName(slot));
      const values = sought.slots.map((slot) =>
        scope.has(slot) ? fn.use(scope.nameOf(slot)) : "null",
      );
      for (const value of values) {
        if (value !== "null") fn.line(`if (asksHost(${value})) break ${label};`);
      }
      const found = this.#unit.function("match", ["m", "d", ...free.map(slotName)]);
      this.#nodes.node(found, template!, UNDEFINED, inner, RETURN);
      const site = this.#unit.constant(sought);
      const locals = found.outer.map((name) => fn.use(name));
      const all = ["m", "d", site, where, `[${values.join(", ")}]`, found.name, ...locals];
      after.await(fn, `search(${all.join(", ")})`);
    });
  }

  /** The name of a space, which is written out or in a slot. */
  #space(fn: FunctionText, space: Atom, scope: Scope, label: string): string {
    if (space.tag !== VARIABLE) return this.#unit.constant(space);
    const found = fn.define(this.#unit.name("t"));
    fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(space))});`);
    fn.line(`if (${found}.tag !== ${SPACE}) break ${label};`);
    return found;
  }
}

/** Whether it may be a space by the time that it is looked at. */
function isPlace(atom: Atom, scope: Scope): boolean {
  return atom.tag === SPACE || (atom.tag === VARIABLE && scope.has(atom));
}
