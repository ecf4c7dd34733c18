/**
 * Union: merges two environments, by what each has seen.
 *
 *   case 1   one side has seen the other's last event, so it has seen all of it: it is the union
 *   case 2   otherwise the left side is changed, in a copy or in place, and of the right side
 *     2a     what the right side holds and the left has not seen is added, in the right side's order; packed
 *            rows of which it has seen none are taken over as they are
 *     2b     what the left side holds and the right has seen but does not hold is removed
 *     2c     a state goes to whoever has seen the other's setting, else to the right side
 *
 * What the right side has changed is found by comparing it with a base: an environment that both sides
 * come from, and whose events are all that they have both seen. Then a union costs what the right side
 * changed, however much the left side did. Without such a base, the left side itself serves.
 *
 *       base ─┬─ … ── left         right against base: rows added and removed, states set
 *             └─ … ── right        these, as far as the left side does not know them, go into it
 *
 * Differences are found by walking the trees and rows of both and stepping over what they share.
 *
 * Invariants
 *   UN1  The union holds an occurrence if both hold it, or one holds it and the other has not seen it.
 *   UN2  Its context is the context of both, and the union in case 2 is an event of its own.
 *   UN4  Of equal atoms that both sides have added to a module's space without knowing of each other, the union holds
 *        the one with the earlier event: the same whichever side comes first, so uniting again changes nothing.
 *   UN3  The right side and the base are not written. The left side's context is merged last, so until then
 *        it says what the left side had seen before.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { spanCount, spanId } from "../containers/row-span.js";
import { treeFind, treeHas, treeInsert, treeOwnedValue } from "../containers/tree.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { diffTrees } from "../containers/tree-diff.js";
import { SEGMENTS } from "../containers/tree-node.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { readSpare, retain } from "../memory/segment.js";
import { limitPostponed, postponeMany, postponeRows } from "./argument-index.js";
import {
  hasSeen,
  haveCommonEvents,
  mergeContext,
  NAMED,
  readHeadSequence,
  readHeadWriter,
  SeenEvents,
} from "./causal-context.js";
import type { Handle, StateConflict } from "./handle.js";
import { isModuleSpace } from "./module-space.js";
import { ownTree } from "./ownership.js";
import { writeVersion } from "./relation.js";
import { affectsTypes } from "./relation-key.js";
import { findSameRow, loneRows, type RowEntry, rowsOf } from "./row-difference.js";
import { copyRow, copySpan, deleteLateRow, ownRelation } from "./row-writing.js";
import { RELATIONS, readNextRow, SPACES } from "./space.js";
import { stampTypes, takeRowIds } from "./space-access.js";
import { mergeStates } from "./state.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";
import { type LoneRow, leaveOutTwins, type SpaceChanges } from "./twins.js";

/** The side that has seen all of the other (case 1), or 0. */
export function coveringSide(words: Int32Array, left: Address, right: Address): Address {
  if (left === right) return left;
  if (hasSeenHead(words, left, right)) return left;
  if (hasSeenHead(words, right, left)) return right;
  return NO_ADDRESS;
}

function hasSeenHead(words: Int32Array, root: Address, other: Address): boolean {
  return hasSeen(words, root, readHeadWriter(words, other), readHeadSequence(words, other));
}

/**
 * Case 2: unites `right` into `target`. `base` is a root that the target and `right` come from, 0 for none. On
 * HeapExhaustedError the target is half changed, and has to be rolled back.
 */
export function mergeInto(target: Handle, right: Address, base: Address): StateConflict[] {
  const { heap, words } = target.store;
  const root = beginWrite(target);
  const sequence = nextSequence(target, root);
  const isUsable = isBaseOf(words, base, root, right) && !haveMadeSame(words, base, root, right);
  const origin = isUsable ? base : root;
  const merge: Merge = { target, root, right, sequence, base: origin };
  mergeSpace(merge, root, origin, right);
  mergeSpaces(merge);
  const conflicts = mergeStates(target.store, root, right, origin);
  mergeContext(heap, root, right, origin); // UN2
  assert(words[root] === 1, "UN3: only the union's own root is written");
  target.definitions = target.store.nextDefinitions();
  commitWrite(target, root, sequence);
  return conflicts;
}

/** A union in progress: the root that is changed, the right side, the base, and the union's event. */
interface Merge {
  readonly target: Handle;
  readonly root: Address;
  readonly right: Address;
  readonly base: Address;
  readonly sequence: number;
}

/** Whether comparing `right` with `base` tells all that it has changed and `left` does not know. */
function isBaseOf(words: Int32Array, base: Address, left: Address, right: Address): boolean {
  return (
    base !== NO_ADDRESS &&
    hasSeenHead(words, left, base) &&
    hasSeenHead(words, right, base) &&
    !haveCommonEvents(words, left, right, base)
  );
}

/** Whether both sides have made a space of one name that `base` has not: a register, or a module's. */
function haveMadeSame(words: Int32Array, base: Address, left: Address, right: Address): boolean {
  const [old, mine, theirs] = [
    words[base + SPACES]!,
    words[left + SPACES]!,
    words[right + SPACES]!,
  ];
  if (mine === NO_ADDRESS || theirs === NO_ADDRESS) return false;
  const cursor = treeCursor(words, theirs, NAMED, 0);
  while (cursor.next()) {
    const { high, low } = cursor;
    const isOld = old !== NO_ADDRESS && treeHas(words, old, high, low);
    if (!isOld && treeHas(words, mine, high, low)) return true;
  }
  return false;
}

/** Unites the right side's record of a space into the result's, which is owned. */
function mergeSpace(
  merge: Merge,
  target: Address,
  base: Address,
  right: Address,
  isModule = false,
): void {
  const changes = compareSpaces(merge, base, right);
  const { heap, words, vocabulary } = merge.target.store;
  if (isModule) leaveOutTwins(merge.target.store, target, merge.right, changes);
  const touched = new Set<Address>();
  let types = false;
  const touch = ({ high, low }: LoneRow): Address => {
    const relation = ownRelation(heap, target, high, low);
    writeVersion(words, relation, merge.target.writer, merge.sequence);
    touched.add(relation);
    types ||= affectsTypes(vocabulary.symbols, high, low);
    return relation;
  };
  for (const lone of changes.removed) {
    const id = idInTarget(merge, target, lone);
    if (id !== undefined) deleteLateRow(heap, target, touch(lone), id);
  }
  addRows(heap, target, changes.added, touch);
  for (const relation of touched) limitPostponed(heap, relation, readNextRow(words, target));
  if (types) stampTypes(heap, target);
}

/** Adds rows to an owned space, in the order given; `touch` makes the relation of one writable. */
function addRows(
  heap: Heap,
  target: Address,
  added: readonly LoneRow[],
  touch: (lone: LoneRow) => Address,
): void {
  const { words } = heap;
  const ids = new NewIds(words, target);
  let from: Address = NO_ADDRESS;
  let relation: Address = NO_ADDRESS;
  for (const lone of added) {
    const id = ids.take(lone);
    if (lone.relation !== from) {
      from = lone.relation;
      relation = touch(lone);
      postponeRows(heap, relation, from, id);
    }
    if (lone.span === NO_ADDRESS) {
      copyRow(heap, target, relation, lone, id);
    } else {
      const count = spanCount(words, lone.span);
      postponeMany(heap, relation, readSpare(words, from), id, Math.max(count, added.length));
      copySpan(heap, target, relation, lone.span, id);
    }
  }
}

/**
 * The ids of added rows in the target. One after the other, but for spans: their rows lie between those of
 * other relations, so from the first id of a span to the last, all keep their distances.
 */
class NewIds {
  readonly #words: Int32Array;
  readonly #target: Address;
  /** The right side's id with which the spans that were met end, and what is added to ids up to there. */
  #end = -1;
  #shift = 0;

  constructor(words: Int32Array, target: Address) {
    this.#words = words;
    this.#target = target;
  }

  /** For rows in order of the right side's ids. Throws ERR_LIMIT. */
  take({ id, span }: LoneRow): number {
    const words = this.#words;
    const target = this.#target;
    if (id > this.#end) {
      if (span === NO_ADDRESS) return takeRowIds(words, target, 1);
      this.#shift = readNextRow(words, target) - id;
      this.#end = id - 1;
    }
    if (span !== NO_ADDRESS) {
      const last = spanId(words, span, spanCount(words, span) - 1);
      if (last > this.#end) takeRowIds(words, target, last - this.#end);
      this.#end = Math.max(this.#end, last);
    }
    return id + this.#shift;
  }
}

/** The id of a row that the right side has removed; undefined if the left side has removed it too. */
function idInTarget(merge: Merge, target: Address, lone: LoneRow): number | undefined {
  if (merge.base === merge.root) return lone.id;
  const { words } = merge.target.store;
  const relation = treeFind(words, words[target + RELATIONS]!, lone.high, lone.low);
  return findSameRow(words, relation, lone.relation, lone);
}

/** The rows to add, in the right side's order, and the rows to remove (UN1). */
function compareSpaces(merge: Merge, base: Address, right: Address): SpaceChanges {
  const { words } = merge.target.store;
  const changes: SpaceChanges = { added: [], removed: [] };
  const old = words[base + RELATIONS]!;
  const theirs = words[right + RELATIONS]!;
  if (theirs === NO_ADDRESS || old === theirs) return changes;
  const compare = (high: number, low: number, one: Address, other: Address): void => {
    compareRelations(merge, changes, { high, low, base: one, theirs: other });
  };
  if (old === NO_ADDRESS) {
    const cursor = treeCursor(words, theirs, 0, 0);
    while (cursor.next()) compare(cursor.high, cursor.low, NO_ADDRESS, cursor.value);
  } else {
    diffTrees(words, old, theirs, {
      left: (high, low, relation) => compare(high, low, relation, NO_ADDRESS),
      right: (high, low, relation) => compare(high, low, NO_ADDRESS, relation),
      changed: compare,
    });
  }
  changes.added.sort((one, other) => one.id - other.id);
  return changes;
}

/** The relation of a key in the base and on the right side, 0 where there is none. */
interface RelationPair {
  readonly high: number;
  readonly low: number;
  readonly base: Address;
  readonly theirs: Address;
}

function compareRelations(
  merge: Merge,
  changes: SpaceChanges,
  { high, low, base, theirs }: RelationPair,
): void {
  const { words } = merge.target.store;
  const lone = loneRows(words, base, theirs);
  const seenByRight = new SeenEvents(words, merge.right);
  const removed = (entry: RowEntry): void => {
    const { id, row, writer, sequence, span } = entry;
    if (!seenByRight.has(writer, sequence)) return;
    changes.removed.push({ id, row, writer, sequence, span, high, low, relation: base });
  };
  const seenByLeft = new SeenEvents(words, merge.root);
  const added = (entry: RowEntry): void => {
    const { id, row, writer, sequence, span } = entry;
    if (seenByLeft.has(writer, sequence)) return;
    changes.added.push({ id, row, writer, sequence, span, high, low, relation: theirs });
  };
  // Of a span, nothing was seen if its first row was not.
  for (const entry of lone.left) {
    if (entry.span === NO_ADDRESS) removed(entry);
    else if (seenByRight.has(entry.writer, entry.sequence)) {
      for (const each of rowsOf(words, entry)) removed(each);
    }
  }
  for (const entry of lone.right) {
    if (entry.span === NO_ADDRESS || !seenByLeft.has(entry.writer, entry.sequence)) added(entry);
    else for (const each of rowsOf(words, entry)) added(each);
  }
}

/** The spaces other than `&self`: spaces are never deleted, so the union has those of both sides. */
function mergeSpaces(merge: Merge): void {
  const { heap, words } = merge.target.store;
  const { root, base, right } = merge;
  const theirs = words[right + SPACES]!;
  if (theirs === NO_ADDRESS) return;
  const fromRight: SpaceEntry[] = [];
  const changed: SpaceEntry[] = [];
  const old = words[base + SPACES]!;
  if (old === NO_ADDRESS) {
    const cursor = treeCursor(words, theirs, 0, 0);
    while (cursor.next()) {
      fromRight.push({ writer: cursor.high, sequence: cursor.low, base: 0, right: cursor.value });
    }
  } else {
    diffTrees(words, old, theirs, {
      left: () => {},
      right: (writer, sequence, value) =>
        fromRight.push({ writer, sequence, base: 0, right: value }),
      changed: (writer, sequence, one, other) =>
        changed.push({ writer, sequence, base: one, right: other }),
    });
  }
  for (const entry of fromRight) {
    const spaces = ownTree(heap, root, SPACES, SEGMENTS);
    assert(!treeHas(words, spaces, entry.writer, entry.sequence), "UN1: a new space is new");
    retain(words, entry.right);
    insertRetained(heap, spaces, entry);
  }
  for (const entry of changed) {
    const spaces = ownTree(heap, root, SPACES, SEGMENTS);
    const record = treeOwnedValue(heap, spaces, entry.writer, entry.sequence);
    // Compared with itself, the left side must be compared as it stands.
    const origin = base === root ? record : entry.base;
    const isModule = isModuleSpace(entry.writer, entry.sequence);
    mergeSpace(merge, record, origin, entry.right, isModule);
  }
}

interface SpaceEntry {
  readonly writer: number;
  readonly sequence: number;
  /** The base's record, 0 if it has none. */
  readonly base: Address;
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
