/**
 * Log: what was committed since the newest snapshot, a record for each flush. docs/format.md has the layout and the
 * invariants PS3 and PS4.
 */
import type { Address } from "../base/address.js";
import type { ImageState } from "./catalogue.js";
import type { Disk, DiskFile } from "./disk.js";
import {
  bytesOf,
  checksum,
  damagedAt,
  LOG_PREFIX,
  PAGE_BYTES,
  PAGE_WORDS,
  pagesFor,
} from "./format.js";
import type { WordRange } from "./saved-graph.js";

/** `OXLR` */
const MAGIC = 0x52_4c_58_4f;
const SNAPSHOT = 1;
const NUMBER = 2;
const BODY_WORDS = 3;
const BODY_CHECKSUM = 4;
const HEADER_CHECKSUM = 5;
const HEADER_WORDS = 6;

const ROOT = 0;
const HIGH_WATER = 1;
const COUNTERS = 2;
const SYMBOLS = 10;
const TEXTS = 11;
const ENTRY_COUNT = 12;
const LARGE_COUNT = 13;
const RANGE_COUNT = 14;
const FIXED_WORDS = 15;

/**
 * The file has zeros up to a multiple of this, so that most records are written where the file has bytes: flushing them
 * does not wait for the size of a file and the places of its blocks to be written down as well.
 */
const EXTENT_BYTES = 2 ** 18;

/** Words of the heap that a record brings. */
export interface LoggedWords {
  readonly address: Address;
  readonly words: Int32Array;
}

interface LogRecord {
  readonly state: ImageState;
  readonly ranges: readonly LoggedWords[];
}

export interface ReadLog {
  readonly records: readonly LogRecord[];
  /** Bytes up to the end of the last record. */
  readonly end: number;
}

/** Copies the words of a range as they are in the image. */
type CopyRange = (range: WordRange, target: Int32Array, offset: number) => void;

export function logName(snapshot: number): string {
  return `${LOG_PREFIX}${snapshot}`;
}

/** The numbers of the snapshots that have logs. */
export function logsIn(names: readonly string[]): number[] {
  return names
    .filter((name) => /^log-\d+$/u.test(name))
    .map((name) => Number(name.slice(LOG_PREFIX.length)));
}

/** Words of a record of these ranges, headers included. */
export function recordWords(ranges: readonly WordRange[]): number {
  return HEADER_WORDS + FIXED_WORDS + ranges.reduce((sum, { count }) => sum + 2 + count, 0);
}

/** What is to be written for a record, in whole pages. */
function encodeLogRecord(
  snapshot: number,
  number: number,
  state: ImageState,
  ranges: readonly WordRange[],
  copy: CopyRange,
): Int32Array {
  const large = [...state.large].flat();
  const size = recordWords(ranges) + state.entries.length + large.length;
  const words = new Int32Array(pagesFor(size * 4) * PAGE_WORDS);
  const body = words.subarray(HEADER_WORDS, size);
  body[ROOT] = state.root;
  body[HIGH_WATER] = state.highWater;
  body.set(state.counters, COUNTERS);
  body[SYMBOLS] = state.symbols;
  body[TEXTS] = state.texts;
  body[ENTRY_COUNT] = state.entries.length;
  body[LARGE_COUNT] = state.large.size;
  body[RANGE_COUNT] = ranges.length;
  body.set(state.entries, FIXED_WORDS);
  let at = FIXED_WORDS + state.entries.length;
  body.set(large, at);
  at += large.length;
  for (const range of ranges) {
    body[at] = range.address;
    body[at + 1] = range.count;
    copy(range, body, at + 2);
    at += 2 + range.count;
  }
  words.set([MAGIC, snapshot, number, body.length, checksum(bytesOf(body))]);
  words[HEADER_CHECKSUM] = checksum(bytesOf(words.subarray(0, HEADER_CHECKSUM)));
  return words;
}

/** The records of the log of a snapshot that follow each other. Throws `ERR_STORE_DAMAGED` if there is one behind a gap. */
export function readLog(disk: Disk, snapshot: number): ReadLog {
  const name = logName(snapshot);
  if (!disk.list().includes(name)) return { records: [], end: 0 };
  const file = disk.open(name);
  try {
    const records: LogRecord[] = [];
    let end = 0;
    for (;;) {
      const header = readHeader(file, end, snapshot);
      const body = header === null ? null : readBody(file, end, header);
      const record = header?.[NUMBER] === records.length + 1 && body ? decodeBody(body) : null;
      if (record === null || body === null) break;
      records.push(record);
      end += pagesFor((HEADER_WORDS + body.length) * 4) * PAGE_BYTES;
    }
    refuseGap(file, name, snapshot, end, records.length + 1);
    return { records, end };
  } finally {
    file.close();
  }
}

/** A record behind the one that is missing was written when that one had been flushed (PS4). */
function refuseGap(
  file: DiskFile,
  name: string,
  snapshot: number,
  end: number,
  missing: number,
): void {
  for (let position = end; position < file.size(); position += PAGE_BYTES) {
    const header = readHeader(file, position, snapshot);
    if (header !== null && header[NUMBER]! > missing) {
      throw damagedAt(name, end, `record ${missing} is damaged, and others follow`);
    }
  }
}

function readHeader(file: DiskFile, position: number, snapshot: number): Int32Array | null {
  const header = new Int32Array(HEADER_WORDS);
  if (file.read(position, bytesOf(header)) < header.byteLength) return null;
  const isRight =
    header[HEADER_CHECKSUM] === checksum(bytesOf(header.subarray(0, HEADER_CHECKSUM)));
  return isRight && header[0] === MAGIC && header[SNAPSHOT] === snapshot ? header : null;
}

function readBody(file: DiskFile, position: number, header: Int32Array): Int32Array | null {
  const start = position + HEADER_WORDS * 4;
  const bytes = header[BODY_WORDS]! * 4;
  if (bytes < FIXED_WORDS * 4 || start + bytes > file.size()) return null;
  const body = new Int32Array(header[BODY_WORDS]!);
  file.read(start, bytesOf(body));
  return checksum(bytesOf(body)) === header[BODY_CHECKSUM] ? body : null;
}

function decodeBody(body: Int32Array): LogRecord | null {
  const largeAt = FIXED_WORDS + body[ENTRY_COUNT]!;
  let at = largeAt + 2 * body[LARGE_COUNT]!;
  const large = new Map<Address, number>();
  for (let pair = largeAt; pair < at; pair += 2) large.set(body[pair]!, body[pair + 1]!);
  const ranges: LoggedWords[] = [];
  for (let range = 0; range < body[RANGE_COUNT]!; range++) {
    const count = body[at + 1]!;
    if (!(count >= 0 && at + 2 + count <= body.length)) return null;
    ranges.push({ address: body[at]!, words: body.subarray(at + 2, at + 2 + count) });
    at += 2 + count;
  }
  const state: ImageState = {
    root: body[ROOT]!,
    highWater: body[HIGH_WATER]!,
    counters: [...body.subarray(COUNTERS, SYMBOLS)],
    symbols: body[SYMBOLS]!,
    texts: body[TEXTS]!,
    entries: [...body.subarray(FIXED_WORDS, largeAt)],
    large,
  };
  return { state, ranges };
}

/** The log of one snapshot, to be written on. */
export class LogFile {
  readonly #disk: Disk;
  readonly #snapshot: number;
  #file: DiskFile | null = null;
  #end: number;
  #number: number;
  /** Bytes that the file has, records or zeros. */
  #size = 0;

  /** Goes on from what was read of it. */
  constructor(disk: Disk, snapshot: number, { records, end }: ReadLog) {
    this.#disk = disk;
    this.#snapshot = snapshot;
    this.#end = end;
    this.#number = records.length;
    if (!disk.list().includes(logName(snapshot))) return;
    this.#file = disk.open(logName(snapshot));
    this.#size = this.#file.size();
  }

  get bytes(): number {
    return this.#end;
  }

  /** Writes and flushes a record; returns its bytes. What the disk throws; then nothing more may be appended. */
  append(state: ImageState, ranges: readonly WordRange[], copy: CopyRange): number {
    const words = encodeLogRecord(this.#snapshot, this.#number + 1, state, ranges, copy);
    const isNew = this.#file === null;
    this.#file ??= this.#disk.create(logName(this.#snapshot));
    this.#write(bytesOf(words));
    this.#file.flush(); // PS4
    if (isNew) this.#disk.flushDirectory();
    this.#end += words.byteLength;
    this.#number++;
    return words.byteLength;
  }

  /** Writes a record, and zeros behind one that the file grows for. */
  #write(record: Uint8Array): void {
    const end = this.#end + record.length;
    if (end <= this.#size) {
      this.#file!.writeAt(this.#end, record);
      return;
    }
    const size = Math.ceil(end / EXTENT_BYTES) * EXTENT_BYTES;
    const bytes = new Uint8Array(size - this.#end);
    bytes.set(record);
    this.#file!.writeAt(this.#end, bytes);
    this.#size = size;
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }
}
