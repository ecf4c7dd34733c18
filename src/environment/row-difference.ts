/**
 * The rows that one version of a relation has and another lacks, by the rows' events.
 *
 * Segments that both have are stepped over; in the others rows are compared side by side. So the cost
 * follows the segments that differ.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { readId, readPayload, readRowCount } from "../containers/row-segment.js";
import { findRow } from "../containers/rows.js";
import { diffRows, type RowsDifference } from "../containers/rows-diff.js";
import { ROW_SEQUENCE, ROW_WRITER, readRows } from "./relation.js";

/** A row by its id and address. */
export type RowEntry = readonly [id: number, row: Address];

/** The rows that one relation has and the other lacks. */
export interface LoneRows {
  readonly left: readonly RowEntry[];
  readonly right: readonly RowEntry[];
}

/**
 * Rows are the same if their events are. Those under the same id are found side by side, which is nearly all
 * of them; what is left is compared by event, since after crossing unions ids may differ.
 */
export function loneRows(words: Int32Array, mine: Address, theirs: Address): LoneRows {
  const left = mine === NO_ADDRESS ? NO_ADDRESS : readRows(words, mine);
  const right = theirs === NO_ADDRESS ? NO_ADDRESS : readRows(words, theirs);
  const { lefts, rights } = withoutPairs(words, diffRows(words, left, right));
  if (lefts.length === 0 || rights.length === 0) return { left: lefts, right: rights };
  const events = new Events(words);
  for (const [, row] of rights) events.add(row);
  return {
    left: lefts.filter(([, row]) => !events.delete(row)),
    right: rights.filter(([, row]) => events.has(row)),
  };
}

interface Unpaired {
  readonly lefts: readonly RowEntry[];
  readonly rights: readonly RowEntry[];
}

/** The rows of the differing segments, without those that both sides have under the same id. */
function withoutPairs(words: Int32Array, difference: RowsDifference): Unpaired {
  const lefts: RowEntry[] = [];
  const rights: RowEntry[] = [];
  const one = new SegmentRows(words, difference.left);
  const other = new SegmentRows(words, difference.right);
  while (one.row !== NO_ADDRESS || other.row !== NO_ADDRESS) {
    if (one.id === other.id && sameEvent(words, one.row, other.row)) {
      advanceBoth(one, other);
    } else if (one.id <= other.id) {
      lefts.push([one.id, one.row]);
      one.advance();
    } else {
      rights.push([other.id, other.row]);
      other.advance();
    }
  }
  return { lefts, rights };
}

export function sameEvent(words: Int32Array, one: Address, other: Address): boolean {
  return (
    words[one + ROW_SEQUENCE] === words[other + ROW_SEQUENCE] &&
    words[one + ROW_WRITER] === words[other + ROW_WRITER]
  );
}

/** Both stand on one row: over it, and over all that the two segments have in common from there on. */
function advanceBoth(one: SegmentRows, other: SegmentRows): void {
  const { words } = one;
  const left = one.segment;
  const right = other.segment;
  const leftCount = one.count;
  const rightCount = other.count;
  let i = one.next;
  let j = other.next;
  while (i < leftCount && j < rightCount && readId(words, left, i) === readId(words, right, j)) {
    const before = readPayload(words, left, i);
    const after = readPayload(words, right, j);
    if (before === NO_ADDRESS || after === NO_ADDRESS || !sameEvent(words, before, after)) break;
    i++;
    j++;
  }
  one.next = i;
  other.next = j;
  one.advance();
  other.advance();
}

/** The live rows of some segments, by ascending ids. Stands on the first; `row` is 0 behind the last. */
class SegmentRows {
  readonly words: Int32Array;
  row: Address = NO_ADDRESS;
  id = 0;
  /** The segment of the current row, how many rows it has, and the one to look at next. */
  segment: Address = NO_ADDRESS;
  count = 0;
  next = 0;
  private readonly segments: readonly Address[];
  private nextSegment = 0;

  constructor(words: Int32Array, segments: readonly Address[]) {
    this.words = words;
    this.segments = segments;
    this.advance();
  }

  advance(): void {
    const { words } = this;
    for (;;) {
      while (this.next < this.count) {
        const index = this.next++;
        const row = readPayload(words, this.segment, index);
        if (row === NO_ADDRESS) continue;
        this.row = row;
        this.id = readId(words, this.segment, index);
        return;
      }
      if (this.nextSegment === this.segments.length) break;
      this.segment = this.segments[this.nextSegment++]!;
      this.count = readRowCount(words, this.segment);
      this.next = 0;
    }
    this.row = NO_ADDRESS;
    this.id = Number.POSITIVE_INFINITY;
  }
}

/** A set of rows by their events. */
class Events {
  private readonly words: Int32Array;
  private readonly sequences = new Map<number, Set<number>>();

  constructor(words: Int32Array) {
    this.words = words;
  }

  add(row: Address): void {
    const writer = this.words[row + ROW_WRITER]!;
    let sequences = this.sequences.get(writer);
    if (sequences === undefined) {
      sequences = new Set();
      this.sequences.set(writer, sequences);
    }
    sequences.add(this.words[row + ROW_SEQUENCE]!);
  }

  has(row: Address): boolean {
    const sequences = this.sequences.get(this.words[row + ROW_WRITER]!);
    return sequences?.has(this.words[row + ROW_SEQUENCE]!) ?? false;
  }

  /** Whether it was there. */
  delete(row: Address): boolean {
    const sequences = this.sequences.get(this.words[row + ROW_WRITER]!);
    return sequences?.delete(this.words[row + ROW_SEQUENCE]!) ?? false;
  }
}

/**
 * Under which id a relation has the row of an event that `older`, of which it is a later version, has
 * under `id`; undefined if it has it no longer. Nearly always the id is the same.
 */
export function findSameRow(
  words: Int32Array,
  relation: Address,
  older: Address,
  id: number,
  row: Address,
): number | undefined {
  const rows = readRows(words, relation);
  if (rows === NO_ADDRESS) return undefined;
  const found = findRow(words, rows, id);
  if (found !== NO_ADDRESS && sameEvent(words, found, row)) return id;
  const { lefts } = withoutPairs(words, diffRows(words, rows, readRows(words, older)));
  return lefts.find(([, other]) => sameEvent(words, other, row))?.[0];
}
