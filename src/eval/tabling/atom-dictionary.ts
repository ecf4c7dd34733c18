/**
 * Atom dictionary: a number for each atom that tables hold, so that answers are rows of numbers and calls are compared
 * by them.
 *
 *     a ─▶ 0     (p a) ─▶ 1     (p a), marked as evaluated ─▶ 2     $x, first variable of a call ─▶ 3
 *     kinds:     0              1                              1                                  3
 *
 * Variables are numbered by the order in which a call or an answer has them: its places. So two calls that differ by
 * the names of their variables alone have the same numbers; answers keep names.
 *
 * A dictionary may begin where another ends, which goes on being asked for its own:
 *
 *     of the evaluation     0 1 2 3 4
 *     of a branch in it               5 6 7 …
 *
 *   DN1  Two atoms have one number exactly if they are the same, variables by their places, names and marks included.
 *   DN2  Two atoms have one kind exactly if they are the same, names of variables and marks left out.
 *   DN3  An integer and a float are never the same.
 *   DN4  While one that another begins after is in use, nothing is added to the other.
 */
import { assert } from "../../base/assert.js";
import { countWork } from "../../base/work.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  Expression,
  FLOAT,
  HOST,
  type HostAtom,
  INTEGER,
  type IntegerAtom,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
  Variable,
} from "../../term/atom.js";
import { equalLeaves } from "../../term/equal.js";
import { dereference } from "../../term/resolve.js";

/** The variables of a call or an answer, by their places. */
export class Places {
  readonly variables: Variable[] = [];
  /** Whether atoms that differ by the names of variables have different numbers. */
  readonly keepsNames: boolean;

  constructor(keepsNames: boolean) {
    this.keepsNames = keepsNames;
  }

  /** Makes the places of another call or answer of it. */
  forget(): void {
    if (this.variables.length > 0) this.variables.length = 0;
  }

  /** The place of an unbound variable, which gets one if it has none. */
  of(variable: Variable): number {
    const known = this.variables.indexOf(variable);
    return known < 0 ? this.variables.push(variable) - 1 : known;
  }
}

/** So many places for integers cost nothing. */
const FEW = 64;
/** How the key of an expression begins, and how it ends if it is marked as evaluated. */
const EXPRESSION_KEY = "(";
const EVALUATED = ")";

/** An expression whose parts are being numbered. */
interface Pending {
  readonly source: Expression;
  readonly parts: number[];
}

/** What a number of a dictionary stands for. */
export type Entry =
  | { readonly is: "leaf"; readonly atom: Atom }
  | { readonly is: "place"; readonly place: number; readonly name: string }
  | { readonly is: "expression"; readonly parts: readonly number[]; readonly evaluated: boolean };

export class AtomDictionary {
  /** Whose numbers are not this one's, but mean the same here; and how many these are (DN4). */
  readonly #base: AtomDictionary | null;
  readonly #first: number;
  readonly #numbers = new Map<unknown, number>();
  /** Of integers from 0 on, −1 for those that have not been met here: {@link #integer}. */
  readonly #small: number[] = [];
  readonly #atoms: Atom[] = [];
  readonly #kinds: number[] = [];
  readonly #hosts: (readonly [host: HostAtom, number: number])[] = [];

  constructor(base: AtomDictionary | null = null) {
    this.#base = base;
    this.#first = base?.size ?? 0;
  }

  /** How many atoms it holds, those that it begins after included. */
  get size(): number {
    return this.#first + this.#atoms.length;
  }

  /** Whether it holds values of the host, which mean nothing to other threads. */
  get hasHosts(): boolean {
    return this.#hosts.length > 0 || this.#base?.hasHosts === true;
  }

  /** The atom of a number; variables in it are {@link placeOf} something. */
  atomOf(number: number): Atom {
    const at = number - this.#first;
    return at < 0 ? this.#base!.atomOf(number) : this.#atoms[at]!;
  }

  kindOf(number: number): number {
    const at = number - this.#first;
    return at < 0 ? this.#base!.kindOf(number) : this.#kinds[at]!;
  }

  #find(key: unknown): number | undefined {
    const found = this.#numbers.get(key);
    return found !== undefined || this.#base === null ? found : this.#base.#find(key);
  }

  /** What the numbers stand for, from 0 on: {@link append} makes the same dictionary of it. */
  *entries(): Generator<Entry> {
    if (this.#base !== null) yield* this.#base.entries();
    const keys = new Map<number, string>();
    for (const [key, number] of this.#numbers) {
      if (typeof key === "string" && key.startsWith(EXPRESSION_KEY)) keys.set(number, key);
    }
    for (const [index, atom] of this.#atoms.entries()) {
      if (atom.tag === VARIABLE) {
        yield { is: "place", place: this.placeOf(atom), name: atom.name };
      } else if (atom.tag === EXPRESSION) {
        yield expressionEntry(keys.get(this.#first + index)!);
      } else yield { is: "leaf", atom };
    }
  }

  /** Gives what the entry stands for the next number. */
  append(entry: Entry): void {
    const next = this.size;
    const number = this.#append(entry);
    assert(number === next, "DN1: an entry was there before");
  }

  #append(entry: Entry): number {
    if (entry.is === "place") return this.#place(entry.place, entry.name);
    if (entry.is === "leaf") return this.numberOf(entry.atom, new Places(true));
    const { parts, evaluated } = entry;
    const made = new Expression(parts.map((number) => this.atomOf(number)));
    made.evaluated = evaluated;
    return this.#expression(made, parts);
  }

  /** The place that a variable of this dictionary's atoms stands for. */
  placeOf(variable: Variable): number {
    return -1 - variable.id;
  }

  /** The number of an atom, bound variables followed. Costs a look at each part; none into what it has given itself. */
  numberOf(atom: Atom, places: Places): number {
    const top = dereference(atom);
    if (top.tag !== EXPRESSION) return this.#leaf(top, places);
    const given = this.#find(top);
    if (given !== undefined) return given;
    const pending: Pending[] = [{ source: top, parts: [] }];
    for (;;) {
      const { source, parts } = pending.at(-1)!;
      const { children } = source;
      let isInside = false;
      while (parts.length < children.length) {
        const child = dereference(children[parts.length]!);
        const number = child.tag === EXPRESSION ? this.#find(child) : this.#leaf(child, places);
        if (number === undefined) {
          pending.push({ source: child as Expression, parts: [] });
          isInside = true;
          break;
        }
        parts.push(number);
      }
      if (isInside) continue;
      countWork(children.length);
      const number = this.#expression(source, parts);
      pending.pop();
      const parent = pending.at(-1);
      if (parent === undefined) return number;
      parent.parts.push(number);
    }
  }

  #expression(source: Expression, parts: readonly number[]): number {
    // DN1
    const key = `${EXPRESSION_KEY}${parts.join(",")}${source.evaluated ? EVALUATED : ""}`;
    const known = this.#find(key);
    if (known !== undefined) return known;
    const made = source.ground
      ? source
      : new Expression(parts.map((number) => this.atomOf(number)));
    const kind = this.#kindOf(parts);
    // What is ground is met again as the same object, in what is built from answers.
    if (made.ground) this.#numbers.set(made, this.size);
    return this.#add(key, made, kind);
  }

  /** DN2: that of the expression whose parts are kinds, if there is another. */
  #kindOf(parts: readonly number[]): number | null {
    const key = `[${parts.map((number) => this.kindOf(number)).join(",")}`;
    const known = this.#find(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.size);
    return null;
  }

  #leaf(atom: Exclude<Atom, Expression>, places: Places): number {
    switch (atom.tag) {
      case VARIABLE:
        return this.#place(places.of(atom), places.keepsNames ? atom.name : "");
      case SYMBOL:
      case BOOLEAN:
        return this.#known(atom, atom);
      case INTEGER:
        return this.#integer(atom);
      case FLOAT:
        // DN3
        return this.#known(`f${Object.is(atom.value, -0) ? "-0" : atom.value}`, atom);
      case STRING:
        return this.#known(`"${atom.value}`, atom);
      case OPERATION:
        return this.#known(`o${atom.name}`, atom);
      case SPACE:
        return this.#known(`&${atom.writer}.${atom.sequence}`, atom);
      case STATE:
        return this.#known(`!${atom.writer}.${atom.sequence}`, atom);
      case HOST:
        return this.#host(atom);
    }
  }

  /** An array finds those from 0 on, of which most tables are made, faster than the map; it is no longer than it is full. */
  #integer(atom: IntegerAtom): number {
    const { value } = atom;
    const small = this.#small;
    if (typeof value === "bigint" || value < 0 || value > 2 * this.size + FEW) {
      return this.#known(value, atom);
    }
    while (small.length <= value) small.push(-1);
    const known = small[value]!;
    return known < 0 ? (small[value] = this.#known(value, atom)) : known;
  }

  #known(key: unknown, atom: Atom): number {
    return this.#find(key) ?? this.#add(key, atom, null);
  }

  #host(atom: HostAtom): number {
    const found = this.#findHost(atom);
    if (found !== undefined) return found;
    const number = this.#push(atom, null);
    this.#hosts.push([atom, number]);
    return number;
  }

  #findHost(atom: HostAtom): number | undefined {
    const found = this.#hosts.find(([known]) => equalLeaves(known, atom));
    return found !== undefined || this.#base === null ? found?.[1] : this.#base.#findHost(atom);
  }

  #place(place: number, name: string): number {
    const key = `$${place} ${name}`;
    const known = this.#find(key);
    if (known !== undefined) return known;
    const kind = name === "" ? null : this.#place(place, "");
    return this.#add(key, new Variable(name, -1 - place), kind);
  }

  #add(key: unknown, atom: Atom, kind: number | null): number {
    const number = this.#push(atom, kind);
    this.#numbers.set(key, number);
    return number;
  }

  #push(atom: Atom, kind: number | null): number {
    assert(this.#base === null || this.#base.size === this.#first, "DN4: its base has grown");
    const number = this.#first + this.#atoms.push(atom) - 1;
    this.#kinds.push(kind ?? number);
    return number;
  }
}

function expressionEntry(key: string): Entry {
  const evaluated = key.endsWith(EVALUATED);
  const numbers = key.slice(EXPRESSION_KEY.length, evaluated ? -EVALUATED.length : undefined);
  return {
    is: "expression",
    parts: numbers === "" ? [] : numbers.split(",").map(Number),
    evaluated,
  };
}
