/**
 * Join group: patterns of a join that can each give the same new variables their values.
 *
 * Pattern by pattern, `(edge $x $y) (edge $y $z) (edge $z $x)` looks at every path of two edges, which are many where many
 * edges meet. For each value of $x and $y a group takes $z from the pattern that has the fewest rows for it, and looks the
 * others up: then a triangle costs no more than the smaller of two neighbourhoods, and cliques as many patterns as have a
 * variable in common. (Ngo, Ré, Rudra, "Skew strikes back", 2013: a generic join.)
 *
 *   JG1  A group finds what its patterns find one after the other, in the same order: by the rows of the first, then of the
 *        second. What another pattern gave is put into that order, for one set of values at a time.
 */
import type { Address } from "../base/address.js";
import type { Trail } from "../term/trail.js";
import type { JoinLevel, Level } from "./join-level.js";

export interface GroupMember {
  /** Null if the new variables cannot come from this pattern. */
  readonly first: JoinLevel | null;
  readonly check: JoinLevel;
}

const FIRST_LIMIT = 16;
const WIDENING = 8;
/** Rows between two checks whether the search is to end (`Trail.isInterrupted`). */
const TURNS_UNATTENDED = 256;

export class JoinGroup implements Level {
  found = 0;
  readonly #members: readonly GroupMember[];
  /** What gives the values if the first pattern does, in turn. */
  readonly #inOrder: readonly JoinLevel[];
  readonly #trail: Trail;
  #depth = 0;
  #isFresh = true;
  /** The matches that another pattern gave (JG1); null while the first gives them. */
  #sorted: readonly Match[] | null = null;
  #next = 0;

  /** The new variables can come from the first member, at least. */
  constructor(members: readonly GroupMember[], trail: Trail) {
    this.#members = members;
    this.#inOrder = members.map(({ first, check }, index) => (index === 0 ? first! : check));
    this.#trail = trail;
  }

  begin(): void {
    this.#depth = 0;
    this.#isFresh = true;
    const giver = this.#fewest();
    this.#sorted = giver === 0 ? null : this.#collect(giver);
    this.#next = 0;
  }

  next(): boolean {
    if (this.#sorted === null) return this.#nextInOrder();
    if (this.#next === this.#sorted.length) return false;
    this.#members[0]!.first!.take(this.#sorted[this.#next++]!.row);
    this.found++;
    return true;
  }

  /** The member with the fewest rows, found in time proportional to them; the first of equal ones. */
  #fewest(): number {
    for (let limit = FIRST_LIMIT; ; limit *= WIDENING) {
      let fewest = limit;
      let found = -1;
      for (const [index, { first }] of this.#members.entries()) {
        const rows = first === null ? limit : first.rowsBelow(fewest);
        if (rows >= fewest) continue;
        fewest = rows;
        found = index;
      }
      if (found >= 0) return found;
    }
  }

  #nextInOrder(): boolean {
    const levels = this.#inOrder;
    while (this.#depth >= 0) {
      const level = levels[this.#depth]!;
      if (this.#isFresh) level.begin();
      this.#isFresh = false;
      if (!level.next()) {
        this.#depth--;
      } else if (this.#depth < levels.length - 1) {
        this.#depth++;
        this.#isFresh = true;
      } else {
        this.found++;
        return true;
      }
    }
    return false;
  }

  /** All matches for the values of the levels before, from the rows of one member. */
  #collect(giver: number): readonly Match[] {
    const given = this.#members[giver]!.first!;
    const collecting = new Collecting(this.#members, giver);
    given.begin();
    for (let turn = 1; given.next(); turn++) {
      collecting.add(0);
      if (turn % TURNS_UNATTENDED === 0 && this.#trail.isInterrupted?.() === true) break;
    }
    return collecting.found.sort(compareIds);
  }
}

/** Collects matches from the rows of one member. */
class Collecting {
  readonly found: Match[] = [];
  readonly #rows: readonly JoinLevel[];
  readonly #giver: number;
  readonly #ids: number[] = [];

  constructor(members: readonly GroupMember[], giver: number) {
    this.#rows = members.map(({ first, check }, index) => (index === giver ? first! : check));
    this.#giver = giver;
  }

  /** Adds each match with the giver's present row that begins with the rows noted, of the members below `index`. */
  add(index: number): void {
    const level = this.#rows[index];
    if (level === undefined) {
      this.found.push({ ids: [...this.#ids], row: this.#rows[0]!.row });
      return;
    }
    if (index === this.#giver) {
      this.#addWith(index, level);
      return;
    }
    level.begin();
    while (level.next()) this.#addWith(index, level);
  }

  #addWith(index: number, { id }: JoinLevel): void {
    this.#ids[index] = id;
    this.add(index + 1);
  }
}

/** The ids of the rows of a match, by member, and the row of the first. */
interface Match {
  readonly ids: readonly number[];
  readonly row: Address;
}

function compareIds(one: Match, other: Match): number {
  const at = one.ids.findIndex((id, index) => id !== other.ids[index]);
  return at < 0 ? 0 : one.ids[at]! - other.ids[at]!;
}
