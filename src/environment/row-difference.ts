/**
 * The rows that one version of a relation has and another lacks, by the rows' events.
 *
 * Segments that both have are stepped over; in the others rows are compared side by side. So the cost
 * follows the segments that differ.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { countAt, idAt, rowAt, sequenceAt, writerAt } from "../containers/row-access.js";
import { readId, readPayload } from "../containers/row-segment.js";
import { isSpan, spanCount, spanId, spanRow, spanSequence } from "../containers/row-span.js";
import { findRow, type RowEvent, readEvent } from "../containers/rows.js";
import { diffRows, type RowsDifference } from "../containers/rows-diff.js";
import { ROW_SEQUENCE, ROW_WRITER, readRows } from "./relation.js";

/** A row: its id, its address and its event; or all rows of a span, of which it is the first. */
export interface RowEntry {
  readonly id: number;
  readonly row: Address;
  readonly writer: number;
  readonly sequence: number;
  /** The span, 0 for a row by itself. */
  readonly span: Address;
}

/** The rows that an entry stands for, each by itself. */
export function* rowsOf(words: Int32Array, entry: RowEntry): Iterable<RowEntry> {
  const { span, writer } = entry;
  if (span === NO_ADDRESS) {
    yield entry;
    return;
  }
  for (let index = 0; index < spanCount(words, span); index++) {
    yield {
      id: spanId(words, span, index),
      row: spanRow(words, span, index),
      writer,
      sequence: spanSequence(words, span, index),
      span: NO_ADDRESS,
    };
  }
}

/** The rows that one relation has and the other lacks. */
interface LoneRows {
  readonly left: readonly RowEntry[];
  readonly right: readonly RowEntry[];
}

/**
 * Rows are the same if their events are. Those under the same id are found side by side, which is nearly all
 * of them; what is left is compared by event, since after criss-cross unions ids may differ.
 */
export function loneRows(words: Int32Array, mine: Address, theirs: Address): LoneRows {
  const left = mine === NO_ADDRESS ? NO_ADDRESS : readRows(words, mine);
  const right = theirs === NO_ADDRESS ? NO_ADDRESS : readRows(words, theirs);
  const { lefts, rights } = withoutPairs(words, diffRows(words, left, right));
  if (lefts.length === 0 || rights.length === 0) return { left: lefts, right: rights };
  const leftRows = withoutSpansOf(words, lefts, rights);
  const rightRows = withoutSpansOf(words, rights, lefts);
  const events = new Events();
  for (const entry of rightRows) events.add(entry);
  return {
    left: leftRows.filter((entry) => !events.delete(entry)),
    right: rightRows.filter((entry) => events.has(entry)),
  };
}

/**
 * The rows that only one of two relations has under their id, each by itself, by ascending ids. A row that has another id
 * in the other relation is among both.
 */
export function rowsApart(words: Int32Array, mine: Address, theirs: Address): LoneRows {
  const left = mine === NO_ADDRESS ? NO_ADDRESS : readRows(words, mine);
  const right = theirs === NO_ADDRESS ? NO_ADDRESS : readRows(words, theirs);
  const { lefts, rights } = withoutPairs(words, diffRows(words, left, right));
  return { left: apart(words, lefts), right: apart(words, rights) };
}

/** The rows of entries, each by itself. */
function apart(words: Int32Array, entries: readonly RowEntry[]): readonly RowEntry[] {
  if (!entries.some(({ span }) => span !== NO_ADDRESS)) return entries;
  return entries.flatMap((entry) => [...rowsOf(words, entry)]);
}

/** The entries, with the spans row by row whose writer has written rows of the other side too. */
function withoutSpansOf(
  words: Int32Array,
  entries: readonly RowEntry[],
  others: readonly RowEntry[],
): readonly RowEntry[] {
  if (!entries.some(({ span }) => span !== NO_ADDRESS)) return entries;
  const writers = new Set(others.map(({ writer }) => writer));
  return entries.flatMap((entry) =>
    entry.span !== NO_ADDRESS && writers.has(entry.writer) ? [...rowsOf(words, entry)] : [entry],
  );
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
    if (one.id === other.id && isSameRow(one, other)) {
      advanceBoth(one, other);
    } else if (one.id <= other.id) {
      lefts.push(one.take(other.id));
    } else {
      rights.push(other.take(one.id));
    }
  }
  return { lefts, rights };
}

function isSameRow(one: SegmentRows, other: SegmentRows): boolean {
  return one.sequence === other.sequence && one.writer === other.writer;
}

/** Both are on one row: over it, and over all that the two segments have in common from there on. */
function advanceBoth(one: SegmentRows, other: SegmentRows): void {
  if (!one.isSpan && !other.isSpan) skipCommon(one, other);
  one.advance();
  other.advance();
}

/** Over the rows from here on that both segments hold with the same ids and events. */
function skipCommon(one: SegmentRows, other: SegmentRows): void {
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
}

/** Of two rows that segments hold themselves. */
function sameEvent(words: Int32Array, one: Address, other: Address): boolean {
  return (
    words[one + ROW_SEQUENCE] === words[other + ROW_SEQUENCE] &&
    words[one + ROW_WRITER] === words[other + ROW_WRITER]
  );
}

/** The live rows of some segments, by ascending ids. Stands on the first; `row` is 0 after the last. */
class SegmentRows {
  readonly words: Int32Array;
  row: Address = NO_ADDRESS;
  id = 0;
  /** The segment of the current row, how many rows it has, and the one to look at next. */
  segment: Address = NO_ADDRESS;
  isSpan = false;
  count = 0;
  next = 0;
  readonly #segments: readonly Address[];
  #nextSegment = 0;

  constructor(words: Int32Array, segments: readonly Address[]) {
    this.words = words;
    this.#segments = segments;
    this.advance();
  }

  /** The event of the current row. */
  get writer(): number {
    return writerAt(this.words, this.segment, this.next - 1);
  }

  get sequence(): number {
    return sequenceAt(this.words, this.segment, this.next - 1);
  }

  /** The current row, or its whole span if that ends below id `below`; moves past it. */
  take(below: number): RowEntry {
    const { id, row, writer, sequence, segment } = this;
    let span = NO_ADDRESS;
    if (this.isSpan && this.next === 1 && spanId(this.words, segment, this.count - 1) < below) {
      span = segment;
      this.next = this.count;
    }
    this.advance();
    return { id, row, writer, sequence, span };
  }

  advance(): void {
    const { words } = this;
    for (;;) {
      while (this.next < this.count) {
        const index = this.next++;
        const row = rowAt(words, this.segment, index);
        if (row === NO_ADDRESS) continue;
        this.row = row;
        this.id = idAt(words, this.segment, index);
        return;
      }
      if (this.#nextSegment === this.#segments.length) break;
      this.segment = this.#segments[this.#nextSegment++]!;
      this.isSpan = isSpan(words, this.segment);
      this.count = countAt(words, this.segment);
      this.next = 0;
    }
    this.row = NO_ADDRESS;
    this.id = Number.POSITIVE_INFINITY;
  }
}

/** A set of events. */
class Events {
  readonly #writers = new Map<number, Set<number>>();

  add({ writer, sequence }: RowEvent): void {
    let sequences = this.#writers.get(writer);
    if (sequences === undefined) {
      sequences = new Set();
      this.#writers.set(writer, sequences);
    }
    sequences.add(sequence);
  }

  has({ writer, sequence }: RowEvent): boolean {
    return this.#writers.get(writer)?.has(sequence) ?? false;
  }

  /** True if it was there. */
  delete({ writer, sequence }: RowEvent): boolean {
    return this.#writers.get(writer)?.delete(sequence) ?? false;
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
  { id, writer, sequence }: RowEntry,
): number | undefined {
  const rows = readRows(words, relation);
  if (rows === NO_ADDRESS) return undefined;
  const isWanted = (event: RowEvent): boolean =>
    event.sequence === sequence && event.writer === writer;
  if (findRow(words, rows, id) !== NO_ADDRESS && isWanted(readEvent(words, rows, id))) return id;
  const { lefts } = withoutPairs(words, diffRows(words, rows, readRows(words, older)));
  for (const entry of lefts) {
    if (entry.span !== NO_ADDRESS && entry.writer !== writer) continue;
    for (const each of rowsOf(words, entry)) if (isWanted(each)) return each.id;
  }
  return undefined;
}
