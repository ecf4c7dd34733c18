/**
 * Conjunction: the matches of `(, p1 p2 …)`, each a match of every pattern under one set of bindings.
 *
 * A nested-loop join: level i iterates over the matches of its pattern under the bindings of the levels
 * before. The patterns at the beginning that are of facts without variables are one level, a join (join.ts). The order of the levels is chosen by selectivity; it changes the order of the results, never
 * the multiset. Patterns keep their places unless another promises far fewer rows, so results
 * usually come in insertion order of the first pattern, then of the second.
 *
 * Invariants
 *   CJ1  Before a level moves on, the bindings of the levels before it stand. The caller takes all
 *        bindings back between results, so each level records what it bound.
 */
import { type Atom, EXPRESSION, symbol, type Variable } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import type { Trail } from "../term/trail.js";
import type { Join } from "./join.js";
import type { MatchCursor, Matches } from "./match-cursor.js";
import type { Pin } from "./pin.js";

const COMMA = symbol(",");

/** The patterns of a dereferenced conjunctive query, or null for a query of another kind. */
export function conjunctsOf(pattern: Atom): readonly Atom[] | null {
  if (pattern.tag !== EXPRESSION || pattern.children.length === 0) return null;
  return dereference(pattern.children[0]!) === COMMA ? pattern.children.slice(1) : null;
}

class Level {
  /** The matches under the bindings of the levels before. */
  readonly begin: () => Matches;
  cursor: Matches | null = null;
  /** What this level's current match bound (CJ1). */
  readonly variables: Variable[] = [];
  readonly values: Atom[] = [];

  constructor(begin: () => Matches) {
    this.begin = begin;
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
  readonly #trail: Trail;
  readonly #head: Join | null;
  readonly #levels: readonly Level[];
  #pin: Pin | null;
  #started = false;
  #turns = 0;

  /** `head` matches patterns that come before those whose matches `parts` begin, if there are some. */
  constructor(pin: Pin, head: Join | null, parts: readonly (() => Matches)[], trail: Trail) {
    this.#pin = pin;
    this.#trail = trail;
    this.#head = head;
    const levels = parts.map((begin) => new Level(begin));
    this.#levels = head === null ? levels : [new Level(() => head), ...levels];
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
      level.cursor ??= level.begin();
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
    this.#head?.close();
    this.#pin?.close();
    this.#pin = null;
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
