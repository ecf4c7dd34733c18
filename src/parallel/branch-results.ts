/**
 * Results: the atoms that a branch has given, as whoever forked it reads them.
 *
 *     branch on another thread ── packs ──▶ region ◀── lease ── results of branch 0
 *                                                          └─── results of branch 1 …
 *
 * Results from another thread stay where that thread packed them: an atom is decoded when it is first
 * looked at and kept from then on, so taking a million results over costs what taking one costs.
 *
 * Invariants
 *   RL1  A lease holds one handle of the region for the results of all branches of a task, and gives it
 *        up when the last of them is done with it: all its atoms decoded, or disposed.
 *   RL2  An atom once looked at stays readable, and is the same object at every look.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import type { Packed } from "../memory/packed.js";
import type { Atom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import type { Vocabulary } from "../term/vocabulary.js";

/**
 * The results of a branch, in the order of evaluation: an array, or what reads like one. Those of a
 * branch that ran on another thread lie in shared memory until each of them was looked at, `dispose`
 * was called, or the object is garbage-collected.
 */
export interface Results extends Iterable<Atom> {
  /** How many there are. Decodes none. */
  readonly length: number;
  /** The result at an index, from the end if negative; undefined outside. Throws `ERR_RELEASED`. */
  at(index: number): Atom | undefined;
  /** As `Array.map`; results are decoded one by one. */
  map<T>(change: (result: Atom, index: number) => T): T[];
  /** As `Array.some`; results are decoded up to the first that passes. */
  some(test: (result: Atom, index: number) => boolean): boolean;
  /** Releases the results not read yet, which cannot be read afterwards. Missing where nothing is held. */
  dispose?(): void;
}

/** What the results of one task share: a handle of their region (RL1). */
export class ResultLease {
  readonly packed: Packed<unknown>;
  #readers = 0;

  /** Takes the handle over. */
  constructor(packed: Packed<unknown>) {
    this.packed = packed;
  }

  add(): void {
    this.#readers++;
  }

  remove(): void {
    if (--this.#readers === 0) this.packed.dispose();
  }
}

/** Results in a packed region. */
export class PackedResults implements Results, Disposable {
  readonly length: number;
  readonly #vocabulary: Vocabulary;
  readonly #runs: Address;
  #lease: ResultLease | null;
  /** Those looked at, under their indexes (RL2). */
  readonly #decoded: Atom[] = [];
  #decodedCount = 0;

  /** @param runs where the addresses of the `length` (at least one) token runs stand, one a word. */
  constructor(vocabulary: Vocabulary, lease: ResultLease, runs: Address, length: number) {
    this.#vocabulary = vocabulary;
    this.#lease = lease;
    this.#runs = runs;
    this.length = length;
    lease.add();
  }

  at(index: number): Atom | undefined {
    const place = index < 0 ? index + this.length : index;
    if (!Number.isInteger(place) || place < 0 || place >= this.length) return undefined;
    return this.#decoded[place] ?? this.#decode(place);
  }

  map<T>(change: (result: Atom, index: number) => T): T[] {
    const changed: T[] = [];
    for (let index = 0; index < this.length; index++) changed.push(change(this.at(index)!, index));
    return changed;
  }

  some(test: (result: Atom, index: number) => boolean): boolean {
    for (let index = 0; index < this.length; index++) if (test(this.at(index)!, index)) return true;
    return false;
  }

  *[Symbol.iterator](): Iterator<Atom> {
    for (let index = 0; index < this.length; index++) yield this.at(index)!;
  }

  /** How many have been decoded. */
  get decodedCount(): number {
    return this.#decodedCount;
  }

  /** Where the run of a result not looked at yet begins, for code that reads tokens. */
  runAt(index: number): Address {
    return this.#held().read(this.#runs + index);
  }

  dispose(): void {
    const lease = this.#lease;
    this.#lease = null;
    lease?.remove();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #decode(index: number): Atom {
    const packed = this.#held();
    const atom = decode(this.#vocabulary, packed.words, packed.read(this.#runs + index));
    this.#decoded[index] = atom;
    if (++this.#decodedCount === this.length) this.dispose();
    return atom;
  }

  #held(): Packed<unknown> {
    if (this.#lease !== null) return this.#lease.packed;
    throw new OxbowError("ERR_RELEASED", "cannot read a branch's results: they were disposed");
  }
}
