/** Inspection: how an environment lies in memory, relation by relation, as data to look at. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  type Extent,
  extentOf,
  ownedFrom,
  type RowSegmentShape,
  shapeOfRows,
  useOfRows,
} from "../containers/rows-shape.js";
import { treeCount } from "../containers/tree.js";
import { treeCursor } from "../containers/tree-cursor.js";
import { SpaceAtom } from "../term/atom.js";
import { assertLive, type Handle, ownsRoot } from "./handle.js";
import { nameOfIndex } from "./query-explanation.js";
import { loadIndex, readIndexCount, readLiveCount, readPlaceCount, readRows } from "./relation.js";
import { nameOfKey } from "./relation-key.js";
import { RELATIONS, readAtomCount, SPACES } from "./space.js";
import type { Store } from "./workspace.js";

/** The atoms of one head and length, or of one kind without a head. */
export interface RelationShape {
  /** In which space; null for `&self`. */
  readonly space: SpaceAtom | null;
  /** What its atoms are: `fact`, `rule`, `type`, … */
  readonly kind: string;
  /** The symbol that its facts begin with, its rules are for, its types are of; null for kinds without one. */
  readonly head: string | null;
  /** Children of its facts, or of the left-hand sides of its rules; 0 where that says nothing. */
  readonly length: number;
  /** The number of atoms in it, counting each occurrence. */
  readonly atoms: number;
  /** Whether the next write to it copies its record. */
  readonly isShared: boolean;
  /** Rows added and removed, as far as the environment and those that it was cloned from go back. */
  readonly writes: number;
  /** Where the last of these fell: at the end, in one segment, all over; `none` if there were none. */
  readonly writesFall: "none" | "end" | "one segment" | "scattered";
  /** Its rows, in order. */
  readonly rows: readonly RowSegmentShape[];
  /** The indexes that queries have needed so far, by what they look at. */
  readonly indexes: readonly IndexShape[];
}

/** An index of a relation. */
export interface IndexShape extends Extent {
  /** As in `Environment.explain`. */
  readonly index: string;
  /** The number of rows it knows. */
  readonly entries: number;
}

/** All that an environment refers to, and its relations. */
export interface EnvironmentShape extends Extent {
  /** The number of atoms in all its spaces, counting each occurrence. */
  readonly atoms: number;
  /** What its spaces are made of. */
  readonly relations: readonly RelationShape[];
}

const UNUSED = { writes: 0, writesFall: "none" } as const;

/** As `Environment.inspect`. */
export function inspectEnvironment(handle: Handle): EnvironmentShape {
  assertLive(handle);
  const { root, store } = handle;
  const { words } = store;
  const owned = ownsRoot(handle) ? ownedFrom(words, root) : new Set<Address>(); // HA6
  const relations = relationsOf(store, null, root, owned);
  if (words[root + SPACES] !== NO_ADDRESS) {
    const spaces = treeCursor(words, words[root + SPACES]!, 0, 0);
    while (spaces.next()) {
      const space = new SpaceAtom(spaces.high | 0, spaces.low);
      relations.push(...relationsOf(store, space, spaces.value, owned));
    }
  }
  return { atoms: readAtomCount(words, root), ...extentOf(words, root, owned), relations };
}

function relationsOf(
  store: Store,
  space: SpaceAtom | null,
  record: Address,
  owned: ReadonlySet<Address>,
): RelationShape[] {
  const { words } = store;
  const found: RelationShape[] = [];
  if (words[record + RELATIONS] === NO_ADDRESS) return found;
  const relations = treeCursor(words, words[record + RELATIONS]!, 0, 0);
  while (relations.next()) {
    const relation = relations.value;
    const list = readRows(words, relation);
    const rows = list === NO_ADDRESS ? [] : shapeOfRows(words, list, owned);
    found.push({
      space,
      ...nameOfKey(store.vocabulary.symbols, relations.high, relations.low),
      atoms: readLiveCount(words, relation),
      isShared: !owned.has(relation),
      ...(list === NO_ADDRESS ? UNUSED : useOfRows(words, list, rows)),
      rows,
      indexes: indexesOf(words, relation, owned),
    });
  }
  return found;
}

function indexesOf(
  words: Int32Array,
  relation: Address,
  owned: ReadonlySet<Address>,
): IndexShape[] {
  const found: IndexShape[] = [];
  const count = readIndexCount(words, relation);
  const places = readPlaceCount(words, relation);
  for (let number = 0; number < count; number++) {
    const index = loadIndex(words, relation, number);
    if (index === NO_ADDRESS) continue;
    found.push({
      index: nameOfIndex(number, places),
      entries: treeCount(words, index),
      ...extentOf(words, index, owned),
    });
  }
  return found;
}
