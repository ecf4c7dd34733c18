/**
 * Segment: the unit of storage in the heap, a block of one size class with a short header.
 *
 *     word  0                 1                                    2                    3
 *           | reference count | kind 8 | class 8 | tag 2 | flags 14 | first 16 | count 16 | spare | body …
 *             (low bits left)                                         child range
 *
 * `first … first + count − 1` (word offsets in the segment) are the addresses of the segments that
 * this one holds, 0 for none. Because every kind says so in the same place, release, checks,
 * statistics and recovery know all kinds.
 *
 * Invariants
 *   S1  The reference count is the number of holders: child words of live segments, ledger entries,
 *       roots, and references that running code of some thread holds. A free block has count 0.
 *   S2  A segment with count 1 may be written by its one holder; any other is copied first.
 *   S3  Every word of the child range is 0 or the address of a live segment; each counts once.
 *   S4  The class never changes between allocation and release; it is the class of the chunk.
 *   S5  The spare word is free for the kind's owner while the segment lives (write count, content
 *       hash); of a dead one it is the allocator's link.
 *   S6  A count of FROZEN or more is no count: the segment is frozen. It is never written but for words that
 *       readers fill in (relation.ts), never freed while anything leads to it, and nobody counts its holders.
 *
 *   S7  A segment with the tag IMMUTABLE is never written, however many hold it, but for its count.
 *
 * Shared words
 *   word 0  written by any holder (Atomics.add/sub; plain by a holder that reads 1, which is then
 *           the only one, S1), and by who freezes it (compareExchange) · read by any holder · a drop to 0
 *           happens after everything the other holders did with the segment. Who has read it before it was frozen
 *           still adds to it or takes from it: that changes nothing, since what is taken was counted (S6).
 *   others  written by the only holder before it hands the address on (S2); readers acquire them with
 *           the word through which they got the address.
 */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { isDeep } from "./kinds.js";
import { CHUNK_WORDS, ENTRY_USED, entryOf } from "./layout.js";
import { CLASS_WORDS, LARGE_CLASS } from "./size-classes.js";

export const HEADER_WORDS = 4;
export const COUNT_WORD = 0;
export const TYPE_WORD = 1;
export const CHILDREN_WORD = 2;
export const SPARE_WORD = 3;

/** Never written again. */
export const IMMUTABLE = 0;
/** Its only holder may write its own words, but not what it refers to. */
const SHALLOW_MUTABLE = 1;
/** Its only holder may write its own words, and what it refers to where it alone does. */
const DEEP_MUTABLE = 2;
type MutabilityTag = typeof IMMUTABLE | typeof SHALLOW_MUTABLE | typeof DEEP_MUTABLE;

/** The least count of a frozen segment (S6): half of what a word can count. */
export const FROZEN: number = 2 ** 30;

const CLASS_SHIFT = 8;
const TAG_SHIFT = 16;
const TAG_MASK: number = 3 << TAG_SHIFT;
const BYTE = 0xff;
const COUNT_SHIFT = 16;
const FIRST_MASK = 0xffff;
/** The longest child range, and the furthest word it may start at. */
export const CHILD_RANGE_LIMIT = 0xffff;

/** Word 1 of a new segment: the tag of its kind, no flags. */
export function typeWord(kind: number, sizeClass: number): number {
  const tag = isDeep(kind) ? DEEP_MUTABLE : SHALLOW_MUTABLE;
  return kind | (sizeClass << CLASS_SHIFT) | (tag << TAG_SHIFT);
}

export function readKind(words: Int32Array, address: Address): number {
  return words[address + TYPE_WORD]! & BYTE;
}

/** Makes an owned segment one of another kind: once its words are what the kind says they are. */
export function writeKind(words: Int32Array, address: Address, kind: number): void {
  words[address + TYPE_WORD] = (words[address + TYPE_WORD]! & ~BYTE) | kind;
}

export function readSizeClass(words: Int32Array, address: Address): number {
  return (words[address + TYPE_WORD]! >>> CLASS_SHIFT) & BYTE;
}

/** Words of the whole block, header included: at least what was asked for. */
export function readCapacityWords(words: Int32Array, address: Address): number {
  const sizeClass = readSizeClass(words, address);
  if (sizeClass !== LARGE_CLASS) return CLASS_WORDS[sizeClass]!;
  return words[entryOf(address) + ENTRY_USED]! * CHUNK_WORDS;
}

/** What may be written of the segment; of a frozen one nothing. */
export function readTag(words: Int32Array, address: Address): MutabilityTag {
  if (words[address]! >= FROZEN) return IMMUTABLE;
  return ((words[address + TYPE_WORD]! >>> TAG_SHIFT) & 3) as MutabilityTag;
}

export function writeTag(words: Int32Array, address: Address, tag: MutabilityTag): void {
  const type = words[address + TYPE_WORD]!;
  words[address + TYPE_WORD] = (type & ~(3 << TAG_SHIFT)) | (tag << TAG_SHIFT);
}

/** Declares words `first … first + count − 1` of the segment as its references (each 0 or live, S3). */
export function setChildren(
  words: Int32Array,
  address: Address,
  first: number,
  count: number,
): void {
  words[address + CHILDREN_WORD] = first | (count << COUNT_SHIFT);
}

export function readFirstChild(words: Int32Array, address: Address): number {
  return words[address + CHILDREN_WORD]! & FIRST_MASK;
}

export function readChildCount(words: Int32Array, address: Address): number {
  return words[address + CHILDREN_WORD]! >>> COUNT_SHIFT;
}

export function readSpare(words: Int32Array, address: Address): number {
  return words[address + SPARE_WORD]!;
}

export function writeSpare(words: Int32Array, address: Address, value: number): void {
  words[address + SPARE_WORD] = value;
}

export function loadReferenceCount(words: Int32Array, address: Address): number {
  return Atomics.load(words, address);
}

/**
 * Whether the caller, who must hold a reference, is the only holder and may write in place (S2).
 * A plain read suffices: only a holder can raise the count, so a 1 seen by a holder stays 1, and what
 * other holders read happened before the decrement that this read sees.
 */
export function isExclusive(words: Int32Array, address: Address): boolean {
  return words[address] === 1;
}

/**
 * Stops the engine unless the segment may be written: by its only holder (S2, S6), and not if it is immutable. What writes
 * segments of environments says so before it does.
 */
export function assertWritable(words: Int32Array, address: Address): void {
  if (words[address] === 1 && (words[address + TYPE_WORD]! & TAG_MASK) !== 0) return;
  refuseWrite(words, address);
}

function refuseWrite(words: Int32Array, address: Address): void {
  assert(words[address] === 1, "S2: a segment is written by its only holder");
  assert(false, "S7: an immutable segment is never written");
}

/** One more reference to a segment that the caller can reach. Safe on every thread. */
export function retain(words: Int32Array, address: Address): void {
  if (words[address]! < FROZEN) Atomics.add(words, address, 1);
}

/** Whether the segment is frozen (S6). */
export function isFrozen(words: Int32Array, address: Address): boolean {
  return Atomics.load(words, address) >= FROZEN;
}
