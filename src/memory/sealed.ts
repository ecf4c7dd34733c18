/**
 * Sealed: an address in a number that only the heap can have given out.
 *
 *     number  52          31                    0        53 bits: a safe integer
 *             | generation |       address      |
 *
 * A bare address says nothing of whether what stood there still does. So a segment that threads are told of
 * by number has a seal word, written when the number is made, and the number carries the generation that
 * the seal was made from. Generations are counted and begin somewhere else in every heap.
 *
 * Invariants
 *   SL1  A seal is never 0, and follows from the generation and the heap's identity: a number leads to a
 *        segment only if the word there is the one that belongs to it.
 *   SL2  A generation is given out once, up to 2^22 of them: what was made up, belongs to another heap or
 *        to what stood at the address before is refused, but for one time in four million.
 */
import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { release } from "./allocator.js";
import { COUNTER_SEAL, nextCounter } from "./heap.js";
import { HEAP_IDENTITY, type LocalHeap } from "./layout.js";
import { FROZEN, loadReferenceCount, readKind } from "./segment.js";
import { isBlock } from "./walk.js";

/** Addresses are below it (AD2). */
const ADDRESS_SPAN: number = 2 ** 31;
const GENERATION_MASK = 0x3f_ffff;
/** Spreads neighbouring generations over all bits, so that small words in memory are no seals. */
const SPREAD = 0x9e37_79b1 | 0;

/** A generation of its own for a segment that is to be sealed (SL2). */
export function nextGeneration(heap: LocalHeap): number {
  return (nextCounter(heap, COUNTER_SEAL) ^ heap.words[HEAP_IDENTITY]!) & GENERATION_MASK;
}

/** The word that a segment of that generation is sealed with (SL1). */
export function sealOf(words: Int32Array, generation: number): number {
  return (Math.imul(generation + 1, SPREAD) ^ words[HEAP_IDENTITY]!) | 1;
}

export function sealedNumber(address: Address, generation: number): number {
  return generation * ADDRESS_SPAN + address;
}

/** What a number says, whether it is good or not. */
interface Unsealed {
  readonly address: Address;
  readonly seal: number;
}

/**
 * The parts of a number from anywhere, if a held segment of that kind is at its address. `what` is named in the
 * error: throws `ERR_STALE_HANDLE` for anything else. Whether the seal is there is for the caller to see.
 */
export function unseal(words: Int32Array, number: number, kind: number, what: string): Unsealed {
  if (!Number.isSafeInteger(number) || number < 0) throw stale(what, number);
  const address = number % ADDRESS_SPAN;
  const isThere = isBlock(words, address) && readKind(words, address) === kind;
  if (!isThere || loadReferenceCount(words, address) <= 0) throw stale(what, number);
  return { address, seal: sealOf(words, Math.floor(number / ADDRESS_SPAN)) };
}

/**
 * One more reference, the caller's, to a segment that has its seal at word `place`: for numbers that are good
 * as long as somebody holds the segment. Throws `ERR_STALE_HANDLE` for any other.
 */
export function retainSealed(
  heap: LocalHeap,
  number: number,
  kind: number,
  place: number,
  what: string,
): Address {
  const { words } = heap;
  const { address, seal } = unseal(words, number, kind, what);
  const isSealed = (): boolean =>
    readKind(words, address) === kind && Atomics.load(words, address + place) === seal;
  if (!isSealed() || !retainHeld(words, address)) throw stale(what, number);
  if (isSealed()) return address;
  // It went between the two looks, and this reference is one to what came after.
  release(heap, address);
  throw stale(what, number);
}

/** One more reference to a segment that somebody holds; false if nobody does. */
function retainHeld(words: Int32Array, address: Address): boolean {
  let count = Atomics.load(words, address);
  while (count > 0) {
    if (count >= FROZEN) return true; // S6
    const found = Atomics.compareExchange(words, address, count, count + 1);
    if (found === count) return true;
    count = found;
  }
  return false;
}

/** The error for a number that leads to nothing. */
export function stale(what: string, number: number): OxbowError {
  return new OxbowError(
    "ERR_STALE_HANDLE",
    `cannot open the handle ${String(number)}: it leads to no ${what} of this heap (used before, given up, or never given out)`,
    { handle: String(number) },
  );
}
