/**
 * Match cursor: the matches of a pattern in a space, one after the other, as bindings on a trail.
 *
 * `next` binds the pattern's variables and pushes them onto the trail; before the next `next` the caller
 * takes the trail back to where it was. What is matched is the space as it was when the cursor was
 * opened, whatever is written meanwhile (pin.ts).
 */
import type { Address } from "../base/address.js";
import type { Atom } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { unifyTokens } from "../term/token-unify.js";
import type { Trail } from "../term/trail.js";
import { type Access, chooseAccess, openAccess } from "./access.js";
import type { Pin } from "./pin.js";
import { ROW_SEQUENCE, ROW_TOKENS, ROW_WRITER } from "./relation.js";
import { mergeStreams, type RowStream } from "./row-stream.js";
import { sourcesOf } from "./sources.js";
import type { Store } from "./store.js";

export interface MatchCursor {
  /** Binds the next match; false at the end, and then the cursor is closed. */
  next(): boolean;
  /** Gives up the rest. Bindings on the trail stay. Closing twice does nothing. */
  close(): void;
}

/** What a cursor of one pattern reports of its work (`explain`). */
export interface Tally {
  /** The access of each relation that was opened, by the first opening. */
  accesses: { readonly relation: Address; readonly access: Access }[];
  openings: number;
  rows: number;
  matches: number;
}

/** The matches of one pattern. Does not pin: its owner does. */
export class PatternCursor {
  private readonly store: Store;
  private readonly pattern: Atom;
  private readonly trail: Trail;
  private readonly stream: RowStream;
  private readonly tally: Tally | null;
  private readonly rowVariables: Atom[] = [];

  constructor(store: Store, space: Address, pattern: Atom, trail: Trail, tally: Tally | null) {
    this.store = store;
    this.pattern = dereference(pattern);
    this.trail = trail;
    this.tally = tally;
    this.stream = openStream(store, space, this.pattern, tally);
  }

  /** Address of the matched row's atom. */
  get tokens(): Address {
    return this.stream.row + ROW_TOKENS;
  }

  next(): boolean {
    const { store, stream, trail, rowVariables, pattern, tally } = this;
    const mark = trail.mark();
    while (stream.next()) {
      if (tally !== null) tally.rows++;
      rowVariables.length = 0;
      const tokens = stream.row + ROW_TOKENS;
      if (unifyTokens(store.vocabulary, store.words, tokens, pattern, rowVariables, trail)) {
        if (tally !== null) tally.matches++;
        return true;
      }
      trail.undoTo(mark);
    }
    return false;
  }
}

function openStream(store: Store, space: Address, pattern: Atom, tally: Tally | null): RowStream {
  const streams: RowStream[] = [];
  for (const relation of sourcesOf(store, space, pattern)) {
    const access = chooseAccess(store, relation, pattern);
    if (tally?.openings === 0) tally.accesses.push({ relation, access });
    streams.push(openAccess(store, relation, access));
  }
  if (tally !== null) tally.openings++;
  return mergeStreams(streams);
}

/** The matches of one pattern, pinned. */
export class SimpleMatch implements MatchCursor {
  private pin: Pin | null;
  private readonly cursor: PatternCursor;

  constructor(pin: Pin, cursor: PatternCursor) {
    this.pin = pin;
    this.cursor = cursor;
  }

  next(): boolean {
    if (this.pin === null) return false;
    this.pin.check();
    if (this.cursor.next()) return true;
    this.close();
    return false;
  }

  close(): void {
    this.pin?.close();
    this.pin = null;
  }
}

/** The event of a row. */
export function readRowWriter(words: Int32Array, row: Address): number {
  return words[row + ROW_WRITER]!;
}

export function readRowSequence(words: Int32Array, row: Address): number {
  return words[row + ROW_SEQUENCE]!;
}
