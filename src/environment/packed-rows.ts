/**
 * Packed rows: a packed list of atoms in which they stand by relation too, so that an environment can take
 * them in as they are.
 *
 *     root (packed-atoms.ts)   | count | order | run 0 | run 1 | …
 *     order   0        1                                                           7
 *             | groups | high | low | variable places | rows | positions | first | high | …
 *                      │ ······················· a group ······················· │
 *
 *     positions ─▶ | p | p | …     the rows of a group by their places in the list, ascending; 0 if they are
 *                                  first, first + 1, …
 *
 * Invariants
 *   PK1  Every position of the list is in the group of its atom's key (relation-key.ts), once.
 *   PK2  A group has a row at least, and its variable places are those of all its rows (AI3).
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { asIterable } from "../base/arguments.js";
import type { Heap } from "../memory/heap.js";
import { asHeap } from "../memory/heap.js";
import { type BuildingRegion, createThenPack, type Packed } from "../memory/packed.js";
import { asAtoms } from "../term/arguments.js";
import type { Atom } from "../term/atom.js";
import { type AtomList, readOrder, runsOf, writeAtoms, writeOrder } from "../term/packed-atoms.js";
import { dereference } from "../term/resolve.js";
import { Vocabulary } from "../term/vocabulary.js";
import { variableBitsOf } from "./argument-index.js";
import { placeCountFor } from "./relation.js";
import { kindOfKey, RelationKey, setKeyOf } from "./relation-key.js";

/** What is at the root of a region of packed rows: a list of atoms that can be added as it is. */
export interface RowList extends AtomList {
  /** Tells rows from lists of atoms. */
  readonly rows: true;
}

/** The rows of one relation in a packed list. */
export interface RowGroup {
  readonly high: number;
  readonly low: number;
  readonly variableBits: number;
  readonly count: number;
  readonly positions: Address;
  readonly first: number;
}

const GROUP_COUNT = 0;
const GROUPS = 1;
const HIGH = 0;
const LOW = 1;
const VARIABLE_BITS = 2;
const ROW_COUNT = 3;
const POSITIONS = 4;
const FIRST = 5;
const GROUP_WORDS = 6;

/**
 * Packs atoms so that `Environment.addPacked` adds them without copying them; `PackedAtoms` reads them too.
 * The caller disposes the handle. Throws `ERR_NOT_SHAREABLE` for a host value and HeapExhaustedError, with
 * nothing left behind. Cost: as `packAtoms`, and a look at each atom's head; 8 bytes for each atom besides
 * its tokens at most.
 */
export function packRows(heap: Heap, atoms: Iterable<Atom>): Packed<RowList> {
  const vocabulary = Vocabulary.of(asHeap("pack", heap));
  const list = asAtoms("pack", [...asIterable("pack", atoms)]);
  return createThenPack<RowList>(heap, (region) => {
    const root = writeAtoms(vocabulary, region, list);
    const groups = groupAtoms(vocabulary, list, region.writable(), runsOf(root));
    writeOrder(region.writable(), root, writeGroups(region, groups));
    return region.pack<RowList>(root);
  });
}

/** A group under construction. */
class Group {
  readonly high: number;
  readonly low: number;
  readonly kind: number;
  readonly places: number;
  readonly positions: number[] = [];
  variableBits = 0;

  constructor(high: number, low: number) {
    this.high = high;
    this.low = low;
    this.kind = kindOfKey(high);
    this.places = placeCountFor(high, low);
  }
}

/** The groups of a list whose runs are written, in order of their first atoms. */
function groupAtoms(
  { symbols }: Vocabulary,
  atoms: readonly Atom[],
  words: Int32Array,
  runs: Address,
): Group[] {
  const groups: Group[] = [];
  const byHead = new Map<number, Map<number, Group>>();
  const key = new RelationKey();
  let group: Group | undefined;
  for (let position = 0; position < atoms.length; position++) {
    setKeyOf(key, dereference(atoms[position]!), symbols);
    const { high, low } = key;
    if (group === undefined || group.high !== high || group.low !== low) {
      group = groupOf(groups, byHead, high, low);
    }
    group.positions.push(position);
    group.variableBits |= variableBitsOf(words, words[runs + position]!, group.kind, group.places);
  }
  return groups;
}

function groupOf(
  groups: Group[],
  byHead: Map<number, Map<number, Group>>,
  high: number,
  low: number,
): Group {
  let byLength = byHead.get(high);
  if (byLength === undefined) {
    byLength = new Map();
    byHead.set(high, byLength);
  }
  let group = byLength.get(low);
  if (group === undefined) {
    group = new Group(high, low);
    byLength.set(low, group);
    groups.push(group);
  }
  return group;
}

/** Writes the groups into the region; where they stand. */
function writeGroups(region: BuildingRegion, groups: readonly Group[]): Address {
  const order = region.allocate(GROUPS + groups.length * GROUP_WORDS);
  const words = region.writable();
  words[order + GROUP_COUNT] = groups.length;
  let at = order + GROUPS;
  for (const { high, low, variableBits, positions } of groups) {
    words[at + HIGH] = high;
    words[at + LOW] = low;
    words[at + VARIABLE_BITS] = variableBits;
    words[at + ROW_COUNT] = positions.length;
    const first = positions[0]!;
    const isDense = positions.at(-1)! - first === positions.length - 1;
    words[at + POSITIONS] = isDense ? NO_ADDRESS : writePositions(region, positions);
    words[at + FIRST] = isDense ? first : 0;
    at += GROUP_WORDS;
  }
  return order;
}

function writePositions(region: BuildingRegion, positions: readonly number[]): Address {
  const table = region.allocate(positions.length);
  const words = region.writable();
  for (const [index, position] of positions.entries()) words[table + index] = position;
  return table;
}

/** The groups of a packed list; none if it was not packed with them. */
export function readGroups(words: Int32Array, root: Address): RowGroup[] {
  const order = readOrder(words, root);
  if (order === NO_ADDRESS) return [];
  const groups: RowGroup[] = [];
  for (let index = 0; index < words[order + GROUP_COUNT]!; index++) {
    const at = order + GROUPS + index * GROUP_WORDS;
    groups.push({
      high: words[at + HIGH]!,
      low: words[at + LOW]!,
      variableBits: words[at + VARIABLE_BITS]!,
      count: words[at + ROW_COUNT]!,
      positions: words[at + POSITIONS]!,
      first: words[at + FIRST]!,
    });
  }
  return groups;
}
