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
 *   DN1  Two atoms have one number exactly if they are the same, variables by their places, names and marks included.
 *   DN2  Two atoms have one kind exactly if they are the same, names of variables and marks left out.
 *   DN3  An integer and a float are never the same.
 */
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

/** An expression whose parts are being numbered. */
interface Pending {
  readonly source: Expression;
  readonly parts: number[];
}

export class AtomDictionary {
  readonly #numbers = new Map<unknown, number>();
  /** Of integers from 0 on, −1 for those that have not been met here: {@link #integer}. */
  readonly #small: number[] = [];
  readonly #atoms: Atom[] = [];
  readonly #kinds: number[] = [];
  readonly #hosts: (readonly [host: HostAtom, number: number])[] = [];

  /** How many atoms it holds. */
  get size(): number {
    return this.#atoms.length;
  }

  /** The atom of a number; variables in it are {@link placeOf} something. */
  atomOf(number: number): Atom {
    return this.#atoms[number]!;
  }

  kindOf(number: number): number {
    return this.#kinds[number]!;
  }

  /** The place that a variable of this dictionary's atoms stands for. */
  placeOf(variable: Variable): number {
    return -1 - variable.id;
  }

  /** The number of an atom, bound variables followed. Costs a look at each part; none into what it has given itself. */
  numberOf(atom: Atom, places: Places): number {
    const top = dereference(atom);
    if (top.tag !== EXPRESSION) return this.#leaf(top, places);
    const given = this.#numbers.get(top);
    if (given !== undefined) return given;
    const pending: Pending[] = [{ source: top, parts: [] }];
    for (;;) {
      const { source, parts } = pending.at(-1)!;
      const { children } = source;
      let isInside = false;
      while (parts.length < children.length) {
        const child = dereference(children[parts.length]!);
        const number =
          child.tag === EXPRESSION ? this.#numbers.get(child) : this.#leaf(child, places);
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
    const key = `(${parts.join(",")}${source.evaluated ? ")" : ""}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const made = source.ground
      ? source
      : new Expression(parts.map((number) => this.#atoms[number]!));
    const kind = this.#kindOf(parts);
    // What is ground is met again as the same object, in what is built from answers.
    if (made.ground) this.#numbers.set(made, this.#atoms.length);
    return this.#add(key, made, kind);
  }

  /** DN2: that of the expression whose parts are kinds, if there is another. */
  #kindOf(parts: readonly number[]): number | null {
    const key = `[${parts.map((number) => this.#kinds[number]!).join(",")}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#atoms.length);
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
    return this.#numbers.get(key) ?? this.#add(key, atom, null);
  }

  #host(atom: HostAtom): number {
    const found = this.#hosts.find(([known]) => equalLeaves(known, atom));
    if (found !== undefined) return found[1];
    const number = this.#push(atom, null);
    this.#hosts.push([atom, number]);
    return number;
  }

  #place(place: number, name: string): number {
    const key = `$${place} ${name}`;
    const known = this.#numbers.get(key);
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
    const number = this.#atoms.push(atom) - 1;
    this.#kinds.push(kind ?? number);
    return number;
  }
}
