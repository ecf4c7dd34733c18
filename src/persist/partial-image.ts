/**
 * Partial image: a snapshot in a heap of its own, of which only what was asked for is in memory.
 *
 * It is for looking at what differs between two snapshots of one store, which have the same addresses: a page of the heap
 * that both have at the same place of the file is the same in both, and so is what lies in it.
 *
 * Invariants
 *   PTI1  Words of a page are those of the snapshot, with its log, once `need` was called for one of them.
 *   PTI2  Of an image and an earlier one: a segment of which a page is at the same place in both is in both, with all
 *         that it leads to. Had it come since, the page would have been written.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import type { LaterVersion } from "../environment/version-difference.js";
import { Heap } from "../memory/heap.js";
import { ROW_SPAN } from "../memory/kinds.js";
import { CHUNK_WORDS, ENTRY_USED, entryOf } from "../memory/layout.js";
import { HEADER_WORDS, readCapacityWords, readKind } from "../memory/segment.js";
import { forEachChild } from "../memory/walk.js";
import { ENTRIES_PER_SEGMENT } from "../term/symbol-layout.js";
import { TEXT_UNITS, textWords } from "../term/symbol-text.js";
import { Symbols } from "../term/symbols.js";
import type { ImageState, PageReference } from "./catalogue.js";
import { bytesOf, DATA_FILE, damagedAt, PAGE_WORDS, WORD_BYTES } from "./format.js";
import type { StoredImage } from "./load-image.js";
import type { LoggedWords } from "./log-file.js";

/** Chunks beside those of the image: for the table of the symbols. */
const SPARE_CHUNKS = 64;

export class PartialImage implements LaterVersion {
  readonly heap: Heap;
  readonly root: Address;
  readonly #image: StoredImage;
  readonly #state: ImageState;
  /** By page of the heap: where it is. */
  readonly #pages: ReadonlyMap<number, PageReference>;
  /** By page of the heap: what the log brought to it. */
  readonly #logged = new Map<number, LoggedWords[]>();
  readonly #isThere = new Set<number>();
  /** Segments that are there with all below them. */
  readonly #whole = new Set<Address>();
  readonly #earlier: PartialImage | null;

  /** Reads the tables, the log and the symbols. Throws `ERR_STORE_DAMAGED`. */
  constructor(image: StoredImage, earlier: PartialImage | null) {
    this.#earlier = earlier;
    const { record, state } = image;
    this.#image = image;
    this.#state = state;
    this.root = state.root;
    this.#pages = image.pages();
    for (const range of image.logged()) {
      for (const page of pagesOf(range.address, range.words.length)) {
        const known = this.#logged.get(page);
        if (known === undefined) this.#logged.set(page, [range]);
        else known.push(range);
      }
    }
    const symbolChunks = Math.ceil((state.symbols * 8) / CHUNK_WORDS);
    const chunks = Math.max(record.chunkCount, state.highWater + symbolChunks + SPARE_CHUNKS);
    // Nothing is allocated among the words of the image.
    this.heap = Heap.create({
      maxBytes: chunks * CHUNK_WORDS * WORD_BYTES,
      mapChunks: state.highWater,
    });
    for (const [address, size] of state.large) {
      this.heap.words[entryOf(address) + ENTRY_USED] = Math.ceil(size / CHUNK_WORDS);
    }
    this.#readSymbols();
  }

  /** Whether an image that is no later has this segment (PTI2). */
  isShared(segment: Address): boolean {
    const earlier = this.#earlier;
    if (earlier === null) return false;
    if (this.#isSharedAt(segment, HEADER_WORDS, earlier)) return true;
    this.#need(segment, HEADER_WORDS);
    return this.#isSharedAt(segment, readCapacityWords(this.heap.words, segment), earlier);
  }

  #isSharedAt(address: Address, count: number, earlier: PartialImage): boolean {
    return pagesOf(address, count).some((page) => {
      const [mine, theirs] = [this.#pages.get(page), earlier.#pages.get(page)];
      const isLogged = this.#logged.has(page) || earlier.#logged.has(page);
      return !isLogged && mine !== undefined && mine.page === theirs?.page;
    });
  }

  /** Has a segment in memory, and of a span of rows all of its region. Throws `ERR_STORE_DAMAGED`. */
  read(segment: Address): void {
    this.#readOne(segment);
    if (readKind(this.heap.words, segment) !== ROW_SPAN) return;
    forEachChild(this.heap.words, segment, (region) => this.#readAll(region));
  }

  #readOne(segment: Address): void {
    this.#need(segment, HEADER_WORDS);
    this.#need(segment, readCapacityWords(this.heap.words, segment));
  }

  /** Reads a segment, and all below it. */
  #readAll(segment: Address): void {
    const waiting = [segment];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (this.#whole.has(at)) continue;
      this.#whole.add(at);
      this.#readOne(at);
      forEachChild(this.heap.words, at, (child) => void waiting.push(child));
    }
  }

  #readSymbols(): void {
    const { symbols: count, entries, texts } = this.#state;
    const { words } = this.heap;
    for (let id = 0; id < count; id++) {
      const segment = entries[Math.floor(id / ENTRIES_PER_SEGMENT)]!;
      const entry = segment + HEADER_WORDS + (id % ENTRIES_PER_SEGMENT);
      this.#need(entry, 1);
      const text = words[entry]!;
      if (text === NO_ADDRESS) continue;
      this.#need(text, TEXT_UNITS);
      this.#need(text, textWords(words, text));
    }
    Symbols.restore(this.heap, { count, entries, texts });
  }

  /** Has words in memory (PTI1). Throws `ERR_STORE_DAMAGED`. */
  #need(address: Address, count: number): void {
    const first = this.#image.record.firstChunk * CHUNK_WORDS;
    const end = this.#state.highWater * CHUNK_WORDS;
    if (!(address >= first && count >= 0 && address + count <= end)) {
      throw damagedAt(DATA_FILE, 0, `a reference leads to word ${address}, out of the image,`);
    }
    for (const page of pagesOf(address, count)) {
      if (this.#isThere.has(page)) continue;
      this.#isThere.add(page);
      this.#read(page);
    }
  }

  #read(page: number): void {
    const start = page * PAGE_WORDS;
    const target = this.heap.words.subarray(start, start + PAGE_WORDS);
    const reference = this.#pages.get(page);
    if (reference !== undefined) this.#image.readPage(reference, bytesOf(target));
    for (const { address, words } of this.#logged.get(page) ?? []) {
      const from = Math.max(address, start);
      const end = Math.min(address + words.length, start + PAGE_WORDS);
      target.set(words.subarray(from - address, end - address), from - start);
    }
  }
}

/** The pages of the heap that some words lie in. */
function pagesOf(address: Address, count: number): number[] {
  const first = Math.floor(address / PAGE_WORDS);
  const last = Math.floor((address + count - 1) / PAGE_WORDS);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
