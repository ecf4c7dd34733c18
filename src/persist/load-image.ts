/**
 * Loading: the words of a snapshot go to where they stood, and what its log brought after it.
 *
 * Nothing in the words is translated: every address in them is a word offset, and the heap is new. What an image lacks
 * is made: counts and lists of free blocks (memory/adopt.ts), the hash of the symbols.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { adoptSegments, isUntouched } from "../memory/adopt.js";
import { Heap, type HeapOptions, restoreCounters } from "../memory/heap.js";
import { ENVIRONMENT } from "../memory/kinds.js";
import { CHUNK_COUNT, CHUNK_WORDS, FIRST_CHUNK } from "../memory/layout.js";
import { readKind } from "../memory/segment.js";
import { Symbols } from "../term/symbols.js";
import type { ImageState, PageReference, SnapshotRecord } from "./catalogue.js";
import { newestMeta, readCatalogue, readTable } from "./data-file.js";
import type { Disk, DiskFile, ReadPart } from "./disk.js";
import {
  assertByteOrder,
  checksum,
  DATA_FILE,
  damagedAt,
  PAGE_BYTES,
  PAGE_WORDS,
  WORD_BYTES,
} from "./format.js";
import { type LoggedWords, logName, logsIn, type ReadLog, readLog } from "./log-file.js";
import type { MetaPage } from "./meta-page.js";
import { forEachEntry } from "./page-table.js";
import type { OnProgress } from "./store-options.js";

/** Pages that are read in one call at most: few enough that several threads have something to read. */
const RUN_PAGES = 128;
const NO_LOG: ReadLog = { records: [], end: 0 };

/** Which snapshot: its number or its name; the newest with all that was committed after it if not given. */
export type SnapshotChoice = number | string;

/**
 * Runs `act` on some snapshots of a store, by one file of which all see the same. Throws `ERR_STORE_DAMAGED`, `ERR_STORE_VERSION`,
 * `ERR_INVALID_ARGUMENT` for a snapshot that is not kept.
 */
export async function withImages<Result>(
  disk: Disk,
  choices: readonly (SnapshotChoice | undefined)[],
  act: (images: readonly StoredImage[]) => Result | Promise<Result>,
): Promise<Result> {
  const { file, images } = openImages(disk, choices);
  try {
    return await act(images);
  } finally {
    file.close();
  }
}

function openImages(
  disk: Disk,
  choices: readonly (SnapshotChoice | undefined)[],
): { readonly file: DiskFile; readonly images: readonly StoredImage[] } {
  for (;;) {
    const file = disk.open(DATA_FILE);
    let newest = 0;
    try {
      const meta = newestMeta(file, DATA_FILE);
      newest = meta.id;
      const images = choices.map((choice) => StoredImage.at(disk, file, meta, choice));
      // While they were looked for, a snapshot may have been written, and its log removed.
      if (newestId(disk) === newest) return { file, images };
      file.close();
    } catch (error) {
      file.close();
      if (newest === 0 || newestId(disk) === newest) throw error;
    }
  }
}

/** A snapshot of a store that is open for reading. */
export class StoredImage {
  readonly record: SnapshotRecord;
  readonly #file: DiskFile;
  readonly #log: ReadLog;

  /** Of an open file, whose meta page that is. Throws as {@link withImages}. */
  static at(disk: Disk, file: DiskFile, meta: MetaPage, choice?: SnapshotChoice): StoredImage {
    const lost = logsIn(disk.list()).find((snapshot) => snapshot > meta.id);
    if (lost !== undefined) {
      throw damagedAt(DATA_FILE, 0, `there is ${logName(lost)}, and no meta page for it`);
    }
    const record = chosen(readCatalogue(file, DATA_FILE, meta), choice, disk.name);
    const log = choice === undefined ? readLog(disk, meta.id) : NO_LOG;
    return new StoredImage(file, record, log);
  }

  private constructor(file: DiskFile, record: SnapshotRecord, log: ReadLog) {
    this.#file = file;
    this.record = record;
    this.#log = log;
  }

  get state(): ImageState {
    return this.#log.records.at(-1)?.state ?? this.record;
  }

  /** Bytes of the heap's pages. */
  get bytes(): number {
    return this.record.pages * PAGE_BYTES;
  }

  /**
   * Puts the image into an untouched heap. Returns its root, with a reference that is the caller's. Throws
   * `ERR_STORE_DAMAGED`; then the heap must not be used. `ERR_INVALID_ARGUMENT` if the heap is too small.
   */
  async loadInto(heap: Heap, onProgress?: OnProgress): Promise<Address> {
    const { state } = this;
    assertFits(heap, this.record, state);
    await this.#readPages(heap.words, onProgress);
    for (const { state: reached, ranges } of this.#log.records) {
      for (const { address, words } of ranges) {
        const isInside =
          address >= this.record.firstChunk * CHUNK_WORDS &&
          address + words.length <= reached.highWater * CHUNK_WORDS;
        if (!isInside) throw damagedAt(logName(this.record.id), 0, "words leave the image");
        heap.words.set(words, address);
      }
    }
    return adoptImage(heap, state);
  }

  /** Several runs of pages are read at once, and summed up as they come. */
  async #readPages(words: Int32Array, onProgress?: OnProgress): Promise<void> {
    let done = 0;
    await this.#file.readParts(this.#runs(words), (run, bytes) => {
      checkPages(run, bytes);
      done += bytes;
      onProgress?.(done, this.bytes);
    });
  }

  /** The pages of the image, where they stand beside each other in the file and in the heap. */
  #runs(words: Int32Array): PageRun[] {
    const first = (this.record.firstChunk * CHUNK_WORDS) / PAGE_WORDS;
    const end = (this.record.highWater * CHUNK_WORDS) / PAGE_WORDS;
    const runs = new PageRuns(words);
    for (const [index, leaf] of readTable(this.#file, DATA_FILE, this.record)) {
      forEachEntry(leaf, index, (heapPage, page, sum) => {
        if (heapPage < first || heapPage >= end) {
          throw damagedAt(DATA_FILE, page * PAGE_BYTES, "a page leaves the image");
        }
        runs.add(heapPage, page, sum);
      });
    }
    return runs.end();
  }

  /** Where the pages of the heap are. Throws `ERR_STORE_DAMAGED`. */
  pages(): Map<number, PageReference> {
    const pages = new Map<number, PageReference>();
    for (const [index, leaf] of readTable(this.#file, DATA_FILE, this.record)) {
      forEachEntry(leaf, index, (heapPage, page, sum) => {
        pages.set(heapPage, { page, checksum: sum });
      });
    }
    return pages;
  }

  /** What the log brought, in order. */
  logged(): readonly LoggedWords[] {
    return this.#log.records.flatMap(({ ranges }) => ranges);
  }

  /** Fills `target` with a page. Throws `ERR_STORE_DAMAGED` if it is not there or has another checksum. */
  readPage({ page, checksum: sum }: PageReference, target: Uint8Array): void {
    const position = page * PAGE_BYTES;
    checkPages({ position, target, sums: [sum] }, this.#file.read(position, target));
  }
}

/** A snapshot in a heap of its own, and the root of its environment, with a reference that is the caller's. */
export async function loadImage(
  disk: Disk,
  choice: SnapshotChoice | undefined,
  options: HeapOptions,
  onProgress?: OnProgress,
): Promise<{ readonly heap: Heap; readonly root: Address }> {
  assertByteOrder();
  return withImages(disk, [choice], async ([image]) => {
    const { chunkCount, firstChunk } = image!.record;
    const maxBytes = options.maxBytes ?? chunkCount * CHUNK_WORDS * WORD_BYTES;
    const heap = Heap.create({ ...options, maxBytes, mapChunks: firstChunk });
    return { heap, root: await image!.loadInto(heap, onProgress) };
  });
}

/** The number of the newest snapshot now. */
function newestId(disk: Disk): number {
  const file = disk.open(DATA_FILE);
  try {
    return newestMeta(file, DATA_FILE).id;
  } finally {
    file.close();
  }
}

function chosen(
  records: readonly SnapshotRecord[],
  choice: SnapshotChoice | undefined,
  store: string,
): SnapshotRecord {
  const found =
    choice === undefined
      ? records.at(-1)
      : records.findLast(({ id, name }) => id === choice || name === choice);
  if (found !== undefined) return found;
  const kept = records.map(({ id, name }) => (name === null ? `${id}` : `${id} (${name})`));
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot open snapshot ${String(choice)} of ${store}: kept are ${kept.join(", ")}`,
    { store, snapshot: String(choice) },
  );
}

function assertFits(heap: Heap, record: SnapshotRecord, state: ImageState): void {
  const { words } = heap;
  const fits =
    isUntouched(heap) &&
    words[FIRST_CHUNK]! <= record.firstChunk &&
    words[CHUNK_COUNT]! >= state.highWater;
  if (fits) return;
  const needed = state.highWater * CHUNK_WORDS * 4;
  throw new OxbowError(
    "ERR_INVALID_ARGUMENT",
    `cannot load snapshot ${record.id}: it needs a heap of ${needed} bytes that nothing is in`,
    { needed, bytes: heap.maxBytes },
  );
}

/** Makes an environment's root of the words of an image. */
export function adoptImage(heap: Heap, state: ImageState): Address {
  const outer = [state.root, ...state.entries];
  if (state.texts !== 0) outer.push(state.texts);
  adoptSegments(heap, { outer, highWater: state.highWater, large: state.large });
  if (readKind(heap.words, state.root) !== ENVIRONMENT) {
    throw new OxbowError(
      "ERR_STORE_DAMAGED",
      `cannot load: there is no environment at word ${state.root}`,
      { address: state.root },
    );
  }
  restoreCounters(heap, state.counters);
  const { symbols: count, entries, texts } = state;
  Symbols.restore(heap, { count, entries, texts });
  return state.root;
}

/** Pages that are read at once. */
interface PageRun extends ReadPart {
  readonly sums: readonly number[];
}

/** Puts pages together that stand beside each other in the file and in the heap. */
class PageRuns {
  readonly #words: Int32Array;
  readonly #runs: PageRun[] = [];
  #heapPage = 0;
  #page = 0;
  #sums: number[] = [];

  constructor(words: Int32Array) {
    this.#words = words;
  }

  add(heapPage: number, page: number, sum: number): void {
    const count = this.#sums.length;
    const isNext = heapPage === this.#heapPage + count && page === this.#page + count;
    if (!isNext || count === RUN_PAGES) {
      this.#push();
      this.#heapPage = heapPage;
      this.#page = page;
    }
    this.#sums.push(sum);
  }

  end(): PageRun[] {
    this.#push();
    return this.#runs;
  }

  #push(): void {
    const sums = this.#sums;
    if (sums.length === 0) return;
    const start = this.#heapPage * PAGE_BYTES;
    const target = new Uint8Array(this.#words.buffer, start, sums.length * PAGE_BYTES);
    this.#runs.push({ position: this.#page * PAGE_BYTES, target, sums });
    this.#sums = [];
  }
}

/** Throws `ERR_STORE_DAMAGED` if what was read is not what was written. */
function checkPages({ position, target, sums }: PageRun, bytes: number): void {
  if (bytes < target.length) {
    throw damagedAt(DATA_FILE, position, `${target.length} bytes are not there`);
  }
  for (const [index, sum] of sums.entries()) {
    const start = index * PAGE_BYTES;
    if (checksum(target.subarray(start, start + PAGE_BYTES)) !== sum) {
      throw damagedAt(DATA_FILE, position + start, "a page has the wrong checksum");
    }
  }
}
