/**
 * Prepared rules: the rules of a space in the form in which they are tried.
 *
 * A rule's variables become slots. Matching a call fills them without binding anything, as long as
 * the call's side holds no variables, and the body is built from them.
 *
 * Invariants
 *   RU1  A prepared set is used for one version of its relation (the event of its last change); rules
 *        of large relations are prepared one by one, as calls select them.
 *   RU2  Rules whose left-hand side has no symbol first are tried at every call, in insertion order
 *        among the others.
 *   RU3  Rules of the spaces that a space depends on come after its own.
 */

import { dependenciesOf } from "../../environment/dependencies.js";
import type { Handle } from "../../environment/handle.js";
import { type RuleSet, ruleSet, type StoredRule } from "../../environment/query.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  type SpaceAtom,
  STATE,
  SYMBOL,
  type SymbolAtom,
  symbol,
  VARIABLE,
  Variable,
} from "../../term/atom.js";
import { equalLeaves } from "../../term/equal.js";
import { dereference, freshVariable, mapEveryLeaf, mapLeaves } from "../../term/resolve.js";
import type { Trail } from "../../term/trail.js";
import { leavesUnify, unify } from "../../term/unify.js";
import { type Preparations, PreparedRules } from "./prepared.js";

const FUNCTION = symbol("function");

/** Relations up to this size are prepared as a whole. */
const SMALL = 32;

/** Depth to which a rule is matched and built by recursion. */
const RECURSION_LIMIT = 400;

/** What the variables of a rule stand for in one call; undefined: nothing yet. */
export type Slots = (Atom | undefined)[];

/** The index of the slot that a variable of a prepared rule is. */
export function slotIndex(slot: Variable): number {
  return -1 - slot.id;
}

export class PreparedRule {
  /** Greater for rules added later. */
  readonly id: number;
  readonly left: Atom;
  readonly body: Atom;
  /** Whether the body is `(function …)`, which is executed and not evaluated. */
  readonly isFunction: boolean;
  readonly slotNames: readonly string[];

  constructor({ id, rule }: StoredRule) {
    const names: string[] = [];
    const slots = new Map<Variable, Variable>();
    const toSlot = (leaf: Atom): Atom => {
      if (leaf.tag !== VARIABLE) return leaf;
      let slot = slots.get(leaf);
      if (slot === undefined) {
        slot = new Variable(leaf.name, -1 - names.length);
        names.push(leaf.name);
        slots.set(leaf, slot);
      }
      return slot;
    };
    this.id = id;
    this.left = mapLeaves(rule.children[1]!, toSlot);
    this.body = mapLeaves(rule.children[2]!, toSlot);
    this.isFunction = this.body.tag === EXPRESSION && this.body.children[0] === FUNCTION;
    this.slotNames = names;
  }

  /** False only if some part of the call, looked at from outside, cannot match. */
  mayMatch(call: Expression): boolean {
    const { left } = this;
    if (left.tag !== EXPRESSION) return left.tag === VARIABLE;
    const patterns = left.children;
    const args = call.children;
    if (patterns.length !== args.length) return false;
    for (let index = 1; index < patterns.length; index++) {
      if (!mayUnify(patterns[index]!, dereference(args[index]!))) return false;
    }
    return true;
  }

  /** The slots for a call that unifies with the left-hand side, or null. Bindings are on the trail. */
  match(call: Atom, trail: Trail): Slots | null {
    const slots: Slots = [];
    const { left } = this;
    if (left.tag !== EXPRESSION || call.tag !== EXPRESSION) {
      return matchAtom(left, call, slots, trail) ? slots : null;
    }
    const patterns = left.children;
    const args = call.children;
    if (patterns.length !== args.length) return null;
    for (let index = 0; index < patterns.length; index++) {
      if (!matchAtom(patterns[index]!, args[index]!, slots, trail)) return null;
    }
    return slots;
  }

  /** The body with its slots filled. */
  bodyFor(slots: Slots): Atom {
    return instantiate(this.body, slots);
  }
}

/** False only if the two differ at the top, or in the symbols at their heads. */
function mayUnify(pattern: Atom, value: Atom): boolean {
  if (pattern === value || pattern.tag === VARIABLE || value.tag === VARIABLE) return true;
  if (pattern.tag === STATE) return value.tag === STATE;
  if (pattern.tag !== EXPRESSION) return value.tag !== EXPRESSION && equalLeaves(pattern, value);
  if (value.tag !== EXPRESSION || value.children.length !== pattern.children.length) return false;
  if (pattern.children.length === 0) return true;
  const head = pattern.children[0]!;
  const other = dereference(value.children[0]!);
  return head.tag !== SYMBOL || other.tag !== SYMBOL || head === other;
}

/** Unifies a part of a left-hand side with a part of a call. */
function matchAtom(
  pattern: Atom,
  atom: Atom,
  slots: Slots,
  trail: Trail,
  depth: number = 0,
): boolean {
  const value = dereference(atom);
  if (pattern.tag === VARIABLE) {
    const index = slotIndex(pattern);
    const known = slots[index];
    if (known !== undefined) return unify(known, value, trail);
    while (slots.length < index) slots.push(undefined);
    slots[index] = value;
    return true;
  }
  if (pattern === value) return true;
  if (value.tag === VARIABLE || depth > RECURSION_LIMIT) {
    return unify(value, instantiate(pattern, slots), trail);
  }
  if (pattern.tag !== EXPRESSION) {
    return value.tag !== EXPRESSION && leavesUnify(pattern, value, trail);
  }
  if (value.tag !== EXPRESSION || value.children.length !== pattern.children.length) return false;
  if (pattern.ground) return unify(pattern, value, trail);
  for (let index = 0; index < pattern.children.length; index++) {
    const part = pattern.children[index]!;
    if (!matchAtom(part, value.children[index]!, slots, trail, depth + 1)) return false;
  }
  return true;
}

/** A part of a rule with its slots filled; a slot that is still empty gets a fresh variable. */
function instantiate(template: Atom, slots: Slots, depth: number = 0): Atom {
  if (template.tag === VARIABLE) return slotValue(template, slots);
  if (template.tag !== EXPRESSION || template.ground) return template;
  if (depth > RECURSION_LIMIT) {
    return mapEveryLeaf(template, (leaf) =>
      leaf.tag === VARIABLE ? slotValue(leaf, slots) : leaf,
    );
  }
  const { children } = template;
  // Of the exact length: an array that grows by pushing keeps room for a dozen more.
  const built = new Array<Atom>(children.length);
  for (let index = 0; index < children.length; index++) {
    const child = children[index]!;
    if (child.tag === VARIABLE) built[index] = slotValue(child, slots);
    else if (child.tag === EXPRESSION && !child.ground) {
      built[index] = instantiate(child, slots, depth + 1);
    } else built[index] = child;
  }
  return expression(built);
}

function slotValue(slot: Variable, slots: Slots): Atom {
  const index = slotIndex(slot);
  let value = slots[index];
  if (value === undefined) {
    while (slots.length < index) slots.push(undefined);
    value = freshVariable(slot.name);
    slots[index] = value;
  }
  return value;
}

/** Whose rules a cache knows. */
interface RuleSource {
  readonly handle: Handle;
  readonly space: SpaceAtom | null;
  readonly preparations: Preparations;
}

/** What one evaluation knows of the rules of its space. */
export class RuleCache {
  readonly #context: RuleSource;
  /** The space in which the rules are used: what is prepared for one is not for another. */
  readonly #user: SpaceAtom | null;
  readonly #byHead = new Map<SymbolAtom, (Found | undefined)[]>();
  #headless: Found | undefined;
  /** Single rules of large relations, by the event that added them. */
  readonly #single = new Map<string, PreparedRule>();

  /** One for each space that the space depends on, as of the definitions `#dependenciesAt`. */
  #dependencies: readonly RuleCache[] = [];
  #dependenciesAt = -1;
  #dependencyNames = "";

  constructor(context: RuleSource, user: SpaceAtom | null = context.space) {
    this.#context = context;
    this.#user = user;
  }

  /** The rules that may match the call: a space's in insertion order, then those of spaces it depends on (RU3). */
  rulesFor(call: Expression): PreparedRules {
    const own = this.#ownRulesFor(call);
    const dependencies = this.#currentDependencies();
    return dependencies.length === 0
      ? own
      : together([own, ...dependencies.map((each) => each.#ownRulesFor(call))]);
  }

  /** The rules of a head and arity; null if they cannot be had as one set. */
  rulesOf(head: SymbolAtom, arity: number): PreparedRules | null {
    const own = this.#ownRulesOf(head, arity);
    const dependencies = this.#currentDependencies();
    if (dependencies.length === 0) return own;
    const all = [own, ...dependencies.map((each) => each.#ownRulesOf(head, arity))];
    const some = all.filter((each) => each === null || each.rules.length > 0);
    if (some.length > 1) return null;
    return some.length === 0 ? NO_RULES : some[0]!;
  }

  /** Whether there are rules whose left-hand side has no symbol first. */
  get hasHeadlessRules(): boolean {
    if (this.#headlessRules().rules.length > 0) return true;
    return this.#currentDependencies().some((each) => each.#headlessRules().rules.length > 0);
  }

  #currentDependencies(): readonly RuleCache[] {
    const { definitions } = this.#context.handle;
    if (definitions !== this.#dependenciesAt) {
      this.#dependenciesAt = definitions;
      this.#findDependencies();
    }
    return this.#dependencies;
  }

  #findDependencies(): void {
    const { handle, space, preparations } = this.#context;
    const found = dependenciesOf(handle, space);
    const names = found.map(({ writer, sequence }) => `${writer}.${sequence}`).join();
    if (names === this.#dependencyNames) return;
    this.#dependencyNames = names;
    this.#dependencies = found.map(
      (each) => new RuleCache({ handle, space: each, preparations }, this.#user),
    );
  }

  #ownRulesFor(call: Expression): PreparedRules {
    const head = dereference(call.children[0]!);
    const headless = this.#headlessRules();
    if (head.tag !== SYMBOL) return headless;
    const arity = call.children.length - 1;
    const own = this.#ownRulesOf(head, arity) ?? this.#select(head, arity, call);
    return headless.rules.length === 0 ? own : merge(own, headless); // RU2
  }

  /** The rules whose left-hand side has no symbol first. */
  #headlessRules(): PreparedRules {
    const { handle, space } = this.#context;
    const found = this.#headless;
    if (found?.isCurrent(handle.definitions)) return found.prepared;
    this.#headless = this.#renew(null, 0, ruleSet(handle, space, null, 0));
    return this.#headless.prepared;
  }

  /** Null if there are too many to be prepared at once. */
  #ownRulesOf(head: SymbolAtom, arity: number): PreparedRules | null {
    const { handle, space } = this.#context;
    let byArity = this.#byHead.get(head);
    if (byArity === undefined) {
      byArity = [];
      this.#byHead.set(head, byArity);
    }
    const found = byArity[arity];
    if (found?.isCurrent(handle.definitions)) return found.prepared;
    const set = ruleSet(handle, space, head, arity);
    if (set !== null && set.count > SMALL) return null;
    while (byArity.length < arity) byArity.push(undefined);
    const renewed = this.#renew(head, arity, set);
    byArity[arity] = renewed;
    return renewed.prepared;
  }

  /** The set in its current version (RU1), prepared if nobody has done so before. */
  #renew(head: SymbolAtom | null, arity: number, set: RuleSet | null): Found {
    const { handle, space, preparations } = this.#context;
    const { definitions } = handle;
    if (set === null) return new Found(NO_RULES, definitions);
    const prepared = preparations.rules([this.#user, space], head, arity, set, () =>
      set.rules().map((stored) => new PreparedRule(stored)),
    );
    return new Found(prepared, definitions);
  }

  /** Of a large relation: only what its index finds for the call. */
  #select(head: SymbolAtom, arity: number, call: Expression): PreparedRules {
    const set = ruleSet(this.#context.handle, this.#context.space, head, arity)!;
    const rules = set.candidates(call.children.slice(1)).map((stored) => {
      const key = `${stored.writer}.${stored.sequence}`;
      let rule = this.#single.get(key);
      if (rule === undefined) {
        rule = new PreparedRule(stored);
        this.#single.set(key, rule);
      }
      return rule;
    });
    return new PreparedRules(rules, false);
  }
}

const NO_RULES = new PreparedRules([], false);

/** A prepared set, and the definitions for which it was found to be right. */
class Found {
  readonly prepared: PreparedRules;
  readonly definitions: number;

  constructor(prepared: PreparedRules, definitions: number) {
    this.prepared = prepared;
    this.definitions = definitions;
  }

  isCurrent(definitions: number): boolean {
    return this.definitions === definitions;
  }
}

/** The rules of several spaces, one after another; those of a single one as they are prepared. */
function together(all: readonly PreparedRules[]): PreparedRules {
  const some = all.filter(({ rules }) => rules.length > 0);
  if (some.length <= 1) return some[0] ?? NO_RULES;
  const rules = some.flatMap((each) => each.rules);
  return new PreparedRules(rules, false);
}

function merge({ rules: one }: PreparedRules, { rules: other }: PreparedRules): PreparedRules {
  const all = [...one, ...other].sort((left, right) => left.id - right.id);
  return new PreparedRules(all, false);
}

/** The index of the next rule that is not quickly ruled out, or -1. */
export function nextCandidate(
  rules: readonly PreparedRule[],
  from: number,
  call: Expression,
): number {
  for (let index = from; index < rules.length; index++) {
    if (rules[index]!.mayMatch(call)) return index;
  }
  return -1;
}
