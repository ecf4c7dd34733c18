/**
 * Match cursor: the matches of a pattern in a space, one after another, as bindings on a trail.
 *
 * `next` binds the pattern's variables and pushes them onto the trail; before calling `next` again the caller
 * undoes the trail to where it was. What is matched is the space as it was when the cursor was
 * created, whatever is written meanwhile (pin.ts).
 *
 * Invariants
 *   LM1  Looking ahead binds nothing and decides nothing: a row that is found ahead is matched when its turn comes,
 *        by what states hold then. It is passed over early only if it would not match whatever they hold.
 */
import type { Address } from "../base/address.js";
import type { Atom } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { TokenUnifier } from "../term/token-unify.js";
import type { Trail } from "../term/trail.js";
import { type Access, chooseAccess } from "./access.js";
import { streamOf } from "./access-streams.js";
import { mayHoldVariableRows } from "./argument-index.js";
import type { Pin } from "./pin.js";
import { ROW_TOKENS, WHOLE } from "./relation.js";
import type { RowMatcher } from "./row-matcher.js";
import { mergeStreams, type RowStream } from "./row-stream.js";
import { sourcesOf } from "./sources.js";
import type { Store } from "./workspace.js";

export interface MatchCursor {
  /** Binds the next match; false at the end, and then the cursor is closed. */
  next(): boolean;
  /**
   * After `next` gave a match: whether it is known to be the last one, and then the cursor is closed. Looks a few rows
   * ahead (LM1), so a false says nothing.
   */
  isLast(): boolean;
  /** Ends the cursor early. Bindings on the trail stay. Closing twice does nothing. */
  close(): void;
}

/** So many rows that do not match are looked at to learn that a match was the last. */
export const LOOK_AHEAD = 16;

/** What a cursor of one pattern reports of its work (`explain`). */
export interface Tally {
  /** The access of each relation that was searched, by its first run. */
  accesses: { readonly relation: Address; readonly access: Access }[];
  runs: number;
  rows: number;
  matches: number;
}

/** The tally of a pattern, by the pattern. */
export type TallyOf = (pattern: Atom) => Tally;

/** The matches of one pattern; `next` binds the next one on a trail, and is false at the end. */
export interface Matches {
  next(): boolean;
  /** As {@link MatchCursor.isLast}; a later `next` is false if it was. */
  isLast(): boolean;
}

/** The matches of one pattern in one space. Does not pin: its owner does. */
export class PatternCursor implements Matches {
  readonly #store: Store;
  readonly #pattern: Atom;
  readonly #stream: RowStream;
  readonly #trail: Trail;
  readonly #tally: Tally | null;
  /** Made when it is needed. */
  #unifier: TokenUnifier | null = null;
  /** Null if rows must be unified as atoms. */
  readonly #matcher: RowMatcher | null;
  /** The stream stands on a row that was found ahead. */
  #isAhead = false;

  /** What the variables of the matcher's pattern are bound to now is looked at here. */
  constructor(
    store: Store,
    space: Address,
    matcher: RowMatcher,
    trail: Trail,
    tally: Tally | null,
  ) {
    this.#store = store;
    this.#trail = trail;
    this.#pattern = dereference(matcher.pattern);
    this.#tally = tally;
    const relations = sourcesOf(store, space, this.#pattern);
    this.#stream = rowStreams(store, relations, matcher, trail, tally);
    const ground = relations.every((it) => !mayHoldVariableRows(store.words, it, WHOLE));
    this.#matcher = ground && matcher.begin() ? matcher : null;
  }

  next(): boolean {
    const matcher = this.#matcher;
    const stream = this.#stream;
    const trail = this.#trail;
    const tally = this.#tally;
    if (matcher === null) return this.#nextUnified();
    while (this.#nextRow()) {
      if (tally !== null) tally.rows++;
      if (!matcher.accepts(stream.row + ROW_TOKENS, trail)) continue;
      matcher.bind(trail);
      if (tally !== null) tally.matches++;
      return true;
    }
    return false;
  }

  #nextRow(): boolean {
    if (!this.#isAhead) return this.#stream.next();
    this.#isAhead = false;
    return true;
  }

  isLast(): boolean {
    if (this.#isAhead) return false;
    const matcher = this.#matcher;
    const stream = this.#stream;
    const { lookingTrail } = this.#store;
    for (let looked = 0; stream.next(); looked++) {
      this.#isAhead = matcher?.accepts(stream.row + ROW_TOKENS, lookingTrail) ?? true;
      if (this.#isAhead || looked === LOOK_AHEAD) return false;
    }
    return true;
  }

  /** The number of remaining matches, without binding anything. */
  countRest(): number {
    const matcher = this.#matcher;
    const stream = this.#stream;
    const trail = this.#trail;
    let count = 0;
    if (matcher === null) {
      for (const mark = trail.mark(); this.#nextUnified(); trail.undoTo(mark)) count++;
    } else {
      while (this.#nextRow()) if (matcher.accepts(stream.row + ROW_TOKENS, trail)) count++;
    }
    return count;
  }

  #nextUnified(): boolean {
    const { vocabulary, words } = this.#store;
    const stream = this.#stream;
    const pattern = this.#pattern;
    const trail = this.#trail;
    const tally = this.#tally;
    const mark = trail.mark();
    this.#unifier ??= new TokenUnifier(vocabulary, words, trail);
    const unifier = this.#unifier;
    while (this.#nextRow()) {
      if (tally !== null) tally.rows++;
      if (unifier.unifies(stream.row + ROW_TOKENS, pattern)) {
        if (tally !== null) tally.matches++;
        return true;
      }
      trail.undoTo(mark);
    }
    return false;
  }
}

function rowStreams(
  store: Store,
  relations: readonly Address[],
  { pattern, restriction }: RowMatcher,
  trail: Trail,
  tally: Tally | null,
): RowStream {
  const top = dereference(pattern);
  const byContent = trail.sameStates !== null;
  const streams = relations.map((relation) => {
    const access = chooseAccess(store, relation, top, byContent, restriction);
    if (tally?.accesses.every((known) => known.relation !== relation)) {
      tally.accesses.push({ relation, access });
    }
    return streamOf(store.words, relation, access);
  });
  if (tally !== null) tally.runs++;
  return mergeStreams(streams);
}

/** The matches of the matcher's pattern in spaces, one space after the other. Does not pin: its owner does. */
export function patternMatches(
  store: Store,
  spaces: readonly Address[],
  matcher: RowMatcher,
  trail: Trail,
  tally: Tally | null,
): Matches {
  if (spaces.length === 1) {
    return new PatternCursor(store, spaces[0]!, matcher, trail, tally);
  }
  return new SpacesMatches(
    spaces,
    (space) => new PatternCursor(store, space, matcher, trail, tally),
  );
}

/** A space is searched when those before it are through, under the same bindings: they share a matcher. */
class SpacesMatches implements Matches {
  readonly #spaces: readonly Address[];
  readonly #matchesOf: (space: Address) => Matches;
  #nextSpace = 0;
  #current: Matches | null = null;

  constructor(spaces: readonly Address[], matchesOf: (space: Address) => Matches) {
    this.#spaces = spaces;
    this.#matchesOf = matchesOf;
  }

  next(): boolean {
    for (;;) {
      if (this.#current?.next() === true) return true;
      if (this.#nextSpace === this.#spaces.length) return false;
      this.#current = this.#matchesOf(this.#spaces[this.#nextSpace++]!);
    }
  }

  isLast(): boolean {
    return this.#nextSpace === this.#spaces.length && this.#current?.isLast() === true;
  }
}

/** The matches of one pattern, pinned. */
export class SimpleMatch implements MatchCursor {
  #pin: Pin | null;
  readonly #cursor: Matches;

  constructor(pin: Pin, cursor: Matches) {
    this.#pin = pin;
    this.#cursor = cursor;
  }

  next(): boolean {
    if (this.#pin === null) return false;
    this.#pin.check();
    if (this.#cursor.next()) return true;
    this.close();
    return false;
  }

  isLast(): boolean {
    if (this.#pin !== null && !this.#cursor.isLast()) return false;
    this.close();
    return true;
  }

  close(): void {
    this.#pin?.close();
    this.#pin = null;
  }
}
