/**
 * Region: a group of objects that are made together, become read-only together and go together.
 *
 * An object is a run of words without a header of its own: bumping one out of a piece costs an
 * addition and a comparison. What a region permits is part of its type: `Region<"read">` has no
 * `write` that compiles. Callers without types meet `ERR_REGION_PACKED`.
 *
 * The layout and the invariants R1 … R4 are in `region-layout.ts`. `next … end` is the room left in the
 * newest small piece; both are 0 once writing has ended, so the fast path of `allocate` needs no look at
 * the state.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { allocate } from "./allocator.js";
import { COUNTER_REGION, nextCounter } from "./heap.js";
import { RAW, REGION, REGION_CHUNK, REGION_REFERENCES } from "./kinds.js";
import { CHUNK_WORDS, type LocalHeap } from "./layout.js";
import {
  GENERATION,
  HEAD_CHILD_COUNT,
  HEAD_CHILDREN,
  HEAD_OBJECTS,
  INLINE,
  isPackedHead,
  PIECE_OBJECTS,
  PIECES,
  PREVIOUS,
  REFERENCES,
  ROOT,
  USED,
} from "./region-layout.js";
import {
  IMMUTABLE,
  readCapacityWords,
  readChildCount,
  retain,
  setChildren,
  writeKind,
  writeTag,
} from "./segment.js";
import { LARGEST_WORDS } from "./size-classes.js";

/** What may be done with a region, as a part of its type. */
export type Capability = "read" | "write" | "allocate";

/** What `pack` returns and the initializer hands back: proof that the region was packed. */
export interface Packing<T> {
  /** What the region holds, for its type alone. */
  readonly content?: T;
}

/** A packed region as another one may refer to it. */
export interface PackedReference {
  /** @internal */
  readonly heap: LocalHeap;
  /** Throws `ERR_RELEASED` once it is disposed. */
  readonly head: Address;
  /** Where the content begins, in words from the heap's start. */
  readonly root: Address;
}

const PACKING = Object.freeze({}) as Packing<unknown>;
const FIRST_HEAD_WORDS = 32;
const FIRST_PIECE_WORDS = 64;
const FIRST_LIST_WORDS = 16;
const LARGEST_LIST_WORDS = 4096;

/** Where a region stands; a building one may be written, a packed one read, a discarded one neither. */
type State = "building" | "packed" | "discarded";

/**
 * Objects that are made together, become read-only together and go together; its type says what may be done. What is asked of
 * one that was given up while it was built throws `ERR_RELEASED`.
 */
export class Region<C extends Capability> {
  /** The type's record of what may be done; no such field exists. */
  declare protected readonly capabilities: Readonly<Record<C, true>>;
  /** @internal */
  readonly heap: LocalHeap;
  readonly #words: Int32Array;
  readonly #head: Address;
  #state: State;
  #next: Address = 0;
  #end: Address = 0;
  /** First object of the piece that `next` is in. */
  #start: Address = 0;
  /** Words given out in other pieces. */
  #used = 0;
  /** The region referred to last, for callers that refer to one many times. */
  #latest: Address = NO_ADDRESS;
  #pieceWords = FIRST_PIECE_WORDS;

  /** Use `createThenPack`, or {@link Packed.region} for one to read. @internal */
  constructor(heap: LocalHeap, head: Address, state: State) {
    this.heap = heap;
    this.#words = heap.words;
    this.#head = head;
    this.#state = state;
    if (state !== "building") return;
    this.#start = head + HEAD_OBJECTS;
    this.#next = this.#start;
    this.#end = head + readCapacityWords(heap.words, head);
  }

  /**
   * A new object of `sizeWords` words, undefined until written. Throws `ERR_REGION_PACKED`,
   * `ERR_INVALID_ARGUMENT` for no words, HeapExhaustedError (the region stays as it was).
   */
  allocate(this: Region<"allocate">, sizeWords: number): Address {
    const address = this.#next;
    const size = sizeWords | 0;
    const end = address + size;
    if (end > this.#end || size <= 0 || size !== sizeWords) return this.#grow(sizeWords);
    this.#next = end;
    return address;
  }

  /** The value of a word of the region, or of one that it refers to. */
  read(this: Region<"read">, address: Address): number {
    return this.#words[address] ?? refuse("read a region", "an address", address);
  }

  /** Writes a word of one of the region's objects. Throws `ERR_REGION_PACKED`. */
  write(this: Region<"write">, address: Address, value: number): void {
    if (this.#state !== "building") this.#refuse("write to");
    this.#words[address] = value;
  }

  /**
   * The words to write objects with, for code that writes many (encoders). Throws
   * `ERR_REGION_PACKED`. Writing through them after packing is undefined behaviour.
   */
  writable(this: Region<"write" | "allocate">): Int32Array {
    if (this.#state !== "building") this.#refuse("write to");
    return this.#words;
  }

  /**
   * Lets objects of this region refer to those of a packed one: it stays as long as this region.
   * Returns its root. Throws `ERR_REGION_PACKED`, `ERR_RELEASED` if the other is disposed,
   * `ERR_INVALID_ARGUMENT` for a region of another heap, HeapExhaustedError.
   */
  refer(this: Region<"write">, other: PackedReference): Address {
    if (this.#state !== "building") this.#refuse("write to");
    if (typeof other?.head !== "number") refuse("refer to a region", "a packed region", other);
    if (other.heap.words.buffer !== this.#words.buffer) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", "cannot refer to a region of another heap");
    }
    const { head, root } = other;
    if (!Number.isInteger(head) || !isPackedHead(this.#words, head)) {
      throw new OxbowError(
        "ERR_INVALID_ARGUMENT",
        "cannot refer to something that is not a packed region",
      );
    }
    if (head !== this.#latest) this.#addReference(head);
    this.#latest = head;
    return root;
  }

  /**
   * Ends writing for good; the last step of an initializer. `root` is where readers begin, an object
   * of this region. Throws `ERR_REGION_PACKED`, `ERR_INVALID_ARGUMENT` for a root elsewhere.
   * Cost: a walk over the pieces.
   */
  pack<T>(this: Region<"read" | "write" | "allocate">, root: Address): Packing<T> {
    if (this.#state !== "building") this.#refuse("pack");
    if (!this.#contains(root)) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", `cannot pack: root ${root} is not an object`);
    }
    const words = this.#words;
    const head = this.#head;
    words[head + ROOT] = root;
    words[head + USED] = this.#used + this.#next - this.#start;
    words[head + GENERATION] = nextCounter(this.heap, COUNTER_REGION);
    writeTag(words, head, IMMUTABLE);
    this.#close("packed");
    return PACKING as Packing<T>;
  }

  /** Whether the region is packed. @internal */
  get packed(): boolean {
    return this.#state === "packed";
  }

  /** Ends all use of the region without packing it; its memory is the caller's to release. @internal */
  discard(): void {
    this.#close("discarded");
  }

  #close(state: State): void {
    this.#state = state;
    this.#next = 0;
    this.#end = 0;
  }

  #refuse(act: string): never {
    if (this.#state === "discarded") {
      throw new OxbowError("ERR_RELEASED", `cannot ${act} a region that was discarded`);
    }
    throw new OxbowError("ERR_REGION_PACKED", `cannot ${act} a region that is packed`, {
      generation: this.#words[this.#head + GENERATION]!,
    });
  }

  /** Allocates from a new piece; one object larger than a chunk gets a piece of its own. */
  #grow(sizeWords: number): Address {
    if (this.#state !== "building") this.#refuse("allocate in");
    if (!Number.isSafeInteger(sizeWords) || sizeWords <= 0) {
      throw new OxbowError("ERR_INVALID_ARGUMENT", `cannot allocate ${sizeWords} words`);
    }
    const needed = PIECE_OBJECTS + sizeWords;
    const piece = this.#addPiece(Math.max(needed, this.#pieceWords));
    if (needed > CHUNK_WORDS) {
      this.#used += sizeWords;
      return piece + PIECE_OBJECTS;
    }
    this.#used += this.#next - this.#start;
    this.#pieceWords = this.#pieceWords < LARGEST_WORDS ? this.#pieceWords * 2 : CHUNK_WORDS;
    this.#start = piece + PIECE_OBJECTS;
    this.#next = this.#start + sizeWords;
    this.#end = piece + readCapacityWords(this.#words, piece);
    return this.#start;
  }

  #addPiece(sizeWords: number): Address {
    const words = this.#words;
    const piece = allocate(this.heap, sizeWords, REGION_CHUNK);
    words[piece + PREVIOUS] = words[this.#head + PIECES]!;
    setChildren(words, piece, PREVIOUS, 1);
    words[this.#head + PIECES] = piece;
    return piece;
  }

  #contains(address: Address): boolean {
    const words = this.#words;
    const head = this.#head;
    if (address >= head + HEAD_OBJECTS && address < head + readCapacityWords(words, head)) {
      return true;
    }
    for (
      let piece = words[head + PIECES]!;
      piece !== NO_ADDRESS;
      piece = words[piece + PREVIOUS]!
    ) {
      const end = piece + readCapacityWords(words, piece);
      if (address >= piece + PIECE_OBJECTS && address < end) return true;
    }
    return false;
  }

  #addReference(other: Address): void {
    const words = this.#words;
    for (let place = this.#head + INLINE; place < this.#head + HEAD_OBJECTS; place++) {
      if (words[place] === other) return;
      if (words[place] === NO_ADDRESS) {
        retain(words, other);
        words[place] = other;
        return;
      }
    }
    this.#addToList(other);
  }

  #addToList(other: Address): void {
    const words = this.#words;
    let list = words[this.#head + REFERENCES]!;
    if (list === NO_ADDRESS || isFull(words, list)) list = this.#addList(list);
    const count = readChildCount(words, list);
    retain(words, other);
    words[list + PREVIOUS + count] = other;
    setChildren(words, list, PREVIOUS, count + 1);
  }

  #addList(previous: Address): Address {
    const words = this.#words;
    const size =
      previous === NO_ADDRESS ? FIRST_LIST_WORDS : readCapacityWords(words, previous) * 2;
    const list = allocate(this.heap, Math.min(size, LARGEST_LIST_WORDS), REGION_REFERENCES);
    words[list + PREVIOUS] = previous;
    setChildren(words, list, PREVIOUS, 1);
    words[this.#head + REFERENCES] = list;
    return list;
  }
}

function isFull(words: Int32Array, list: Address): boolean {
  return PREVIOUS + readChildCount(words, list) >= readCapacityWords(words, list);
}

/** A head for a region to be built: empty, the caller's alone. */
export function allocateHead(heap: LocalHeap): Address {
  const { words } = heap;
  const head = allocate(heap, FIRST_HEAD_WORDS, RAW);
  for (let word = GENERATION; word < HEAD_OBJECTS; word++) words[head + word] = 0;
  setChildren(words, head, HEAD_CHILDREN, HEAD_CHILD_COUNT);
  writeKind(words, head, REGION);
  return head;
}
