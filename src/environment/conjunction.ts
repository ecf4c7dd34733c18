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
 */
import type { Address } from "../base/address.js";
import { type Atom, EXPRESSION, symbol, type Variable } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import {
  type MatchCursor,
  type Matches,
  patternMatches,
  type Tally,
  type TallyOf,
} from "./match-cursor.js";
import type { Pin } from "./pin.js";
import { RowMatcher } from "./row-matcher.js";
import type { Store } from "./workspace.js";

const COMMA = symbol(",");

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
  readonly #store: Store;
  readonly #spaces: readonly Address[];
  readonly #trail: Trail;
  readonly #levels: readonly Level[];
  #pin: Pin | null;
  #started = false;
  #turns = 0;

  constructor(
    store: Store,
    pin: Pin,
    spaces: readonly Address[],
    patterns: readonly Atom[],
    trail: Trail,
    tallies: TallyOf | null,
  ) {
    this.#store = store;
    this.#pin = pin;
    this.#spaces = spaces;
    this.#trail = trail;
    this.#levels = patterns.map((it) => new Level(store, it, tallies?.(dereference(it)) ?? null));
  }

  next(): boolean {
    if (this.#pin === null) return false;
    this.#pin.check();
    const levels = this.#levels;
    const trail = this.#trail;
    const start = trail.mark();
    let depth = this.#resume();
    while (depth >= 0 && depth < levels.length) {
      if (++this.#turns % TURNS_UNATTENDED === 0 && trail.isInterrupted?.() === true) {
        depth = -1;
        break;
      }
      const level = levels[depth]!;
      const mark = trail.mark();
      level.cursor ??= this.#matchesOf(level);
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

  /** It is if that is known of every level. */
  isLast(): boolean {
    if (this.#pin !== null) {
      const levels = this.#levels;
      for (let depth = levels.length - 1; depth >= 0; depth--) {
        if (levels[depth]!.cursor?.isLast() === false) return false;
      }
    }
    this.close();
    return true;
  }

  close(): void {
    this.#pin?.close();
    this.#pin = null;
  }

  #matchesOf({ pattern, matcher, tally }: Level): Matches {
    return patternMatches(this.#store, this.#spaces, pattern, matcher, this.#trail, tally);
  }

  /** Restores the bindings of all levels but the last (CJ1); the level to continue with. */
  #resume(): number {
    const levels = this.#levels;
    if (!this.#started) {
      this.#started = true;
      return 0;
    }
    const last = levels.length - 1;
    for (let depth = 0; depth < last; depth++) levels[depth]!.restore(this.#trail);
    return last;
  }
}
