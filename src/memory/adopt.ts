/**
 * Adoption: segments that were put into an empty heap at the addresses they were written from become this
 * thread's, as if it had allocated them there.
 *
 * The words are there; what is missing are counts, the chunk table and the lists of free blocks. All of it
 * follows from what the outer references lead to, and no word of a segment but its count is touched. What
 * was put in may be damaged, so nothing in it is believed before it was looked at.
 *
 * Invariants
 *   AO1  Afterwards `checkHeap` holds, the outer references being the caller's.
 *   AO2  Every reference was followed: each leads to a block of one class for its chunk, whose children lie inside it.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { carvingEnd } from "./chunks.js";
import { FREE_BLOCK } from "./kinds.js";
import {
  CHUNK_COUNT,
  CHUNK_HINT,
  CHUNK_WORDS,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_FREE,
  ENTRY_OWNER,
  ENTRY_USE,
  ENTRY_USED,
  entryOf,
  entryOfChunk,
  FIRST_CHUNK,
  HIGH_WATER,
  type LocalHeap,
  RUN_HEAD,
  RUN_REST,
} from "./layout.js";
import { rebuildLists } from "./repair.js";
import {
  CHILDREN_WORD,
  HEADER_WORDS,
  readChildCount,
  readFirstChild,
  readKind,
  readSizeClass,
  SPARE_WORD,
  TYPE_WORD,
} from "./segment.js";
import { CLASS_WORDS, LARGE_CLASS, LARGEST_WORDS, SIZE_CLASS_COUNT } from "./size-classes.js";
import { blockIndex, blockTableLength, forEachBlock, forEachChild, isBlock } from "./walk.js";

/** What was put into the heap. */
interface Adoption {
  /** References from outside, with repetitions: the caller's. */
  readonly outer: readonly Address[];
  /** The chunk behind the last one that holds anything. */
  readonly highWater: number;
  /** Segments that take whole chunks, and the words that were asked for. */
  readonly large: ReadonlyMap<Address, number>;
}

/** In a chunk's use while nothing has been found in it. */
const UNSEEN = 0;

/** Whether nothing was ever allocated in the heap, so that an image may be put into it. */
export function isUntouched({ words }: LocalHeap): boolean {
  return Atomics.load(words, HIGH_WATER) === words[FIRST_CHUNK];
}

/**
 * Makes segments of the words in an untouched heap. Throws `ERR_STORE_DAMAGED` if a reference leads to none; then the
 * heap must not be used. Cost: some 60 ns a segment, whatever is in it.
 */
export function adoptSegments(heap: LocalHeap, adoption: Adoption): void {
  const { words } = heap;
  Atomics.store(words, HIGH_WATER, adoption.highWater);
  Atomics.store(words, CHUNK_HINT, words[FIRST_CHUNK]!);
  const counts = new Reachable(heap, adoption).count();
  for (let chunk = words[FIRST_CHUNK]!; chunk < adoption.highWater; chunk++) {
    const entry = entryOfChunk(chunk);
    if (words[entry + ENTRY_OWNER] !== 0 && words[entry + ENTRY_USE]! < SIZE_CLASS_COUNT) {
      listFree(words, entry, counts);
    }
  }
  forEachBlock(words, (address) => {
    words[address] = counts[blockIndex(address)]!;
  });
  rebuildLists(words, heap.thread);
}

function damaged(address: Address, what: string): OxbowError {
  return new OxbowError("ERR_STORE_DAMAGED", `cannot load: at word ${address} ${what}`, {
    address,
  });
}

/** The segments that can be reached, counted; each found gives its chunk its use. */
class Reachable {
  readonly #words: Int32Array;
  readonly #thread: number;
  readonly #adoption: Adoption;
  readonly #counts: Int32Array;
  readonly #limit: Address;
  /** By chunk: use + 1, or UNSEEN. */
  readonly #uses: Uint8Array;
  readonly #waiting: Address[] = [];

  constructor({ words, thread }: LocalHeap, adoption: Adoption) {
    this.#words = words;
    this.#thread = thread;
    this.#adoption = adoption;
    this.#counts = new Int32Array(blockTableLength(words));
    this.#limit = adoption.highWater * CHUNK_WORDS;
    this.#uses = new Uint8Array(adoption.highWater);
    if (adoption.highWater > words[CHUNK_COUNT]!) {
      throw damaged(this.#limit, "the image is larger than its heap");
    }
  }

  count(): Int32Array {
    const reach = (address: Address): void => this.#reach(address);
    for (const address of this.#adoption.outer) reach(address);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      forEachChild(this.#words, next, reach);
    }
    return this.#counts;
  }

  #reach(address: Address): void {
    const words = this.#words;
    if (!(address >= words[FIRST_CHUNK]! * CHUNK_WORDS && address < this.#limit)) {
      throw damaged(address, "a reference leads out of the image");
    }
    const index = blockIndex(address);
    if (this.#counts[index]!++ !== 0) {
      if (!isBlock(words, address)) throw damaged(address, "there is no segment");
      return;
    }
    const sizeWords =
      readSizeClass(words, address) === LARGE_CLASS ? this.#run(address) : this.#block(address);
    const end = readFirstChild(words, address) + readChildCount(words, address);
    const first = readFirstChild(words, address);
    if (end > sizeWords || (end > first && first < HEADER_WORDS)) {
      throw damaged(address, "the references of a segment lie outside of it");
    }
    this.#waiting.push(address);
  }

  /** Notes the class of a block's chunk; the words of the block (AO2). */
  #block(address: Address): number {
    const words = this.#words;
    const use = readSizeClass(words, address);
    const size = use < SIZE_CLASS_COUNT ? CLASS_WORDS[use]! : 0;
    const entry = entryOf(address);
    const offset = address - chunkStart(entry);
    const isWhole = size > 0 && offset % size === 0 && address + size <= carvingEnd(entry, use);
    if (!isWhole || readKind(words, address) === FREE_BLOCK) {
      throw damaged(address, "there is no segment");
    }
    this.#claim(address, use, 0);
    words[entry + ENTRY_BUMP] = Math.max(words[entry + ENTRY_BUMP]!, address + size);
    return size;
  }

  #run(address: Address): number {
    const asked = this.#adoption.large.get(address);
    const entry = entryOf(address);
    if (asked === undefined || asked <= LARGEST_WORDS || address !== chunkStart(entry)) {
      throw damaged(address, "there is no segment of that size");
    }
    if (address + asked > this.#limit) throw damaged(address, "a segment leaves the image");
    const chunks = Math.ceil(asked / CHUNK_WORDS);
    for (let rest = chunks - 1; rest > 0; rest--) {
      this.#claim(address + rest * CHUNK_WORDS, RUN_REST, 0);
      this.#words[entryOf(address + rest * CHUNK_WORDS) + ENTRY_BUMP] = address; // C4
    }
    this.#claim(address, RUN_HEAD, chunks);
    this.#words[entry + ENTRY_BUMP] = asked;
    return asked;
  }

  #claim(address: Address, use: number, used: number): void {
    const words = this.#words;
    const entry = entryOf(address);
    const chunk = Math.floor(address / CHUNK_WORDS);
    const seen = this.#uses[chunk]!;
    if (seen === use + 1 && use < SIZE_CLASS_COUNT) return;
    if (seen !== UNSEEN) throw damaged(address, "a chunk is used for two sizes");
    this.#uses[chunk] = use + 1;
    Atomics.store(words, entry + ENTRY_OWNER, this.#thread);
    words[entry + ENTRY_USE] = use;
    words[entry + ENTRY_USED] = used;
    words[entry + ENTRY_FREE] = 0;
    words[entry + ENTRY_BUMP] = 0;
  }
}

/** Puts the carved blocks of a chunk that nobody holds on its list, in order of addresses. */
function listFree(words: Int32Array, entry: number, counts: Int32Array): void {
  const size = CLASS_WORDS[words[entry + ENTRY_USE]!]!;
  const start = chunkStart(entry);
  let next = 0;
  for (let block = words[entry + ENTRY_BUMP]! - size; block >= start; block -= size) {
    if (counts[blockIndex(block)] !== 0) continue;
    words[block + TYPE_WORD] = FREE_BLOCK;
    words[block + CHILDREN_WORD] = 0;
    words[block + SPARE_WORD] = next;
    next = block;
  }
  words[entry + ENTRY_FREE] = next;
}
