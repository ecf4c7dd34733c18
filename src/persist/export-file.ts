/** Export: a snapshot as one portable file, packed block by block. docs/format.md has the layout. */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import type { Address } from "../base/address.js";
import type { Heap } from "../memory/heap.js";
import { CHUNK_WORDS } from "../memory/layout.js";
import { decodeCatalogue, encodeCatalogue, type SnapshotRecord } from "./catalogue.js";
import { packBlock, unpackBlock } from "./codecs.js";
import {
  bytesOf,
  checksum,
  damagedAt,
  FORMAT_VERSION,
  newerVersion,
  PAGE_BYTES,
  PAGE_WORDS,
} from "./format.js";
import { adoptImage } from "./load-image.js";
import type { OnProgress } from "./store-options.js";

/** `OXBOWEXP` */
const MAGIC: readonly number[] = [0x4f_42_58_4f, 0x50_58_45_57];
const VERSION = 2;
const FEATURES = 3;
const RECORD_BYTES = 4;
const RECORD_CHECKSUM = 5;
const BLOCKS = 6;
const HEADER_CHECKSUM = 7;
const HEADER_WORDS = 8;

const FIRST_PAGE = 0;
const PAGES = 1;
const CODEC = 2;
const BLOCK_BYTES = 3;
const BLOCK_CHECKSUM = 4;
const BLOCK_HEADER_CHECKSUM = 5;
const BLOCK_HEADER_WORDS = 6;

/** Pages of a block at most. */
const BLOCK_PAGES = 64;

/** What an export has written. */
export interface ExportReport {
  /** Bytes of the heap's pages, and those of the file. */
  readonly heapBytes: number;
  /** The size of the file. */
  readonly bytes: number;
}

/** Where the words come from. */
interface ExportSource {
  /** The heap's pages that are in the snapshot, ascending. */
  readonly pages: readonly number[];
  copyPage(page: number, target: Int32Array): void;
}

/** The runs of pages that make a block each: their first, and how many. */
function blocksOf(pages: readonly number[]): [number, number][] {
  const blocks: [number, number][] = [];
  for (const page of pages) {
    const last = blocks.at(-1);
    if (last !== undefined && page === last[0] + last[1] && last[1] < BLOCK_PAGES) last[1]++;
    else blocks.push([page, 1]);
  }
  return blocks;
}

/** Writes a file, all of it or, if it throws what the system throws, nothing. */
export function writeExport(
  path: string,
  record: SnapshotRecord,
  source: ExportSource,
  codec: string | undefined,
  onProgress: OnProgress,
): ExportReport {
  const draft = `${path}.${process.pid}.new`;
  const file = openSync(draft, "w");
  let bytes = 0;
  const write = (part: Uint8Array): void => {
    for (let done = 0; done < part.length; ) {
      done += writeSync(file, part, done, part.length - done, bytes + done);
    }
    bytes += part.length;
  };
  const heapBytes = source.pages.length * PAGE_BYTES;
  let done = 0;
  try {
    const blocks = blocksOf(source.pages);
    const words = encodeCatalogue([{ ...record, table: [] }]);
    write(bytesOf(headerOf(words, blocks.length)));
    write(bytesOf(words));
    for (const [first, count] of blocks) {
      const content = new Int32Array(count * PAGE_WORDS);
      for (let page = 0; page < count; page++) {
        const start = page * PAGE_WORDS;
        source.copyPage(first + page, content.subarray(start, start + PAGE_WORDS));
      }
      const packed = packBlock(bytesOf(content), codec);
      const header = new Int32Array(BLOCK_HEADER_WORDS);
      header.set([first, count, packed.codec, packed.bytes.length, checksum(packed.bytes)]);
      header[BLOCK_HEADER_CHECKSUM] = checksum(bytesOf(header.subarray(0, BLOCK_HEADER_CHECKSUM)));
      write(bytesOf(header));
      write(packed.bytes);
      done += content.byteLength;
      onProgress(done, heapBytes);
    }
    fsyncSync(file);
  } catch (error) {
    closeSync(file);
    rmSync(draft, { force: true });
    throw error;
  }
  closeSync(file);
  renameSync(draft, path);
  return { heapBytes, bytes };
}

function headerOf(record: Int32Array, blocks: number): Int32Array {
  const header = new Int32Array(HEADER_WORDS);
  header.set(MAGIC);
  header[VERSION] = FORMAT_VERSION;
  header[RECORD_BYTES] = record.byteLength;
  header[RECORD_CHECKSUM] = checksum(bytesOf(record));
  header[BLOCKS] = blocks;
  header[HEADER_CHECKSUM] = checksum(bytesOf(header.subarray(0, HEADER_CHECKSUM)));
  return header;
}

/** An exported file that was read into memory; nothing but its header was looked at. */
export class ExportedImage {
  readonly record: SnapshotRecord;
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #blocks: number;
  readonly #start: number;

  /** Throws `ERR_STORE_DAMAGED`, `ERR_STORE_VERSION`, and what the system throws. */
  constructor(path: string) {
    this.#path = path;
    // Of a Buffer, `slice` would be no copy.
    this.#bytes = new Uint8Array(readFileSync(path));
    const header = this.#words(0, HEADER_WORDS);
    const isWhole =
      header[HEADER_CHECKSUM] === checksum(bytesOf(header.subarray(0, HEADER_CHECKSUM)));
    if (!isWhole || MAGIC.some((word, index) => header[index] !== word)) {
      throw damagedAt(path, 0, "this is no exported store: the header is not right");
    }
    const version = header[VERSION]!;
    if (version > FORMAT_VERSION || header[FEATURES] !== 0) {
      throw newerVersion(path, version, header[FEATURES]!);
    }
    const position = HEADER_WORDS * 4;
    const words = this.#words(position, header[RECORD_BYTES]! / 4);
    if (checksum(bytesOf(words)) !== header[RECORD_CHECKSUM]) {
      throw damagedAt(path, position, "the record has the wrong checksum");
    }
    const [record] = decodeCatalogue(words, path, position);
    if (record === undefined) throw damagedAt(path, position, "there is no record");
    this.record = record;
    this.#blocks = header[BLOCKS]!;
    this.#start = position + words.byteLength;
  }

  /** As StoredImage's. */
  loadInto(heap: Heap, onProgress: OnProgress): Address {
    const target = new Uint8Array(heap.words.buffer);
    const first = (this.record.firstChunk * CHUNK_WORDS) / PAGE_WORDS;
    const end = (this.record.highWater * CHUNK_WORDS) / PAGE_WORDS;
    let at = this.#start;
    for (let block = 0; block < this.#blocks; block++) {
      const header = this.#words(at, BLOCK_HEADER_WORDS);
      const sum = checksum(bytesOf(header.subarray(0, BLOCK_HEADER_CHECKSUM)));
      if (header[BLOCK_HEADER_CHECKSUM] !== sum) throw this.#damaged(at, block);
      const position = at + BLOCK_HEADER_WORDS * 4;
      const bytes = this.#bytes.subarray(position, position + header[BLOCK_BYTES]!);
      if (checksum(bytes) !== header[BLOCK_CHECKSUM]) throw this.#damaged(position, block);
      const page = header[FIRST_PAGE]!;
      if (page < first || page + header[PAGES]! > end) throw this.#damaged(at, block);
      const size = header[PAGES]! * PAGE_BYTES;
      const content = unpackBlock({ codec: header[CODEC]!, bytes }, size);
      if (content.length !== size) throw this.#damaged(position, block);
      target.set(content, page * PAGE_BYTES);
      at = position + bytes.length;
      onProgress(at, this.#bytes.length);
    }
    return adoptImage(heap, this.record);
  }

  #words(position: number, count: number): Int32Array {
    const bytes = this.#bytes.slice(position, position + count * 4);
    if (bytes.length < count * 4) throw damagedAt(this.#path, position, "the file ends");
    return new Int32Array(bytes.buffer);
  }

  #damaged(position: number, block: number): Error {
    return damagedAt(this.#path, position, `block ${block} is not as it was written`);
  }
}
