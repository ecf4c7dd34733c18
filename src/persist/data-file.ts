/**
 * Data file: the snapshots of a store, each a heap's pages and the tables that lead to them. docs/format.md has the
 * layout and the invariants PS1 … PS6.
 *
 *     meta 0   meta 1   pages …                                       a snapshot is written:
 *     | 4    | 3      | p | p | t | c | p | t | c | free | free |     1  pages of the heap that changed
 *       │        └──────────────────▲           │                     2  table pages that lead to them
 *       └───────────────────────────────────────▲ catalogue           3  the catalogue      4  flush
 *                                                                     5  the older meta page   6  flush
 */
import { OxbowError } from "../base/errors.js";
import {
  decodeCatalogue,
  encodeCatalogue,
  type ImageState,
  type PageReference,
  type SnapshotRecord,
} from "./catalogue.js";
import type { Disk, DiskFile } from "./disk.js";
import {
  bytesOf,
  checksum,
  DATA_FILE,
  damagedAt,
  META_PAGES,
  PAGE_BYTES,
  PAGE_WORDS,
  pagesFor,
} from "./format.js";
import { decodeMeta, encodeMeta, type MetaPage, metaSlot } from "./meta-page.js";
import { PageSpace } from "./page-space.js";
import { forEachEntry, PageTable } from "./page-table.js";

const DRAFT_FILE = "data.new";
/** Pages that are written in one call at most. */
const RUN_PAGES = 256;

/** Where the words of a snapshot come from. */
interface PageSource {
  /** Pages of the heap that are to be written, or are in the image no more. */
  readonly dirty: ReadonlySet<number>;
  isLive(page: number): boolean;
  /** Whether what is in the page will probably soon be written again. */
  isHot(page: number): boolean;
  copyPage(page: number, target: Int32Array): void;
}

/** What a snapshot is to be. */
interface SnapshotContent extends ImageState {
  readonly name: string | null;
  readonly timeMs: number;
  readonly chunkCount: number;
  readonly firstChunk: number;
}

interface WriteOptions {
  /** Whether pages that became free may be used again: nobody reads the file (PS6). */
  readonly mayReuse: boolean;
  /** Which of the snapshots stay. */
  readonly keep: (records: readonly SnapshotRecord[]) => readonly SnapshotRecord[];
}

export interface WriteReport {
  readonly id: number;
  /** Pages of the heap that were written. */
  readonly pages: number;
  /** Bytes written, tables, catalogue and meta page included. */
  readonly bytes: number;
}

/** The meta pages of an open file whose checksums are right, the newest first. */
function readMetas(file: DiskFile, name: string): MetaPage[] {
  const metas: MetaPage[] = [];
  for (let slot = 0; slot < META_PAGES; slot++) {
    const bytes = new Uint8Array(PAGE_BYTES);
    if (file.read(slot * PAGE_BYTES, bytes) < PAGE_BYTES) continue;
    const meta = decodeMeta(bytes, name);
    if (meta !== null) metas.push(meta);
  }
  return metas.sort((left, right) => right.id - left.id);
}

/** The newest meta page. Throws `ERR_STORE_DAMAGED` if there is none. */
export function newestMeta(file: DiskFile, name: string): MetaPage {
  const [newest] = readMetas(file, name);
  if (newest === undefined) throw damagedAt(name, 0, "no meta page has the right checksum");
  return newest;
}

/** Bytes of the file under a checksum. Throws `ERR_STORE_DAMAGED`. */
export function readChecked(
  file: DiskFile,
  name: string,
  reference: PageReference,
  bytes: number,
): Int32Array {
  const position = reference.page * PAGE_BYTES;
  const isWhole = bytes >= 0 && bytes % 4 === 0 && position + bytes <= file.size();
  if (!isWhole) throw damagedAt(name, position, `${bytes} bytes are not there`);
  const words = new Int32Array(bytes / 4);
  file.read(position, bytesOf(words));
  if (checksum(bytesOf(words)) !== reference.checksum) {
    throw damagedAt(name, position, `${bytes} bytes have the wrong checksum`);
  }
  return words;
}

export function readCatalogue(file: DiskFile, name: string, meta: MetaPage): SnapshotRecord[] {
  const reference = { page: meta.cataloguePage, checksum: meta.catalogueChecksum };
  const words = readChecked(file, name, reference, meta.catalogueBytes);
  return decodeCatalogue(words, name, meta.cataloguePage * PAGE_BYTES);
}

/** The table pages of a snapshot, by index; those that are empty are left out. */
export function* readTable(
  file: DiskFile,
  name: string,
  record: SnapshotRecord,
): Generator<[number, Int32Array]> {
  for (const [index, reference] of record.table.entries()) {
    if (reference.page !== 0) yield [index, readChecked(file, name, reference, PAGE_BYTES)];
  }
}

export class DataFile {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #space: PageSpace;
  readonly #table: PageTable;
  readonly #writer: PageWriter;
  /** Whether it still has the name of a draft. */
  #isNew: boolean;
  /** Whether its name was flushed. */
  #isNamed: boolean;
  /** The newest snapshot's, 0 before the first. */
  #id = 0;
  #records: readonly SnapshotRecord[] = [];
  #meta: MetaPage | null = null;
  /** Snapshots that the catalogue of the other meta page has. */
  #earlier: readonly number[] = [];
  readonly #identity: readonly number[];

  /** A file without snapshots; it gets its name with the first (PS5). */
  static create(disk: Disk, identity: readonly number[]): DataFile {
    const file = disk.create(DRAFT_FILE);
    return new DataFile(disk, file, identity, true);
  }

  /** Throws `ERR_STORE_DAMAGED`, `ERR_STORE_VERSION`. Cost: a look at the tables of all snapshots that are kept. */
  static open(disk: Disk): DataFile {
    const file = disk.open(DATA_FILE);
    try {
      const meta = newestMeta(file, DATA_FILE);
      const opened = new DataFile(disk, file, meta.identity, false);
      opened.#load(meta);
      return opened;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  private constructor(disk: Disk, file: DiskFile, identity: readonly number[], isNew: boolean) {
    this.#disk = disk;
    this.#file = file;
    this.#identity = identity;
    this.#isNew = isNew;
    this.#isNamed = !isNew;
    this.#space = new PageSpace();
    this.#table = new PageTable();
    this.#writer = new PageWriter(file);
  }

  get id(): number {
    return this.#id;
  }

  get identity(): readonly number[] {
    return this.#identity;
  }

  /** The snapshots that are kept, oldest first. */
  get records(): readonly SnapshotRecord[] {
    return this.#records;
  }

  get bytes(): number {
    return this.#space.end * PAGE_BYTES;
  }

  /** Bytes that no snapshot needs. */
  get spareBytes(): number {
    return this.#space.spare * PAGE_BYTES;
  }

  #load(meta: MetaPage): void {
    const name = DATA_FILE;
    this.#meta = meta;
    this.#id = meta.id;
    this.#records = readCatalogue(this.#file, name, meta);
    const newest = this.#records.at(-1);
    if (newest === undefined || newest.id !== meta.id) {
      throw damagedAt(name, meta.cataloguePage * PAGE_BYTES, "the last snapshot is missing");
    }
    const uses = new PageUses();
    const before = this.#readEarlier(meta, uses);
    for (const record of [...before, ...this.#records]) {
      for (const [index, leaf] of readTable(this.#file, name, record)) {
        uses.note(record.table[index]!.page, record.id);
        forEachEntry(leaf, index, (_heapPage, page) => uses.note(page, record.id));
        if (record === newest) this.#table.load(index, leaf);
      }
    }
    uses.noteCatalogue(meta);
    uses.tell(this.#space, meta.id);
    this.#space.noteRest(Math.max(meta.pages, pagesFor(this.#file.size())));
  }

  /** What the other meta page has, if it is another's: its snapshots that the newest has not kept (PS1). */
  #readEarlier(meta: MetaPage, uses: PageUses): SnapshotRecord[] {
    const other = readMetas(this.#file, DATA_FILE).find(({ id }) => id < meta.id);
    if (other === undefined) return [];
    const records = readCatalogue(this.#file, DATA_FILE, other);
    this.#earlier = [...records.map((record) => record.id), other.id];
    uses.noteCatalogue(other);
    return records.filter(({ id }) => this.#records.every((record) => record.id !== id));
  }

  /** Calls `visit` for each page of the heap that the newest snapshot has. */
  forEachHeapPage(visit: (heapPage: number) => void): void {
    this.#table.forEach(visit);
  }

  /**
   * Writes a snapshot of what the source has, which is then the newest. If the disk fails it throws
   * `ERR_STORE_WRITE`: what was there before still is, and the next attempt writes all of it again.
   */
  write(content: SnapshotContent, source: PageSource, options: WriteOptions): WriteReport {
    const id = this.#id + 1;
    const isProtected = [...this.#earlier, ...this.#records.map((record) => record.id), this.#id];
    this.#space.begin(isProtected, options.mayReuse);
    let isMetaWritten = false;
    let isThere = false;
    try {
      const writer = this.#writer;
      writer.begin();
      const pages = this.#writePages(id, source, options.mayReuse, writer);
      const table = this.#writeTable(id, options.mayReuse, writer);
      const record: SnapshotRecord = { ...content, id, pages: this.#table.pages, table };
      const records = options.keep([...this.#records, record]);
      const meta = this.#writeCatalogue(id, records, options.mayReuse, writer);
      writer.end();
      this.#file.flush(); // PS2
      isMetaWritten = true;
      this.#writeMeta(meta, metaSlot(id));
      if (this.#isNew) this.#disk.rename(DRAFT_FILE, DATA_FILE);
      this.#isNew = false;
      isThere = true;
      this.#adopt(meta, records);
      this.#flushName();
      return { id, pages, bytes: writer.bytes + PAGE_BYTES };
    } catch (error) {
      if (!isThere) this.#space.abort(isMetaWritten);
      if (!isThere) this.#table.abort();
      throw writeFailed(this.#disk.name, this.#id, error);
    }
  }

  #writePages(id: number, source: PageSource, mayReuse: boolean, writer: PageWriter): number {
    let count = 0;
    for (const heapPage of inWritingOrder(source)) {
      const before = this.#table.find(heapPage);
      if (before !== 0) this.#space.release(before, id);
      if (!source.isLive(heapPage)) {
        if (before !== 0) this.#table.set(heapPage, 0, 0);
        continue;
      }
      const page = this.#space.allocate(id, mayReuse);
      const words = writer.place(page);
      source.copyPage(heapPage, words);
      this.#table.set(heapPage, page, checksum(bytesOf(words)));
      count++;
    }
    return count;
  }

  #writeTable(id: number, mayReuse: boolean, writer: PageWriter): PageReference[] {
    const table = [...(this.#records.at(-1)?.table ?? [])];
    while (table.length < this.#table.length) table.push({ page: 0, checksum: 0 });
    for (const [index, leaf] of this.#table.changes()) {
      if (table[index]!.page !== 0) this.#space.release(table[index]!.page, id);
      if (leaf === null) {
        table[index] = { page: 0, checksum: 0 };
        continue;
      }
      const page = this.#space.allocate(id, mayReuse);
      writer.place(page).set(leaf);
      table[index] = { page, checksum: checksum(bytesOf(leaf)) };
    }
    return table;
  }

  #writeCatalogue(
    id: number,
    records: readonly SnapshotRecord[],
    mayReuse: boolean,
    writer: PageWriter,
  ): MetaPage {
    const words = encodeCatalogue(records);
    const count = pagesFor(words.byteLength);
    const first = this.#space.allocateRun(id, count, mayReuse);
    for (let page = 0; page < count; page++) {
      const place = writer.place(first + page);
      place.fill(0);
      place.set(words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS));
    }
    this.#releaseCatalogue(id);
    return {
      id,
      cataloguePage: first,
      catalogueBytes: words.byteLength,
      catalogueChecksum: checksum(bytesOf(words)),
      pages: this.#space.end,
      identity: this.#identity,
    };
  }

  /** The catalogue of the newest snapshot, when another is written. */
  #releaseCatalogue(id: number): void {
    if (this.#meta === null) return;
    const { cataloguePage, catalogueBytes } = this.#meta;
    for (let page = 0; page < pagesFor(catalogueBytes); page++) {
      this.#space.release(cataloguePage + page, id);
    }
  }

  #writeMeta(meta: MetaPage, slot: number): void {
    this.#file.writeAt(slot * PAGE_BYTES, encodeMeta(meta));
    this.#file.flush();
  }

  /** The name of the file is there as its content is (PS5). */
  #flushName(): void {
    if (this.#isNamed) return;
    this.#disk.flushDirectory();
    this.#isNamed = true;
  }

  #adopt(meta: MetaPage, records: readonly SnapshotRecord[]): void {
    this.#earlier = [...this.#records.map((record) => record.id), this.#id];
    this.#id = meta.id;
    this.#records = records;
    this.#meta = meta;
    this.#space.commit();
    this.#table.commit();
  }

  /** Puts the newest meta page in both places, so that damage to one is no loss; the last thing before a store is closed. */
  seal(): void {
    const meta = this.#meta;
    if (meta !== null) this.#writeMeta(meta, 1 - metaSlot(meta.id));
  }

  close(): void {
    this.#file.close();
  }
}

/**
 * The pages that are to be written, in ascending order, those last that the next snapshots will probably write again: so
 * what becomes free then lies together, behind what stays.
 */
function inWritingOrder(source: PageSource): number[] {
  const dirty = [...source.dirty].sort((left, right) => left - right);
  const isHot = new Set(dirty.filter((page) => source.isHot(page)));
  return [...dirty.filter((page) => !isHot.has(page)), ...isHot];
}

export function writeFailed(store: string, id: number, cause: unknown): OxbowError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const what = id === 0 ? "nothing was there before" : `snapshot ${id} is still there`;
  return new OxbowError(
    "ERR_STORE_WRITE",
    `cannot write to the store ${store}: ${reason} (${what}, and what is in memory is as it was)`,
    { store, snapshot: id },
    { cause },
  );
}

/** Puts pages that follow each other in the file into one write. */
class PageWriter {
  readonly #file: DiskFile;
  // Kept from one snapshot to the next: making it would take longer than writing a few pages.
  readonly #words = new Int32Array(RUN_PAGES * PAGE_WORDS);
  #first = 0;
  #count = 0;
  bytes = 0;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  /** Begins a snapshot; what is left of one that failed is forgotten. */
  begin(): void {
    this.#count = 0;
    this.bytes = 0;
  }

  /** Where the words of a page are to be put, before the next call. */
  place(page: number): Int32Array {
    if (page !== this.#first + this.#count || this.#count === RUN_PAGES) {
      this.end();
      this.#first = page;
    }
    const start = this.#count++ * PAGE_WORDS;
    return this.#words.subarray(start, start + PAGE_WORDS);
  }

  end(): void {
    if (this.#count === 0) return;
    const bytes = bytesOf(this.#words.subarray(0, this.#count * PAGE_WORDS));
    this.#file.writeAt(this.#first * PAGE_BYTES, bytes);
    this.bytes += bytes.length;
    this.#count = 0;
  }
}

/** The first and the last snapshot that refer to each page. */
class PageUses {
  readonly #first = new Map<number, number>();
  readonly #last = new Map<number, number>();

  note(page: number, id: number): void {
    this.#first.set(page, Math.min(id, this.#first.get(page) ?? id));
    this.#last.set(page, Math.max(id, this.#last.get(page) ?? id));
  }

  noteCatalogue({ id, cataloguePage, catalogueBytes }: MetaPage): void {
    for (let page = 0; page < pagesFor(catalogueBytes); page++) this.note(cataloguePage + page, id);
  }

  tell(space: PageSpace, newest: number): void {
    for (const [page, first] of this.#first) {
      const last = this.#last.get(page)!;
      space.note(page, first, last === newest ? 0 : last + 1);
    }
  }
}
