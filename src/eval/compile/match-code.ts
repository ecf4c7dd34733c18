/**
 * The code that finds the rules of a call: the left-hand sides of a relation's rules, tried on the
 * arguments.
 *
 *     RULE0: { if (a0 !== Nil) { if (a0 is a variable) note that it must be Nil; else break RULE0; }
 *           return b0(m, d, a1); }                      no later rule can match, and nothing was noted
 *     RULE1: { if (a0.tag !== EXPRESSION) { … break RULE1; } …
 *           found = candidate(found, b1, …); }          others may match too
 *     return choose(m, found, …);
 *
 *   MC1  A rule's body is called from here only if its left-hand side matches without binding a variable
 *        of the call, and no later one can match. Otherwise the rules that may match are candidates: a
 *        single one is unified and continues, several become a choice point.
 *   MC2  A call with a state, or a host value, where a left-hand side has something other than a variable
 *        goes to the machine, which tries the rules itself.
 */
import {
  type Atom,
  EXPRESSION,
  type Expression,
  HOST,
  STATE,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "../../term/atom.js";
import { equalLeaves } from "../../term/equal.js";
import type { PreparedRule } from "../rules/prepared-rule.js";
import type { FunctionText, UnitText } from "./code-text.js";
import type { RecursionWriter } from "./recursion-code.js";
import { slotName, slotsOf } from "./slots.js";

/** What matches such an atom is decided elsewhere: by the host, or by the state's contents. */
function isOpaque(atom: Atom): boolean {
  return atom.tag === HOST || atom.tag === STATE;
}

/** False only if no atom but a variable can match both patterns. */
function overlap(one: Atom, other: Atom): boolean {
  if (one.tag === VARIABLE || other.tag === VARIABLE) return true;
  if (isOpaque(one) || isOpaque(other)) return true;
  if (one.tag !== EXPRESSION || other.tag !== EXPRESSION) {
    return one.tag !== EXPRESSION && other.tag !== EXPRESSION && equalLeaves(one, other);
  }
  if (one.children.length !== other.children.length) return false;
  return one.children.every((child, index) => overlap(child, other.children[index]!));
}

/** What the entry of a relation's code is made for. */
interface EntryParts {
  readonly unit: UnitText;
  readonly rules: readonly PreparedRule[];
  /** The functions of the rules' bodies, by index. */
  readonly bodies: readonly FunctionText[];
  readonly arity: number;
  readonly recursion: RecursionWriter;
}

/** Writes the entry function, which is called with the arguments. */
export function writeEntry({ unit, rules, bodies, arity, recursion }: EntryParts): void {
  const parameters = Array.from({ length: arity }, (_, index) => `a${index}`);
  const name = recursion.hasRounds ? unit.name("find") : recursion.entry;
  const fn = unit.functionNamed(name, ["m", "d", ...parameters], true);
  const call = ["m", ...parameters].join(", ");
  fn.line(`if (d <= 0 || (m.steps >= m.pause && !passes(m))) return again(${call});`);
  fn.line("let found = null;");
  rules.forEach((rule, index) => {
    const isLast = !rules.slice(index + 1).some((later) => overlap(rule.left, later.left));
    const body = bodies[index]!;
    new RuleWriter(unit, fn, `R${index}`, `return several(${call});`).write(
      rule.left as Expression,
      body.name,
      unit.door(body),
      isLast,
    );
  });
  fn.line(`return found === null ? unreduced(${call}) : choose(m, d, found, ${call});`);
  recursion.write(fn);
}

/** Writes the test of one rule's left-hand side. */
class RuleWriter {
  readonly #unit: UnitText;
  readonly #fn: FunctionText;
  readonly #label: string;
  readonly #several: string;
  /** The local of each slot that has been met. */
  readonly #names = new Map<Variable, string>();

  constructor(unit: UnitText, fn: FunctionText, label: string, several: string) {
    this.#unit = unit;
    this.#fn = fn;
    this.#label = label;
    this.#several = several;
  }

  /** `isLast`: where everything that is looked at is known, no later rule can match (MC1). */
  write(left: Expression, body: string, door: string, isLast: boolean): void {
    const fn = this.#fn;
    fn.line(`${this.#label}: {`);
    fn.line("let undecided = null;");
    left.children.slice(1).forEach((pattern, at) => {
      this.#match(pattern, `a${at}`);
    });
    const values = slotsOf(left).map((slot) => this.#names.get(slot)!);
    if (isLast) {
      const direct = `return ${body}(${["m", "d", ...values].join(", ")});`;
      fn.line(`if (undecided === null && found === null) ${direct}`);
    }
    fn.line(`found = candidate(found, undecided, ${[door, ...values].join(", ")});`);
    fn.line("}");
  }

  /** Leaves the block unless `value`, a dereferenced local, matches or is a variable. */
  #match(pattern: Atom, value: string): void {
    if (pattern.tag === VARIABLE) {
      const before = this.#names.get(pattern);
      if (before === undefined) this.#names.set(pattern, value);
      else this.#same(before, value);
    } else if (pattern.tag === EXPRESSION) {
      this.#matchExpression(pattern, value);
    } else {
      const wanted = this.#unit.constant(pattern);
      const differs =
        pattern.tag === SYMBOL ? `${value} !== ${wanted}` : `!equalLeaf(${wanted}, ${value})`;
      this.#fn.line(`if (${differs}) {`);
      this.#fn.line(
        `if (${value}.tag === ${VARIABLE}) undecided = unknown(undecided, ${value}, ${wanted});`,
      );
      this.#fn.line(`else ${this.#miss(value)}`);
      this.#fn.line("}");
    }
  }

  #matchExpression(pattern: Expression, value: string): void {
    const fn = this.#fn;
    const slots = slotsOf(pattern).filter((slot) => !this.#names.has(slot));
    const names = slots.map((slot) => this.#unit.name(slotName(slot)));
    if (names.length > 0) fn.line(`let ${names.join(", ")};`);
    fn.line(`if (${value}.tag === ${EXPRESSION}) {`);
    const children = this.#unit.name("c");
    fn.line(`const ${children} = ${value}.children;`);
    fn.line(`if (${children}.length !== ${pattern.children.length}) break ${this.#label};`);
    pattern.children.forEach((part, at) => {
      const child = this.#unit.name("x");
      fn.line(`const ${child} = dereference(${children}[${at}]);`);
      this.#match(part, child);
    });
    slots.forEach((slot, at) => {
      fn.line(`${names[at]} = ${this.#names.get(slot)};`);
      this.#names.set(slot, names[at]!);
    });
    fn.line(`} else if (${value}.tag === ${VARIABLE}) {`);
    slots.forEach((slot, at) => {
      fn.line(`${names[at]} = fresh(${JSON.stringify(slot.name)});`);
    });
    fn.line(`undecided = unknown(undecided, ${value}, ${this.#build(pattern)});`);
    fn.line(`} else ${this.#miss(value)}`);
  }

  #miss(value: string): string {
    // MC2
    const isOpaqueValue = `${value}.tag === ${STATE} || ${value}.tag === ${HOST}`;
    return `{ if (${isOpaqueValue}) ${this.#several} break ${this.#label}; }`;
  }

  /** A pattern as an atom, slots filled. */
  #build(pattern: Atom): string {
    if (pattern.tag === VARIABLE) return this.#names.get(pattern)!;
    if (pattern.tag !== EXPRESSION || pattern.ground) return this.#unit.constant(pattern);
    return `make([${pattern.children.map((child) => this.#build(child)).join(", ")}])`;
  }

  /** A variable that occurs twice: both occurrences must be equal. */
  #same(one: string, other: string): void {
    const result = this.#unit.name("q");
    this.#fn.line(`const ${result} = sameGround(${one}, ${other});`);
    this.#fn.line(`if (${result} === null) undecided = unknown(undecided, ${one}, ${other});`);
    this.#fn.line(`else if (!${result}) break ${this.#label};`);
  }
}
