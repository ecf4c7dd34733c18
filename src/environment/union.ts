/**
 * Union: two environments become one, by what each has seen.
 *
 *   case 1   one side has seen the other's last event, so it has seen all of it: it is the union
 *   case 2   otherwise the left side is cloned, and of the right side
 *     2a     what the right side holds and the left has not seen is added, in the right side's order
 *     2b     what the left side holds and the right has seen but does not hold is removed
 *     2c     a state goes to whoever has seen the other's setting, else to the right side
 *
 * Differences are found by walking the trees and rows of both and stepping over what they share.
 *
 * Invariants
 *   UN1  The union holds an occurrence if both hold it, or one holds it and the other has not seen it.
 *   UN2  Its context is the context of both, and the union in case 2 is an event of its own.
 *   UN3  Neither side is written; a failed union leaves nothing behind.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { readId, readPayload, readRowCount } from "../containers/row-segment.js";
import { diffRows, type RowsDifference } from "../containers/rows-diff.js";
import { treeInsert, treeOwnedValue } from "../containers/tree.js";
import { openCursor } from "../containers/tree-cursor.js";
import { diffTrees } from "../containers/tree-diff.js";
import { SEGMENTS } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { retain } from "../memory/segment.js";
import { skip } from "../term/tokens.js";
import { limitPostponed } from "./argument-index.js";
import { hasSeen, mergeContext, readHeadSequence, readHeadWriter } from "./context.js";
import type { Handle, StateConflict } from "./handle.js";
import { ownTree } from "./ownership.js";
import { ROW_SEQUENCE, ROW_TOKENS, ROW_WRITER, readRows, writeVersion } from "./relation.js";
import { affectsTypes } from "./relation-key.js";
import { RELATIONS, readNextRow, SPACES } from "./space.js";
import { mergeStates } from "./state.js";
import {
  beginWrite,
  commitWrite,
  deleteLateRow,
  insertLateRow,
  nextSequence,
  ownRelation,
  stampTypes,
} from "./write.js";

/** The side that has seen all of the other (case 1), or 0. */
export function coveringSide(words: Int32Array, left: Address, right: Address): Address {
  if (left === right) return left;
  if (hasSeen(words, left, readHeadWriter(words, right), readHeadSequence(words, right)))
    return left;
  if (hasSeen(words, right, readHeadWriter(words, left), readHeadSequence(words, left)))
    return right;
  return NO_ADDRESS;
}

/** A row that one side has and the other lacks, with the key of its relation. */
interface LoneRow {
  readonly high: number;
  readonly low: number;
  readonly id: number;
  readonly row: Address;
}

/** What has to happen to a space of the left side. */
interface SpaceChanges {
  readonly added: LoneRow[];
  readonly removed: LoneRow[];
}

/** Case 2: unites `right` into `target`, a fresh clone of `left`. Throws HeapExhaustedError. */
export function mergeInto(target: Handle, left: Address, right: Address): StateConflict[] {
  const { heap, words } = target.store;
  const root = beginWrite(target);
  const sequence = nextSequence(target, root);
  const merge: Merge = { target, root, left, right, sequence };
  mergeContext(heap, root, right);
  mergeSpace(merge, root, left, right);
  mergeSpaces(merge);
  const conflicts = mergeStates(target.store, root, left, right);
  assert(words[root] === 1, "UN3: only the union's own root is written");
  commitWrite(target, root, sequence);
  return conflicts;
}

/** A union under way: the roots of both sides, the root of the result, and its event. */
interface Merge {
  readonly target: Handle;
  readonly root: Address;
  readonly left: Address;
  readonly right: Address;
  readonly sequence: number;
}

/** Unites the right side's record of a space into the result's, which is owned. */
function mergeSpace(merge: Merge, target: Address, left: Address, right: Address): void {
  const changes = compareSpaces(merge, left, right);
  const { heap, words, vocabulary } = merge.target.store;
  const touched = new Set<Address>();
  let types = false;
  const touch = ({ high, low }: LoneRow): Address => {
    const relation = ownRelation(heap, target, high, low);
    writeVersion(words, relation, merge.target.writer, merge.sequence);
    touched.add(relation);
    types ||= affectsTypes(vocabulary.symbols, high, low);
    return relation;
  };
  for (const lone of changes.removed) deleteLateRow(heap, target, touch(lone), lone.id);
  for (const lone of changes.added) {
    const { row } = lone;
    const tokens = row + ROW_TOKENS;
    const length = skip(words, tokens) - tokens;
    const writer = words[row + ROW_WRITER]!;
    const sequence = words[row + ROW_SEQUENCE]!;
    insertLateRow(heap, target, touch(lone), writer, sequence, words, tokens, length);
  }
  for (const relation of touched) limitPostponed(heap, relation, readNextRow(words, target));
  if (types) stampTypes(heap, target);
}

/** The rows to add, in the right side's order, and the rows to remove (UN1). */
function compareSpaces(merge: Merge, left: Address, right: Address): SpaceChanges {
  const { words } = merge.target.store;
  const changes: SpaceChanges = { added: [], removed: [] };
  const mine = words[left + RELATIONS]!;
  const theirs = words[right + RELATIONS]!;
  if (theirs === NO_ADDRESS || mine === theirs) return changes;
  const compare = (high: number, low: number, one: Address, other: Address): void => {
    compareRelations(merge, changes, high, low, one, other);
  };
  if (mine === NO_ADDRESS) {
    const cursor = openCursor(words, theirs, 0, 0);
    while (cursor.next()) compare(cursor.high, cursor.low, NO_ADDRESS, cursor.value);
  } else {
    diffTrees(words, mine, theirs, {
      left: (high, low, relation) => compare(high, low, relation, NO_ADDRESS),
      right: (high, low, relation) => compare(high, low, NO_ADDRESS, relation),
      changed: compare,
    });
  }
  changes.added.sort((one, other) => one.id - other.id);
  return changes;
}

function compareRelations(
  merge: Merge,
  changes: SpaceChanges,
  high: number,
  low: number,
  mine: Address,
  theirs: Address,
): void {
  const { words } = merge.target.store;
  const lone = loneRows(words, mine, theirs);
  for (const [id, row] of lone.left) {
    if (hasSeen(words, merge.right, words[row + ROW_WRITER]!, words[row + ROW_SEQUENCE]!)) {
      changes.removed.push({ high, low, id, row });
    }
  }
  for (const [id, row] of lone.right) {
    if (!hasSeen(words, merge.left, words[row + ROW_WRITER]!, words[row + ROW_SEQUENCE]!)) {
      changes.added.push({ high, low, id, row });
    }
  }
}

/** A row by its id and address. */
type RowEntry = readonly [id: number, row: Address];

/** The rows that one relation has and the other lacks. */
interface LoneRows {
  readonly left: readonly RowEntry[];
  readonly right: readonly RowEntry[];
}

/**
 * Rows are the same if their events are. Those under the same id are found side by side, which is nearly all
 * of them; what is left is compared by event, since after crossing unions ids may differ.
 */
function loneRows(words: Int32Array, mine: Address, theirs: Address): LoneRows {
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

function sameEvent(words: Int32Array, one: Address, other: Address): boolean {
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

/** The spaces besides `&self`: they are made, never unmade, so both sides' are in the union. */
function mergeSpaces(merge: Merge): void {
  const { heap, words } = merge.target.store;
  const { root, left, right } = merge;
  const theirs = words[right + SPACES]!;
  if (theirs === NO_ADDRESS) return;
  const fromRight: SpaceEntry[] = [];
  const changed: SpaceEntry[] = [];
  const mine = words[left + SPACES]!;
  if (mine === NO_ADDRESS) {
    const cursor = openCursor(words, theirs, 0, 0);
    while (cursor.next()) {
      fromRight.push({ writer: cursor.high, sequence: cursor.low, left: 0, right: cursor.value });
    }
  } else {
    diffTrees(words, mine, theirs, {
      left: () => {},
      right: (writer, sequence, value) =>
        fromRight.push({ writer, sequence, left: 0, right: value }),
      changed: (writer, sequence, one, other) =>
        changed.push({ writer, sequence, left: one, right: other }),
    });
  }
  for (const entry of fromRight) {
    const spaces = ownTree(heap, root, SPACES, SEGMENTS);
    retain(words, entry.right);
    insertRetained(heap, spaces, entry);
  }
  for (const entry of changed) {
    const spaces = ownTree(heap, root, SPACES, SEGMENTS);
    const record = treeOwnedValue(heap, spaces, entry.writer, entry.sequence);
    mergeSpace(merge, record, entry.left, entry.right);
  }
}

interface SpaceEntry {
  readonly writer: number;
  readonly sequence: number;
  readonly left: Address;
  readonly right: Address;
}

function insertRetained(heap: Heap, spaces: Address, entry: SpaceEntry): void {
  try {
    treeInsert(heap, spaces, entry.writer, entry.sequence, entry.right);
  } catch (error) {
    release(heap, entry.right);
    throw error;
  }
}
