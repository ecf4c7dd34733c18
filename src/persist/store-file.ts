/**
 * Store file: what is on the disk of a store, kept up with what is in a heap. One thread at a time has one; it reads the
 * heap, and the disk does what it says before it returns.
 *
 * Invariants
 *   SFL1  `graph` is the image of the root that was last asked for, saved or not: who asks holds it until the next.
 *   SFL2  The log takes a record only if everything before it is in the snapshot or the log: after a write that
 *        failed, and while nothing was ever written, the next one is a whole snapshot.
 */
import { randomFillSync } from "node:crypto";
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { OxbowError } from "../base/errors.js";
import { ROOT_SYMBOLS } from "../memory/heap.js";
import { CHUNK_COUNT, FIRST_CHUNK, ROOTS } from "../memory/layout.js";
import type { ImageState, SnapshotRecord } from "./catalogue.js";
import { compact } from "./compaction.js";
import { DataFile, type WriteReport, writeFailed } from "./data-file.js";
import type { Disk } from "./disk.js";
import { type ExportReport, writeExport } from "./export-file.js";
import { DATA_FILE, PAGE_WORDS, WORD_BYTES } from "./format.js";
import { LogFile, logName, logsIn, readLog, recordWords } from "./log-file.js";
import { SavedGraph, type WordRange } from "./saved-graph.js";
import type { OnProgress } from "./store-options.js";

/** A moment of a heap that is to be written. */
export interface Moment {
  /** Held by who asks, until the next moment was written or failed. */
  readonly root: Address;
  /** Read after the root. */
  readonly symbols: number;
  readonly counters: readonly number[];
}

export interface SaveRequest extends Moment {
  readonly name: string | null;
  readonly timeMs: number;
  /** Snapshots without a name that are kept, this one included. */
  readonly keep: number;
}

/** What was written, and when it was asked for. */
export interface SaveReport extends WriteReport {
  /** Segments that the snapshot before did not have. */
  readonly segments: number;
}

export interface CommitReport {
  /** Bytes written. */
  readonly bytes: number;
  /** Bytes of the log. */
  readonly logBytes: number;
  /** False: only a whole snapshot can be written now (SFL2); nothing was. */
  readonly isLogged: boolean;
}

/** A record beyond this is not worth its place in the log. */
const LARGEST_RECORD_BYTES: number = 2 ** 26;

export class StoreFile {
  readonly #disk: Disk;
  readonly #words: Int32Array;
  readonly #graph: SavedGraph;
  readonly #hasReaders: () => boolean;
  #data: DataFile;
  #log: LogFile | null = null;
  #mustSave = true;

  /**
   * The store of a disk, made if there is none, for a heap: its words and its symbol table. `loaded` is the root that
   * the newest snapshot and its log were loaded at, in this very heap; without it the next snapshot is a full one.
   */
  constructor(
    disk: Disk,
    words: Int32Array,
    hasReaders: () => boolean,
    loaded: Moment | null = null,
  ) {
    this.#disk = disk;
    this.#words = words;
    this.#hasReaders = hasReaders;
    this.#graph = new SavedGraph(words, words[ROOTS + ROOT_SYMBOLS]!);
    const isThere = disk.list().includes(DATA_FILE);
    if (!isThere) {
      this.#data = DataFile.create(disk, [...randomFillSync(new Int32Array(4))]);
      return;
    }
    this.#data = DataFile.open(disk);
    this.#removeOld();
    if (loaded !== null) this.#goOn(loaded);
    else this.#data.forEachHeapPage((page) => this.#graph.soil(page));
  }

  get id(): number {
    return this.#data.id;
  }

  get records(): readonly SnapshotRecord[] {
    return this.#data.records;
  }

  get bytes(): number {
    return this.#data.bytes;
  }

  get spareBytes(): number {
    return this.#data.spareBytes;
  }

  get logBytes(): number {
    return this.#log?.bytes ?? 0;
  }

  #goOn(loaded: Moment): void {
    const log = readLog(this.#disk, this.#data.id);
    this.#graph.advance(loaded.root, loaded.symbols);
    this.#graph.clean();
    for (const { ranges } of log.records) {
      for (const { address, words } of ranges) this.#soil(address, words.length);
    }
    // What the log has taken out of the image is to leave the snapshot, too.
    this.#data.forEachHeapPage((page) => {
      if (!this.#graph.isLive(page)) this.#graph.soil(page);
    });
    this.#log = new LogFile(this.#disk, this.#data.id, log);
    this.#mustSave = false;
  }

  #soil(address: Address, count: number): void {
    const end = Math.floor((address + count - 1) / PAGE_WORDS);
    for (let page = Math.floor(address / PAGE_WORDS); page <= end; page++) this.#graph.soil(page);
  }

  /** Writes a snapshot of the moment. Throws `ERR_STORE_WRITE` if the disk fails: see {@link DataFile.write}. */
  save(request: SaveRequest): SaveReport {
    this.#advance(request);
    this.#mustSave = true;
    const content = {
      ...this.#stateOf(request),
      name: request.name,
      timeMs: request.timeMs,
      chunkCount: this.#words[CHUNK_COUNT]!,
      firstChunk: this.#words[FIRST_CHUNK]!,
    };
    const report = this.#data.write(content, this.#graph, {
      mayReuse: !this.#hasReaders(),
      keep: (records) => keepSnapshots(records, request.keep, request.name),
    });
    this.#graph.clean();
    this.#beginLog();
    return { ...report, segments: this.#graph.entered };
  }

  /**
   * Adds what the moment brought to the log, and flushes it. If that cannot be, since only a whole snapshot can be
   * written, nothing is. Throws `ERR_STORE_WRITE` if the disk fails; then the next must be a snapshot.
   */
  commit(moment: Moment): CommitReport {
    const added = this.#advance(moment); // SFL1
    const log = this.#mustSave ? null : this.#log;
    this.#mustSave = true;
    if (log === null || recordWords(added) * WORD_BYTES > LARGEST_RECORD_BYTES) {
      return { bytes: 0, logBytes: this.logBytes, isLogged: false };
    }
    try {
      const bytes = log.append(this.#stateOf(moment), added, (range, target, offset) =>
        this.#graph.copyRange(range, target, offset),
      );
      this.#mustSave = false;
      return { bytes, logBytes: log.bytes, isLogged: true };
    } catch (error) {
      throw writeFailed(this.#disk.name, this.#data.id, error);
    }
  }

  #advance({ root, symbols }: Moment): WordRange[] {
    return this.#graph.advance(root, symbols);
  }

  #stateOf({ root, counters }: Moment): ImageState {
    const { highWater, symbols, texts, entries, large } = this.#graph;
    return { root, highWater, counters, symbols, texts, entries, large };
  }

  /** After a snapshot: what is committed from now on goes into a log of its own (PS3). */
  #beginLog(): void {
    this.#log?.close();
    this.#log = new LogFile(this.#disk, this.#data.id, { records: [], end: 0 });
    this.#mustSave = false;
    this.#removeOld();
  }

  /** Removes the logs of earlier snapshots. What stays behind if that fails means nothing to anybody. */
  #removeOld(): void {
    for (const snapshot of logsIn(this.#disk.list())) {
      if (snapshot < this.#data.id) this.#disk.remove(logName(snapshot));
    }
  }

  /** Whether the newest snapshot is what was last asked to be written, and nothing was committed after it. */
  get isSaved(): boolean {
    const root = this.#data.records.at(-1)?.root;
    return root !== undefined && root === this.#graph.root && this.logBytes === 0;
  }

  /** Writes the newest snapshot, after which nothing was committed, as one file. Throws `ERR_STORE_WRITE`. */
  export(path: string, codec: string | undefined, onProgress: OnProgress): ExportReport {
    const record = this.#data.records.at(-1);
    assert(record !== undefined && this.isSaved, "SFL1: what is exported is what was saved");
    const pages: number[] = [];
    this.#data.forEachHeapPage((page) => void pages.push(page));
    const copyPage = (page: number, target: Int32Array): void => this.#graph.copyPage(page, target);
    try {
      return writeExport(path, record, { pages, copyPage }, codec, onProgress);
    } catch (error) {
      throw exportFailed(path, error);
    }
  }

  /** Writes the data file anew, without the pages that no snapshot needs. Returns its bytes before and after. */
  compact(): { readonly before: number; readonly after: number } {
    const before = this.#data.bytes;
    try {
      compact(this.#disk);
    } catch (error) {
      throw writeFailed(this.#disk.name, this.#data.id, error);
    }
    this.#data.close();
    this.#data = DataFile.open(this.#disk);
    return { before, after: this.#data.bytes };
  }

  /** The last call. Both meta pages are the newest snapshot's afterwards. */
  close(): void {
    try {
      this.#data.seal();
    } finally {
      this.#data.close();
      this.#log?.close();
    }
  }
}

function exportFailed(path: string, cause: unknown): OxbowError {
  const [reason] = (cause as Error).message.split(",");
  return new OxbowError(
    "ERR_STORE_WRITE",
    `cannot export to ${path}: ${reason} (nothing was written there, and the store is as it was)`,
    { path },
    { cause },
  );
}

/** The last `count` without a name, and of each name the last. */
function keepSnapshots(
  records: readonly SnapshotRecord[],
  count: number,
  name: string | null,
): SnapshotRecord[] {
  const newest = records.at(-1);
  const isKept = (record: SnapshotRecord): boolean =>
    record === newest || record.name === null || record.name !== name;
  const candidates = records.filter(isKept);
  const unnamed = candidates.filter((record) => record.name === null);
  const dropped = new Set(unnamed.slice(0, Math.max(0, unnamed.length - Math.max(count, 1))));
  return candidates.filter((record) => record === newest || !dropped.has(record));
}
