/**
 * A rule in the form in which it is tried.
 *
 * A rule's variables become slots. Matching a call fills them without binding anything, as long as
 * the call's side holds no variables, and the body is built from them.
 */
import type { StoredRule } from "../../environment/query.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  STATE,
  SYMBOL,
  symbol,
  VARIABLE,
  Variable,
} from "../../term/atom.js";
import { equalLeaves } from "../../term/equal.js";
import { dereference, freshVariable, mapEveryLeaf, mapLeaves } from "../../term/resolve.js";
import type { Trail } from "../../term/trail.js";
import { leavesUnify, unify } from "../../term/unify.js";

const FUNCTION = symbol("function");

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
