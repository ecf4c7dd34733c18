/** Fact pages: the atoms of one relation as text, from any place on, without reading those before. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { countAt, deadAt, rowAt } from "../containers/row-access.js";
import { rowSegments } from "../containers/rows-shape.js";
import { treeCount } from "../containers/tree.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { decode } from "../term/decode.js";
import { print } from "../term/printer.js";
import { assertLive, type Handle } from "./handle.js";
import { nameOfIndex } from "./query-explanation.js";
import {
  loadIndex,
  ROW_TOKENS,
  readIndexCount,
  readLiveCount,
  readPlaceCount,
  readRows,
} from "./relation.js";
import { nameOfKey } from "./relation-key.js";
import { RELATIONS, SPACES } from "./space.js";

/** A relation, by what its atoms are. */
export interface RelationRow {
  /** By which {@link factsOf} finds it: the space's two numbers, or none for `&self`, and the two words of its key. */
  readonly id: string;
  /** `&self`, or `space 1.2`. */
  readonly space: string;
  /** `edge/3`, `rule ancestor`, … */
  readonly name: string;
  readonly kind: string;
  readonly atoms: number;
  readonly indexes: readonly { readonly index: string; readonly entries: number }[];
}

/** A part of a relation's atoms. */
export interface FactPage {
  /** How many there are in all. */
  readonly total: number;
  readonly from: number;
  readonly facts: readonly string[];
}

/** What a search in a relation has found. */
export interface FactSearch {
  readonly facts: readonly { readonly place: number; readonly text: string }[];
  /** How many atoms were looked at; fewer than there are if it took too long or enough were found. */
  readonly looked: number;
}

const LONGEST_FACT = 2000;
const MOST_FOUND = 500;
const SEARCH_MS = 400;

/** The relations of all spaces. Cost: a look at each, and at each of its indexes. */
export function relationsOf(handle: Handle): RelationRow[] {
  assertLive(handle);
  const { words } = handle.store;
  const found = relationsIn(handle, handle.root, "", "&self");
  if (words[handle.root + SPACES] !== NO_ADDRESS) {
    const spaces = treeCursor(words, words[handle.root + SPACES]!, 0, 0);
    while (spaces.next()) {
      const id = `${spaces.high | 0}.${spaces.low}`;
      found.push(...relationsIn(handle, spaces.value, `${id}.`, `space ${id}`));
    }
  }
  return found;
}

function relationsIn(
  handle: Handle,
  record: Address,
  prefix: string,
  space: string,
): RelationRow[] {
  const { words, vocabulary } = handle.store;
  const found: RelationRow[] = [];
  if (words[record + RELATIONS] === NO_ADDRESS) return found;
  const relations = treeCursor(words, words[record + RELATIONS]!, 0, 0);
  while (relations.next()) {
    const { high, low, value: relation } = relations;
    const { kind, head, length } = nameOfKey(vocabulary.symbols, high, low);
    const atoms = readLiveCount(words, relation);
    if (atoms === 0) continue;
    found.push({
      id: `${prefix}${high}.${low}`,
      space,
      name: head === null ? kind : kind === "fact" ? `${head}/${length}` : `${kind} ${head}`,
      kind,
      atoms,
      indexes: indexesOf(words, relation),
    });
  }
  return found;
}

function indexesOf(words: Int32Array, relation: Address): RelationRow["indexes"] {
  const places = readPlaceCount(words, relation);
  const found: { readonly index: string; readonly entries: number }[] = [];
  for (let number = 0; number < readIndexCount(words, relation); number++) {
    const index = loadIndex(words, relation, number);
    if (index === NO_ADDRESS) continue;
    found.push({ index: nameOfIndex(number, places), entries: treeCount(words, index) });
  }
  return found;
}

/** The relation of an id; 0 if there is none. */
function findRelation(handle: Handle, id: string): Address {
  const { words } = handle.store;
  const numbers = id.split(".").map(Number);
  let record = handle.root;
  if (numbers.length === 4) {
    record = valueAt(words, words[record + SPACES]!, numbers[0]! >>> 0, numbers[1]!);
  }
  if (record === NO_ADDRESS) return NO_ADDRESS;
  return valueAt(words, words[record + RELATIONS]!, numbers.at(-2)!, numbers.at(-1)!);
}

function valueAt(words: Int32Array, tree: Address, high: number, low: number): Address {
  if (tree === NO_ADDRESS) return NO_ADDRESS;
  const cursor = treeCursor(words, tree, high, low);
  return cursor.next() && cursor.high === high && cursor.low === low ? cursor.value : NO_ADDRESS;
}

/** `count` atoms from place `from` on. Cost: those, and a look at each segment before. */
export function factsOf(handle: Handle, id: string, from: number, count: number): FactPage {
  assertLive(handle);
  const relation = findRelation(handle, id);
  if (relation === NO_ADDRESS) return { total: 0, from, facts: [] };
  const { words } = handle.store;
  const facts: string[] = [];
  for (const { row } of rowsFrom(words, readRows(words, relation), from)) {
    if (facts.length === count) break;
    facts.push(textOf(handle, row));
  }
  return { total: readLiveCount(words, relation), from, facts };
}

/** The atoms whose text has `wanted` in it, with their places. */
export function searchFacts(handle: Handle, id: string, wanted: string): FactSearch {
  assertLive(handle);
  const relation = findRelation(handle, id);
  const facts: { readonly place: number; readonly text: string }[] = [];
  let looked = 0;
  if (relation === NO_ADDRESS) return { facts, looked };
  const { words } = handle.store;
  const end = performance.now() + SEARCH_MS;
  for (const { row, place } of rowsFrom(words, readRows(words, relation), 0)) {
    const text = textOf(handle, row);
    looked = place + 1;
    if (text.includes(wanted)) facts.push({ place, text });
    if (facts.length === MOST_FOUND || performance.now() > end) break;
  }
  return { facts, looked };
}

function textOf({ store }: Handle, row: Address): string {
  return print(decode(store.vocabulary, store.words, row + ROW_TOKENS)).slice(0, LONGEST_FACT);
}

/** The live rows from a place on; segments before it are stepped over. */
function* rowsFrom(
  words: Int32Array,
  rows: Address,
  from: number,
): Generator<{ readonly row: Address; readonly place: number }, void, undefined> {
  if (rows === NO_ADDRESS) return;
  let place = 0;
  for (const { segment } of rowSegments(words, rows)) {
    const count = countAt(words, segment);
    const live = count - deadAt(words, segment);
    if (place + live <= from) {
      place += live;
      continue;
    }
    for (let index = 0; index < count; index++) {
      const row = rowAt(words, segment, index);
      if (row === NO_ADDRESS) continue;
      if (place >= from) yield { row, place };
      place++;
    }
  }
}
