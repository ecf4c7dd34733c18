/**
 * Store: what one thread needs to work on the environments of one heap.
 *
 * The scratch words hold one encoded atom at a time: an atom is encoded there first, so an atom that
 * cannot be shared or that exhausts the heap is refused before anything is touched.
 */
import type { Address } from "../base/address.js";
import { ENVIRONMENTS, HandleNet } from "../memory/handle-net.js";
import type { Heap } from "../memory/heap.js";
import type { Atom } from "../term/atom.js";
import type { KnownSums } from "../term/content-key.js";
import { encodeInto, encodeSmall, measure } from "../term/encode.js";
import { Trail } from "../term/trail.js";
import { Vocabulary } from "../term/vocabulary.js";
import { installCollector } from "./collector.js";
import { RelationKey } from "./relation-key.js";
import { Shadows } from "./shadows.js";

const COMPANION = "environment store";
const FIRST_SCRATCH_WORDS = 1024;

export class Store {
  readonly heap: Heap;
  readonly words: Int32Array;
  readonly vocabulary: Vocabulary;
  /** The key of the atom being looked at. */
  readonly key: RelationKey = new RelationKey();
  /** Bindings made while comparing rows; empty between calls. */
  readonly trail: Trail = new Trail();
  /** The trail of who looks ahead in a search: any two states may come to hold the same. Nothing is bound on it. */
  readonly lookingTrail: Trail = new Trail();
  /** How many handles there were. */
  handleCount = 0;
  scratch: Int32Array = new Int32Array(FIRST_SCRATCH_WORDS);
  /** Writers of disposed environments whose events nobody else has seen, to be used again (transaction.ts). */
  readonly spareWriters: number[] = [];
  /** Null if the heap is to have none. */
  readonly shadows: Shadows | null;
  /** Under the handles of this store's environments. */
  readonly net: HandleNet;
  /** The last sequence that such a writer has used; the next event of it comes after that. */
  readonly usedSequences: Map<number, number> = new Map();

  #lastDefinitions = 0;
  #knownSums: KnownSums = new WeakMap();
  #sumsEra: object | null = null;

  constructor(vocabulary: Vocabulary) {
    this.vocabulary = vocabulary;
    this.heap = vocabulary.heap;
    this.words = vocabulary.heap.words;
    this.shadows = Shadows.of(vocabulary.heap);
    this.net = HandleNet.of(vocabulary.heap, ENVIRONMENTS);
    this.lookingTrail.sameStates = () => true;
  }

  /** What has been summed of large atoms in this era, for their content keys. */
  get knownSums(): KnownSums {
    const { era } = this.vocabulary.symbols;
    if (this.#sumsEra !== era) {
      this.#sumsEra = era;
      this.#knownSums = new WeakMap();
    }
    return this.#knownSums;
  }

  /** A number for a state of rules and types that no handle of this store had before. */
  nextDefinitions(): number {
    return ++this.#lastDefinitions;
  }
}

/** This thread's store of the heap. */
export function storeOf(heap: Heap): Store {
  const known = heap.companions.get(COMPANION);
  if (known instanceof Store) return known;
  const made = new Store(Vocabulary.of(heap));
  heap.companions.set(COMPANION, made);
  installCollector(made);
  return made;
}

/** Puts a run of the heap into the scratch words. */
export function copyToScratch(store: Store, tokens: Address, count: number): void {
  if (count > store.scratch.length) store.scratch = new Int32Array(count * 2);
  store.scratch.set(store.words.subarray(tokens, tokens + count));
}

/**
 * Encodes the atom, bound variables followed, at the start of the scratch words; returns how many it
 * takes. Throws ERR_NOT_SHAREABLE for a host value, HeapExhaustedError for a symbol without room.
 */
export function encodeScratch(store: Store, atom: Atom): number {
  const small = encodeSmall(store.vocabulary, atom, store.scratch);
  if (small >= 0) return small;
  const sizeWords = measure(atom);
  if (sizeWords > store.scratch.length) store.scratch = new Int32Array(sizeWords * 2);
  return encodeInto(store.vocabulary, atom, store.scratch, 0, sizeWords);
}
