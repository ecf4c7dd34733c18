/** Parcel: words that go with a job or its answer: in it, if they are few, else as a block under its name. */
import { type Block, fromBlock, isBlockName, toBlock, unpack } from "./block.js";
import { badData } from "./words.js";

/** Larger ones than so many packed bytes are blocks. */
const MOST_INLINE: number = 64 * 1024;

export type Parcel = { readonly bytes: string } | { readonly block: string };

/** The parcel of these words; `put` puts the block that it may need. */
export async function toParcel(
  words: Int32Array,
  put: (block: Block) => Promise<void>,
): Promise<Parcel> {
  const block = toBlock(words);
  if (block.bytes.length <= MOST_INLINE) {
    return { bytes: Buffer.from(block.bytes).toString("base64") };
  }
  await put(block);
  return { block: block.name };
}

/** The words of a parcel; `get` gets the block that it may name. Throws `ERR_CLUSTER_DATA`. */
export async function fromParcel(
  parcel: Parcel,
  what: string,
  get: (name: string) => Promise<Uint8Array | null>,
): Promise<Int32Array> {
  if ("bytes" in parcel) return unpack(Buffer.from(parcel.bytes, "base64"), what);
  const bytes = await get(parcel.block);
  if (bytes === null) throw badData(what, `its block ${parcel.block} is gone`);
  return fromBlock({ name: parcel.block, bytes });
}

/** Whether a value of JSON is a parcel. */
export function isParcel(value: unknown): value is Parcel {
  if (typeof value !== "object" || value === null) return false;
  const { bytes, block, ...rest } = value as { bytes?: unknown; block?: unknown };
  if (Object.keys(rest).length > 0) return false;
  if (block === undefined) return typeof bytes === "string";
  return bytes === undefined && isBlockName(block);
}
