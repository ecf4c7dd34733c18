/**
 * The numbers of the format (docs/format.md): sizes, names, and what a damaged or newer file is answered with.
 */
import { endianness } from "node:os";
import { crc32 } from "node:zlib";
import { OxbowError } from "../base/errors.js";

export const PAGE_BYTES = 4096;
export const WORD_BYTES = 4;
export const PAGE_WORDS: number = PAGE_BYTES / WORD_BYTES;
/** Entries of a table page. */
export const TABLE_PAGES: number = PAGE_BYTES / 8;
/** Pages 0 and 1 of the data file are meta pages. */
export const META_PAGES = 2;
export const FORMAT_VERSION = 2;

export const DATA_FILE = "data";
/** The first part of the names of logs. */
export const LOG_PREFIX = "log-";

/** Pages that so many bytes take. */
export function pagesFor(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}

/** CRC-32 of some bytes, as a signed word. */
export function checksum(bytes: Uint8Array): number {
  return crc32(bytes) | 0;
}

/** The bytes of some words. */
export function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** What is in a file is not what was written; `position` in bytes. */
export function damagedAt(file: string, position: number, what: string): OxbowError {
  return new OxbowError(
    "ERR_STORE_DAMAGED",
    `cannot read ${file}: ${what} at byte ${position} (nothing was changed)`,
    { file, position },
  );
}

export function newerVersion(file: string, version: number, features: number): OxbowError {
  return new OxbowError(
    "ERR_STORE_VERSION",
    `cannot read ${file}: it has version ${version} and features ${features} of the format, this is version ${FORMAT_VERSION}`,
    { file, version, features, supported: FORMAT_VERSION },
  );
}

/** Words are written as they stand in memory. Throws `ERR_STORE_VERSION` where that is not little-endian. */
export function assertByteOrder(): void {
  if (endianness() === "LE") return;
  throw new OxbowError("ERR_STORE_VERSION", "cannot use a store: this machine is big-endian");
}
