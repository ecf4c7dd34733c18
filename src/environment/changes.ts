/**
 * Changes: what one version of an environment has and an earlier one has not, in the order in which carrying it out on the
 * earlier one gives the later: names made, states set, and for each space the rows removed and the rows added.
 *
 *     before   ids  0 a   1 b   2 c             next 3
 *     after    ids  0 a         2 c   4 d       next 5      removed: id 1     added: id 4 d     next 5
 *
 * Both are of one heap, and what they share is stepped over; nothing before means everything.
 *
 * Invariants
 *   CHG1  Ids of added rows are not below the earlier version's next id of their space, and ascend: rows are appended.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { diffTrees } from "../containers/tree-diff.js";
import { SpaceAtom, StateAtom } from "../term/atom.js";
import type { Handle } from "./handle.js";
import { ROW_TOKENS } from "./relation.js";
import { rowsApart } from "./row-difference.js";
import { RELATIONS, readNextRow, SPACES, STATES } from "./space.js";
import { valueTokens } from "./state.js";

/** A row that was removed or added. */
export interface ChangedRow {
  /** The key of its relation. */
  readonly high: number;
  readonly low: number;
  readonly id: number;
  /** Where its run begins. */
  readonly tokens: Address;
}

/** What happened to one space. */
export interface SpaceChange {
  /** Null for `&self`. */
  readonly space: SpaceAtom | null;
  /** By relation, and in it by ascending ids. */
  readonly removed: readonly ChangedRow[];
  /** By ascending ids (CHG1). */
  readonly added: readonly ChangedRow[];
  /** The next row's id, before and after. */
  readonly firstRow: number;
  readonly nextRow: number;
}

/** A state that was made or set. */
export interface StateChange {
  readonly state: StateAtom;
  readonly isNew: boolean;
  /** Where the run of what it holds begins. */
  readonly tokens: Address;
}

export interface Changes {
  readonly newSpaces: readonly SpaceAtom[];
  readonly states: readonly StateChange[];
  readonly spaces: readonly SpaceChange[];
}

/**
 * What `after` has and `before`, null for nothing, has not. Null if rows were added between others (CHG1), as by a union with a version that
 * is older. Cost: the segments that are not shared.
 */
export function changesBetween(before: Handle | null, after: Handle): Changes | null {
  const { words } = after.store;
  const earlier = before?.root ?? NO_ADDRESS;
  const spaces: SpaceChange[] = [];
  const newSpaces: SpaceAtom[] = [];
  let isAppended = true;
  const compare = (space: SpaceAtom | null, one: Address, other: Address): void => {
    const change = compareSpaces(words, space, one, other);
    if (change.added.some(({ id }) => id < change.firstRow)) isAppended = false;
    const { removed, added, firstRow, nextRow } = change;
    if (removed.length + added.length > 0 || firstRow !== nextRow) spaces.push(change);
  };
  compare(null, earlier, after.root);
  const trees = treesAt(words, earlier, after.root, SPACES);
  forEachChange(words, trees, (high, low, one, other) => {
    const space = new SpaceAtom(high | 0, low | 0);
    if (one === NO_ADDRESS) newSpaces.push(space);
    compare(space, one, other);
  });
  if (!isAppended) return null;
  return { newSpaces, states: changedStates(words, earlier, after.root), spaces };
}

function changedStates(words: Int32Array, earlier: Address, later: Address): StateChange[] {
  const states: StateChange[] = [];
  forEachChange(words, treesAt(words, earlier, later, STATES), (high, low, one, other) => {
    const state = new StateAtom(high | 0, low | 0);
    states.push({ state, isNew: one === NO_ADDRESS, tokens: valueTokens(other) });
  });
  return states;
}

interface Trees {
  readonly before: Address;
  readonly after: Address;
}

function treesAt(words: Int32Array, earlier: Address, later: Address, place: number): Trees {
  const before = earlier === NO_ADDRESS ? NO_ADDRESS : words[earlier + place]!;
  return { before, after: words[later + place]! };
}

/** The entries that a tree has otherwise than another, which 0 stands for in its place; what only the earlier has is not told. */
function forEachChange(
  words: Int32Array,
  { before, after }: Trees,
  visit: (high: number, low: number, one: Address, other: Address) => void,
): void {
  if (after === NO_ADDRESS || before === after) return;
  if (before === NO_ADDRESS) {
    const cursor = treeCursor(words, after, 0, 0);
    while (cursor.next()) visit(cursor.high, cursor.low, NO_ADDRESS, cursor.value);
    return;
  }
  diffTrees(words, before, after, {
    left: () => {},
    right: (high, low, value) => visit(high, low, NO_ADDRESS, value),
    changed: visit,
  });
}

/** Of two records of a space, the first 0 for none. */
function compareSpaces(
  words: Int32Array,
  space: SpaceAtom | null,
  one: Address,
  other: Address,
): SpaceChange {
  const removed: ChangedRow[] = [];
  const added: ChangedRow[] = [];
  let relations = 0;
  forEachChange(words, treesAt(words, one, other, RELATIONS), (high, low, mine, theirs) => {
    const { left, right } = rowsApart(words, mine, theirs);
    for (const { id, row } of left) removed.push({ high, low, id, tokens: row + ROW_TOKENS });
    for (const { id, row } of right) added.push({ high, low, id, tokens: row + ROW_TOKENS });
    if (right.length > 0) relations++;
  });
  if (relations > 1) added.sort((left, right) => left.id - right.id);
  const firstRow = one === NO_ADDRESS ? 0 : readNextRow(words, one);
  return { space, removed, added, firstRow, nextRow: readNextRow(words, other) };
}
