/**
 * Atoms as users see them: immutable values of one thread.
 *
 * Invariants
 *   A1  Symbols are interned: two symbols with one name are the same object in a thread.
 *   A2  An IntegerAtom holds a `number` exactly when the integer is safe (|n| ≤ 2^53 − 1), else a
 *       `bigint`; so equal integers have equal `value` by `===`.
 *   A3  `Expression.ground` is true exactly when no variable and no host value occurs in it: it can be
 *       compared without binding anything and stored.
 *   A4  `Variable.value` is null outside a running evaluation: only the unifier and its trail write
 *       it, and only on variables that the evaluation made itself.
 *   A5  Atoms that are equal have equal own properties, none of which leads to a heap or an evaluator:
 *       `assert.deepStrictEqual` and the matchers of test runners compare atoms by what they are. What
 *       is only remembered about an atom is private.
 *
 * Declarations tell the classes apart by `kind`, a field that does not exist: to users `tag` and what else the
 * engine reads of an atom does not either, and they ask with `isSymbol` and its kin (guards.ts).
 */

import { showAs } from "../base/inspect.js";
import { Interned } from "./interned.js";
import { print, printBriefly } from "./printer.js";
import {
  BOOLEAN,
  EXPRESSION,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
} from "./tags.js";

export {
  BOOLEAN,
  EXPRESSION,
  FLOAT,
  HOST,
  INTEGER,
  OPERATION,
  SPACE,
  STATE,
  STRING,
  SYMBOL,
  VARIABLE,
};

/** A term of the language: an immutable value of one thread. */
export type Atom =
  | SymbolAtom
  | Variable
  | Expression
  | IntegerAtom
  | FloatAtom
  | StringAtom
  | BooleanAtom
  | OperationAtom
  | SpaceAtom
  | StateAtom
  | HostAtom;

/** A name. Two symbols of one name are one object in a thread. */
export class SymbolAtom {
  /** @internal */
  readonly tag: typeof SYMBOL = SYMBOL;
  declare protected readonly kind: "symbol";
  /** The name. */
  readonly name: string;
  /** One-entry cache of a shared symbol table: its id in the era `#table` of one. */
  #table: object | null = null;
  #id = 0;
  #page: object | null = null;

  /** Use {@link symbol}; the constructor does not intern. @internal */
  constructor(name: string) {
    this.name = name;
  }

  /** The id that the table has noted last; -1 if another table has. @internal */
  idIn(table: object): number {
    return this.#table === table ? this.#id : -1;
  }

  /** @internal */
  noteId(table: object, id: number): void {
    this.#table = table;
    this.#id = id;
  }

  /** What it is interned on, which lives as long as it does; null while it is young (interned.ts). @internal */
  get page(): object | null {
    return this.#page;
  }

  /** @internal */
  set page(page: object) {
    this.#page = page;
  }

  /** As `print`: an atom is its MeTTa wherever JavaScript wants text. */
  toString(): string {
    return print(this);
  }
}

/** A variable, `$name` in text. */
export class Variable {
  /** @internal */
  readonly tag: typeof VARIABLE = VARIABLE;
  declare protected readonly kind: "variable";
  /** Without the leading `$`. */
  readonly name: string;
  /**
   * 0 as written by a user, and then two objects of one name are one variable in text and in storage;
   * otherwise the number that makes a renamed variable unique.
   * @internal
   */
  readonly id: number;
  /** What the variable is currently bound to in an evaluation (A4). @internal */
  value: Atom | null = null;

  /** @internal */
  constructor(name: string, id: number) {
    this.name = name;
    this.id = id;
  }

  toString(): string {
    return print(this);
  }
}

/** A sequence of atoms in parentheses; the one without children is `()`. */
export class Expression {
  /** @internal */
  readonly tag: typeof EXPRESSION = EXPRESSION;
  declare protected readonly kind: "expression";
  /** Its parts, in order. */
  readonly children: readonly Atom[];
  /** @internal */
  readonly ground: boolean;
  #evaluated = false;

  /** @internal */
  constructor(children: readonly Atom[]) {
    this.children = children;
    let ground = true;
    for (const child of children) {
      const { tag } = child;
      if (tag === VARIABLE || tag === HOST || (tag === EXPRESSION && !child.ground)) {
        ground = false;
        break;
      }
    }
    this.ground = ground; // A3
  }

  /** Set by the evaluator on ground expressions that it built and that are their own values. @internal */
  get evaluated(): boolean {
    return this.#evaluated;
  }

  /** @internal */
  set evaluated(value: boolean) {
    this.#evaluated = value;
  }

  toString(): string {
    return print(this);
  }
}

/** An integer of any size: a `number` if it is safe, else a `bigint`. */
export class IntegerAtom {
  /** @internal */
  readonly tag: typeof INTEGER = INTEGER;
  declare protected readonly kind: "integer";
  /** The number; a `bigint` beyond 2^53. */
  readonly value: number | bigint;

  /** Use {@link integer}, which keeps A2. @internal */
  constructor(value: number | bigint) {
    this.value = value;
  }

  toString(): string {
    return print(this);
  }
}

/** A number of 64 bits, shown with a point: `1.0`. */
export class FloatAtom {
  /** @internal */
  readonly tag: typeof FLOAT = FLOAT;
  declare protected readonly kind: "float";
  /** The number. */
  readonly value: number;

  /** @internal */
  constructor(value: number) {
    this.value = value;
  }

  toString(): string {
    return print(this);
  }
}

/** A text in double quotes. */
export class StringAtom {
  /** @internal */
  readonly tag: typeof STRING = STRING;
  declare protected readonly kind: "string";
  /** The text, without quotes. */
  readonly value: string;

  /** @internal */
  constructor(value: string) {
    this.value = value;
  }

  toString(): string {
    return print(this);
  }
}

/** `True` or `False`. */
export class BooleanAtom {
  /** @internal */
  readonly tag: typeof BOOLEAN = BOOLEAN;
  declare protected readonly kind: "boolean";
  /** True or false. */
  readonly value: boolean;

  /** Use {@link boolean}; a thread has exactly two of them. @internal */
  constructor(value: boolean) {
    this.value = value;
  }

  toString(): string {
    return print(this);
  }
}

/** The evaluator knows what an operation does; here it is a name with a behaviour attached. */
export class OperationAtom {
  /** @internal */
  readonly tag: typeof OPERATION = OPERATION;
  declare protected readonly kind: "operation";
  /** The name of the operation. */
  readonly name: string;
  /** @internal */
  readonly operation: object;

  /** @internal */
  constructor(name: string, operation: object) {
    this.name = name;
    this.operation = operation;
  }

  toString(): string {
    return print(this);
  }
}

/** A space is named by the event that made it: unique in the heap, equal on every thread. */
export class SpaceAtom {
  /** @internal */
  readonly tag: typeof SPACE = SPACE;
  declare protected readonly kind: "space";
  /** @internal */
  readonly writer: number;
  /** @internal */
  readonly sequence: number;

  /** @internal */
  constructor(writer: number, sequence: number) {
    this.writer = writer;
    this.sequence = sequence;
  }

  toString(): string {
    return print(this);
  }
}

/** A state is named like a space; what it holds is in the environment. */
export class StateAtom {
  /** @internal */
  readonly tag: typeof STATE = STATE;
  declare protected readonly kind: "state";
  /** @internal */
  readonly writer: number;
  /** @internal */
  readonly sequence: number;

  /** @internal */
  constructor(writer: number, sequence: number) {
    this.writer = writer;
    this.sequence = sequence;
  }

  toString(): string {
    return print(this);
  }
}

/** Pairs of atoms that must be equal for a match: a map from variables to values is one. */
export type MatchSolution = Iterable<readonly [Atom, Atom]>;

/** How a host value behaves where atoms are compared, matched and shown; see `hostAtom`. */
export interface HostBehavior<Value = unknown> {
  /** Its MeTTa type, where a name is not enough. */
  readonly typeAtom?: Atom;
  /** Its text. Default: the text of its type. */
  print?(value: Value): string;
  /** Whether it equals another host value. Default: `===`. */
  equals?(value: Value, other: unknown): boolean;
  /**
   * The ways in which it matches an atom that is neither a variable nor equal to it, none if it does not.
   * Called again whenever the same match is tried again; it must not change anything.
   */
  match?(value: Value, other: Atom): Iterable<MatchSolution>;
}

const PLAIN: HostBehavior = {};

/** A value of the host in one thread, made with `hostAtom`. */
export class HostAtom {
  /** @internal */
  readonly tag: typeof HOST = HOST;
  declare protected readonly kind: "host";
  /** The value of the host. */
  readonly value: unknown;
  /** Its MeTTa type's text, as `get-type` shows it. */
  readonly typeName: string;
  /** @internal */
  readonly behavior: HostBehavior;

  /** @internal */
  constructor(value: unknown, typeName: string, behavior: HostBehavior = PLAIN) {
    this.value = value;
    this.typeName = typeName;
    this.behavior = behavior;
  }

  toString(): string {
    return print(this);
  }
}

for (const kind of [
  SymbolAtom,
  Variable,
  Expression,
  IntegerAtom,
  FloatAtom,
  StringAtom,
  BooleanAtom,
  OperationAtom,
  SpaceAtom,
  StateAtom,
  HostAtom,
]) {
  showAs<Atom>(kind, (atom) => printBriefly(atom), print);
}

const symbols = new Interned((name: string) => new SymbolAtom(name));

/** The one symbol of this name in this thread (A1). */
export function symbol(name: string): SymbolAtom {
  return symbols.get(name);
}

/** Symbols that nobody has may be forgotten from now on. */
export function ageSymbols(): void {
  symbols.age();
}

/** Some steps of forgetting symbols that nobody has; false if all is done. */
export function forgetSymbols(steps: number): boolean {
  return symbols.step(steps);
}

/** How many names of symbols this thread remembers. */
export function rememberedSymbols(): number {
  return symbols.size;
}

/** A variable as a user writes it, `name` without the `$`. */
export function variable(name: string): Variable {
  return new Variable(name, 0);
}

/** An expression of these children. */
export function expression(children: readonly Atom[]): Expression {
  return children.length === 0 ? UNIT : new Expression(children);
}

const SMALL_INTEGER_MINIMUM = -128;
const SMALL_INTEGER_MAXIMUM = 1023;
const smallIntegers: readonly IntegerAtom[] = Array.from(
  { length: SMALL_INTEGER_MAXIMUM - SMALL_INTEGER_MINIMUM + 1 },
  (_, index) => new IntegerAtom(index + SMALL_INTEGER_MINIMUM),
);

/**
 * An integer of any size. A `number` must be a safe integer; a `bigint` may be anything and is
 * stored as a `number` when it is safe (A2).
 */
/** Whether there is no variable in an atom. */
export function isGround(atom: Atom): boolean {
  return atom.tag === EXPRESSION ? atom.ground : atom.tag !== VARIABLE;
}

export function integer(value: number | bigint): IntegerAtom {
  if (typeof value === "bigint") {
    if (value < BigInt(Number.MIN_SAFE_INTEGER) || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      return new IntegerAtom(value);
    }
    return integer(Number(value));
  }
  if (value >= SMALL_INTEGER_MINIMUM && value <= SMALL_INTEGER_MAXIMUM) {
    // `-0` and `0` share the entry, so an integer is never −0.
    return smallIntegers[value - SMALL_INTEGER_MINIMUM]!;
  }
  return new IntegerAtom(value);
}

/** A float, `1.0` for 1. */
export function float(value: number): FloatAtom {
  return new FloatAtom(value);
}

/** A string. */
export function string(value: string): StringAtom {
  return new StringAtom(value);
}

export const TRUE: BooleanAtom = new BooleanAtom(true);
export const FALSE: BooleanAtom = new BooleanAtom(false);

/** `True` or `False`. */
export function boolean(value: boolean): BooleanAtom {
  return value ? TRUE : FALSE;
}

/** The empty expression `()`, one object in a thread. */
export const UNIT: Expression = new Expression([]);

/** `&self`: the space that a program is evaluated in. */
export const SELF: SpaceAtom = new SpaceAtom(0, 0);
