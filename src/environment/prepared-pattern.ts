/**
 * Prepared pattern: a pattern of a program that is matched again and again, each time with different
 * values in some of its places. It is compiled once, and what a match finds in the places left free is
 * given as atoms, without variables and bindings.
 *
 *     (edge $x $y)      places $x, $y       matches(env, null, [a, null])     $x is a, $y is sought
 *
 *   PP1  A match yields what matching the pattern with fresh variables in its free places would bind.
 *        Where that takes unification (rows or values with variables, other kinds of patterns), `matches`
 *        gives null, and the caller matches in that way.
 *   PP2  A search is kept, or is given back before anything is written or anything else is sought.
 *   PP3  The ids in it are those of the present era (symbols.ts) whenever a search begins; one that began before goes on
 *        in the version that it was kept with.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import {
  type Atom,
  EXPRESSION,
  type Expression,
  expression,
  type SpaceAtom,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "../term/atom.js";
import { dereference, mapLeaves } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import { type Access, placeAccess, restricted, SCAN_LIMIT, SCANNING } from "./access.js";
import { AccessStreams } from "./access-streams.js";
import { mayHoldVariableRows } from "./argument-index.js";
import { type Handle, takePin } from "./handle.js";
import { LOOK_AHEAD } from "./match-cursor.js";
import type { Pin } from "./pin.js";
import { ROW_TOKENS, readLiveCount, WHOLE } from "./relation.js";
import { HEADLESS_KINDS_MASK, setKeyOf } from "./relation-key.js";
import {
  type Bound,
  canBeRemembered,
  MOST_LOOKED_AT,
  MOST_ROWS,
  Remembered,
  RememberedMatch,
  type RememberedRow,
  type RememberedRows,
} from "./remembered.js";
import type { Restriction } from "./restriction.js";
import { RowMatcher, RowProgram } from "./row-matcher.js";
import { NO_ROWS, type RowStream } from "./row-stream.js";
import { RELATIONS, readHeadlessKinds } from "./space.js";
import { findSpace } from "./space-access.js";
import type { Store } from "./workspace.js";

/** What is asked of the free places of a pattern, in a relation with so many rows. */
type RestrictRows = (rows: number) => Restriction | null;

export class PreparedPattern {
  readonly pattern: Expression;
  /** Its variables in the order of their first occurrence: what `matches` wants values for. */
  readonly places: readonly Variable[];
  readonly #store: Store;
  #program!: RowProgram;
  #high = 0;
  #low = 0;
  /** In which the ids of the program and the key are good (PP3). */
  #era!: object;
  /** A search that has come to its end, to be begun again. */
  #idle: PreparedMatch | null = null;
  /** Null if nothing is remembered of it (KR1). */
  #remembered: Remembered | null = null;
  readonly #remembers: boolean;
  /** What the present search seeks, by place and by argument of the pattern. */
  readonly #given: Atom[] = [];
  readonly #arguments: Atom[] = [];

  /** `remembers`: what is found for values is kept, to be found again while nothing is written (remembered.ts). */
  constructor(store: Store, pattern: Expression, remembers: boolean) {
    this.#store = store;
    this.pattern = pattern;
    this.#remembers = remembers;
    this.#prepare();
    this.places = this.#program.variables;
  }

  #prepare(): void {
    const { key, vocabulary } = this.#store;
    this.#era = vocabulary.symbols.era;
    this.#program = new RowProgram(vocabulary, this.pattern);
    this.#idle = null;
    const isKept = this.#remembers && canBeRemembered(this.pattern);
    this.#remembered = isKept ? new Remembered(this.#store, this.#program.variables.length) : null;
    setKeyOf(key, this.pattern, vocabulary.symbols);
    this.#high = key.high;
    this.#low = key.low;
  }

  /** Whether a pattern is one of facts with a symbol first, which is what is prepared. */
  static canPrepare(pattern: Atom): pattern is Expression {
    if (pattern.tag !== EXPRESSION || pattern.children[0]?.tag !== SYMBOL) return false;
    return !RESERVED.has(pattern.children[0].name);
  }

  /**
   * The matches, in insertion order, with a value for each place (what `values` has besides is of no meaning); null leaves
   * it free. Null if they have to be found by unification (PP1). Throws ERR_INVALID_ARGUMENT for an unknown space. Who has found the last of
   * them before anything else happens gives the search back; who has not keeps it (PP2).
   */
  matches(
    env: Handle,
    space: SpaceAtom | null,
    values: readonly (Atom | null)[],
    trail: Trail,
    restrict: RestrictRows | null = null,
  ): PreparedMatch | null {
    const store = this.#store;
    if (env.store !== store) return null;
    if (this.#era !== store.vocabulary.symbols.era) this.#prepare();
    const { words } = store;
    const record = findSpace(words, env.root, space);
    env.reads?.noteRelation(env, space, this.#high, this.#low);
    if ((readHeadlessKinds(words, record) & HEADLESS_KINDS_MASK) !== 0) return null;
    const relations = words[record + RELATIONS]!;
    const relation =
      relations === NO_ADDRESS ? NOT_FOUND : treeFind(words, relations, this.#high, this.#low);
    const hasRows = relation !== NOT_FOUND;
    if (hasRows && mayHoldVariableRows(words, relation, WHOLE)) return null;
    const match = this.#idle ?? new PreparedMatch(store, new RowMatcher(store, this.#program));
    const bound = this.#take(values);
    const restriction = restrict?.(hasRows ? readLiveCount(words, relation) : 0) ?? null;
    match.matcher.restriction = restriction;
    if (!match.matcher.begin(this.#given)) return null;
    this.#idle = null;
    const access = hasRows ? this.#accessOf(relation, values, trail, restriction) : null;
    match.begin(relation, access, bound, trail);
    const remembered = restrict === null && access !== null ? this.#remembered : null;
    if (remembered?.begin(env, space, relation, values) && !this.#hasTwins(bound)) {
      remembered.add(values, match.all());
      match.begin(relation, access, bound, trail);
    }
    return match;
  }

  /**
   * The matches, where they are remembered of an earlier search that asked nothing of them besides; null if they are not. The
   * space then sees nothing but itself, as it did for {@link matches}.
   */
  remembered(
    env: Handle,
    space: SpaceAtom | null,
    values: readonly (Atom | null)[],
    trail: Trail,
  ): RememberedMatch | null {
    const remembered = this.#remembered;
    if (remembered === null || env.reads !== null) return null;
    if (env.store !== this.#store || this.#era !== env.store.vocabulary.symbols.era) return null;
    const rows = remembered.find(env, space, values);
    if (rows === undefined) return null;
    let bound = NONE_BOUND;
    for (let place = 0; place < this.places.length; place++) {
      const value = values[place]!;
      const variable = value === null ? null : dereference(value);
      if (variable?.tag !== VARIABLE) continue;
      for (const other of bound) if (other.variable === variable) return null;
      bound = [...bound, { variable, place }];
    }
    return new RememberedMatch(env, rows, bound, trail);
  }

  /** Whether one variable was given in two places: their parts have to be equal. */
  #hasTwins(bound: readonly Bound[]): boolean {
    const given = this.#given;
    return bound.some(({ variable, place }) => given.lastIndexOf(variable) !== place);
  }

  /** Takes back a search that nobody looks at any more. */
  giveBack(match: PreparedMatch): void {
    if (match.matcher.program === this.#program) this.#idle = match;
  }

  /** Notes what is given; the variables among it. */
  #take(values: readonly (Atom | null)[]): readonly Bound[] {
    const given = this.#given;
    let bound = NONE_BOUND;
    for (let place = 0; place < this.places.length; place++) {
      // A variable of the pattern itself is bound by nobody: it stands for a free place.
      const value = values[place]!;
      const atom = dereference(value ?? this.places[place]!);
      if (atom.tag === VARIABLE && value !== null && given.indexOf(atom) >>> 0 >= place) {
        bound = [...bound, { variable: atom, place }];
      }
      given[place] = atom;
    }
    return bound;
  }

  #accessOf(
    relation: Address,
    values: readonly (Atom | null)[],
    { sameStates }: Trail,
    restriction: Restriction | null,
  ): Access {
    const store = this.#store;
    if (readLiveCount(store.words, relation) <= SCAN_LIMIT) return SCANNING;
    const parts = this.#arguments;
    const { children } = this.pattern;
    for (let index = 1; index < children.length; index++) {
      parts[index - 1] = this.#filled(children[index]!);
    }
    const isWhole = parts.length > 1 && !values.includes(null);
    const whole = isWhole ? expression([children[0]!, ...parts]) : null;
    const access = placeAccess(store, relation, parts, whole, sameStates !== null);
    return restriction === null ? access : restricted(store, relation, parts, restriction, access);
  }

  /** A part of the pattern with what is given in its places. */
  #filled(part: Atom): Atom {
    const { places } = this;
    const given = this.#given;
    if (part.tag === VARIABLE) return given[places.indexOf(part)]!;
    if (part.tag !== EXPRESSION || part.ground) return part;
    return mapLeaves(part, (leaf) =>
      leaf.tag === VARIABLE ? (given[places.indexOf(leaf)] ?? leaf) : leaf,
    );
  }
}

const RESERVED: ReadonlySet<string> = new Set(["=", ":", ":<", ","]);
const NONE_BOUND: readonly Bound[] = [];

/** The matches of a prepared pattern, one after another. */
export class PreparedMatch {
  readonly matcher: RowMatcher;
  readonly #store: Store;
  readonly #streams: AccessStreams;
  #stream: RowStream;
  #relation: Address = NO_ADDRESS;
  #pin: Pin | null = null;
  #bound: readonly Bound[] = NONE_BOUND;
  #trail: Trail;
  #isOpen = false;
  /** The stream stands on a row that was found ahead. */
  #isAhead = false;

  constructor(store: Store, matcher: RowMatcher) {
    this.matcher = matcher;
    this.#store = store;
    this.#streams = new AccessStreams(store.words);
    this.#stream = NO_ROWS;
    this.#trail = store.trail;
  }

  /** Stands before the first match; without an access there is none. */
  begin(relation: Address, access: Access | null, bound: readonly Bound[], trail: Trail): void {
    this.#bound = bound;
    this.#trail = trail;
    this.#isAhead = false;
    this.#isOpen = access !== null;
    this.#relation = relation;
    if (access !== null) this.#stream = this.#streams.begin(relation, access);
  }

  /** Keeps what is searched as it is, to be searched later on; then it must be closed (PP2). Keeping twice does nothing. */
  keep(env: Handle): void {
    if (this.#isOpen) this.#pin ??= takePin(env);
  }

  /** Goes to the next match and binds variables that were given as values; false at the end. */
  next(): boolean {
    if (!this.#isOpen) return false;
    this.#pin?.check();
    const stream = this.#stream;
    const { matcher } = this;
    const trail = this.#trail;
    while (this.#isAhead || stream.next()) {
      this.#isAhead = false;
      if (!matcher.accepts(stream.row + ROW_TOKENS, trail)) continue;
      for (const { variable, place } of this.#bound) trail.bind(variable, matcher.part(place));
      return true;
    }
    this.close();
    return false;
  }

  /** Whether the match was the last, as far as can be seen from here (LM1); its parts are read before. */
  isLast(): boolean {
    if (this.#isAhead) return false;
    if (this.#isOpen) {
      const stream = this.#stream;
      const { lookingTrail } = this.#store;
      for (let looked = 0; stream.next(); looked++) {
        this.#isAhead = this.matcher.accepts(stream.row + ROW_TOKENS, lookingTrail);
        if (this.#isAhead || looked === LOOK_AHEAD) return false;
      }
    }
    this.close();
    return true;
  }

  /** The parts of all matches, before the first was asked for; null if they are too many. Then it begins anew. */
  all(): RememberedRows | null {
    const rows: RememberedRow[] = [];
    const stream = this.#stream;
    const { matcher } = this;
    for (let looked = 0; stream.next(); looked++) {
      if (looked === MOST_LOOKED_AT) return null;
      if (!matcher.accepts(stream.row + ROW_TOKENS, this.#trail)) continue;
      if (rows.length === MOST_ROWS) return null;
      rows.push(matcher.parts());
    }
    return rows;
  }

  /** How many matches there are, before the first was asked for; the search is closed. */
  count(): number {
    let count = 0;
    if (!this.#isOpen) return count;
    const stream = this.#stream;
    const { matcher } = this;
    const trail = this.#trail;
    if (this.#streams.isScan(stream) && matcher.acceptsAll) {
      count = readLiveCount(this.#store.words, this.#relation);
    } else {
      while (stream.next()) if (matcher.accepts(stream.row + ROW_TOKENS, trail)) count++;
    }
    this.close();
    return count;
  }

  /** What the match has in a place that was left free. */
  part(place: number): Atom {
    return this.matcher.part(place);
  }

  /** Ends the search early. Closing twice does nothing. */
  close(): void {
    this.#isOpen = false;
    this.#pin?.close();
    this.#pin = null;
  }
}
