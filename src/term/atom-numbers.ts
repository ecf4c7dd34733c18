/**
 * Numbers for atoms: two atoms have one number exactly if they are equal. So equal ones among many are found without
 * comparing each with each.
 *
 *     (p (q 1) 1.0)     1 ─▶ 0    q ─▶ 1    (1 0) ─▶ 2    p ─▶ 3    1.0 ─▶ 0    (3 2 0) ─▶ 4
 *
 *   AN1  Leaves are numbered by what `equal` looks at, expressions by the numbers of their parts.
 *   AN2  Each object is looked at once (sharing.ts).
 */
import { countWork } from "../base/work.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  FLOAT,
  HOST,
  type HostAtom,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
  Variable,
} from "./atom.js";
import { equalLeaves } from "./equal.js";
import { mapLeaves } from "./resolve.js";
import { VariableNumbers, variableName } from "./variable-numbers.js";

/** Numbers by `equal`. Host values that say themselves what they equal cost a look at each of the others. */
export class AtomNumbers {
  readonly #byKey = new Map<string, number>();
  readonly #byAtom = new Map<Atom, number>();
  readonly #hosts: HostAtom[] = [];
  #count = 0;

  /** Cost: a look at each part that was not met before (AN2). */
  numberOf(atom: Atom): number {
    const known = this.#byAtom.get(atom);
    if (known !== undefined) return known;
    const pending: Atom[] = [atom];
    for (let top = pending.at(-1); top !== undefined; top = pending.at(-1)) {
      const count = pending.length;
      if (top.tag === EXPRESSION) this.#pushUnknown(top, pending);
      if (pending.length > count) continue;
      pending.pop();
      if (!this.#byAtom.has(top)) this.#byAtom.set(top, this.#find(top));
    }
    return this.#byAtom.get(atom)!;
  }

  #pushUnknown({ children }: Expression, pending: Atom[]): void {
    countWork(children.length);
    for (const child of children) if (!this.#byAtom.has(child)) pending.push(child);
  }

  #find(atom: Atom): number {
    if (atom.tag === HOST) return this.#numberOfHost(atom);
    const key = this.#keyOf(atom);
    let found = key === null ? undefined : this.#byKey.get(key);
    if (found === undefined) {
      found = this.#count++;
      if (key !== null) this.#byKey.set(key, found);
    }
    return found;
  }

  #numberOfHost(atom: HostAtom): number {
    const same = this.#hosts.find((known) => equalLeaves(known, atom));
    if (same !== undefined) return this.#byAtom.get(same)!;
    this.#hosts.push(atom);
    return this.#count++;
  }

  /** What is the same for equal atoms and no others (AN1); null for what equals itself alone. */
  #keyOf(atom: Exclude<Atom, HostAtom>): string | null {
    switch (atom.tag) {
      case EXPRESSION:
        return `(${atom.children.map((child) => this.#byAtom.get(child)).join()}`;
      case SYMBOL:
        return `s${atom.name}`;
      case VARIABLE:
        return `$${variableName(atom)}`;
      case INTEGER:
        return `n${atom.value}`;
      case FLOAT:
        if (Number.isNaN(atom.value)) return null;
        return `n${Number.isInteger(atom.value) ? BigInt(atom.value) : atom.value}`;
      case STRING:
        return `"${atom.value}`;
      case BOOLEAN:
        return `b${atom.value}`;
      case OPERATION:
        return `o${atom.name}`;
      case SPACE:
        return `&${atom.writer}.${atom.sequence}`;
      case STATE:
        return `!${atom.writer}.${atom.sequence}`;
    }
  }
}

/** Numbers by `alphaEqual`: those of the atoms with their variables renamed to ones of this object. */
export class AlphaNumbers {
  readonly #numbers = new AtomNumbers();
  readonly #places: Variable[] = [];

  numberOf(atom: Atom): number {
    if (atom.tag !== VARIABLE && (atom.tag !== EXPRESSION || atom.ground)) {
      return this.#numbers.numberOf(atom);
    }
    const variables = new VariableNumbers();
    const own = mapLeaves(atom, (leaf) => {
      if (leaf.tag !== VARIABLE) return leaf;
      let number = variables.find(leaf);
      if (number < 0) number = variables.add(leaf);
      return (this.#places[number] ??= new Variable(String(number), 0));
    });
    return this.#numbers.numberOf(own);
  }
}
