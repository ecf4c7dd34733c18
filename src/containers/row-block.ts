/**
 * A block of rows, in a vector or in a packed region, looked at for what it holds: whose rows they are (ids, events) is
 * left aside.
 *
 *     vector  … | segment | segment | tail |        region  runs, positions, first, count
 *                 └────────── block ───────┘  the same   ◀─┘
 *
 *     of row i    offset: its id less that of row 0      tokens: where its atom stands
 *
 * Two blocks are the same if they have the same offsets and, word by word, the same atoms. What is the same can be shown by
 * spans (row-span.ts) of one packed region, whatever ids and events its rows have: a span for each stretch of
 * rows whose events are of one writer and as far apart as their ids.
 *
 * Invariants
 *   RB1  A block of a vector has rows of segments that the vector alone holds, all live rows of each.
 *   RB2  The spans that take a block's place have its rows, with their ids and events, in their order.
 *   RB3  A failed allocation leaves nothing behind.
 *
 * No shared words: a block is read by the holder of what it is in.
 */
import type { Address } from "../base/address.js";
import { NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import type { Heap } from "../memory/heap.js";
import { createThenPack, type Packed } from "../memory/packed.js";
import { readCapacityWords } from "../memory/segment.js";
import { skip } from "../term/tokens.js";
import { countAt, idAt, rowAt, sequenceAt, writerAt } from "./row-access.js";
import { LARGEST_SEGMENT, readDeadCount } from "./row-segment.js";
import { createSpan, EVENT_WORDS, type RegionRows } from "./row-span.js";

/** A block ends with the segment that brings it to so many rows. */
const BLOCK_ROWS = 4096;
/** Room for those of a segment more: each takes two words of it at least. */
const CAPACITY: number = BLOCK_ROWS + LARGEST_SEGMENT / 2;
/** Atoms are packed in objects of up to so many words, a class of sizes with the header of a piece (region-layout.ts). */
const OBJECT_WORDS = 8187;

/** The rows of some segments one after another, or of a region; filled again and again. */
export class RowBlock {
  readonly words: Int32Array;
  count = 0;
  readonly #offsets = new Int32Array(CAPACITY);
  readonly #tokens = new Int32Array(CAPACITY);

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** Takes the live rows of segments of a vector. */
  read(segments: readonly Address[]): void {
    const { words } = this;
    let first = -1;
    this.count = 0;
    for (const segment of segments) {
      const count = countAt(words, segment);
      for (let index = 0; index < count; index++) {
        const row = rowAt(words, segment, index);
        if (row === NO_ADDRESS) continue;
        const id = idAt(words, segment, index);
        if (first < 0) first = id;
        this.#push(id - first, row + EVENT_WORDS);
      }
    }
  }

  /** Takes rows of a region; false if they are more than a block has. */
  readPacked({ runs, positions, first, count }: RegionRows): boolean {
    if (count > CAPACITY) return false;
    const { words } = this;
    this.count = 0;
    const at = (index: number): number =>
      positions === NO_ADDRESS ? first + index : words[positions + first + index]!;
    const start = at(0);
    for (let index = 0; index < count; index++) {
      this.#push(at(index) - start, words[runs + at(index)]!);
    }
    return true;
  }

  #push(offset: number, tokens: Address): void {
    assert(this.count < CAPACITY, "RB1: a block has the rows of few segments");
    this.#offsets[this.count] = offset;
    this.#tokens[this.count++] = tokens;
  }

  /** A number that blocks which are the same have, and hardly any other. */
  digest(): number {
    const { words } = this;
    let hash = this.count;
    for (let index = 0; index < this.count; index++) {
      hash = mix(hash, this.#offsets[index]!);
      const end = skip(words, this.#tokens[index]!);
      for (let at = this.#tokens[index]!; at < end; at++) hash = mix(hash, words[at]!);
    }
    return hash;
  }

  /** Whether the two are the same. */
  equals(other: RowBlock): boolean {
    const { words } = this;
    if (this.count !== other.count) return false;
    for (let index = 0; index < this.count; index++) {
      if (this.#offsets[index] !== other.#offsets[index]) return false;
      let there = other.#tokens[index]!;
      const end = skip(words, this.#tokens[index]!);
      for (let here = this.#tokens[index]!; here < end; here++) {
        if (words[here] !== words[there++]) return false;
      }
    }
    return true;
  }

  /** Words that {@link pack} takes, about. */
  get packedWords(): number {
    const { count } = this;
    let total = this.#tableWords + (this.#isDense ? 0 : count);
    for (let index = 0; index < count; index++) {
      const size = this.#sizeAt(index);
      if (size > this.#gapBehind(index)) total += size;
    }
    return total;
  }

  get #tableWords(): number {
    return this.#offsets[this.count - 1]! + 1;
  }

  get #isDense(): boolean {
    return this.#tableWords === this.count;
  }

  /**
   * A region with copies of the atoms, and how they stand in it. Where other rows of the space have ids in between, an
   * atom stands in the gap that these leave in the table of runs, if it fits. The caller disposes it.
   * Throws HeapExhaustedError (RB3).
   */
  pack(heap: Heap): PackedBlock {
    const { words, count } = this;
    const rows = { runs: NO_ADDRESS, positions: NO_ADDRESS };
    const packed = createThenPack<unknown>(heap, (region) => {
      if (!this.#isDense) {
        rows.positions = region.allocate(count);
        words.set(this.#offsets.subarray(0, count), rows.positions);
      }
      rows.runs = region.allocate(this.#tableWords);
      let at: Address = NO_ADDRESS;
      let end: Address = NO_ADDRESS;
      for (let index = 0; index < count; index++) {
        const size = this.#sizeAt(index);
        if (size <= this.#gapBehind(index)) {
          this.#place(index, rows.runs, rows.runs + this.#offsets[index]! + 1);
          continue;
        }
        if (at + size > end) {
          const objectWords = this.#wordsFrom(index);
          at = region.allocate(objectWords);
          end = at + objectWords;
        }
        this.#place(index, rows.runs, at);
        at += size;
      }
      return region.pack(rows.runs);
    });
    return { packed, rows: { ...rows, region: packed.head, first: 0, count } };
  }

  #place(index: number, runs: Address, at: Address): void {
    const { words } = this;
    const from = this.#tokens[index]!;
    words.copyWithin(at, from, from + this.#sizeAt(index));
    words[runs + this.#offsets[index]!] = at;
  }

  /** Words of an atom. */
  #sizeAt(index: number): number {
    return skip(this.words, this.#tokens[index]!) - this.#tokens[index]!;
  }

  /** Words of the table of runs behind that of a row which no row of the block has. */
  #gapBehind(index: number): number {
    return index + 1 === this.count ? 0 : this.#offsets[index + 1]! - this.#offsets[index]! - 1;
  }

  /** Words of the atoms from one on that do not fit into gaps, as many as go into an object. */
  #wordsFrom(index: number): number {
    let total = 0;
    for (let at = index; at < this.count; at++) {
      const size = this.#sizeAt(at);
      if (size <= this.#gapBehind(at)) continue;
      if (total > 0 && total + size > OBJECT_WORDS) break;
      total += size;
    }
    return total;
  }
}

/** A packed block: the handle that holds its region, and the rows as spans show them. */
interface PackedBlock {
  readonly packed: Packed<unknown>;
  readonly rows: RegionRows;
}

const SPREAD = 0x9e3779b1;

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, SPREAD);
  return mixed ^ (mixed >>> 15);
}

/** Consecutive rows of a block whose events are of one writer, and as far apart as their ids. */
interface Stretch {
  /** Index of the first. */
  readonly first: number;
  count: number;
  readonly id: number;
  readonly writer: number;
  readonly sequence: number;
}

function stretchesOf(words: Int32Array, segments: readonly Address[]): Stretch[] {
  const found: Stretch[] = [];
  let last: Stretch | undefined;
  let row = 0;
  for (const segment of segments) {
    const count = countAt(words, segment);
    for (let index = 0; index < count; index++) {
      if (rowAt(words, segment, index) === NO_ADDRESS) continue;
      const id = idAt(words, segment, index);
      const writer = writerAt(words, segment, index);
      const sequence = sequenceAt(words, segment, index);
      if (last?.writer !== writer || sequence - last.sequence !== id - last.id) {
        last = { first: row, count: 0, id, writer, sequence };
        found.push(last);
      }
      last.count++;
      row++;
    }
  }
  return found;
}

/** How many spans take the place of the rows of some segments. */
export function countStretches(words: Int32Array, segments: readonly Address[]): number {
  return stretchesOf(words, segments).length;
}

/**
 * Makes the spans that show the rows of `segments` in `rows` of a region, which are the same, and gives each to `take`
 * with its first id (RB2). Throws HeapExhaustedError; what `take` got is the caller's.
 */
export function forEachSpan(
  heap: Heap,
  segments: readonly Address[],
  rows: RegionRows,
  take: (id: number, span: Address) => void,
): void {
  const { words } = heap;
  for (const { first, count, id, writer, sequence } of stretchesOf(words, segments)) {
    const place = rows.first + first;
    const position = rows.positions === NO_ADDRESS ? place : words[rows.positions + place]!;
    const base = { id: id - position, writer, sequence: sequence - position };
    take(id, createSpan(heap, { ...rows, first: place, count }, base));
  }
}

/** Some of the segments of a vector, in their order; together a block if the vector alone holds them (RB1). */
export interface VectorPart {
  readonly segments: Address[];
  isBlock: boolean;
  liveRows: number;
  sizeWords: number;
}

/** Cuts the segments of a vector, of which it alone holds those that are `owned`, into parts. */
export function cutIntoParts(
  words: Int32Array,
  segments: readonly { readonly segment: Address; readonly isOwned: boolean }[],
): VectorPart[] {
  const parts: VectorPart[] = [];
  let part: VectorPart | undefined;
  for (const { segment, isOwned } of segments) {
    if (part?.isBlock !== isOwned || part.liveRows >= BLOCK_ROWS) {
      part = { segments: [], isBlock: isOwned, liveRows: 0, sizeWords: 0 };
      parts.push(part);
    }
    part.segments.push(segment);
    part.sizeWords += readCapacityWords(words, segment);
    if (isOwned) part.liveRows += countAt(words, segment) - readDeadCount(words, segment);
  }
  return parts;
}
