/**
 * Meta page: what a store begins with, and the one thing in it that is written where it stood before. The layout is
 * in docs/format.md.
 */
import {
  bytesOf,
  checksum,
  FORMAT_VERSION,
  META_PAGES,
  newerVersion,
  PAGE_BYTES,
  PAGE_WORDS,
} from "./format.js";

export interface MetaPage {
  /** Number of the snapshot. */
  readonly id: number;
  readonly cataloguePage: number;
  readonly catalogueBytes: number;
  readonly catalogueChecksum: number;
  /** No page from this number on is in use. */
  readonly pages: number;
  /** Four words that tell stores apart. */
  readonly identity: readonly number[];
}

/** `OXBOWSTO` */
const MAGIC: readonly number[] = [0x4f_42_58_4f, 0x4f_54_53_57];
const VERSION = 2;
const FEATURES = 3;
const PAGE_SIZE = 4;
const ID = 5;
const CATALOGUE_PAGE = 6;
const CATALOGUE_BYTES = 7;
const CATALOGUE_CHECKSUM = 8;
const PAGES = 9;
const IDENTITY = 10;
const CHECKSUM: number = IDENTITY + 4;

export function encodeMeta(meta: MetaPage): Uint8Array {
  const words = new Int32Array(PAGE_WORDS);
  words.set(MAGIC);
  words[VERSION] = FORMAT_VERSION;
  words[PAGE_SIZE] = PAGE_BYTES;
  words[ID] = meta.id;
  words[CATALOGUE_PAGE] = meta.cataloguePage;
  words[CATALOGUE_BYTES] = meta.catalogueBytes;
  words[CATALOGUE_CHECKSUM] = meta.catalogueChecksum;
  words[PAGES] = meta.pages;
  words.set(meta.identity, IDENTITY);
  words[CHECKSUM] = checksum(bytesOf(words.subarray(0, CHECKSUM)));
  return bytesOf(words);
}

/** The content of a meta page; null if it is torn or damaged. Throws `ERR_STORE_VERSION` for one of a newer version. */
export function decodeMeta(bytes: Uint8Array, file: string): MetaPage | null {
  const words = new Int32Array(bytes.slice(0, PAGE_BYTES).buffer);
  if (words[CHECKSUM] !== checksum(bytesOf(words.subarray(0, CHECKSUM)))) return null;
  if (MAGIC.some((word, index) => words[index] !== word)) return null;
  const version = words[VERSION]!;
  if (version > FORMAT_VERSION || words[FEATURES] !== 0 || words[PAGE_SIZE] !== PAGE_BYTES) {
    throw newerVersion(file, version, words[FEATURES]!);
  }
  return {
    id: words[ID]!,
    cataloguePage: words[CATALOGUE_PAGE]!,
    catalogueBytes: words[CATALOGUE_BYTES]!,
    catalogueChecksum: words[CATALOGUE_CHECKSUM]!,
    pages: words[PAGES]!,
    identity: [...words.subarray(IDENTITY, CHECKSUM)],
  };
}

/** Where the meta page of a snapshot stands. */
export function metaSlot(id: number): number {
  return id % META_PAGES;
}
