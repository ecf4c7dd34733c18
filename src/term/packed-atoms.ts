/**
 * Packed atoms: a list of atoms in a region, read in place by whoever gets the region.
 *
 *     root   0       1       2     3     4
 *            | count | order | run | run | run …      one address an atom
 *                               │     └──────────▶ tokens
 *                               └──▶ tokens
 *
 * `order` is 0, or where it stands written how the atoms are to be found in another way (packed-rows.ts).
 * Handing over such a list costs as much as handing over one atom, and an atom that is not read is
 * never decoded.
 *
 * Invariants
 *   PA1  Every run lies in the region itself and is whole: variables of different atoms are different.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { asIndex } from "../base/arguments.js";
import { asHeap, type Heap } from "../memory/heap.js";
import { asPacked, type BuildingRegion, createThenPack, type Packed } from "../memory/packed.js";
import { asAtoms } from "./arguments.js";
import type { Atom } from "./atom.js";
import { decode } from "./decode.js";
import { encodeInto, measure } from "./encode.js";
import { Vocabulary } from "./vocabulary.js";

/** What is at the root of a region of packed atoms. */
export interface AtomList {
  /** Tells lists of atoms from rows. */
  readonly kind: "atoms";
}

const COUNT = 0;
const ORDER = 1;
const RUNS = 2;

/**
 * Writes atoms into a region and packs it. Throws `ERR_NOT_SHAREABLE` for a host value and
 * HeapExhaustedError, with nothing left behind. Cost: a walk over the atoms to measure and one to write.
 */
export function packAtoms(heap: Heap, atoms: readonly Atom[]): Packed<AtomList> {
  asAtoms("pack", atoms);
  return createThenPack<AtomList>(heap, (region) =>
    region.pack<AtomList>(writeAtoms(Vocabulary.of(heap), region, atoms)),
  );
}

/** Writes the root of a list of atoms into a region to be packed. Throws as {@link packAtoms}. */
export function writeAtoms(
  vocabulary: Vocabulary,
  region: BuildingRegion,
  atoms: readonly Atom[],
): Address {
  const root = region.allocate(RUNS + atoms.length);
  region.write(root + COUNT, atoms.length);
  region.write(root + ORDER, NO_ADDRESS);
  writeRuns(vocabulary, region, atoms, root + RUNS);
  return root;
}

export function readAtomTotal(words: Int32Array, root: Address): number {
  return words[root + COUNT]!;
}

/** Where the addresses of the runs begin. */
export function runsOf(root: Address): Address {
  return root + RUNS;
}

export function readOrder(words: Int32Array, root: Address): Address {
  return words[root + ORDER]!;
}

/** To be called before the region is packed. */
export function writeOrder(words: Int32Array, root: Address, order: Address): void {
  words[root + ORDER] = order;
}

/**
 * Writes each atom as a run of its own into a region to be packed, and their addresses from `place` on. Throws
 * as {@link packAtoms}.
 */
export function writeRuns(
  vocabulary: Vocabulary,
  region: BuildingRegion,
  atoms: Iterable<Atom>,
  place: Address,
): void {
  const words = region.writable();
  let next = place;
  for (const atom of atoms) {
    const size = measure(atom);
    const run = region.allocate(size);
    encodeInto(vocabulary, atom, words, run, size);
    words[next++] = run;
  }
}

/** A reader of packed atoms: a list that decodes on demand. Disposing it disposes the region. */
export class PackedAtoms implements Iterable<Atom>, Disposable {
  /** The region that holds them. */
  readonly packed: Packed<AtomList>;
  /** How many atoms there are. */
  readonly length: number;
  readonly #vocabulary: Vocabulary;
  readonly #runs: Address;

  /** Takes the handle over. `heap` is this thread's view. Throws `ERR_RELEASED` if it is disposed. */
  constructor(heap: Heap, packed: Packed<AtomList>) {
    this.#vocabulary = Vocabulary.of(asHeap("read packed atoms", heap));
    this.packed = asPacked("read packed atoms", packed);
    this.#runs = packed.root + RUNS;
    this.length = packed.read(packed.root + COUNT);
  }

  /** The atom at an index, decoded at each call; undefined outside. Throws `ERR_RELEASED` once disposed. */
  at(index: number): Atom | undefined {
    asIndex("read packed atoms", index);
    if (!Number.isInteger(index) || index < 0 || index >= this.length) return undefined;
    return decode(this.#vocabulary, this.packed.words, this.packed.read(this.#runs + index));
  }

  /** Where the run of the atom at an index (0 … length − 1) begins, for code that reads tokens. @internal */
  runAt(index: number): Address {
    return this.packed.read(this.#runs + index);
  }

  *[Symbol.iterator](): Iterator<Atom> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  /** Gives the region up; to do so twice does nothing. */
  dispose(): void {
    this.packed.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
