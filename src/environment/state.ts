/**
 * States: named cells of an environment, each holding one atom.
 *
 *     STATE record   0        4        5          6
 *                    | header | writer | sequence | tokens of the atom …
 *
 * A state is named by the event that made it, or by a text (settings.ts); its record says which event set it last. Records are never
 * written again: setting a state puts a new one into the states tree.
 *
 * Invariants
 *   STA1  The event of a record is in the environment's context, and so is the event that made the state.
 *   STA2  In a union a state holds the value of the side that had seen the other's; if neither had, of the right
 *         side, and the conflict is reported unless both hold the same.
 *   STA3  A record holds one whole atom.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { OxbowError } from "../base/errors.js";
import { NOT_FOUND, treeFind, treeInsert } from "../containers/tree.js";
import { checkTree } from "../containers/tree-check.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { diffTrees } from "../containers/tree-diff.js";
import { SEGMENTS } from "../containers/tree-node.js";
import { allocate, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { STATE_RECORD } from "../memory/kinds.js";
import { HEADER_WORDS, readCapacityWords, readKind, retain } from "../memory/segment.js";
import { type Atom, StateAtom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { equalRuns, skip } from "../term/tokens.js";
import { hasSeen, NAMED } from "./causal-context.js";
import { assertLive, type Handle, type StateConflict } from "./handle.js";
import { ownTree } from "./ownership.js";
import { STATES } from "./space.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";
import { encodeScratch, type Store } from "./workspace.js";

const SETTER: number = HEADER_WORDS;
const SETTER_SEQUENCE: number = SETTER + 1;
const VALUE: number = SETTER_SEQUENCE + 1;

/** Makes a state that holds `value`. Throws ERR_NOT_SHAREABLE, HeapExhaustedError. */
export function createState(env: Handle, value: Atom): StateAtom {
  assertLive(env);
  const length = encodeScratch(env.store, value);
  const root = beginWrite(env);
  const state = new StateAtom(env.writer, nextSequence(env, root));
  writeState(env, root, state, state.sequence, length);
  return state;
}

/** Sets a state that the environment has. Throws ERR_INVALID_ARGUMENT if it has not, and as createState. */
export function setState(env: Handle, state: StateAtom, value: Atom): void {
  assertLive(env);
  getStateRecord(env.store.words, env.root, state);
  putState(env, state, value);
}

/** Sets a state, made if the environment has none of that name. Throws as createState. */
export function putState(env: Handle, state: StateAtom, value: Atom): void {
  assertLive(env);
  const length = encodeScratch(env.store, value);
  const root = beginWrite(env);
  writeState(env, root, state, nextSequence(env, root), length);
}

/** What the state holds. Throws ERR_INVALID_ARGUMENT if the environment has no such state. */
export function getState(env: Handle, state: StateAtom): Atom {
  assertLive(env);
  const { words } = env.store;
  env.reads?.noteEverything(env);
  return readValue(env.store, getStateRecord(words, env.root, state));
}

/** The same; undefined if the environment has no such state. */
export function findStateValue(env: Handle, state: StateAtom): Atom | undefined {
  assertLive(env);
  if (state.writer !== NAMED) env.reads?.noteEverything(env);
  const record = findState(env.store.words, env.root, state);
  return record === NO_ADDRESS ? undefined : readValue(env.store, record);
}

/** Whether the environment has states of its program: others than settings, whose names come last. */
export function hasStates(env: Handle): boolean {
  const { words } = env.store;
  const states = words[env.root + STATES]!;
  if (states === NO_ADDRESS) return false;
  const first = treeCursor(words, states, 0, 0);
  return first.next() && (first.high | 0) !== NAMED;
}

function writeState(
  env: Handle,
  root: Address,
  state: StateAtom,
  sequence: number,
  length: number,
): void {
  const { heap, words, scratch } = env.store;
  const record = allocate(heap, VALUE + length, STATE_RECORD);
  words[record + SETTER] = env.writer;
  words[record + SETTER_SEQUENCE] = sequence;
  for (let index = 0; index < length; index++) words[record + VALUE + index] = scratch[index]!;
  putRecord(heap, root, state.writer, state.sequence, record);
  commitWrite(env, root, sequence);
}

/** Takes over the caller's reference to the record, whatever happens. */
function putRecord(
  heap: Heap,
  root: Address,
  writer: number,
  sequence: number,
  record: Address,
): void {
  try {
    treeInsert(heap, ownTree(heap, root, STATES, SEGMENTS), writer, sequence, record);
  } catch (error) {
    release(heap, record);
    throw error;
  }
}

/** Where the run of what a state holds begins, by its record. */
export function valueTokens(record: Address): Address {
  return record + VALUE;
}

function readValue(store: Store, record: Address): Atom {
  return decode(store.vocabulary, store.words, record + VALUE);
}

/** Stops the engine unless every state of the environment keeps STA1 and STA3. */
export function checkStates({ words, heap }: Store, root: Address): void {
  const states = words[root + STATES]!;
  if (states === NO_ADDRESS) return;
  checkTree(heap, states);
  const cursor = treeCursor(words, states, 0, 0);
  while (cursor.next()) {
    const record = cursor.value;
    assert(readKind(words, record) === STATE_RECORD, "STA3: a state's record is one");
    assert(hasSeen(words, root, cursor.high | 0, cursor.low), "STA1: a state's making was seen");
    assert(sawSetting(words, root, record), "STA1: a state's setting was seen");
    const end = skip(words, record + VALUE);
    const room = record + readCapacityWords(words, record);
    assert(end > record + VALUE && end <= room, "STA3: a state's record holds its atom");
  }
}

/** 0 if the environment has no such state. */
function findState(words: Int32Array, root: Address, state: StateAtom): Address {
  const states = words[root + STATES]!;
  if (states === NO_ADDRESS) return NO_ADDRESS;
  const record = treeFind(words, states, state.writer, state.sequence);
  return record === NOT_FOUND ? NO_ADDRESS : record;
}

function getStateRecord(words: Int32Array, root: Address, state: StateAtom): Address {
  const record = findState(words, root, state);
  if (record !== NO_ADDRESS) return record;
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    "cannot use a state: this environment has no state of that name",
    { writer: state.writer, sequence: state.sequence },
  );
}

interface StateEntry {
  readonly writer: number;
  readonly sequence: number;
  /** The left side's record, 0 if it has none. */
  readonly left: Address;
  readonly right: Address;
}

/**
 * Unites the states of `right` into an owned root, the left side (STA2). `base` is what the right side is
 * compared with: the root itself, or one that both have seen all of.
 */
export function mergeStates(
  store: Store,
  root: Address,
  right: Address,
  base: Address,
): StateConflict[] {
  const { heap, words } = store;
  const conflicts: StateConflict[] = [];
  for (const entry of changedStates(words, base, right, root)) {
    if (entry.left !== NO_ADDRESS) {
      if (sawSetting(words, root, entry.right)) continue;
      if (!sawSetting(words, right, entry.left) && !holdSame(words, entry)) {
        conflicts.push(conflictOf(store, entry));
      }
    }
    retain(words, entry.right);
    putRecord(heap, root, entry.writer, entry.sequence, entry.right);
  }
  return conflicts;
}

function sawSetting(words: Int32Array, root: Address, record: Address): boolean {
  return hasSeen(words, root, words[record + SETTER]!, words[record + SETTER_SEQUENCE]!);
}

function holdSame(words: Int32Array, { left, right }: StateEntry): boolean {
  return equalRuns(words, left + VALUE, words, right + VALUE);
}

function conflictOf(store: Store, entry: StateEntry): StateConflict {
  const isNamed = (entry.writer | 0) === NAMED;
  return {
    state: new StateAtom(entry.writer | 0, entry.sequence | 0),
    setting: isNamed ? store.vocabulary.symbols.textOf(entry.sequence) : null,
    left: readValue(store, entry.left),
    right: readValue(store, entry.right),
  };
}

/** States that differ between `right` and `base`, or that only `right` has, with the record of `left`. */
function changedStates(
  words: Int32Array,
  base: Address,
  right: Address,
  left: Address,
): StateEntry[] {
  const found: StateEntry[] = [];
  const old = words[base + STATES]!;
  const theirs = words[right + STATES]!;
  if (theirs === NO_ADDRESS) return found;
  const push = (writer: number, sequence: number, record: Address): void => {
    const mine = words[left + STATES]!;
    const known = mine === NO_ADDRESS ? NOT_FOUND : treeFind(words, mine, writer, sequence);
    const present = known === NOT_FOUND ? NO_ADDRESS : known;
    found.push({ writer, sequence, left: present, right: record });
  };
  if (old === NO_ADDRESS) {
    const cursor = treeCursor(words, theirs, 0, 0);
    while (cursor.next()) push(cursor.high, cursor.low, cursor.value);
    return found;
  }
  diffTrees(words, old, theirs, {
    left: () => {},
    right: push,
    changed: (writer, sequence, _old, record) => push(writer, sequence, record),
  });
  return found;
}
