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
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import {
  type Atom,
  EXPRESSION,
  type SpaceAtom,
  SYMBOL,
  VARIABLE,
  type Variable,
} from "../term/atom.js";
import { dereference, mapLeaves } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import { chooseAccess, SCAN_LIMIT, streamOf } from "./access.js";
import { mayHoldVariableRows } from "./argument-index.js";
import { type Handle, takePin } from "./handle.js";
import { LOOK_AHEAD } from "./match-cursor.js";
import type { Pin } from "./pin.js";
import { ROW_TOKENS, readLiveCount, WHOLE } from "./relation.js";
import { HEADLESS_KINDS_MASK, setKeyOf } from "./relation-key.js";
import { RowMatcher, RowProgram } from "./row-matcher.js";
import { mergeStreams, type RowStream, ScanStream } from "./row-stream.js";
import { RELATIONS, readHeadlessKinds } from "./space.js";
import { findSpace } from "./space-access.js";
import type { Store } from "./workspace.js";

export class PreparedPattern {
  readonly pattern: Atom;
  /** Its variables in the order of their first occurrence: what `matches` wants values for. */
  readonly places: readonly Variable[];
  readonly #program: RowProgram;
  readonly #store: Store;
  readonly #high: number;
  readonly #low: number;

  constructor(store: Store, pattern: Atom) {
    this.#store = store;
    this.pattern = pattern;
    this.#program = new RowProgram(store.vocabulary, pattern);
    this.places = this.#program.variables;
    const { key } = store;
    setKeyOf(key, pattern, store.vocabulary.symbols);
    this.#high = key.high;
    this.#low = key.low;
  }

  /** Whether a pattern is one of facts with a symbol first, which is what is prepared. */
  static canPrepare(pattern: Atom): boolean {
    if (pattern.tag !== EXPRESSION || pattern.children[0]?.tag !== SYMBOL) return false;
    return !RESERVED.has(pattern.children[0].name);
  }

  /**
   * The matches, in insertion order, with a value for each place; null leaves it free. Null if they
   * have to be found by unification (PP1). Throws ERR_INVALID_ARGUMENT for an unknown space.
   */
  matches(
    env: Handle,
    space: SpaceAtom | null,
    values: readonly (Atom | null)[],
    trail: Trail,
  ): PreparedMatch | null {
    const store = this.#store;
    if (env.store !== store) return null;
    const { words } = store;
    const record = findSpace(words, env.root, space);
    if ((readHeadlessKinds(words, record) & HEADLESS_KINDS_MASK) !== 0) return null;
    const matcher = new RowMatcher(store, this.#program);
    const given: Atom[] = [];
    let bound = NONE_BOUND;
    for (let place = 0; place < values.length; place++) {
      // A variable of the pattern itself is bound by nobody: it stands for a free place.
      const atom = dereference(values[place] ?? this.places[place]!);
      if (atom.tag === VARIABLE && values[place] !== null && !given.includes(atom)) {
        bound = [...bound, { variable: atom, place }];
      }
      given.push(atom);
    }
    if (!matcher.begin(given)) return null;
    const relations = words[record + RELATIONS]!;
    const relation =
      relations === NO_ADDRESS ? NOT_FOUND : treeFind(words, relations, this.#high, this.#low);
    if (relation === NOT_FOUND) {
      return new PreparedMatch(store, takePin(env), NO_ROWS, matcher, bound, trail);
    }
    if (mayHoldVariableRows(words, relation, WHOLE)) return null;
    const stream = this.#rowsOf(relation, values, trail);
    return new PreparedMatch(store, takePin(env), stream, matcher, bound, trail);
  }

  #rowsOf(relation: Address, values: readonly (Atom | null)[], trail: Trail): RowStream {
    const store = this.#store;
    if (readLiveCount(store.words, relation) <= SCAN_LIMIT) {
      return new ScanStream(store.words, relation);
    }
    const pattern = this.#withValues(values);
    const access = chooseAccess(store, relation, pattern, trail.sameStates !== null);
    return streamOf(store, relation, access);
  }

  #withValues(values: readonly (Atom | null)[]): Atom {
    return mapLeaves(this.pattern, (leaf) => {
      const index = this.places.indexOf(leaf as Variable);
      return index < 0 ? leaf : (values[index] ?? leaf);
    });
  }
}

const RESERVED: ReadonlySet<string> = new Set(["=", ":", ":<", ","]);
const NO_ROWS: RowStream = mergeStreams([]);

/** A variable that was given as a value, and its place. */
interface Bound {
  readonly variable: Variable;
  readonly place: number;
}

const NONE_BOUND: readonly Bound[] = [];

/** The matches of a prepared pattern, one after another; pinned like any cursor. */
export class PreparedMatch {
  #pin: Pin | null;
  readonly #stream: RowStream;
  readonly #matcher: RowMatcher;
  readonly #bound: readonly Bound[];
  readonly #trail: Trail;
  readonly #lookingTrail: Trail;
  /** The stream stands on a row that was found ahead. */
  #isAhead = false;

  constructor(
    { lookingTrail }: Store,
    pin: Pin,
    stream: RowStream,
    matcher: RowMatcher,
    bound: readonly Bound[],
    trail: Trail,
  ) {
    this.#pin = pin;
    this.#stream = stream;
    this.#matcher = matcher;
    this.#bound = bound;
    this.#trail = trail;
    this.#lookingTrail = lookingTrail;
  }

  /** Goes to the next match and binds variables that were given as values; false at the end. */
  next(): boolean {
    if (this.#pin === null) return false;
    this.#pin.check();
    const stream = this.#stream;
    const matcher = this.#matcher;
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
    if (this.#pin !== null) {
      const stream = this.#stream;
      for (let looked = 0; stream.next(); looked++) {
        this.#isAhead = this.#matcher.accepts(stream.row + ROW_TOKENS, this.#lookingTrail);
        if (this.#isAhead || looked === LOOK_AHEAD) return false;
      }
    }
    this.close();
    return true;
  }

  /** What the match has in a place that was left free. */
  part(place: number): Atom {
    return this.#matcher.part(place);
  }

  /** Ends the cursor early. Closing twice does nothing. */
  close(): void {
    this.#pin?.close();
    this.#pin = null;
  }
}
