/**
 * Patterns in generated code: those of `let`, which are unified with a value, and those of `case` and `unify`,
 * which a value is tested by.
 */
import {
  type Atom,
  EXPRESSION,
  type Expression,
  HOST,
  SPACE,
  STATE,
  SYMBOL,
  VARIABLE,
} from "../../term/atom.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { Point } from "./point.js";
import { Scope } from "./scope.js";
import type { SlotWriter } from "./slot-code.js";
import { slotName, slotsOf } from "./slots.js";

/** Whether a value may match in more ways than one: the host's, or what is in a space. */
function hasMatches(name: string): string {
  return `${name}.tag === ${HOST} || ${name}.tag === ${SPACE}`;
}

/** Whether part of a pattern decides for itself what it matches. */
function holdsMatcher(pattern: Atom): boolean {
  if (pattern.tag === EXPRESSION) return pattern.children.some(holdsMatcher);
  return pattern.tag === HOST || pattern.tag === SPACE || pattern.tag === STATE;
}

/** Blocks to be left. */
interface Exits {
  /** If the value does not match. */
  readonly miss: string;
  /** If the machine has to decide. */
  readonly label: string;
}

/** A value in generated code, which is dereferenced. */
interface Found {
  readonly name: string;
  /** Its plain type; null: not known. */
  readonly type: Atom | null;
}

export class PatternWriter {
  readonly #unit: UnitText;
  readonly #slots: SlotWriter;

  constructor(unit: UnitText, slots: SlotWriter) {
    this.#unit = unit;
    this.#slots = slots;
  }

  /**
   * Unifies a pattern with a value, or ends the branch. `leave`
   * leaves to the machine what a host value or a space may match in several ways.
   */
  bind(pattern: Atom, { name: found, type }: Found, { fn, scope }: Point, leave: () => void): void {
    if (pattern.tag === VARIABLE && !scope.has(pattern)) {
      scope.assign(pattern, found, type);
      return;
    }
    if (pattern.tag === EXPRESSION && this.#assignsAllSlots(pattern, scope)) {
      const slots = slotsOf(pattern);
      for (const slot of slots) {
        scope.assign(slot, fn.define(slotName(slot)));
        fn.line(`let ${slotName(slot)};`);
      }
      this.#takeApart(fn, pattern, found, leave);
      scope.forgetUntyped();
      return;
    }
    scope.forgetUntyped();
    const made = this.#slots.built(fn, pattern, scope);
    fn.line(`if (${hasMatches(made)} || ${hasMatches(found)}) {`);
    leave();
    fn.line("}");
    fn.line(`if (${made} !== ${found} && !unifyNow(m, ${made}, ${found})) return null;`);
  }

  /** Whether every slot of the pattern gets its value there, and none twice. */
  #assignsAllSlots(pattern: Expression, scope: Scope): boolean {
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
      fn.line(`if (${wanted} !== ${found}) {`);
      fn.line(`if (${hasMatches(found)}) {`);
      leave();
      fn.line("}");
      fn.line(`if (!unifyNow(m, ${wanted}, ${found})) return null;`);
      fn.line("}");
      return;
    }
    fn.line(`if (${found}.tag === ${EXPRESSION}) {`);
    fn.line(`if (${found}.children.length !== ${pattern.children.length}) return null;`);
    pattern.children.forEach((part, index) => {
      const child = fn.define(this.#unit.name("x"));
      fn.line(`const ${child} = dereference(${found}.children[${index}]);`);
      this.#takeApart(fn, part, child, leave);
    });
    fn.line(`} else if (${hasMatches(found)}) {`);
    leave();
    fn.line("} else {");
    for (const slot of slotsOf(pattern)) {
      fn.line(`${slotName(slot)} = fresh(${JSON.stringify(slot.name)});`);
    }
    const names = slotsOf(pattern).map((slot) => [slot, slotName(slot)] as const);
    const made = this.#slots.build(fn, pattern, new Scope(names));
    fn.line(`if (!unifyNow(m, ${made}, ${found})) return null;`);
    fn.line("}");
  }

  /** Whether a value without variables matches the pattern can be told without unification. */
  isTestable(pattern: Atom, scope: Scope, subject: Atom): boolean {
    if (slotsOf(subject).some((slot) => slotsOf(pattern).includes(slot))) return false;
    if (holdsMatcher(pattern)) return false;
    if (pattern.tag === VARIABLE) return !scope.has(pattern);
    return pattern.tag !== EXPRESSION || this.#assignsAllSlots(pattern, scope);
  }

  /**
   * Leaves the block `miss` unless the value, which has no variables, matches; or the block `label` if states
   * or the host take part in the decision; fills the pattern's slots.
   */
  test(fn: FunctionText, pattern: Atom, found: string, exits: Exits, scope: Scope): void {
    if (pattern.tag === VARIABLE) {
      scope.assign(pattern, found);
      return;
    }
    fn.line(`if (${differsText(pattern, found, this.#unit)}) {`);
    fn.line(`if (${found}.tag === ${STATE} || ${hasMatches(found)}) break ${exits.label};`);
    fn.line(`break ${exits.miss};`);
    fn.line("}");
    if (pattern.tag !== EXPRESSION) return;
    pattern.children.forEach((part, index) => {
      const child = fn.define(this.#unit.name("x"));
      fn.line(`const ${child} = ${found}.children[${index}];`);
      this.test(fn, part, child, exits, scope);
    });
  }

  /** As `test` for any pattern and value: both are unified. */
  unifyOr(fn: FunctionText, pattern: Atom, found: string, exits: Exits, scope: Scope): void {
    const made = this.#slots.built(fn, pattern, scope);
    this.unified(fn, made, found, exits, scope);
  }

  /** Leaves the block `miss` unless two atoms unify; or the block `label` if that may be so in more ways than one. */
  unified(
    fn: FunctionText,
    one: string,
    other: string,
    { miss, label }: Exits,
    scope: Scope,
  ): void {
    const result = fn.define(this.#unit.name("u"));
    fn.line(`const ${result} = unifyOnce(m, ${one}, ${other});`);
    fn.line(`if (${result} === null) break ${label};`);
    fn.line(`if (!${result}) break ${miss};`);
    scope.forgetUntyped();
  }
}

/** A JavaScript condition: whether a value has variables. */
export function hasVariablesText(name: string): string {
  return `${name}.tag === ${VARIABLE} || (${name}.tag === ${EXPRESSION} && !${name}.ground)`;
}

/** A JavaScript condition: whether a value without variables differs from the pattern at the top. */
function differsText(pattern: Atom, found: string, unit: UnitText): string {
  if (pattern.tag === SYMBOL) return `${found} !== ${unit.constant(pattern)}`;
  if (pattern.tag !== EXPRESSION) return `!equalLeaf(${unit.constant(pattern)}, ${found})`;
  return `${found}.tag !== ${EXPRESSION} || ${found}.children.length !== ${pattern.children.length}`;
}
