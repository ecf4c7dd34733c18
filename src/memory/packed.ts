/**
 * Packed: one thread's handle to an immutable region.
 *
 * A handle holds one reference, written down in its thread's ledger. It is given up with `dispose`
 * (`using`), by the end of the thread, or finally by the safety net (`region-net.ts`). To another thread goes
 * a handle that carries a reference of its own (shared-handle.ts); words of the heap (queue cells,
 * references of other segments) carry one as a bare address.
 *
 * Invariants
 *   P1  A live handle's ledger entry stands for the region's head; a disposed handle reads nothing.
 *   P2  What is sent is a ticket (ticket.ts): a handle that was received before, or never given out, is refused.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { asFunction, refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { assertOwn } from "../base/own.js";
import { release } from "./allocator.js";
import { Heap } from "./heap.js";
import { REGION } from "./kinds.js";
import type { LocalHeap } from "./layout.js";
import { drop, hold, type LedgerSlot } from "./ledger.js";
import { allocateHead, type Packing, Region } from "./region.js";
import { isPackedHead, PIECES, PREVIOUS, readGeneration, readRoot } from "./region-layout.js";
import { type NettedState, RegionNet } from "./region-net.js";
import { readCapacityWords, retain } from "./segment.js";
import { asHandle, type SharedHandle } from "./shared-handle.js";
import { issueTicket, redeemTicket } from "./ticket.js";
import { isBlock } from "./walk.js";

/** A region to be built: everything may be done with it until it is packed. */
export type BuildingRegion = Region<"read" | "write" | "allocate">;

const WORD_BYTES = 4;
const OWN = Symbol("packed");

/** A handle on what a ledger entry holds. */
let holding: <T>(heap: LocalHeap, entry: LedgerSlot) => Packed<T>;
let retainedIn: (packed: Packed<unknown>) => Address;

/**
 * Builds a region and packs it. `initialize` gets the region and calls `pack(root)` as its last act; if
 * it returns without, or throws, the region is discarded whole.
 *
 * @returns a handle to be disposed; undefined if the initializer did not pack.
 * @throws what the initializer throws; HeapExhaustedError, with nothing left behind.
 */
export function createThenPack<T>(
  heap: Heap,
  initialize: (region: BuildingRegion) => Packing<T>,
): Packed<T>;
export function createThenPack<T>(
  heap: Heap,
  initialize: (region: BuildingRegion) => Packing<T> | undefined,
): Packed<T> | undefined;
/** @internal */
export function createThenPack<T>(
  heap: LocalHeap,
  initialize: (region: BuildingRegion) => Packing<T>,
): Packed<T>;
export function createThenPack<T>(
  heap: LocalHeap,
  initialize: (region: BuildingRegion) => Packing<T> | undefined,
): Packed<T> | undefined {
  asFunction("make a region", initialize);
  if (!(heap instanceof Heap)) refuse("make a region", "a heap", heap);
  const head = allocateHead(heap);
  const entry = holdOrRelease(heap, head);
  const region: BuildingRegion = new Region(heap, head, "building");
  let packed = false;
  try {
    initialize(region);
    packed = region.packed;
  } finally {
    if (!packed) {
      region.discard();
      release(heap, drop(heap, entry));
    }
  }
  return packed ? holding<T>(heap, entry) : undefined;
}

function holdOrRelease(heap: LocalHeap, address: Address): LedgerSlot {
  try {
    return hold(heap, address);
  } catch (error) {
    release(heap, address);
    throw error;
  }
}

/** A region that is read-only from now on, on every thread. `T` describes what is at its root. */
export class Packed<T> {
  /** Type-level only: what the region holds; no such field exists. */
  declare protected readonly content: T;
  /** @internal */
  readonly heap: LocalHeap;
  /** The number of the region's packing (R4). */
  readonly generation: number;
  readonly #words: Int32Array;
  readonly #head: Address;
  readonly #net: RegionNet;
  #entry: LedgerSlot;
  #registered = false;

  static {
    holding = (heap, entry) => new Packed(OWN, heap, entry);
    retainedIn = (packed) => {
      const { head } = packed;
      retain(packed.#words, head);
      return head;
    };
  }

  /** Use `createThenPack` or {@link Packed.receive}. */
  private constructor(own: symbol, heap: LocalHeap, entry: LedgerSlot) {
    assertOwn(own, OWN, "Packed", "createThenPack or Packed.receive");
    this.heap = heap;
    this.#words = heap.words;
    this.#entry = entry;
    this.#head = heap.words[entry]!;
    this.generation = readGeneration(heap.words, this.#head);
    this.#net = RegionNet.of(heap);
    this.#net.add(this);
    if (heap.tracing) this.#net.trace({ entry, address: this.#head, generation: this.generation });
  }

  /**
   * The region of a handle that {@link share} gave on another thread (or this one), once per handle (P2). Throws
   * `ERR_INVALID_ARGUMENT` for something else, `ERR_STALE_HANDLE` for a handle that was received before or is
   * another heap's, HeapExhaustedError with the handle still good.
   */
  static receive<T>(handle: SharedHandle<"Packed", T>, heap: Heap): Packed<T>;
  /** @internal */
  static receive<T>(handle: SharedHandle<"Packed", T>, heap: LocalHeap): Packed<T>;
  static receive<T>(handle: SharedHandle<"Packed", T>, heap: LocalHeap): Packed<T> {
    const { number } = asHandle("Packed", handle);
    if (!(heap instanceof Heap)) refuse("receive a region", "a heap", heap);
    return holding<T>(heap, hold(heap, redeemTicket(heap, number, REGION)));
  }

  /** Where reading begins. Throws `ERR_RELEASED` once disposed. */
  get root(): Address {
    this.#mustLive();
    return readRoot(this.#words, this.#head);
  }

  /** The region's identity in the heap. Throws `ERR_RELEASED` once disposed. @internal */
  get head(): Address {
    this.#mustLive();
    return this.#head;
  }

  /** The words to read from, for code that reads many. Throws `ERR_RELEASED` once disposed. */
  get words(): Int32Array {
    this.#mustLive();
    return this.#words;
  }

  /** The region for code that takes regions to read. Throws `ERR_RELEASED` once disposed. */
  get region(): Region<"read"> {
    return new Region<"read">(this.heap, this.head, "packed");
  }

  /** A word of the region, or of one that it refers to. Throws `ERR_RELEASED` once disposed. */
  read(address: Address): number {
    if (this.#entry === 0) this.#mustLive();
    return this.#words[address] ?? refuse("read a region", "an address", address);
  }

  /** Bytes that the region takes in the heap, without those it refers to. */
  get sizeBytes(): number {
    const words = this.words;
    let size = readCapacityWords(words, this.#head);
    let piece = words[this.#head + PIECES]!;
    for (; piece !== NO_ADDRESS; piece = words[piece + PREVIOUS]!) {
      size += readCapacityWords(words, piece);
    }
    return size * WORD_BYTES;
  }

  /**
   * A handle for another thread, for {@link Packed.receive}; good once. It carries a reference: one that is
   * never received keeps the region for the heap's life. Throws `ERR_RELEASED` once disposed,
   * HeapExhaustedError.
   */
  share(): SharedHandle<"Packed", T> {
    return { kind: "Packed", number: issueTicket(this.heap, this.head) };
  }

  /** Whether it was disposed, or its thread has given up its place in the heap. */
  get disposed(): boolean {
    return this.#entry === 0 || this.heap.detached;
  }

  /** Releases the reference; the region is freed with its last one. A second call does nothing. */
  dispose(): void {
    const entry = this.#entry;
    if (entry === 0) return;
    this.#entry = 0;
    this.#net.remove(this, entry, this.#registered);
    if (!this.heap.detached) release(this.heap, drop(this.heap, entry));
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** For the net: what remains to be done if this handle is forgotten. @internal */
  netted(): NettedState {
    this.#registered = true;
    return { entry: this.#entry, address: this.#head, generation: this.generation };
  }

  /** Nothing is read by a handle that was disposed (P1). */
  #mustLive(): void {
    if (this.disposed) throw released("use", this.generation);
  }
}

/**
 * A handle that takes over a reference which stood in a word of the heap, for example in a queue's
 * cell. The caller must have had it: nothing is checked but that a packed region is there.
 */
export function adoptPacked<T>(heap: LocalHeap, address: Address): Packed<T> {
  if (!isBlock(heap.words, address) || !isPackedHead(heap.words, address)) {
    throw new OxbowError("ERR_INVALID_ARGUMENT", `cannot adopt: no region at ${address}`);
  }
  return holding<T>(heap, holdOrRelease(heap, address));
}

/**
 * One more reference as a bare address, for a word of the heap that counts as its holder; taken
 * back with {@link adoptPacked} or `release`. Throws `ERR_RELEASED` once disposed.
 */
export function retainPacked(packed: Packed<unknown>): Address {
  return retainedIn(packed);
}

/** The region, if it is one. Throws ERR_INVALID_ARGUMENT. */
export function asPacked<T>(act: string, value: Packed<T>): Packed<T> {
  return value instanceof Packed ? value : refuse(act, "a packed region", value);
}

function released(act: string, generation: number): OxbowError {
  return new OxbowError("ERR_RELEASED", `cannot ${act} region ${generation}: it was released`, {
    generation,
  });
}
