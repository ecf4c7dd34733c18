/**
 * The code that finds the rule of a call: the left-hand sides of a relation's rules, tried on the
 * arguments without binding anything.
 *
 *     R0: { if (a0 !== Nil) { if (a0.tag === VARIABLE) return several(…); break R0; }
 *           return b0(m, d, a1); }
 *     R1: { if (a0.tag !== EXPRESSION) { … break R1; } … return b1(m, d, …); }
 *     return unreduced(…);
 *
 *   MC1  A rule is entered here only if its left-hand side matches without binding a variable of the
 *        call, and no later one can match. Whatever is not decided goes to the machine, which tries the
 *        rules one after the other.
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
import { type PreparedRule, slotIndex } from "../rules.js";
import type { FunctionText, UnitText } from "./code-text.js";

/** The name of the local that holds a slot's value. */
export function slotName(slot: Variable): string {
  return `s${slotIndex(slot)}`;
}

/** Slots that the left-hand side of a rule fills, in the order of their first occurrence. */
export function slotsOf(atom: Atom, found: Variable[] = []): Variable[] {
  if (atom.tag === VARIABLE) {
    if (!found.includes(atom)) found.push(atom);
  } else if (atom.tag === EXPRESSION && !atom.ground) {
    for (const child of atom.children) slotsOf(child, found);
  }
  return found;
}

/** What matches such an atom is decided elsewhere: by the host, or by the state's contents. */
function isOpaque(atom: Atom): boolean {
  return atom.tag === HOST || atom.tag === STATE;
}

/** False only if no atom can match both patterns. */
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
export interface EntryParts {
  readonly unit: UnitText;
  readonly rules: readonly PreparedRule[];
  /** The functions of the rules' bodies, by index. */
  readonly bodies: readonly FunctionText[];
  readonly arity: number;
}

/** Writes the function that is called with the arguments. */
export function writeEntry({ unit, rules, bodies, arity }: EntryParts): FunctionText {
  const parameters = Array.from({ length: arity }, (_, index) => `a${index}`);
  const fn = unit.function("entry", ["m", "d", ...parameters]);
  const list = parameters.join(", ");
  fn.line(`if (d <= 0 || m.steps >= m.pause) return again(m${list && `, ${list}`});`);
  const several = `return several(m${list && `, ${list}`});`;
  const writer = new MatchWriter(unit, fn, several);
  const needsChoice = rules.map((rule, index) =>
    rules.slice(index + 1).some((later) => overlap(rule.left, later.left)),
  );
  const tracked = needsChoice.some(Boolean);
  if (tracked) fn.line("let chosen = -1;");
  const locals: string[][] = [];
  rules.forEach((rule, index) => {
    locals.push(writer.rule(rule, index, needsChoice[index]!, tracked, bodies[index]!));
  });
  if (tracked) writeChoice(fn, rules, needsChoice, locals, bodies);
  fn.line(`return unreduced(m${list && `, ${list}`});`);
  return fn;
}

function writeChoice(
  fn: FunctionText,
  rules: readonly PreparedRule[],
  needsChoice: readonly boolean[],
  locals: readonly (readonly string[])[],
  bodies: readonly FunctionText[],
): void {
  rules.forEach((_rule, index) => {
    if (!needsChoice[index]) return;
    const body = bodies[index]!;
    const args = ["m", "d", ...locals[index]!];
    fn.line(`if (chosen === ${index}) return ${body.name}(${args.join(", ")});`);
  });
}

class MatchWriter {
  readonly #unit: UnitText;
  readonly #fn: FunctionText;
  readonly #several: string;

  constructor(unit: UnitText, fn: FunctionText, several: string) {
    this.#unit = unit;
    this.#fn = fn;
    this.#several = several;
  }

  /** Tries one rule; the locals that hold its slots. */
  rule(
    rule: PreparedRule,
    index: number,
    needsChoice: boolean,
    tracked: boolean,
    body: FunctionText,
  ): string[] {
    const left = rule.left as Expression;
    const slots = slotsOf(left);
    const names = slots.map((slot) => `r${index}${slotName(slot)}`);
    if (names.length > 0 && needsChoice) this.#fn.line(`let ${names.join(", ")};`);
    const label = `R${index}`;
    this.#fn.line(`${label}: {`);
    const known = new Map<Variable, string>();
    left.children.slice(1).forEach((pattern, at) => {
      this.#match(pattern, `a${at}`, label, known);
    });
    const values = slots.map((slot) => known.get(slot)!);
    if (tracked) this.#fn.line(`if (chosen >= 0) ${this.#several}`);
    if (needsChoice) {
      names.forEach((name, at) => {
        this.#fn.line(`${name} = ${values[at]};`);
      });
      this.#fn.line(`chosen = ${index};`);
    } else {
      const args = ["m", "d", ...values];
      this.#fn.line(`return ${body.name}(${args.join(", ")});`);
    }
    this.#fn.line("}");
    return names;
  }

  /** Leaves the block `label` unless `value`, a dereferenced local, matches. */
  #match(pattern: Atom, value: string, label: string, known: Map<Variable, string>): void {
    const fn = this.#fn;
    const open = [VARIABLE, STATE, HOST].map((tag) => `${value}.tag === ${tag}`).join(" || ");
    const miss = `{ if (${open}) ${this.#several} break ${label}; }`;
    if (pattern.tag === VARIABLE) {
      const before = known.get(pattern);
      if (before === undefined) known.set(pattern, value);
      else this.#same(before, value, label);
    } else if (pattern.tag === SYMBOL) {
      fn.line(`if (${value} !== ${this.#unit.constant(pattern)}) ${miss}`);
    } else if (pattern.tag !== EXPRESSION) {
      fn.line(`if (!equalLeaf(${this.#unit.constant(pattern)}, ${value})) ${miss}`);
    } else {
      const size = pattern.children.length;
      fn.line(`if (${value}.tag !== ${EXPRESSION}) ${miss}`);
      const children = this.#unit.name("c");
      fn.line(`const ${children} = ${value}.children;`);
      fn.line(`if (${children}.length !== ${size}) break ${label};`);
      pattern.children.forEach((part, at) => {
        const child = this.#unit.name("x");
        fn.line(`const ${child} = dereference(${children}[${at}]);`);
        this.#match(part, child, label, known);
      });
    }
  }

  /** A variable that occurs twice: both must be the same, and known to be. */
  #same(one: string, other: string, label: string): void {
    const result = this.#unit.name("q");
    this.#fn.line(`const ${result} = sameGround(${one}, ${other});`);
    this.#fn.line(`if (${result} === null) ${this.#several}`);
    this.#fn.line(`if (!${result}) break ${label};`);
  }
}
