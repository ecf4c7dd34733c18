/**
 * Marks of symbols: which ids occur in what can be reached from held roots.
 *
 * Every word that is no reference is looked at for what it could be, whatever kind its segment is of:
 *
 *     a token with an id (tokens.ts)              the id
 *     −1, NAMED, and the word behind it           the id of a setting, or of a module (settings.ts, module-space.ts)
 *     the key of a relation (relation-key.ts)     the id of the head
 *
 * So an id may be kept by a number that looks like it; none that is referred to is missed, and no container
 * needs to be known.
 *
 * Invariants
 *   SM1  When `step` has answered that it is done, every id is marked that occurs in a segment which could be reached
 *        from the roots when they were held (HR1).
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { RELATION, SYMBOLS } from "../memory/kinds.js";
import { CHUNK_WORDS } from "../memory/layout.js";
import {
  HEADER_WORDS,
  readCapacityWords,
  readChildCount,
  readFirstChild,
  readKind,
} from "../memory/segment.js";
import { blockIndex } from "../memory/walk.js";
import { idOf, T_OPERATION, T_STRING, T_SYMBOL, T_VARIABLE, tagOf } from "../term/tokens.js";
import { NAMED } from "./causal-context.js";
import { FIRST_MODULE } from "./module-space.js";
import { readKeyHigh } from "./relation.js";
import { headOfKey, kindOfKey, namesHead } from "./relation-key.js";

/** By tag: whether the token has an id. */
const ID_TAGS: number = (1 << T_SYMBOL) | (1 << T_VARIABLE) | (1 << T_STRING) | (1 << T_OPERATION);
const BLOCKS_OF_CHUNK: number = blockIndex(CHUNK_WORDS);

export class SymbolMarks {
  readonly #words: Int32Array;
  readonly #count: number;
  readonly #marks: Uint8Array;
  /** By chunk: which of its blocks were reached. */
  readonly #reached = new Map<number, Uint8Array>();
  readonly #waiting: Address[] = [];
  /** The rest of the segment that is being looked at. */
  #at: Address = NO_ADDRESS;
  #end: Address = NO_ADDRESS;

  /** Of the first `count` ids, in what can be reached from `roots`. */
  constructor(words: Int32Array, roots: Iterable<Address>, count: number) {
    this.#words = words;
    this.#count = count;
    this.#marks = new Uint8Array((count >>> 3) + 1);
    for (const root of roots) this.#reach(root);
  }

  has(id: number): boolean {
    return (this.#marks[id >>> 3]! & (1 << (id & 7))) !== 0;
  }

  /** Looks at about so many words; false if all is done. */
  step(wordCount: number): boolean {
    let left = wordCount;
    while (left > 0) {
      if (this.#at === this.#end) {
        const next = this.#waiting.pop();
        if (next === undefined) return false;
        left -= this.#enter(next);
        continue;
      }
      const end = Math.min(this.#end, this.#at + left);
      this.#scan(this.#at, end);
      left -= end - this.#at;
      this.#at = end;
    }
    return true;
  }

  /** How many words were looked at. */
  #enter(address: Address): number {
    const words = this.#words;
    const kind = readKind(words, address);
    this.#at = address + HEADER_WORDS;
    this.#end = address + readCapacityWords(words, address);
    const children = readChildCount(words, address);
    if (kind === RELATION) {
      const high = readKeyHigh(words, address);
      if (namesHead(kindOfKey(high))) this.#mark(headOfKey(high));
    }
    if (children === 0) return HEADER_WORDS;
    const first = address + readFirstChild(words, address);
    for (let place = first; place < first + children; place++) {
      // Acquires an index that a reader has published.
      const child = Atomics.load(words, place);
      if (child !== NO_ADDRESS) this.#reach(child);
    }
    if (first > this.#at) this.#scan(this.#at, first);
    this.#at = first + children;
    return children + first - address;
  }

  #reach(address: Address): void {
    const chunk = Math.floor(address / CHUNK_WORDS);
    let reached = this.#reached.get(chunk);
    if (reached === undefined) {
      reached = new Uint8Array(BLOCKS_OF_CHUNK >>> 3);
      this.#reached.set(chunk, reached);
    }
    const block = blockIndex(address) % BLOCKS_OF_CHUNK;
    const bit = 1 << (block & 7);
    if ((reached[block >>> 3]! & bit) !== 0) return;
    reached[block >>> 3]! |= bit;
    if (readKind(this.#words, address) !== SYMBOLS) this.#waiting.push(address);
  }

  #scan(from: Address, end: Address): void {
    const words = this.#words;
    for (let at = from; at < end; at++) {
      const word = words[at]!;
      if (((ID_TAGS >>> tagOf(word)) & 1) !== 0) this.#mark(idOf(word));
      else if (word === NAMED && at + 1 < words.length) {
        this.#mark(words[at + 1]!);
        this.#mark(words[at + 1]! - FIRST_MODULE);
      }
    }
  }

  #mark(id: number): void {
    if (id >= 0 && id < this.#count) this.#marks[id >>> 3]! |= 1 << (id & 7);
  }
}
