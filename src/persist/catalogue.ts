/**
 * Catalogue: the snapshots that are kept, with all that is known of each. The layout is in docs/format.md.
 */
import type { Address } from "../base/address.js";
import { bytesOf, damagedAt } from "./format.js";

/** Where a page of a file is, and what its bytes sum up to. */
export interface PageReference {
  /** 0: there is none. */
  readonly page: number;
  readonly checksum: number;
}

/** What an image is, beside the pages of the heap. */
export interface ImageState {
  readonly root: Address;
  readonly highWater: number;
  readonly counters: readonly number[];
  readonly symbols: number;
  /** The segment of texts that the last symbol's text is in. */
  readonly texts: Address;
  readonly entries: readonly Address[];
  readonly large: ReadonlyMap<Address, number>;
}

export interface SnapshotRecord extends ImageState {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly name: string | null;
  readonly chunkCount: number;
  readonly firstChunk: number;
  /** Pages of the heap that it has. */
  readonly pages: number;
  readonly table: readonly PageReference[];
}

const SIZE = 0;
const ID = 1;
const TIME = 2;
const ROOT = 4;
const CHUNK_COUNT = 5;
const FIRST_CHUNK = 6;
const HIGH_WATER = 7;
const COUNTERS = 8;
const COUNTER_COUNT = 8;
const SYMBOLS: number = COUNTERS + COUNTER_COUNT;
const TEXTS: number = SYMBOLS + 1;
const PAGES: number = TEXTS + 1;
const ENTRY_COUNT: number = PAGES + 1;
const LARGE_COUNT: number = ENTRY_COUNT + 1;
const TABLE_COUNT: number = LARGE_COUNT + 1;
const NAME_BYTES: number = TABLE_COUNT + 1;
const FIXED_WORDS: number = NAME_BYTES + 1;

const MOST_NAME_BYTES = 1024;

export function encodeCatalogue(records: readonly SnapshotRecord[]): Int32Array {
  const parts = records.map(encodeRecord);
  const words = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    words.set(part, at);
    at += part.length;
  }
  return words;
}

function encodeRecord(record: SnapshotRecord): Int32Array {
  const name = new TextEncoder().encode(record.name ?? "");
  const large = [...record.large].flat();
  const table = record.table.flatMap(({ page, checksum }) => [page, checksum]);
  const variable = [...record.entries, ...large, ...table];
  const words = new Int32Array(FIXED_WORDS + variable.length + Math.ceil(name.length / 4));
  words[SIZE] = words.length;
  words[ID] = record.id;
  new Float64Array(words.buffer, TIME * 4, 1)[0] = record.timeMs;
  words[ROOT] = record.root;
  words[CHUNK_COUNT] = record.chunkCount;
  words[FIRST_CHUNK] = record.firstChunk;
  words[HIGH_WATER] = record.highWater;
  words.set(record.counters, COUNTERS);
  words[SYMBOLS] = record.symbols;
  words[TEXTS] = record.texts;
  words[PAGES] = record.pages;
  words[ENTRY_COUNT] = record.entries.length;
  words[LARGE_COUNT] = record.large.size;
  words[TABLE_COUNT] = record.table.length;
  words[NAME_BYTES] = name.length;
  words.set(variable, FIXED_WORDS);
  bytesOf(words).set(name, (FIXED_WORDS + variable.length) * 4);
  return words;
}

/** Throws `ERR_STORE_DAMAGED` if the words are no catalogue; `position` is where they stand in the file. */
export function decodeCatalogue(
  words: Int32Array,
  file: string,
  position: number,
): SnapshotRecord[] {
  const records: SnapshotRecord[] = [];
  for (let at = 0; at < words.length; ) {
    const size = words[at + SIZE]!;
    const record =
      size >= FIXED_WORDS && at + size <= words.length
        ? decodeRecord(words.slice(at, at + size))
        : null;
    if (record === null) throw damagedAt(file, position + at * 4, "the record of a snapshot");
    records.push(record);
    at += size;
  }
  return records;
}

function decodeRecord(words: Int32Array): SnapshotRecord | null {
  const entries = words[ENTRY_COUNT]!;
  const large = words[LARGE_COUNT]!;
  const table = words[TABLE_COUNT]!;
  const nameBytes = words[NAME_BYTES]!;
  if (Math.min(entries, large, table, nameBytes) < 0 || nameBytes > MOST_NAME_BYTES) return null;
  const largeAt = FIXED_WORDS + entries;
  const tableAt = largeAt + 2 * large;
  const nameAt = tableAt + 2 * table;
  if (nameAt + Math.ceil(nameBytes / 4) !== words.length) return null;
  const pairs = (from: number, count: number): [number, number][] =>
    Array.from({ length: count }, (_, k) => [words[from + 2 * k]!, words[from + 2 * k + 1]!]);
  const name = bytesOf(words).slice(nameAt * 4, nameAt * 4 + nameBytes);
  return {
    id: words[ID]!,
    timeMs: new Float64Array(words.slice(TIME, TIME + 2).buffer)[0]!,
    name: nameBytes === 0 ? null : new TextDecoder().decode(name),
    root: words[ROOT]!,
    chunkCount: words[CHUNK_COUNT]!,
    firstChunk: words[FIRST_CHUNK]!,
    highWater: words[HIGH_WATER]!,
    counters: [...words.subarray(COUNTERS, SYMBOLS)],
    symbols: words[SYMBOLS]!,
    texts: words[TEXTS]!,
    pages: words[PAGES]!,
    entries: [...words.subarray(FIXED_WORDS, largeAt)],
    large: new Map(pairs(largeAt, large)),
    table: pairs(tableAt, table).map(([page, checksum]) => ({ page, checksum })),
  };
}
