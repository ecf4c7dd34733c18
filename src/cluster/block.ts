/**
 * Block: words that are named by what they are, so they are stored, sent and kept once, and damage is seen.
 *
 *     0      4       8       12      16
 *     | OXBB | codec | bytes | 0     | packed words …              name: SHA-256 of the words before packing
 *
 * Invariants
 *   BLK1  What is unpacked under a name is what was packed under it.
 *   BLK2  Unpacking takes no more memory than the block says, and a block says no more than 16 MiB.
 */
import { createHash } from "node:crypto";
import { packBlock, unpackBlock } from "../persist/codecs.js";
import { badData } from "./words.js";

const MAGIC = 0x4242584f; // OXBB
const HEADER_BYTES = 16;
const MOST_BYTES: number = 2 ** 24;
const NAME: RegExp = /^[0-9a-f]{64}$/;

/** A block as it is stored. */
export interface Block {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Whether a text is the name of a block. */
export function isBlockName(text: unknown): text is string {
  return typeof text === "string" && NAME.test(text);
}

/** Names and packs the words of a block. Throws `ERR_CLUSTER_DATA` for more than a block can have. */
export function toBlock(words: Int32Array): Block {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  if (bytes.length > MOST_BYTES) {
    throw badData("what is to be sent", `it takes ${bytes.length} bytes, a block ${MOST_BYTES}`);
  }
  const packed = packBlock(bytes);
  const whole = new Uint8Array(HEADER_BYTES + packed.bytes.length);
  const header = new DataView(whole.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, packed.codec, true);
  header.setUint32(8, bytes.length, true);
  whole.set(packed.bytes, HEADER_BYTES);
  return { name: nameOf(bytes), bytes: whole };
}

/** What the block of these words is called. */
export function nameOfWords(words: Int32Array): string {
  return nameOf(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
}

/** The words of a block. Throws `ERR_CLUSTER_DATA` unless they are those that the name says (BLK1). */
export function fromBlock({ name, bytes }: Block): Int32Array {
  const words = unpack(bytes, `block ${name}`);
  const found = nameOfWords(words);
  if (found !== name) throw badData(`block ${name}`, `its words are those of ${found}`);
  return words;
}

/** The words of packed bytes that nobody has named. Throws `ERR_CLUSTER_DATA`. */
export function unpack(bytes: Uint8Array, what: string): Int32Array {
  if (bytes.length < HEADER_BYTES) throw badData(what, "it ends too early");
  const header = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC) throw badData(what, "it does not begin as one");
  const codec = header.getUint32(4, true);
  const size = header.getUint32(8, true);
  if (size % 4 !== 0 || size > MOST_BYTES) throw badData(what, `it cannot have ${size} bytes`); // BLK2
  let unpacked: Uint8Array;
  try {
    unpacked = unpackBlock({ codec, bytes: bytes.subarray(HEADER_BYTES) }, size);
  } catch (error) {
    throw badData(what, "it cannot be unpacked", error);
  }
  if (unpacked.length !== size) throw badData(what, `it has ${unpacked.length} bytes of ${size}`);
  // Words have to begin at a multiple of their size.
  const aligned = unpacked.byteOffset % 4 === 0 ? unpacked : new Uint8Array(unpacked);
  return new Int32Array(aligned.buffer, aligned.byteOffset, size / 4);
}

function nameOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
