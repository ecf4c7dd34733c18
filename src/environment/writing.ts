/** Writing atoms: one transaction each, or many that are undone together. */
import { NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { findRow } from "../containers/rows.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { skip } from "../term/tokens.js";
import { assertLive, forgetCheckpoint, type Handle, rollBack, takeCheckpoint } from "./handle.js";
import { assertKnownNames } from "./known-names.js";
import { ROW_TOKENS, readRows, writeVersion } from "./relation.js";
import { affectsTypes, FACT, kindOfKey, setKeyOf } from "./relation-key.js";
import { locateScratch, NO_ROW } from "./row-equality.js";
import { deleteRow, insertRow, ownRelation, writeEvent } from "./row-writing.js";
import { RELATIONS, readNextRow, writeNextRow } from "./space.js";
import { findSpace, LAST_ROW_ID, ownSpace, stampTypes } from "./space-access.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";
import { copyToScratch, encodeScratch } from "./workspace.js";

/** As `Environment.add`. */
export function addAtom(handle: Handle, atom: Atom, space: SpaceAtom | null): void {
  assertLive(handle);
  const { store } = handle;
  const { heap, key } = store;
  const length = encodeScratch(store, atom);
  assertKnownNames(handle, length);
  setKeyOf(key, dereference(atom), store.vocabulary.symbols);
  const { high, low } = key;
  const root = beginWrite(handle);
  const record = ownSpace(heap, root, space);
  const relation = ownRelation(heap, record, high, low);
  const sequence = nextSequence(handle, root);
  const row = insertRow(store, record, relation, length);
  writeEvent(store.words, row, handle.writer, sequence);
  writeVersion(store.words, relation, handle.writer, sequence);
  const types = affectsTypes(store.vocabulary.symbols, high, low);
  if (types) stampTypes(heap, record);
  if (types || kindOfKey(high) !== FACT) handle.definitions = store.nextDefinitions();
  commitWrite(handle, root, sequence);
}

/** As `Environment.addAll`. */
export function addAtoms(handle: Handle, atoms: Iterable<Atom>, space: SpaceAtom | null): void {
  const checkpoint = takeCheckpoint(handle);
  try {
    for (const atom of atoms) addAtom(handle, atom, space);
  } catch (error) {
    rollBack(handle, checkpoint);
    throw error;
  }
  forgetCheckpoint(handle, checkpoint);
}

/** As `Environment.remove`. */
export function removeAtom(handle: Handle, atom: Atom, space: SpaceAtom | null): boolean {
  assertLive(handle);
  const { store } = handle;
  const { key, words } = store;
  encodeScratch(store, atom);
  setKeyOf(key, dereference(atom), store.vocabulary.symbols);
  const { high, low } = key;
  const relations = words[findSpace(words, handle.root, space) + RELATIONS]!;
  const found = relations === NO_ADDRESS ? NOT_FOUND : treeFind(words, relations, high, low);
  const id = found === NOT_FOUND ? NO_ROW : locateScratch(store, found);
  if (id === NO_ROW) return false;
  removeScratch(handle, space, { high, low, id });
  return true;
}

/** A row by where it is. */
interface RowPlace {
  /** The key of its relation. */
  readonly high: number;
  readonly low: number;
  readonly id: number;
}

/** Removes the row of that place; false if there is none. Throws as `Environment.remove`. */
export function removeRowAt(handle: Handle, space: SpaceAtom | null, place: RowPlace): boolean {
  assertLive(handle);
  const { store } = handle;
  const { words } = store;
  const relations = words[findSpace(words, handle.root, space) + RELATIONS]!;
  if (relations === NO_ADDRESS) return false;
  const relation = treeFind(words, relations, place.high, place.low);
  const rows = relation === NOT_FOUND ? NO_ADDRESS : readRows(words, relation);
  const row = rows === NO_ADDRESS ? NO_ADDRESS : findRow(words, rows, place.id);
  if (row === NO_ADDRESS) return false;
  const tokens = row + ROW_TOKENS;
  copyToScratch(store, tokens, skip(words, tokens) - tokens);
  removeScratch(handle, space, place);
  return true;
}

/** Removes a live row whose atom the scratch words have. */
function removeScratch(handle: Handle, space: SpaceAtom | null, { high, low, id }: RowPlace): void {
  const { store } = handle;
  const { heap } = store;
  const root = beginWrite(handle);
  const record = ownSpace(heap, root, space);
  const relation = ownRelation(heap, record, high, low);
  const sequence = nextSequence(handle, root);
  deleteRow(store, record, relation, id);
  writeVersion(store.words, relation, handle.writer, sequence);
  const types = affectsTypes(store.vocabulary.symbols, high, low);
  if (types) stampTypes(heap, record);
  if (types || kindOfKey(high) !== FACT) handle.definitions = store.nextDefinitions();
  commitWrite(handle, root, sequence);
}

/**
 * The id that the next row of a space gets: at least what it is. Throws `ERR_INVALID_ARGUMENT` for less, and for more than there
 * are.
 */
export function skipRowIds(handle: Handle, space: SpaceAtom | null, next: number): void {
  assertLive(handle);
  const { heap, words } = handle.store;
  const present = readNextRow(words, findSpace(words, handle.root, space));
  if (next === present) return;
  if (!(next > present && next <= LAST_ROW_ID)) {
    const message = `cannot go on with row ${next} of a space: its next one is ${present}`;
    throw new OxbowError("ERR_INVALID_ARGUMENT", message, { next, present });
  }
  const root = beginWrite(handle);
  writeNextRow(words, ownSpace(heap, root, space), next);
  commitWrite(handle, root, nextSequence(handle, root));
}
