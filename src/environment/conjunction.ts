/**
 * Conjunction: the matches of `(, p1 p2 …)`, each a match of every pattern under one set of bindings.
 *
 * A nested-loop join: level i iterates over the matches of its pattern under the bindings of the levels
 * before. The order of the levels is chosen by selectivity; it changes the order of the results, never
 * the multiset. Patterns keep their places unless another promises far fewer rows, so results
 * usually come in insertion order of the first pattern, then of the second.
 *
 * Invariants
 *   CJ1  Before a level moves on, the bindings of the levels before it stand. The caller takes all
 *        bindings back between results, so each level records what it bound.
 *   CJ2  The estimates only choose the order: they may be wrong by any factor.
 */
import type { Address } from "../base/address.js";
import { type Atom, EXPRESSION, symbol, VARIABLE, type Variable } from "../term/atom.js";
import { dereference, variablesOf } from "../term/resolve.js";
import { atomKey, VARIABLE_KEY } from "../term/token-key.js";
import type { Trail } from "../term/trail.js";
import { placesOf, runLength } from "./access.js";
import { requireIndex } from "./argument-index.js";
import {
  type MatchCursor,
  type Matches,
  openPattern,
  type Tally,
  type TallyOf,
} from "./match-cursor.js";
import type { Pin } from "./pin.js";
import { readKeyHigh, readLiveCount, readPlaceCount } from "./relation.js";
import { kindOfKey } from "./relation-key.js";
import { SCAN_LIMIT } from "./row-equality.js";
import { RowMatcher } from "./row-matcher.js";
import { sourcesOf } from "./sources.js";
import type { Store } from "./workspace.js";

const COMMA = symbol(",");

/** A pattern is moved forward only if it promises this many times fewer rows. */
const CLEARLY_FEWER = 4;
const COUNTED_AT_MOST = 1024;

/** The patterns of a dereferenced conjunctive query, or null for a query of another kind. */
export function conjunctsOf(pattern: Atom): readonly Atom[] | null {
  if (pattern.tag !== EXPRESSION || pattern.children.length === 0) return null;
  return dereference(pattern.children[0]!) === COMMA ? pattern.children.slice(1) : null;
}

class Level {
  readonly pattern: Atom;
  readonly matcher: RowMatcher;
  readonly tally: Tally | null;
  cursor: Matches | null = null;
  /** What this level's current match bound (CJ1). */
  readonly variables: Variable[] = [];
  readonly values: Atom[] = [];

  constructor(store: Store, pattern: Atom, tally: Tally | null) {
    this.pattern = pattern;
    this.matcher = RowMatcher.of(store, pattern);
    this.tally = tally;
  }

  note(trail: Trail, mark: number): void {
    this.variables.length = 0;
    this.values.length = 0;
    for (let index = mark; index < trail.mark(); index++) {
      const variable = trail.at(index);
      this.variables.push(variable);
      this.values.push(variable.value!);
    }
  }

  restore(trail: Trail): void {
    for (let index = 0; index < this.variables.length; index++) {
      trail.bind(this.variables[index]!, this.values[index]!);
    }
  }
}

/** Patterns tried between two checks whether the search is to end (`Trail.isInterrupted`). */
const TURNS_UNATTENDED = 256;

export class Conjunction implements MatchCursor {
  private readonly store: Store;
  private readonly spaces: readonly Address[];
  private readonly trail: Trail;
  private readonly levels: readonly Level[];
  private pin: Pin | null;
  private started = false;
  private turns = 0;

  constructor(
    store: Store,
    pin: Pin,
    spaces: readonly Address[],
    patterns: readonly Atom[],
    trail: Trail,
    tallies: TallyOf | null,
  ) {
    this.store = store;
    this.pin = pin;
    this.spaces = spaces;
    this.trail = trail;
    this.levels = patterns.map((it) => new Level(store, it, tallies?.(dereference(it)) ?? null));
  }

  next(): boolean {
    if (this.pin === null) return false;
    this.pin.check();
    const { levels, trail } = this;
    const start = trail.mark();
    let depth = this.resume();
    while (depth >= 0 && depth < levels.length) {
      if (++this.turns % TURNS_UNATTENDED === 0 && trail.isInterrupted?.() === true) {
        depth = -1;
        break;
      }
      const level = levels[depth]!;
      const mark = trail.mark();
      level.cursor ??= this.open(level);
      if (level.cursor.next()) {
        // The last level's bindings are never restored.
        if (depth < levels.length - 1) level.note(trail, mark);
        depth++;
      } else {
        level.cursor = null;
        depth--;
        if (depth >= 0) trail.undoTo(mark - levels[depth]!.variables.length);
      }
    }
    if (depth >= 0) return true;
    trail.undoTo(start);
    this.close();
    return false;
  }

  close(): void {
    this.pin?.close();
    this.pin = null;
  }

  private open({ pattern, matcher, tally }: Level): Matches {
    return openPattern(this.store, this.spaces, pattern, matcher, this.trail, tally);
  }

  /** Restores the bindings of all levels but the last (CJ1); the level to continue with. */
  private resume(): number {
    const { levels } = this;
    if (!this.started) {
      this.started = true;
      return 0;
    }
    const last = levels.length - 1;
    for (let depth = 0; depth < last; depth++) levels[depth]!.restore(this.trail);
    return last;
  }
}

/** Puts the patterns into the order in which they are to be matched (CJ2). */
export function orderPatterns(
  store: Store,
  spaces: readonly Address[],
  patterns: readonly Atom[],
): Atom[] {
  const left = [...patterns];
  const ordered: Atom[] = [];
  const known = new Set<Variable>();
  while (left.length > 1) {
    const estimates = left.map((pattern) =>
      spaces.reduce((rows, space) => rows + estimateRows(store, space, pattern, known), 0),
    );
    let chosen = 0;
    for (let index = 1; index < left.length; index++) {
      const factor = chosen === 0 ? CLEARLY_FEWER : 1;
      if (estimates[index]! * factor < estimates[chosen]!) chosen = index;
    }
    const [pattern] = left.splice(chosen, 1);
    ordered.push(pattern!);
    for (const variable of variablesOf(pattern!)) known.add(variable);
  }
  return [...ordered, ...left];
}

/** Rows that the pattern will look at when the variables of `known` are bound to something. */
function estimateRows(
  store: Store,
  space: Address,
  pattern: Atom,
  known: ReadonlySet<Variable>,
): number {
  const top = dereference(pattern);
  if (top.tag === VARIABLE && known.has(top)) return 1;
  let rows = 0;
  for (const relation of sourcesOf(store, space, top)) {
    rows += estimateIn(store, relation, top, known);
  }
  return rows;
}

function estimateIn(
  store: Store,
  relation: Address,
  pattern: Atom,
  known: ReadonlySet<Variable>,
): number {
  const { words } = store;
  const count = readLiveCount(words, relation);
  const atoms = placesOf(kindOfKey(readKeyHigh(words, relation)), pattern);
  if (atoms === null || count <= SCAN_LIMIT) return count;
  const places = readPlaceCount(words, relation);
  let best = count;
  let boundLater = 0;
  for (let place = 1; place < places && place <= atoms.length; place++) {
    const atom = dereference(atoms[place - 1]!);
    const key = atomKey(store.vocabulary, atom);
    if (key === VARIABLE_KEY) {
      if (atom.tag === VARIABLE && known.has(atom)) boundLater++;
      continue;
    }
    const index = requireIndex(store.heap, relation, place);
    if (index !== 0) best = Math.min(best, runLength(words, index, key, COUNTED_AT_MOST));
  }
  // Nothing is known of the values to come: each bound place is assumed to reduce the rows to their root.
  return boundLater === 0 ? best : Math.min(best, count ** (1 / (1 + boundLater)));
}
