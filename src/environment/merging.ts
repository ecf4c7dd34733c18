/**
 * Merging: what environments of a thread hold alike, though each has come to it by itself, is kept once.
 *
 *     100 branches that loaded the same facts         before   rows of their own, each
 *                                                     after    relation ── spans ──┐
 *                                                              relation ── spans ──┼─▶ packed region
 *                                                              relation ── spans ──┘
 *
 *     count    for each environment: its blocks of rows (row-block.ts) and its indexes, by what is in them
 *     replace  for each environment: a block that is there more than once by spans of a region with its atoms, an index
 *              by the first of those that are the same
 *
 * Rows keep their ids, their order and their events, which are in the spans: what an environment has seen is its own, so
 * unions, removals and later writes cannot tell the difference. What is compared by a digest is compared word by word before
 * it is replaced.
 *
 * Invariants
 *   MG1  Only what an environment at rest (`isAtRest`) holds alone is replaced: nobody reads or writes it meanwhile. In
 *        between two steps anything may happen to an environment; one that did anything is left alone from there on.
 *   MG2  A relation gets its new rows, and an index, with one write each: a thread that ends before it has changed
 *        nothing, and one that ends behind it loses a reference to what it has replaced.
 *   MG3  Regions and indexes that were found are in the ledger of the thread until the merging ends.
 *
 * No shared words: a thread merges what its own handles hold, and what comes to be shared was written before.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import {
  countStretches,
  cutIntoParts,
  RowBlock,
  type VectorPart,
} from "../containers/row-block.js";
import { isSpan, type RegionRows, SPAN_WORDS, spanRows } from "../containers/row-span.js";
import { heldSegments, mergedRows } from "../containers/rows-merging.js";
import { equalTrees, ownedValues, TreeDigest } from "../containers/tree-merging.js";
import { drain, release } from "../memory/allocator.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import { drop, holdAnother, type LedgerSlot } from "../memory/ledger.js";
import type { Packed } from "../memory/packed.js";
import { isExclusive, retain } from "../memory/segment.js";
import { handlesAlone, isAtRest } from "./at-rest.js";
import { INDEXES, ROWS, readIndexCount, readRows } from "./relation.js";
import { RELATIONS, SPACES } from "./space.js";
import type { Store } from "./workspace.js";

/** Fewer rows are not looked at. */
const LEAST_ROWS = 16;
/** Of what was replaced, so many segments are freed in a step. */
const SEGMENTS_AT_ONCE = 512;
const BYTES = 4;

/** Blocks with one digest. */
interface SameBlocks {
  count: number;
  rows: RegionRows | null;
}

/** Indexes with one digest. */
interface SameIndexes {
  count: number;
  slot: LedgerSlot | null;
}

export class Merging {
  /** Words that were given back for good, less those of the regions that were made. */
  #words = 0;
  readonly #store: Store;
  readonly #blocks = new Map<number, SameBlocks>();
  readonly #indexes = new Map<number, SameIndexes>();
  readonly #block: RowBlock;
  readonly #other: RowBlock;
  readonly #made: Packed<unknown>[] = [];
  readonly #held: LedgerSlot[] = [];
  readonly #seen = new Set<string>();
  readonly #steps: Iterator<void>;

  constructor(store: Store) {
    this.#store = store;
    this.#block = new RowBlock(store.words);
    this.#other = new RowBlock(store.words);
    this.#steps = this.#run();
  }

  /** Bytes that are free, or will be when what was replaced has been released. */
  get bytesMerged(): number {
    return Math.max(0, this.#words) * BYTES;
  }

  /** Goes on until `isOver`; false if all is done. At rest: the thread is in the middle of nothing. */
  run(isOver: () => boolean): boolean {
    do {
      if (this.#steps.next().done === true) return false;
    } while (!isOver());
    return true;
  }

  /** Ends it early: what was replaced is, and nothing is lost. */
  giveUp(): void {
    this.#steps.return?.();
  }

  /** Each step is some tenths of a millisecond. */
  *#run(): Generator<void> {
    try {
      yield* this.#eachRelation((relation, isSame) => this.#count(relation, isSame));
      if (this.#hasTwins()) {
        yield* this.#eachRelation((relation, isSame) => this.#replace(relation, isSame));
      }
      while (drain(this.#store.heap, SEGMENTS_AT_ONCE) > 0) yield;
    } catch (error) {
      // Without room for the regions everything stays as it is.
      if (!(error instanceof HeapExhaustedError)) throw error;
    } finally {
      this.#giveBack();
    }
  }

  #hasTwins(): boolean {
    for (const { count, rows } of this.#blocks.values()) {
      if (count > 1 || (count > 0 && rows !== null)) return true;
    }
    for (const { count } of this.#indexes.values()) if (count > 1) return true;
    return false;
  }

  #giveBack(): void {
    const { heap } = this.#store;
    if (heap.detached) return;
    for (const packed of this.#made.splice(0)) packed.dispose();
    for (const slot of this.#held.splice(0)) release(heap, drop(heap, slot));
  }

  /** Lets `visit` look at the relations that environments at rest hold alone (MG1); a step after each of its own. */
  *#eachRelation(
    visit: (relation: Address, isSame: () => boolean) => Generator<void>,
  ): Generator<void> {
    for (const handle of handlesAlone(this.#store)) {
      const { root, generation } = handle;
      const isSame = (): boolean =>
        handle.root === root && handle.generation === generation && isAtRest(handle);
      if (!isSame()) continue;
      for (const relation of ownedRelations(this.#store.words, root)) {
        yield* visit(relation, isSame);
        yield;
        if (!isSame()) break;
      }
    }
  }

  *#count(relation: Address, isSame: () => boolean): Generator<void> {
    const { words } = this.#store;
    const rows = readRows(words, relation);
    if (rows === NO_ADDRESS) return;
    for (const part of partsOf(words, rows)) {
      const counted = part.isBlock ? this.#countBlock(part) : this.#countSpans(part.segments);
      for (const _ of counted) {
        yield;
        if (!isSame()) return;
      }
    }
    for (const place of ownedIndexes(words, relation)) {
      const digest = yield* digestOf(words, words[place]!, isSame);
      if (!isSame()) return;
      const known = this.#indexes.get(digest.hash);
      if (known === undefined) this.#indexes.set(digest.hash, { count: 1, slot: null });
      else known.count++;
    }
  }

  *#countBlock(part: VectorPart): Generator<void> {
    if (part.liveRows < LEAST_ROWS) return;
    this.#block.read(part.segments);
    this.#blocksWith(this.#block.digest()).count++;
    yield;
  }

  /** The regions of spans, whose atoms blocks may have, too. */
  *#countSpans(segments: readonly Address[]): Generator<void> {
    const { heap, words } = this.#store;
    for (const segment of segments) {
      if (!isSpan(words, segment)) continue;
      const rows = spanRows(words, segment);
      const name = `${rows.runs} ${rows.positions} ${rows.first} ${rows.count}`;
      if (rows.count < LEAST_ROWS || this.#seen.has(name)) continue;
      this.#seen.add(name);
      if (!this.#block.readPacked(rows)) continue;
      const same = this.#blocksWith(this.#block.digest());
      if (same.rows === null) {
        this.#held.push(holdAnother(heap, rows.region)); // MG3
        same.rows = rows;
      }
      yield;
    }
  }

  #blocksWith(digest: number): SameBlocks {
    const known = this.#blocks.get(digest);
    if (known !== undefined) return known;
    const made: SameBlocks = { count: 0, rows: null };
    this.#blocks.set(digest, made);
    return made;
  }

  *#replace(relation: Address, isSame: () => boolean): Generator<void> {
    const { words } = this.#store;
    const rows = readRows(words, relation);
    if (rows === NO_ADDRESS) return;
    const shared = new Map<VectorPart, RegionRows>();
    const parts = partsOf(words, rows);
    for (const part of parts) {
      if (!part.isBlock || part.liveRows < LEAST_ROWS) continue;
      const found = this.#sharedRows(part);
      if (found !== null) shared.set(part, found);
      yield;
      if (!isSame()) return;
    }
    if (shared.size > 0) this.#replaceRows(relation, parts, shared);
    for (const place of ownedIndexes(words, relation)) {
      yield;
      yield* this.#replaceIndex(place, isSame);
      if (!isSame()) return;
    }
  }

  /** Rows of a region that are the same as the part's, if it is worth its while; made if there are none yet. */
  #sharedRows(part: VectorPart): RegionRows | null {
    const { heap, words } = this.#store;
    const block = this.#block;
    block.read(part.segments);
    const same = this.#blocks.get(block.digest());
    if (same === undefined) return null;
    const spans = countStretches(words, part.segments) * SPAN_WORDS;
    if (same.rows !== null) {
      const isWorthIt = spans < part.sizeWords;
      const other = this.#other;
      return isWorthIt && other.readPacked(same.rows) && block.equals(other) ? same.rows : null;
    }
    const { packedWords } = block;
    if (packedWords + same.count * spans >= same.count * part.sizeWords) return null;
    const { packed, rows } = block.pack(heap);
    this.#made.push(packed); // MG3
    this.#words -= packed.sizeBytes / BYTES;
    same.rows = rows;
    return rows;
  }

  #replaceRows(
    relation: Address,
    parts: readonly VectorPart[],
    shared: ReadonlyMap<VectorPart, RegionRows>,
  ): void {
    const { heap, words } = this.#store;
    const rows = readRows(words, relation);
    const merged = mergedRows(heap, rows, parts, (part) => shared.get(part));
    for (const part of shared.keys()) {
      this.#words += part.sizeWords - countStretches(words, part.segments) * SPAN_WORDS;
    }
    words[relation + ROWS] = merged; // MG2
    release(heap, rows);
  }

  *#replaceIndex(place: Address, isSame: () => boolean): Generator<void> {
    const { heap, words } = this.#store;
    const index = words[place]!;
    const digest = yield* digestOf(words, index, isSame);
    const same = this.#indexes.get(digest.hash);
    if (!isSame() || same === undefined || same.count < 2) return;
    if (same.slot === null) {
      same.slot = holdAnother(heap, index); // MG3
      this.#held.push(same.slot);
      return;
    }
    const first = words[same.slot]!;
    if (first === index || !(yield* equalTrees(words, first, index, isSame))) return;
    retain(words, first);
    Atomics.store(words, place, first); // MG2
    this.#words += digest.sizeWords;
    release(heap, index);
  }
}

/** The relations of an environment that nobody but the holder of its root reads or writes. */
function* ownedRelations(words: Int32Array, root: Address): Generator<Address> {
  yield* ownedValues(words, words[root + RELATIONS]!);
  for (const space of ownedValues(words, words[root + SPACES]!)) {
    yield* ownedValues(words, words[space + RELATIONS]!);
  }
}

function partsOf(words: Int32Array, rows: Address): VectorPart[] {
  return cutIntoParts(words, heldSegments(words, rows, true));
}

/** The places of those indexes of a relation that it alone holds. */
function ownedIndexes(words: Int32Array, relation: Address): Address[] {
  const first = relation + INDEXES;
  return Array.from(
    { length: readIndexCount(words, relation) },
    (_, number) => first + number,
  ).filter((place) => words[place] !== NO_ADDRESS && isExclusive(words, words[place]!));
}

/** A digest of a tree, made in steps as long as `isSame`. */
function* digestOf(
  words: Int32Array,
  tree: Address,
  isSame: () => boolean,
): Generator<void, TreeDigest> {
  const digest = new TreeDigest(words, tree);
  while (isSame() && digest.step()) yield;
  return digest;
}
