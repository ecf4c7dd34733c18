/**
 * Packed atoms: a list of atoms in a region, read in place by whoever gets the region.
 *
 *     root   0       1     2     3
 *            | count | run | run | run …      one address an atom
 *                       │     └──────────▶ tokens
 *                       └──▶ tokens
 *
 * Handing such a list over costs what handing over one atom costs, and an atom that nobody looks at is
 * never decoded.
 *
 * Invariants
 *   PA1  Every run lies in the region itself and is whole: variables of different atoms are different.
 */
import type { Address } from "../base/address.js";
import { type BuildingRegion, createThenPack, type Packed } from "../memory/packed.js";
import type { Atom } from "./atom.js";
import { decode } from "./decode.js";
import { encodeInto, measure } from "./encode.js";
import type { Vocabulary } from "./vocabulary.js";

/** What stands at the root of a region of packed atoms. */
export interface AtomList {
  readonly kind: "atoms";
}

const COUNT = 0;
const RUNS = 1;

/**
 * Writes atoms into a region and packs it. Throws `ERR_NOT_SHAREABLE` for a host value and
 * HeapExhaustedError, with nothing left behind. Cost: a walk over the atoms to measure and one to write.
 */
export function packAtoms(vocabulary: Vocabulary, atoms: readonly Atom[]): Packed<AtomList> {
  return createThenPack<AtomList>(vocabulary.heap, (region) => {
    const root = region.allocate(RUNS + atoms.length);
    region.write(root + COUNT, atoms.length);
    writeRuns(vocabulary, region, atoms, root + RUNS);
    return region.pack<AtomList>(root);
  });
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

/** A reader of packed atoms: a list that decodes what is asked for. Disposing it disposes the region. */
export class PackedAtoms implements Iterable<Atom>, Disposable {
  readonly packed: Packed<AtomList>;
  readonly length: number;
  readonly #vocabulary: Vocabulary;
  readonly #runs: Address;

  /** Takes the handle over. Throws `ERR_RELEASED` if it is disposed. */
  constructor(vocabulary: Vocabulary, packed: Packed<AtomList>) {
    this.#vocabulary = vocabulary;
    this.packed = packed;
    this.#runs = packed.root + RUNS;
    this.length = packed.read(packed.root + COUNT);
  }

  /** The atom at an index, decoded anew; undefined outside. Throws `ERR_RELEASED` once disposed. */
  at(index: number): Atom | undefined {
    if (!(index >= 0 && index < this.length)) return undefined;
    return decode(this.#vocabulary, this.packed.words, this.packed.read(this.#runs + index));
  }

  /** Where the run of the atom at an index (0 … length − 1) begins, for code that reads tokens. */
  runAt(index: number): Address {
    return this.packed.read(this.#runs + index);
  }

  *[Symbol.iterator](): Iterator<Atom> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  dispose(): void {
    this.packed.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
