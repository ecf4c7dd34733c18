/**
 * Compaction: the data file written anew with the pages of the snapshots that are kept, under a name that takes the place
 * of the old one at once. Numbers of snapshots stay as they are, and so does the log.
 */
import { encodeCatalogue, type PageReference, type SnapshotRecord } from "./catalogue.js";
import { newestMeta, readCatalogue, readChecked, readTable } from "./data-file.js";
import type { Disk, DiskFile } from "./disk.js";
import { bytesOf, checksum, DATA_FILE, META_PAGES, PAGE_BYTES, pagesFor } from "./format.js";
import { encodeMeta } from "./meta-page.js";
import { forEachEntry } from "./page-table.js";

const COMPACTED_FILE = "data-compacted.new";

/** Throws what the disk throws, `ERR_STORE_DAMAGED` if a page is not as it was written; then nothing has changed. */
export function compact(disk: Disk): void {
  const from = disk.open(DATA_FILE);
  const to = disk.create(COMPACTED_FILE);
  try {
    const meta = newestMeta(from, DATA_FILE);
    const copy = new PageCopy(from, to);
    const records = readCatalogue(from, DATA_FILE, meta).map((record) => copy.copy(record));
    const words = encodeCatalogue(records);
    const cataloguePage = copy.append(bytesOf(words));
    const compacted = encodeMeta({
      ...meta,
      cataloguePage,
      catalogueBytes: words.byteLength,
      catalogueChecksum: checksum(bytesOf(words)),
      pages: copy.end,
    });
    for (let slot = 0; slot < META_PAGES; slot++) to.writeAt(slot * PAGE_BYTES, compacted);
    to.flush();
  } finally {
    from.close();
    to.close();
  }
  disk.rename(COMPACTED_FILE, DATA_FILE);
  disk.flushDirectory();
}

/** Pages on their way to another file, each once. */
class PageCopy {
  readonly #from: DiskFile;
  readonly #to: DiskFile;
  readonly #moved = new Map<number, number>();
  /** Table pages by where they were: several snapshots may have one. */
  readonly #tables = new Map<number, PageReference>();
  end: number = META_PAGES;

  constructor(from: DiskFile, to: DiskFile) {
    this.#from = from;
    this.#to = to;
  }

  copy(record: SnapshotRecord): SnapshotRecord {
    const table = record.table.map((reference) => ({ ...reference }));
    for (const [index, leaf] of readTable(this.#from, DATA_FILE, record)) {
      const known = this.#tables.get(record.table[index]!.page);
      if (known !== undefined) {
        table[index] = known;
        continue;
      }
      const moved = new Int32Array(leaf.length);
      forEachEntry(leaf, index, (heapPage, page, sum) => {
        const place = (heapPage * 2) % leaf.length;
        moved[place] = this.#move(page, sum);
        moved[place + 1] = sum;
      });
      const made = { page: this.append(bytesOf(moved)), checksum: checksum(bytesOf(moved)) };
      this.#tables.set(record.table[index]!.page, made);
      table[index] = made;
    }
    return { ...record, table };
  }

  #move(page: number, sum: number): number {
    const known = this.#moved.get(page);
    if (known !== undefined) return known;
    const words = readChecked(this.#from, DATA_FILE, { page, checksum: sum }, PAGE_BYTES);
    const moved = this.append(bytesOf(words));
    this.#moved.set(page, moved);
    return moved;
  }

  /** Writes bytes to pages of their own; the first. */
  append(bytes: Uint8Array): number {
    const first = this.end;
    this.end += pagesFor(bytes.length);
    const pages = new Uint8Array((this.end - first) * PAGE_BYTES);
    pages.set(bytes);
    this.#to.writeAt(first * PAGE_BYTES, pages);
    return first;
  }
}
