/** Writing atoms: one transaction each, or many that are undone together. */
import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { dereference } from "../term/resolve.js";
import { assertLive, forgetCheckpoint, type Handle, rollBack, takeCheckpoint } from "./handle.js";
import { assertKnownNames } from "./known-names.js";
import { writeVersion } from "./relation.js";
import { affectsTypes, FACT, kindOfKey, setKeyOf } from "./relation-key.js";
import { locateScratch, NO_ROW } from "./row-equality.js";
import { deleteRow, insertRow, ownRelation, writeEvent } from "./row-writing.js";
import { RELATIONS } from "./space.js";
import { findSpace, ownSpace, stampTypes } from "./space-access.js";
import { beginWrite, commitWrite, nextSequence } from "./transaction.js";
import { encodeScratch } from "./workspace.js";

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
  const { heap, key, words } = store;
  encodeScratch(store, atom);
  setKeyOf(key, dereference(atom), store.vocabulary.symbols);
  const { high, low } = key;
  const relations = words[findSpace(words, handle.root, space) + RELATIONS]!;
  const found = relations === NO_ADDRESS ? NOT_FOUND : treeFind(words, relations, high, low);
  const id = found === NOT_FOUND ? NO_ROW : locateScratch(store, found);
  if (id === NO_ROW) return false;
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
  return true;
}
