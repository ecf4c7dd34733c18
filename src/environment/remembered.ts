/**
 * Remembered matches: what a prepared pattern (prepared-pattern.ts) found for values that it is asked for again and again
 * while nobody writes to the relation. A search of a few rows costs more to begin than to go through.
 *
 *     (step $a $b)     $a is given     (p 0 0)  ──▶  $b (p 1 0)  ·  $b (p 0 1)
 *                                      (p 8 8)  ──▶  nothing
 *
 *   KR1  What is remembered is what a search would find: in the same version of the relation (RE2), in a space that sees
 *        nothing but itself, for the same values in the same places. Values are symbols, truth values, integers, and
 *        expressions of such leaves and of strings.
 *   KR2  There are a bounded number of rows in all, and few for one question. When there are more, all are forgotten;
 *        where few questions are asked again, no more are remembered in that version.
 *   KR3  Rows that were given out never change, so whoever goes through them pins nothing. They end with the environment
 *        as a pin does (PI3).
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  type Atom,
  BOOLEAN,
  EXPRESSION,
  type Expression,
  INTEGER,
  type SpaceAtom,
  STRING,
  SYMBOL,
  VARIABLE,
  Variable,
} from "../term/atom.js";
import { contentKeyOf } from "../term/content-key.js";
import { equal } from "../term/equal.js";
import { dereference } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import type { Handle } from "./handle.js";
import { endedCursor } from "./pin.js";
import { readVersionSequence, readVersionWriter } from "./relation.js";
import type { Store } from "./workspace.js";

/** What one row has in each place; of a place that was given it has nothing of meaning. */
export type RememberedRow = readonly Atom[];
export type RememberedRows = readonly RememberedRow[];

/** Questions in one version after which what is found is remembered. */
const PATIENCE = 8;
/** Rows of one question, and rows that are looked at for it. */
export const MOST_ROWS = 32;
export const MOST_LOOKED_AT = 128;
/** Rows and questions in all (KR2). */
const MOST_KEPT = 1024;
/** Leaves and expressions of a value. */
const MOST_PARTS = 64;

/** By the value that is given in one place, what is known of the next; at the end the rows, null for too many. */
type Known = Map<Key, Known | RememberedRows | null>;
type Key = Atom | number | bigint;
/** Of the places; null for one that is left free. */
type Values = readonly (Atom | null)[];

export class Remembered {
  readonly #store: Store;
  readonly #placeCount: number;
  /** By content; each stands for all that are equal to it. */
  readonly #expressions = new Map<number, Expression>();
  /** By which places are given, a bit for each. */
  readonly #known: Known = new Map();
  #kept = 0;
  #hits = 0;
  #isGivenUp = false;
  /** Questions since the relation was found to be in another version. */
  #asked = 0;
  // The version, and where it was seen last (KR1).
  #writer = 0;
  #sequence = 0;
  #space: SpaceAtom | null = null;
  #handle = -1;
  #generation = -1;

  /** For a pattern of so many places. */
  constructor(store: Store, placeCount: number) {
    this.#store = store;
    this.#placeCount = placeCount;
  }

  /** What a search would find, if it is remembered; undefined if not. */
  find(env: Handle, space: SpaceAtom | null, values: Values): RememberedRows | undefined {
    if (this.#handle !== env.number || this.#generation !== env.generation) return undefined;
    if (this.#kept === 0 || !isSameSpace(this.#space, space)) return undefined;
    const rows = this.#rowsFor(values);
    if (rows === undefined || rows === null) return undefined;
    this.#hits++;
    return rows;
  }

  #rowsFor(values: Values): RememberedRows | null | undefined {
    let known = this.#known.get(this.#givenIn(values));
    for (let place = 0; known instanceof Map; place++) {
      const atom = dereference(values[place] ?? FREE);
      if (atom.tag === VARIABLE) continue;
      let next = known.get(keyOf(atom));
      if (next === undefined && atom.tag === EXPRESSION) next = known.get(this.#oneOf(atom));
      known = next;
    }
    return known;
  }

  /** The one expression that stands for all that are equal, if there is one yet. */
  #oneOf(atom: Expression): Expression {
    const found = this.#expressions.get(this.#contentOf(atom));
    return found !== undefined && equal(found, atom) ? found : atom;
  }

  #contentOf(atom: Expression): number {
    return contentKeyOf(this.#store.vocabulary, atom, this.#store.knownSums);
  }

  /** From now on the expression stands for those that are equal to it, unless another does. */
  #noted(atom: Atom): Atom {
    if (atom.tag !== EXPRESSION || !isPlain(atom)) return atom;
    const one = this.#oneOf(atom);
    if (one === atom) this.#expressions.set(this.#contentOf(atom), atom);
    // A part of a row is data that nobody has evaluated.
    return one.evaluated === atom.evaluated ? one : atom;
  }

  /** Notes where a search begins; whether what it finds is to be remembered. */
  begin(env: Handle, space: SpaceAtom | null, relation: Address, values: Values): boolean {
    this.#arrive(env, space, relation);
    if (this.#isGivenUp || ++this.#asked <= PATIENCE) return false;
    for (let place = 0; place < this.#placeCount; place++) {
      if (!canBeKey(dereference(values[place] ?? FREE))) return false;
    }
    return this.#rowsFor(values) === undefined;
  }

  /** What was remembered of another version is forgotten. */
  #arrive(env: Handle, space: SpaceAtom | null, relation: Address): void {
    const { words } = env.store;
    const writer = readVersionWriter(words, relation);
    const sequence = readVersionSequence(words, relation);
    this.#handle = env.number;
    this.#generation = env.generation;
    if (writer === this.#writer && sequence === this.#sequence && isSameSpace(this.#space, space)) {
      return;
    }
    if (this.#kept > 0) this.#forget();
    this.#writer = writer;
    this.#sequence = sequence;
    this.#space = space;
    this.#isGivenUp = false;
    this.#asked = 0;
  }

  /** Remembers what was found, after {@link begin}; null: too much. */
  add(values: Values, rows: RememberedRows | null): void {
    const keys: Key[] = [this.#givenIn(values)];
    for (let place = 0; place < this.#placeCount; place++) {
      const atom = dereference(values[place] ?? FREE);
      if (atom.tag !== VARIABLE) keys.push(keyOf(this.#keyed(atom)));
    }
    this.#kept += 1 + (rows?.length ?? 0);
    if (this.#kept > MOST_KEPT) {
      this.#isGivenUp = this.#hits < MOST_KEPT; // KR2
      this.#forget();
      return;
    }
    const last = keys.pop()!;
    let known: Known = this.#known;
    for (const key of keys) {
      let next = known.get(key);
      if (!(next instanceof Map)) {
        next = new Map();
        known.set(key, next);
      }
      known = next;
    }
    const noted = rows?.map((row) => row.map((part) => this.#noted(part))) ?? null;
    known.set(last, noted);
  }

  /** The atom by which a question is known. */
  #keyed(atom: Atom): Atom {
    this.#noted(atom);
    return atom.tag === EXPRESSION ? this.#oneOf(atom) : atom;
  }

  #givenIn(values: Values): number {
    let given = 0;
    for (let place = 0; place < this.#placeCount; place++) {
      if (dereference(values[place] ?? FREE).tag !== VARIABLE) given |= 1 << place;
    }
    return given;
  }

  #forget(): void {
    this.#known.clear();
    this.#expressions.clear();
    this.#kept = 0;
    this.#hits = 0;
  }
}

/** In a place that is left free. */
const FREE: Atom = new Variable("free", 0);

function keyOf(atom: Atom): Key {
  return atom.tag === INTEGER ? atom.value : atom;
}

/** Whether it is a value by which a question is known again, or a variable (KR1). */
function canBeKey(atom: Atom): boolean {
  if (atom.tag === EXPRESSION) return atom.ground && isPlain(atom);
  return (
    atom.tag === VARIABLE || atom.tag === SYMBOL || atom.tag === BOOLEAN || atom.tag === INTEGER
  );
}

/** Whether it is small and has no leaves but such that are equal to nothing else, whatever anybody does. */
function isPlain(atom: Expression): boolean {
  const pending: Atom[] = [atom];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part.tag !== EXPRESSION) {
      if (!PLAIN.has(part.tag)) return false;
    } else if (pending.length + part.children.length > MOST_PARTS) {
      return false;
    } else {
      pending.push(...part.children);
    }
  }
  return true;
}

/** Whether what a pattern finds depends on nothing but the rows and what is given for its variables. */
export function canBeRemembered(pattern: Expression): boolean {
  const met = new Set<Variable>();
  const pending: Atom[] = [pattern];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part.tag === EXPRESSION) pending.push(...part.children);
    else if (part.tag !== VARIABLE && !PLAIN.has(part.tag)) return false;
    else if (part.tag === VARIABLE && (met.has(part) || met.size === MOST_PLACES)) return false;
    else if (part.tag === VARIABLE) met.add(part);
  }
  return true;
}

/** One bit each. */
const MOST_PLACES = 30;
const PLAIN: ReadonlySet<number> = new Set([SYMBOL, BOOLEAN, INTEGER, STRING]);

function isSameSpace(one: SpaceAtom | null, other: SpaceAtom | null): boolean {
  if (one === null || other === null) return one === other;
  return one.writer === other.writer && one.sequence === other.sequence;
}

/** A variable that was given as a value, and its place. */
export interface Bound {
  readonly variable: Variable;
  readonly place: number;
}

/** Remembered rows, one after another, as the matches of a search. */
export class RememberedMatch {
  readonly #env: Handle;
  #rows: RememberedRows;
  readonly #bound: readonly Bound[];
  readonly #trail: Trail;
  #at = -1;

  constructor(env: Handle, rows: RememberedRows, bound: readonly Bound[], trail: Trail) {
    this.#env = env;
    this.#rows = rows;
    this.#bound = bound;
    this.#trail = trail;
  }

  /** Goes to the next row and binds variables that were given as values; false at the end. */
  next(): boolean {
    if (this.#env.root === NO_ADDRESS) throw endedCursor(); // KR3
    if (++this.#at >= this.#rows.length) return false;
    for (const { variable, place } of this.#bound) this.#trail.bind(variable, this.part(place));
    return true;
  }

  isLast(): boolean {
    return this.#at >= this.#rows.length - 1;
  }

  /** What the row has in a place that was left free. */
  part(place: number): Atom {
    return this.#rows[this.#at]![place]!;
  }

  close(): void {
    this.#rows = [];
  }
}
