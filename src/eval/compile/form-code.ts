/** Special forms in generated code: those that decide which part of a body is evaluated, and with which bindings. */
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  Expression,
  SPACE,
  symbol,
  UNIT,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import {
  caseForm,
  ifForm,
  letForm,
  letStar,
  once,
  switchForm,
  unifyForm,
} from "../forms/control.js";
import { foldlAtom, mapAtom } from "../forms/lists.js";
import { collapse, match } from "../forms/matching.js";
import { BOOL, UNDEFINED } from "../language/type-names.js";
import type { Form } from "../library/form.js";
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
        return this.#case(fn, each, form);
      case unifyForm:
        this.#unify(fn, each);
        return true;
      case mapAtom:
        return this.#overParts(fn, each, "mapped", node.children.slice(2, 3), []);
      case foldlAtom:
        return this.#overParts(fn, each, "folded", node.children.slice(3, 5), [other!]);
      case collapse:
        this.#enclosed(fn, each, one!, "collapsed");
        return true;
      case once:
        this.#enclosed(fn, each, one!, "first");
        return true;
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

  /** Branches selected by a value: an immediate one, or whichever the subject has. */
  #case(fn: FunctionText, each: FormInCode, form: Form): boolean {
    const { scope, after } = each;
    const [, subject, list] = each.node.children;
    if (list!.tag !== EXPRESSION) return false;
    const branches = list.children.map((each) => (each.tag === EXPRESSION ? each.children : []));
    if (!branches.every((each) => each.length === 2)) return false;
    if (this.#values.isImmediate(subject!, UNDEFINED)) {
      this.#guarded(fn, { ...each, type: UNDEFINED, wanted: [] }, (label) => {
        const found = this.#values.immediate(fn, subject!, UNDEFINED, scope, label);
        this.#branchesFor(fn, each, branches, found, scope);
      });
      return true;
    }
    this.#guarded(fn, { ...each, type: UNDEFINED }, () => {
      this.#slots.prepareSlots(fn, subject!, scope);
      const choose = new Continue(this.#unit, scope, (rest, found, inner) => {
        if (form === switchForm) this.#calls.orError(rest, found, after);
        this.#branchesFor(rest, each, branches, found, inner);
      });
      if (form === switchForm) this.#nodes.node(fn, subject!, UNDEFINED, scope, choose);
      else choose.await(fn, this.#part(fn, subject!, scope, "goodOrEmpty"));
    });
    return true;
  }

  /** The first branch whose pattern matches a value. */
  #branchesFor(
    fn: FunctionText,
    { node, after }: FormInCode,
    branches: readonly (readonly Atom[])[],
    found: string,
    scope: Scope,
  ): void {
    const label = this.#unit.name("L");
    const before = scope.fork();
    const subject = node.children[1]!;
    let isGround = false;
    fn.line(`${label}: {`);
    for (const [pattern, body] of branches) {
      const miss = this.#unit.name("M");
      const inner = scope.fork();
      fn.line(`${miss}: {`);
      if (!this.#patterns.isTestable(pattern!, scope, subject)) {
        this.#patterns.unifyOr(fn, pattern!, found, { miss, label }, inner);
      } else {
        if (!isGround && pattern!.tag !== VARIABLE) {
          fn.line(`if (${hasVariablesText(found)}) break ${label};`);
          isGround = true;
        }
        this.#patterns.test(fn, pattern!, found, { miss, label }, inner);
      }
      this.#nodes.node(fn, body!, UNDEFINED, inner, after);
      fn.line("}");
    }
    fn.line("return null;");
    fn.line("}");
    if (!fn.leaves(label)) return;
    const [head, , list] = node.children;
    const call = this.#slots.built(fn, new Expression([head!, UNIT, list!]), before);
    after.leave(fn, `chooseLater(m, ${call}, ${found})`);
  }

  /** A form whose last argument is evaluated for each part of the first, with values for names (over-parts.ts). */
  #overParts(
    fn: FunctionText,
    each: FormInCode,
    how: string,
    names: readonly Atom[],
    start: readonly Atom[],
  ): boolean {
    const { node, scope, after } = each;
    // What has a value in the rule is a variable all the same, or the call does not fit.
    const slots = names.filter((name): name is Variable => name.tag === VARIABLE);
    if (new Set(slots).size < names.length) return false;
    this.#guarded(fn, { ...each, type: UNDEFINED }, (label) => {
      const list = this.#slots.built(fn, node.children[1]!, scope);
      const given = start.map((atom) => this.#slots.built(fn, atom, scope));
      const inner = scope.fork().forgetUntyped();
      for (const slot of slots) inner.assign(slot, slotName(slot));
      const code = this.#unit.function("each", ["m", "d", ...slots.map(slotName)]);
      this.#nodes.node(code, node.children.at(-1)!, UNDEFINED, inner, RETURN);
      const locals = code.outer.map((name) => fn.use(name));
      const parts = fn.define(this.#unit.name("t"));
      fn.line(`const ${parts} = partsOf(${[list, ...given, ...locals].join(", ")});`);
      fn.line(`if (${parts} === null) break ${label};`);
      after.await(fn, `${how}(${["m", "d", parts, code.name, ...given, ...locals].join(", ")})`);
    });
    return true;
  }

  /** A form that evaluates its argument apart from the rest. */
  #enclosed(fn: FunctionText, each: FormInCode, argument: Atom, how: string): void {
    const { scope, after } = each;
    this.#guarded(fn, { ...each, type: UNDEFINED }, () => {
      this.#slots.prepareSlots(fn, argument, scope);
      after.await(fn, this.#part(fn, argument, scope, how));
    });
  }

  /** A call in JavaScript that evaluates a part as `how` says (enclosed.ts). */
  #part(fn: FunctionText, node: Atom, scope: Scope, how: string): string {
    const part = this.#unit.function("part", ["m", "d"]);
    this.#nodes.node(part, node, UNDEFINED, scope.fork(), RETURN);
    const locals = part.outer.map((name) => fn.use(name));
    return `${how}(${["m", "d", part.name, ...locals].join(", ")})`;
  }

  /** By the shape of a slot where that can be told so; otherwise both sides are unified. */
  #unify(fn: FunctionText, each: FormInCode): void {
    const { scope, after } = each;
    const [, one, other, then, otherwise] = each.node.children;
    const [slot, pattern] = one!.tag === VARIABLE ? [one, other!] : [other!, one!];
    const isTest =
      slot.tag === VARIABLE && scope.has(slot) && this.#patterns.isTestable(pattern, scope, slot);
    this.#guarded(fn, { ...each, type: UNDEFINED }, (label) => {
      const miss = this.#unit.name("M");
      let inner = scope.fork();
      if (isTest) {
        const found = fn.define(this.#unit.name("t"));
        fn.line(`const ${found} = dereference(${fn.use(scope.nameOf(slot))});`);
        fn.line(`if (${hasVariablesText(found)}) break ${label};`);
        fn.line(`${miss}: {`);
        this.#patterns.test(fn, pattern, found, { miss, label }, inner);
      } else {
        const [left, right] = [one!, other!].map((side) => this.#slots.built(fn, side, scope));
        inner = scope.fork();
        fn.line(`${miss}: {`);
        this.#patterns.unified(fn, left!, right!, { miss, label }, inner);
      }
      this.#nodes.node(fn, then!, UNDEFINED, inner, after);
      fn.line("}");
      this.#nodes.node(fn, otherwise!, UNDEFINED, scope.fork(), after);
    });
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
