/**
 * Version difference: the atoms that one of two versions of an environment holds and the other does not, where each is in
 * a heap of its own, at the addresses that both had in the heap they come from.
 *
 *     earlier  root ─▶ relations ─▶ (edge 2) ─▶ rows a, b, c         a and b are in both, so the later version, where
 *     later    root ─▶ relations ─▶ (edge 2) ─▶ rows a, b, d         they are shared, is not read there, nor the earlier
 *
 * Each tree is walked in the later version first, down to what is shared, and then in the earlier one, down to the same
 * segments. Rows of the segments that are left are the same if their events are; what is left of them is compared as text, since an
 * atom that was removed and added again is no difference.
 *
 * Invariants
 *   VD1  A segment that is shared is in both versions, with all that is below it.
 *   VD2  What is looked into was read before.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { countAt, idAt, rowAt, sequenceAt, writerAt } from "../containers/row-access.js";
import { readDirectory, readTail } from "../containers/rows.js";
import { readCount, readHigh, readLevel, readLow, readValue } from "../containers/tree-node.js";
import type { Heap } from "../memory/heap.js";
import { type Atom, SpaceAtom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { print } from "../term/printer.js";
import { Vocabulary } from "../term/vocabulary.js";
import { ROW_TOKENS, readRows } from "./relation.js";
import { RELATIONS, SPACES } from "./space.js";

/** One of two versions of an environment. */
interface Version {
  /** Its words, and its symbols. */
  readonly heap: Heap;
  readonly root: Address;
  /** Has a segment in memory; of a span of rows also what it shows. */
  read(segment: Address): void;
}

/** The one of which is known what was there before. */
export interface LaterVersion extends Version {
  /** Whether the earlier version has this segment, too (VD1). */
  isShared(segment: Address): boolean;
}

/** What a later version of a space has and an earlier one has not, and the reverse: occurrences, in the order in which they were added. */
export interface SpaceDifference {
  /** Null for `&self`. */
  readonly space: SpaceAtom | null;
  /** Occurrences that only the later one has. */
  readonly added: readonly Atom[];
  /** Occurrences that only the earlier one has. */
  readonly removed: readonly Atom[];
}

/** What the later version of each space has that the earlier has not, and the reverse. Cost: what is not shared. */
export function differenceBetween(earlier: Version, later: LaterVersion): SpaceDifference[] {
  if (earlier.root === later.root && later.isShared(later.root)) return [];
  const versions: Versions = { earlier, later };
  earlier.read(earlier.root);
  later.read(later.root);
  const found: SpaceDifference[] = [];
  const compare = (space: SpaceAtom | null, one: Address, other: Address): void => {
    const difference = compareSpaces(versions, one, other);
    const { added, removed } = difference;
    if (added.length + removed.length > 0) found.push({ space, ...difference });
  };
  compare(null, earlier.root, later.root);
  const spaces = (version: Version): Address => version.heap.words[version.root + SPACES]!;
  for (const { high, low, left, right } of lonePairs(versions, spaces(earlier), spaces(later))) {
    compare(new SpaceAtom(high | 0, low), left, right);
  }
  return found;
}

interface Versions {
  readonly earlier: Version;
  readonly later: LaterVersion;
}

/** A key of two trees, and the values that it has there: 0 where it has none. */
interface Pair {
  readonly high: number;
  readonly low: number;
  left: Address;
  right: Address;
}

function keyOf(high: number, low: number): string {
  return `${high} ${low}`;
}

/** The entries of two trees of segments that are not the same. Their values are read. */
function lonePairs({ earlier, later }: Versions, one: Address, other: Address): Pair[] {
  const pairs = new Map<string, Pair>();
  const pairAt = (high: number, low: number): Pair => {
    const key = keyOf(high, low);
    const pair = pairs.get(key) ?? { high, low, left: NO_ADDRESS, right: NO_ADDRESS };
    pairs.set(key, pair);
    return pair;
  };
  const shared = new Set<Address>();
  const isShared = (node: Address): boolean => {
    const is = later.isShared(node);
    if (is) shared.add(node);
    return is;
  };
  forEachEntry(later, other, isShared, (high, low, value) => {
    pairAt(high, low).right = value;
  });
  forEachEntry(
    earlier,
    one,
    (node) => shared.has(node),
    (high, low, value) => {
      pairAt(high, low).left = value;
    },
  );
  const lone = [...pairs.values()].filter(
    ({ left, right }) => left !== right || !later.isShared(right),
  );
  for (const { left, right } of lone) {
    if (left !== NO_ADDRESS) earlier.read(left);
    if (right !== NO_ADDRESS) later.read(right);
  }
  return lone;
}

/** Calls `visit` for the entries of a tree, but for those below the nodes that are known. */
function forEachEntry(
  version: Version,
  node: Address,
  isKnown: (node: Address) => boolean,
  visit: (high: number, low: number, value: Address) => void,
): void {
  if (node === NO_ADDRESS || isKnown(node)) return;
  version.read(node); // VD2
  const { words } = version.heap;
  const isInner = readLevel(words, node) > 0;
  for (let index = 0; index < readCount(words, node); index++) {
    const value = readValue(words, node, index);
    if (isInner) forEachEntry(version, value, isKnown, visit);
    else visit(readHigh(words, node, index), readLow(words, node, index), value);
  }
}

/** An occurrence that one version has. */
interface LoneAtom {
  readonly id: number;
  readonly event: string;
  readonly atom: Atom;
}

/** Of two records of a space, 0 for none. */
function compareSpaces(
  versions: Versions,
  one: Address,
  other: Address,
): Omit<SpaceDifference, "space"> {
  const { earlier, later } = versions;
  const left: LoneAtom[] = [];
  const right: LoneAtom[] = [];
  const relations = (version: Version, space: Address): Address =>
    space === NO_ADDRESS ? NO_ADDRESS : version.heap.words[space + RELATIONS]!;
  for (const pair of lonePairs(versions, relations(earlier, one), relations(later, other))) {
    const segments = loneSegments(versions, pair.left, pair.right);
    for (const segment of segments.left) takeAtoms(earlier, segment, left);
    for (const segment of segments.right) takeAtoms(later, segment, right);
  }
  const known = new Set(left.map(({ event }) => event));
  const added = right.filter(({ event }) => !known.delete(event));
  const removed = left.filter(({ event }) => known.has(event));
  return { added: without(added, removed), removed: without(removed, added) };
}

/** The segments of rows that only one of two relations has, or that are not known to be shared; they are read. */
function loneSegments(
  versions: Versions,
  one: Address,
  other: Address,
): { readonly left: Iterable<Address>; readonly right: Iterable<Address> } {
  const { earlier, later } = versions;
  const rows = (version: Version, relation: Address): Address => {
    const found = relation === NO_ADDRESS ? NO_ADDRESS : readRows(version.heap.words, relation);
    if (found !== NO_ADDRESS) version.read(found);
    return found;
  };
  const [before, after] = [rows(earlier, one), rows(later, other)];
  const directory = (version: Version, vector: Address): Address =>
    vector === NO_ADDRESS ? NO_ADDRESS : readDirectory(version.heap.words, vector);
  const left = tailOf(earlier, before);
  const right = tailOf(later, after);
  for (const pair of lonePairs(versions, directory(earlier, before), directory(later, after))) {
    if (pair.left !== NO_ADDRESS) left.add(pair.left);
    if (pair.right !== NO_ADDRESS) right.add(pair.right);
  }
  for (const segment of right) {
    // A tail of one may be in the directory of the other.
    if (left.has(segment) && later.isShared(segment) && left.delete(segment)) right.delete(segment);
  }
  return { left, right };
}

/** The tail of a vector, if it has one. */
function tailOf(version: Version, vector: Address): Set<Address> {
  const tail = vector === NO_ADDRESS ? NO_ADDRESS : readTail(version.heap.words, vector);
  if (tail === NO_ADDRESS) return new Set();
  version.read(tail);
  return new Set([tail]);
}

/** Adds the atoms of the rows in a segment. */
function takeAtoms({ heap }: Version, segment: Address, atoms: LoneAtom[]): void {
  const { words } = heap;
  const vocabulary = Vocabulary.of(heap);
  for (let index = 0; index < countAt(words, segment); index++) {
    const row = rowAt(words, segment, index);
    if (row === NO_ADDRESS) continue;
    const event = keyOf(writerAt(words, segment, index), sequenceAt(words, segment, index));
    const atom = decode(vocabulary, words, row + ROW_TOKENS);
    atoms.push({ id: idAt(words, segment, index), event, atom });
  }
}

/** The atoms, less the occurrences that the others have too. */
function without(atoms: readonly LoneAtom[], others: readonly LoneAtom[]): Atom[] {
  const counts = new Map<string, number>();
  for (const { atom } of others) {
    const text = print(atom);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const left: Atom[] = [];
  for (const { atom } of atoms.toSorted((one, other) => one.id - other.id)) {
    const text = print(atom);
    const count = counts.get(text) ?? 0;
    if (count === 0) left.push(atom);
    else counts.set(text, count - 1);
  }
  return left;
}
