/**
 * Cut: an environment as blocks, where what is the same is the same block, whoever cuts it.
 *
 *     rows   a b c d e f g h i j k l m …          a block ends behind a row whose text has a hash that ends in zeros
 *            └─────┘ └───────┘ └──┘               so a row more or less changes the block it is in, and no other
 *
 * Invariants
 *   CUT1  Where a block ends depends on the rows in it alone, by their texts: not on ids, symbols' numbers or the heap.
 *   CUT2  A block is a change list; carried out one after the other on nothing they make the environment.
 */
import { type Changes, changesBetween, type SpaceChange } from "../environment/changes.js";
import type { Handle } from "../environment/handle.js";
import {
  idOf,
  skip,
  T_OPERATION,
  T_STRING,
  T_SYMBOL,
  T_VARIABLE,
  tagOf,
  tokenEnd,
} from "../term/tokens.js";
import type { Vocabulary } from "../term/vocabulary.js";
import { ChangeWriter } from "./change-list.js";
import { type Names, NameTable } from "./names.js";
import { BlockWriter, CHANGES } from "./words.js";

/** One row in so many ends a block. */
const ROWS_MASK = 4095;
const FEWEST_ROWS = 256;
const MOST_ROWS = 16_384;
const MOST_WORDS = 2 ** 18;

/** A block's worth of changes. */
export function changeBlock(changes: Changes, environment: Handle, names: Names): Int32Array {
  const block = new BlockWriter(CHANGES);
  new ChangeWriter(block, environment, new NameTable(environment, names)).put(changes);
  return block.finish();
}

/** The whole environment, block by block (CUT2); what it has made gets its names. Throws ERR_NOT_SHAREABLE. */
export function* cutBase(
  environment: Handle,
  names: Names,
): Generator<Int32Array, void, undefined> {
  const changes = changesBetween(null, environment)!;
  const { newSpaces, states, spaces } = changes;
  yield changeBlock({ newSpaces, states, spaces: [] }, environment, names);
  const hashes = new RunHashes(environment.store.vocabulary);
  for (const change of spaces) yield* cutSpace(change, environment, names, hashes);
}

function* cutSpace(
  change: SpaceChange,
  environment: Handle,
  names: Names,
  hashes: RunHashes,
): Generator<Int32Array, void, undefined> {
  const { added } = change;
  const { words } = environment.store;
  let { firstRow } = change;
  let from = 0;
  let size = 0;
  for (let index = 0; index < added.length; index++) {
    const { tokens, id } = added[index]!;
    const end = skip(words, tokens);
    size += end - tokens;
    const count = index + 1 - from;
    const isLast = index === added.length - 1;
    const isCut =
      count >= MOST_ROWS ||
      size >= MOST_WORDS ||
      (count >= FEWEST_ROWS && (hashes.of(words, tokens, end) & ROWS_MASK) === 0);
    if (!isCut && !isLast) continue;
    yield spaceBlock({ ...change, firstRow }, from, index + 1, environment, names);
    firstRow = id + 1;
    from = index + 1;
    size = 0;
  }
  if (added.length === 0) yield spaceBlock(change, 0, 0, environment, names);
}

function spaceBlock(
  change: SpaceChange,
  from: number,
  end: number,
  environment: Handle,
  names: Names,
): Int32Array {
  const block = new BlockWriter(CHANGES);
  const writer = new ChangeWriter(block, environment, new NameTable(environment, names));
  for (let nothing = 0; nothing < 3; nothing++) block.put(0);
  block.put(1);
  const isLast = end === change.added.length;
  writer.putSpace(change, change.added.slice(from, end), from === 0, isLast);
  return block.finish();
}

const PRIME = 0x01000193;
const START = 0x811c9dc5 | 0;

/** Hashes of runs by what they say (CUT1). */
class RunHashes {
  readonly #vocabulary: Vocabulary;
  /** By id of a symbol. */
  readonly #texts = new Map<number, number>();

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
  }

  of(words: Int32Array, tokens: number, end: number): number {
    let hash = START;
    for (let at = tokens; at < end; at = tokenEnd(words[at]!, at)) {
      const token = words[at]!;
      const tag = tagOf(token);
      const isText =
        tag === T_SYMBOL || tag === T_STRING || tag === T_VARIABLE || tag === T_OPERATION;
      hash = Math.imul(hash ^ (isText ? this.#textHash(idOf(token)) ^ tag : token), PRIME);
    }
    // The last bits of a product know little of the first bits of its factors.
    return hash ^ (hash >>> 15);
  }

  #textHash(id: number): number {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    let hash = START;
    const text = this.#vocabulary.symbols.textOf(id);
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
    this.#texts.set(id, hash);
    return hash;
  }
}
