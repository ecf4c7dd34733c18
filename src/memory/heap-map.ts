/**
 * Heap map: what the chunks of a heap hold, by the kinds of their segments, how much of it is shared, and how often
 * it was written lately. For people: approximate while threads work, since nothing waits for it.
 */
import type { Address } from "../base/address.js";
import { FREE_BLOCK, kindName, VECTOR } from "./kinds.js";
import {
  CHUNK_WORDS,
  chunkOfEntry,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_OWNER,
  ENTRY_USE,
  ENTRY_USED,
  entryOfChunk,
  RUN_HEAD,
} from "./layout.js";
import { FROZEN, readKind } from "./segment.js";
import { CLASS_WORDS } from "./size-classes.js";
import { writesWhenLast } from "./usage.js";
import { forEachChunk } from "./walk.js";

/** A chunk, or the run of chunks that one large segment takes. */
export interface ChunkShape {
  readonly chunk: number;
  /** How many chunks it is long. */
  readonly chunks: number;
  /** The slot of the thread that allocates in it. */
  readonly thread: number;
  /** Words of each of its blocks. */
  readonly blockWords: number;
  /** Words in segments that are held, by the name of their kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Words in segments that more than one holds, or that are frozen. */
  readonly sharedWords: number;
  /** Words in segments that are held; the rest of the chunk is free. */
  readonly usedWords: number;
  /** The most of the writes lately that any of its segments has seen. */
  readonly writes: number;
}

/** A block of a chunk. */
export interface BlockShape {
  readonly address: Address;
  readonly words: number;
  readonly kind: string;
  /** References to it; −1 for a frozen one, 0 for a free one. */
  readonly holders: number;
  readonly writes: number;
}

/** Blocks of a chunk that are looked at: of more, every so many. */
const LOOKED_AT = 512;
/** More blocks of one chunk are not told of. */
const MOST_BLOCKS = 4096;

/** All chunks in use. Cost: a look at {@link LOOKED_AT} blocks of each. */
export function heapMap(words: Int32Array): ChunkShape[] {
  const found: ChunkShape[] = [];
  forEachChunk(words, (entry, use) => {
    const blockWords = use === RUN_HEAD ? words[entry + ENTRY_USED]! * CHUNK_WORDS : sizeOf(use);
    if (blockWords > 0) found.push(shapeOf(words, entry, blockWords));
  });
  return found;
}

/** 0 for what is no class: the chunk has changed hands meanwhile. */
function sizeOf(use: number): number {
  return CLASS_WORDS[use] ?? 0;
}

function shapeOf(words: Int32Array, entry: number, blockWords: number): ChunkShape {
  const start = chunkStart(entry);
  const blocks = carved(words, entry, blockWords);
  const stride = Math.max(1, Math.ceil(blocks / LOOKED_AT));
  const kinds: Record<string, number> = {};
  let sharedWords = 0;
  let usedWords = 0;
  let writes = 0;
  for (let index = 0; index < blocks; index += stride) {
    const block = start + index * blockWords;
    const holders = words[block]!;
    const kind = readKind(words, block);
    if (kind === FREE_BLOCK || holders <= 0) continue;
    const size = blockWords * Math.min(stride, blocks - index);
    const name = kindName(kind);
    kinds[name] = (kinds[name] ?? 0) + size;
    usedWords += size;
    if (holders > 1) sharedWords += size;
    writes = Math.max(writes, writesOf(words, block, kind));
  }
  return {
    chunk: chunkOfEntry(entry),
    chunks: Math.max(1, Math.ceil(blockWords / CHUNK_WORDS)),
    thread: words[entry + ENTRY_OWNER]!,
    blockWords,
    kinds,
    sharedWords,
    usedWords,
    writes,
  };
}

function carved(words: Int32Array, entry: number, blockWords: number): number {
  if (blockWords >= CHUNK_WORDS) return 1;
  const carvedWords = Math.min(CHUNK_WORDS, words[entry + ENTRY_BUMP]! - chunkStart(entry));
  return Math.max(0, Math.floor(carvedWords / blockWords));
}

/** The blocks of a chunk, from its start on. */
export function blocksOfChunk(words: Int32Array, chunk: number): BlockShape[] {
  const entry = entryOfChunk(chunk);
  const use = words[entry + ENTRY_USE]!;
  if (words[entry + ENTRY_OWNER]! <= 0 || words[entry + ENTRY_BUMP] === 0) return [];
  const blockWords = use === RUN_HEAD ? words[entry + ENTRY_USED]! * CHUNK_WORDS : sizeOf(use);
  if (blockWords === 0) return [];
  const count = Math.min(MOST_BLOCKS, carved(words, entry, blockWords));
  return Array.from({ length: count }, (_, index) => {
    const address = chunkStart(entry) + index * blockWords;
    const kind = readKind(words, address);
    const isHeld = kind !== FREE_BLOCK && words[address]! > 0;
    const holders = words[address]! >= FROZEN ? -1 : words[address]!;
    return {
      address,
      words: blockWords,
      kind: kindName(isHeld ? kind : FREE_BLOCK),
      holders: isHeld ? holders : 0,
      writes: isHeld ? writesOf(words, address, kind) : 0,
    };
  });
}

/** Of segments of rows: others note nothing. */
function writesOf(words: Int32Array, block: Address, kind: number): number {
  return kind === VECTOR ? writesWhenLast(words, block) : 0;
}
