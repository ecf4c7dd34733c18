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
import { isSpecific } from "../quick-check.js";
import { BOOL, UNDEFINED } from "../type-names.js";
import { type After, Continue, RETURN } from "./after.js";
import type { CallWriter } from "./call-code.js";
import type { CallPlanner } from "./call-plan.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { BodySite, NodeWriter } from "./node-writer.js";
import { hasVariablesText, PatternWriter } from "./pattern-code.js";
import type { Scope } from "./scope.js";
import { SearchSite } from "./search-code.js";
import type { SlotWriter } from "./slot-code.js";
import { slotName, slotsOf } from "./slots.js";
import type { ValueWriter } from "./value-code.js";

const LET = symbol("let");
const ERROR = symbol("Error");
const UNIFY = symbol("unify");
const EMPTY = symbol("Empty");

export class FormWriter {
  readonly #planner: CallPlanner;
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
    this.#planner = site.planner;
    this.#unit = site.unit;
    this.#nodes = nodes;
    this.#slots = slots;
    this.#values = values;
    this.#calls = calls;
    this.#patterns = new PatternWriter(site.unit, slots);
  }

  form(
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
        this.#nodes.node(fn, nested, UNDEFINED, scope, after);
        return true;
      }
      default:
        return false;
    }
  }

  /** The branches have the type expected of the whole. */
  #if(fn: FunctionText, node: Expression, type: Atom, scope: Scope, after: After): boolean {
    const [, condition, then, otherwise] = node.children;
    if (this.#values.isImmediateCondition(condition!)) {
      this.#nodes.guarded(fn, node, type, scope, after, (label) => {
        const truth = this.#values.condition(fn, condition!, scope, label);
        this.#branches(fn, truth, [then!, otherwise!], type, scope, after);
      });
      return true;
    }
    if (!this.#mayBeCondition(condition!)) return false;
    this.#slots.prepareSlots(fn, condition!, scope);
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
    this.#nodes.node(fn, condition!, BOOL, scope, decide);
    return true;
  }

  /** Whether the type check of an `if` is certain to accept the condition. */
  #mayBeCondition(condition: Atom): boolean {
    if (condition.tag !== EXPRESSION) return false;
    return this.#planner.mayGive(condition, BOOL);
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

  #let(fn: FunctionText, node: Expression, scope: Scope, after: After): void {
    const [, pattern, bound, body] = node.children;
    if (this.#values.isImmediate(bound!, UNDEFINED)) {
      this.#nodes.guarded(fn, node, UNDEFINED, scope, after, (label) => {
        const inner = scope.fork();
        const found = this.#values.immediate(fn, bound!, UNDEFINED, inner, label);
        const leave = (): void => fn.line(`break ${label};`);
        this.#patterns.bind(fn, pattern!, found, this.#values.typeOf(bound!, inner), inner, leave);
        this.#nodes.node(fn, body!, UNDEFINED, inner, after);
      });
      return;
    }
    this.#slots.prepareSlots(fn, bound!, scope);
    const isErrorItself = bound!.tag === EXPRESSION && bound.children[0] === ERROR;
    const then = new Continue(this.#unit, scope, (rest, found, inner) => {
      if (!isErrorItself) this.#calls.orError(rest, found, after);
      const before = inner.fork();
      const leave = (): void => {
        const here = before.fork();
        const parts = [pattern!, body!].map((part) => this.#slots.build(rest, part, here));
        const names = [UNIFY, EMPTY].map((name) => this.#unit.constant(name));
        const made = `make([${names[0]}, ${found}, ${parts.join(", ")}, ${names[1]}])`;
        after.leave(rest, `evaluateLater(m, ${made}, ${this.#unit.constant(UNDEFINED)})`);
      };
      this.#patterns.bind(rest, pattern!, found, null, inner, leave);
      this.#nodes.node(rest, body!, UNDEFINED, inner, after);
    });
    this.#nodes.node(fn, bound!, UNDEFINED, scope, then);
  }

  /** Branches selected by the shape of an immediate value. */
  #case(fn: FunctionText, node: Expression, scope: Scope, after: After): boolean {
    const [, subject, list] = node.children;
    if (list!.tag !== EXPRESSION || !this.#values.isImmediate(subject!, UNDEFINED)) return false;
    const branches = list.children.map((each) => (each.tag === EXPRESSION ? each.children : []));
    if (!branches.every((each) => each.length === 2)) return false;
    if (!branches.every(([pattern]) => this.#patterns.isTestable(pattern!, scope, subject!)))
      return false;
    this.#nodes.guarded(fn, node, UNDEFINED, scope, after, (label) => {
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
  #unify(fn: FunctionText, node: Expression, scope: Scope, after: After): boolean {
    const [, one, other, then, otherwise] = node.children;
    const [slot, pattern] = one!.tag === VARIABLE ? [one, other!] : [other!, one!];
    if (
      slot.tag !== VARIABLE ||
      !scope.has(slot) ||
      !this.#patterns.isTestable(pattern, scope, slot)
    ) {
      return false;
    }
    this.#nodes.guarded(fn, node, UNDEFINED, scope, after, (label) => {
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
  #match(fn: FunctionText, node: Expression, scope: Scope, after: After): void {
    const [, space, pattern, template] = node.children;
    this.#nodes.guarded(fn, node, UNDEFINED, scope, after, (label) => {
      const free = slotsOf(pattern!).filter((slot) => !scope.has(slot));
      const sought = new SearchSite(space!, pattern!, free);
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
      const all = ["m", site, `[${values.join(", ")}]`, found.name, ...locals];
      after.leave(fn, `searchLater(${all.join(", ")})`);
    });
  }
}

/** `(let* ((p v) …) body)` as nested lets; null unless the pairs are written out. */
function nestedLets(pairs: Atom, body: Atom): Atom | null {
  if (pairs.tag !== EXPRESSION) return null;
  let nested = body;
  for (const pair of [...pairs.children].reverse()) {
    if (pair.tag !== EXPRESSION || pair.children.length !== 2) return null;
    nested = new Expression([LET, pair.children[0]!, pair.children[1]!, nested]);
  }
  return nested;
}
