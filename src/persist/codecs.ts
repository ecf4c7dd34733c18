/**
 * Codecs: how the bytes of a block are made fewer. A block says with a number which one it has; another is one more entry
 * of the table.
 *
 * The words of a heap are first taken apart by planes: all lowest bytes, then all second bytes, and so on. Words beside each
 * other are alike in their high bytes, which makes them runs.
 */
import * as zlib from "node:zlib";
import { OxbowError } from "../base/errors.js";

interface Codec {
  readonly id: number;
  readonly name: string;
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws if the bytes are not what {@link Codec.compress} gave for so many. */
  decompress(bytes: Uint8Array, size: number): Uint8Array;
}

/** What Node.js 22 has and 20 has not. */
interface ZstandardCalls {
  zstdCompressSync?(bytes: Uint8Array): Uint8Array;
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array;
}

const { constants } = zlib;
const zstandard: ZstandardCalls = zlib as unknown as ZstandardCalls;

const BROTLI_OPTIONS: zlib.BrotliOptions = {
  params: {
    [constants.BROTLI_PARAM_QUALITY]: 1,
    [constants.BROTLI_PARAM_LGWIN]: 18,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_GENERIC,
  },
};

const NONE: Codec = {
  id: 0,
  name: "none",
  compress: (bytes) => bytes,
  decompress: (bytes) => bytes,
};

const DEFLATE: Codec = {
  id: 1,
  name: "deflate",
  compress: (bytes) => zlib.deflateRawSync(bytes, { level: 1 }),
  decompress: (bytes, size) => zlib.inflateRawSync(bytes, { maxOutputLength: size }),
};

const BROTLI: Codec = {
  id: 2,
  name: "brotli",
  compress: (bytes) => zlib.brotliCompressSync(bytes, BROTLI_OPTIONS),
  decompress: (bytes, size) => zlib.brotliDecompressSync(bytes, { maxOutputLength: size }),
};

const ZSTANDARD: Codec = {
  id: 3,
  name: "zstd",
  compress: (bytes) => zstandard.zstdCompressSync!(bytes),
  decompress: (bytes, size) => zstandard.zstdDecompressSync!(bytes, { maxOutputLength: size }),
};

const HAS_ZSTANDARD: boolean = zstandard.zstdCompressSync !== undefined;

/** What this runtime can read. */
const CODECS: readonly Codec[] = HAS_ZSTANDARD
  ? [NONE, DEFLATE, BROTLI, ZSTANDARD]
  : [NONE, DEFLATE, BROTLI];

/** The names of codecs that may be asked for. */
export const CODEC_NAMES: readonly string[] = CODECS.map(({ name }) => name);

/** A block that does not become at least this much smaller stays as it is. */
const WORTHWHILE = 0.9;

/** A block as it is stored. */
interface PackedBlock {
  readonly codec: number;
  readonly bytes: Uint8Array;
}

/** Packs whole words with the codec of that name, or what suits this runtime best, if the block gains by it. */
export function packBlock(bytes: Uint8Array, name?: string): PackedBlock {
  const preferred = HAS_ZSTANDARD ? ZSTANDARD : BROTLI;
  const codec = CODECS.find((known) => known.name === name) ?? preferred;
  if (codec === NONE) return { codec: NONE.id, bytes };
  const packed = codec.compress(toPlanes(bytes));
  if (packed.length > bytes.length * WORTHWHILE) return { codec: NONE.id, bytes };
  return { codec: codec.id, bytes: packed };
}

/** The bytes of a block of that size. Throws `ERR_STORE_VERSION` for a codec that this runtime has not; else what the codec throws. */
export function unpackBlock({ codec: id, bytes }: PackedBlock, size: number): Uint8Array {
  if (id === NONE.id) return bytes;
  const codec = CODECS.find((known) => known.id === id);
  if (codec === undefined) {
    throw new OxbowError(
      "ERR_STORE_VERSION",
      `cannot unpack a block: it has codec ${id}, this runtime has ${CODEC_NAMES.join(", ")}`,
      { codec: id },
    );
  }
  return fromPlanes(codec.decompress(bytes, size));
}

const PLANES = 4;

function toPlanes(bytes: Uint8Array): Uint8Array {
  const count = bytes.length / PLANES;
  const planes = new Uint8Array(bytes.length);
  for (let word = 0, at = 0; word < count; word++, at += PLANES) {
    planes[word] = bytes[at]!;
    planes[word + count] = bytes[at + 1]!;
    planes[word + 2 * count] = bytes[at + 2]!;
    planes[word + 3 * count] = bytes[at + 3]!;
  }
  return planes;
}

function fromPlanes(planes: Uint8Array): Uint8Array {
  const count = planes.length / PLANES;
  const bytes = new Uint8Array(planes.length);
  for (let word = 0, at = 0; word < count; word++, at += PLANES) {
    bytes[at] = planes[word]!;
    bytes[at + 1] = planes[word + count]!;
    bytes[at + 2] = planes[word + 2 * count]!;
    bytes[at + 3] = planes[word + 3 * count]!;
  }
  return bytes;
}
