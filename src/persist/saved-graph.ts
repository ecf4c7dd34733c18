/**
 * Saved graph: which segments of the heap an image consists of, and which of them changed since.
 *
 *     root R1        root R2                     advance(R1 → R2) enters from R2 what has no references yet,
 *     ┌─a─┐          ┌─a'┐                       and leaves from R1 what has none any more:
 *     b   c ◀────────────d                       entered a', d; left a, b; c was not looked into
 *
 * It counts, for each segment, the references from the segments of the image (and not those of anybody else), so
 * that going from one root to the next costs what differs. The heap is only read: the roots are held by whoever
 * asks, the present one until the next takes its place. Symbols are held beside the root; of them there are
 * only ever more.
 *
 * Invariants
 *   SG1  A segment's count is the number of references to it from segments with a count, from the root and
 *        from the symbols; those with a count are what can be reached.
 *   SG2  A segment with a count does not change: the root is held, so nobody may write it (S2). Exceptions: counts, the
 *        symbol table, of which what is saved stays as it is and free places of texts do not count, and index words of a relation, which a reader may fill.
 *   SG3  An index word that was 0 when its relation was entered stays 0 for the image; what it leads to is not in it.
 *   SG4  A page is dirty if a segment that lies in it was entered, or its last one left, since it was last written.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { ENVIRONMENT, RELATION, VECTOR, VECTOR_DIRECTORY } from "../memory/kinds.js";
import {
  CHUNK_WORDS,
  ENTRY_BUMP,
  ENTRY_USE,
  entryOf,
  HIGH_WATER,
  RUN_HEAD,
  RUN_REST,
} from "../memory/layout.js";
import {
  readCapacityWords,
  readChildCount,
  readFirstChild,
  readKind,
  readSizeClass,
} from "../memory/segment.js";
import { CLASS_WORDS, LARGE_CLASS } from "../memory/size-classes.js";
import { writePlace, writesWhenLast } from "../memory/usage.js";
import { blockAround, blockIndex } from "../memory/walk.js";
import { entriesSegments, symbolEntry } from "../term/symbol-layout.js";
import { textWords } from "../term/symbol-text.js";
import { PAGE_WORDS } from "./format.js";
import { ReferenceCounts } from "./reference-counts.js";

/** Writes to a segment of rows that a few periods of its vector leave. */
const HOT_WRITES = 64;

/** A run of words of the heap. */
export interface WordRange {
  readonly address: Address;
  readonly count: number;
}

export class SavedGraph {
  readonly #words: Int32Array;
  readonly #table: Address;
  readonly #counts = new ReferenceCounts();
  /** By page of the heap: segments of the image that have words in it. */
  #live = new Uint16Array(0);
  /** Pages into which segments came that are often written (US1). */
  readonly #hot = new Set<number>();
  /** Addresses of index words that were 0 (SG3). */
  readonly #absent = new Set<Address>();
  readonly #dirty = new Set<number>();
  readonly #large = new Map<Address, number>();
  #root: Address = 0;
  #symbols = 0;
  #entered = 0;
  #texts: Address = 0;

  /** Of nothing yet. `table` is the heap's symbol table. */
  constructor(words: Int32Array, table: Address) {
    this.#words = words;
    this.#table = table;
  }

  /** Segments that came with the last {@link advance}. */
  get entered(): number {
    return this.#entered;
  }

  get root(): Address {
    return this.#root;
  }

  get symbols(): number {
    return this.#symbols;
  }

  /** The segment of texts that the last symbol's is in. */
  get texts(): Address {
    return this.#texts;
  }

  /** Entries segments of the symbols. */
  get entries(): Address[] {
    return entriesSegments(this.#words, this.#table, this.#symbols);
  }

  /** Segments that take whole chunks, with the words that were asked for. */
  get large(): ReadonlyMap<Address, number> {
    return this.#large;
  }

  /** The chunk behind the last one that may hold anything. */
  get highWater(): number {
    return Atomics.load(this.#words, HIGH_WATER);
  }

  /** Pages of the heap to be written, or to be left out from now on (SG4). */
  get dirty(): ReadonlySet<number> {
    return this.#dirty;
  }

  /** Whether a segment that is often written came into the page since all were written. */
  isHot(page: number): boolean {
    return this.#hot.has(page);
  }

  /** All dirty pages are written. */
  clean(): void {
    this.#dirty.clear();
    this.#hot.clear();
  }

  /** Notes that a page is not written, though it was. */
  soil(page: number): void {
    this.#dirty.add(page);
  }

  /** Whether anything of the image is in a page of the heap. */
  isLive(page: number): boolean {
    return (this.#live[page] ?? 0) > 0;
  }

  /**
   * Goes on to another root with so many symbols. Both roots are held by somebody meanwhile. Returns what came to be
   * in the image: whole segments, and words that were added to those of the symbol table.
   */
  advance(root: Address, symbols: number): WordRange[] {
    const added: WordRange[] = [];
    this.#grow();
    const before = this.#root;
    this.#entered = 0;
    this.#addSymbols(symbols, added);
    this.#enter(root, added);
    this.#root = root;
    if (before !== 0) this.#leave(before);
    return added;
  }

  #grow(): void {
    const pages = this.highWater * (CHUNK_WORDS / PAGE_WORDS);
    this.#counts.grow(blockIndex(this.highWater * CHUNK_WORDS));
    if (pages <= this.#live.length) return;
    const live = new Uint16Array(pages + (pages >>> 1));
    live.set(this.#live);
    this.#live = live;
  }

  #enter(root: Address, added: WordRange[]): void {
    const waiting = [root];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (this.#counts.raise(blockIndex(at)) > 1) continue;
      this.#entered++;
      added.push({ address: at, count: readCapacityWords(this.#words, at) });
      this.#count(at, 1);
      this.#forEachChild(at, true, (child) => void waiting.push(child));
    }
  }

  #leave(root: Address): void {
    const waiting = [root];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (this.#counts.lower(blockIndex(at)) > 0) continue;
      this.#forEachChild(at, false, (child) => void waiting.push(child));
      this.#count(at, -1);
    }
  }

  /** The children of a segment as they were when it was entered. */
  #forEachChild(address: Address, isNew: boolean, visit: (child: Address) => void): void {
    const words = this.#words;
    const first = address + readFirstChild(words, address);
    const end = first + readChildCount(words, address);
    if (readKind(words, address) !== RELATION) {
      for (let place = first; place < end; place++) if (words[place] !== 0) visit(words[place]!);
      return;
    }
    for (let place = first; place < end; place++) {
      // Acquires the index that a reader has published.
      const child = Atomics.load(words, place);
      if (isNew && child === 0) this.#absent.add(place);
      else if (!this.#absent.has(place)) visit(child);
      else if (!isNew) this.#absent.delete(place);
    }
  }

  /** Adds a segment to the pages it lies in, or takes it away. */
  #count(address: Address, change: 1 | -1): void {
    const words = this.#words;
    const size = readCapacityWords(words, address);
    if (readSizeClass(words, address) === LARGE_CLASS) {
      if (change > 0) this.#large.set(address, words[entryOf(address) + ENTRY_BUMP]!);
      else this.#large.delete(address);
    }
    const isHot = change > 0 && isOftenWritten(words, address);
    const end = Math.floor((address + size - 1) / PAGE_WORDS);
    for (let page = Math.floor(address / PAGE_WORDS); page <= end; page++) {
      if (isHot) this.#hot.add(page);
      const live = this.#live[page]! + change;
      assert(live >= 0, "SG1: what leaves a page was in it");
      this.#live[page] = live;
      if (change > 0 || live === 0) this.#dirty.add(page);
    }
  }

  #addSymbols(count: number, added: WordRange[]): void {
    const words = this.#words;
    const known = entriesSegments(words, this.#table, this.#symbols).length;
    const segments = entriesSegments(words, this.#table, count);
    for (const segment of segments.slice(known)) this.#enter(segment, added);
    for (let id = this.#symbols; id < count; id++) {
      const entry = symbolEntry(words, this.#table, id);
      const text = words[entry]!;
      this.#append({ address: entry, count: 1 }, added);
      if (text === NO_ADDRESS) continue;
      const texts = blockAround(words, text);
      // All older ones hang on the newest; a text may be where an older one was.
      if (!this.#counts.has(blockIndex(texts))) {
        this.#enter(texts, added);
        this.#texts = texts;
      }
      this.#append({ address: text, count: textWords(words, text) }, added);
    }
    this.#symbols = Math.max(this.#symbols, count);
  }

  /** Words that came to stand in a segment of the image. */
  #append(range: WordRange, added: WordRange[]): void {
    const end = Math.floor((range.address + range.count - 1) / PAGE_WORDS);
    for (let page = Math.floor(range.address / PAGE_WORDS); page <= end; page++) {
      this.#dirty.add(page);
    }
    added.push(range);
  }

  /** The words of a page of the heap as they are in the image (SG2), into `target`. */
  copyPage(page: number, target: Int32Array): void {
    const words = this.#words;
    const start = page * PAGE_WORDS;
    const end = start + PAGE_WORDS;
    target.fill(0);
    const use = words[entryOf(start) + ENTRY_USE]!;
    const isRun = use === RUN_HEAD || use === RUN_REST;
    const size = isRun ? Number.POSITIVE_INFINITY : CLASS_WORDS[use]!;
    for (let block = blockAround(words, start); block < end; block += size) {
      if (this.#counts.has(blockIndex(block))) {
        const first = Math.max(start, block);
        const last = Math.min(end, block + readCapacityWords(words, block));
        this.copyWords(first, last, target, first - start);
        if (block >= start) target[block - start] = 0;
        this.#hideAbsent(block, first, last, target, first - start);
      }
    }
  }

  /** A range of {@link advance} as it is in the image. */
  copyRange({ address, count }: WordRange, target: Int32Array, offset: number): void {
    this.copyWords(address, address + count, target, offset);
    const block = blockAround(this.#words, address);
    if (block !== address) return;
    target[offset] = 0;
    this.#hideAbsent(address, address, address + count, target, offset);
  }

  copyWords(first: Address, end: Address, target: Int32Array, offset: number): void {
    if (end > first) target.set(this.#words.subarray(first, end), offset);
  }

  /** Takes from a copy of the words `first … end` what is not in the image (SG3). */
  #hideAbsent(
    address: Address,
    first: Address,
    end: Address,
    target: Int32Array,
    offset: number,
  ): void {
    const words = this.#words;
    if (readKind(words, address) !== RELATION) return;
    const children = address + readFirstChild(words, address);
    const behind = children + readChildCount(words, address);
    for (let place = Math.max(first, children); place < Math.min(end, behind); place++) {
      if (this.#absent.has(place)) target[offset + place - first] = 0;
    }
  }
}

/** What every write passes, and rows that many went to since they were added. */
function isOftenWritten(words: Int32Array, segment: Address): boolean {
  const kind = readKind(words, segment);
  if (kind === VECTOR) {
    return writesWhenLast(words, segment) >= HOT_WRITES && writePlace(words, segment) !== "end";
  }
  return kind === ENVIRONMENT || kind === RELATION || kind === VECTOR_DIRECTORY;
}
