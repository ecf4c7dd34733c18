/**
 * Base record: the block that says which blocks make an environment.
 *
 *     body   | 0, or 1 and the parent's name in 8 words | n | the names of n blocks, 8 words each |
 *
 * The blocks are change lists, carried out one after the other on what the parent is, or on nothing. A base is named by its record.
 */
import { BASE, BlockReader, BlockWriter } from "./words.js";

const NAME_WORDS = 8;
const DIGITS = 8;

interface BaseRecord {
  readonly parent: string | null;
  readonly blocks: readonly string[];
}

export function writeBaseRecord({ parent, blocks }: BaseRecord): Int32Array {
  const block = new BlockWriter(BASE);
  block.put(parent === null ? 0 : 1);
  if (parent !== null) putName(block, parent);
  block.put(blocks.length);
  for (const name of blocks) putName(block, name);
  return block.finish();
}

/** Throws `ERR_CLUSTER_DATA`. */
export function readBaseRecord(words: Int32Array): BaseRecord {
  const block = new BlockReader(words, BASE, "a base");
  const parent = block.take() === 0 ? null : takeName(block);
  const blocks = Array.from({ length: block.count() }, () => takeName(block));
  block.end();
  return { parent, blocks };
}

function putName(block: BlockWriter, name: string): void {
  for (let word = 0; word < NAME_WORDS; word++) {
    block.put(Number.parseInt(name.slice(word * DIGITS, (word + 1) * DIGITS), 16) | 0);
  }
}

function takeName(block: BlockReader): string {
  let name = "";
  for (let word = 0; word < NAME_WORDS; word++) {
    name += (block.take() >>> 0).toString(16).padStart(DIGITS, "0");
  }
  return name;
}
