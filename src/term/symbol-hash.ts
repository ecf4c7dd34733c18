/**
 * The hash of the symbol table: from texts to ids, with open addressing.
 *
 * Readers look without a lock while one thread writes inside it. An id is found only once its text was compared, so
 * what a reader meets in the middle of a change is at worst a miss, and a miss is looked up again inside the lock (Y3).
 *
 * Invariants
 *   SH1  Inside the lock, between a slot and the one that its id's hash names no slot is empty.
 */
import type { Address } from "../base/address.js";
import { allocate } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { SYMBOLS } from "../memory/kinds.js";
import { HEADER_WORDS } from "../memory/segment.js";
import { textAddress } from "./symbol-layout.js";
import { readTextHash } from "./symbol-text.js";

const HASH_MASK: number = HEADER_WORDS;
const SLOTS: number = HASH_MASK + 1;
export const FIRST_SLOTS = 2048;

export function createHash(heap: Heap, slots: number): Address {
  const segment = allocate(heap, SLOTS + slots, SYMBOLS);
  heap.words[segment + HASH_MASK] = slots - 1;
  heap.words.fill(0, segment + SLOTS, segment + SLOTS + slots);
  return segment;
}

export function slotCount(words: Int32Array, hash: Address): number {
  return words[hash + HASH_MASK]! + 1;
}

/** Calls `isFound` for the ids that may have a text of the hash, until it is; that id, or -1. */
export function findInHash(
  words: Int32Array,
  slots: Address,
  hash: number,
  isFound: (id: number) => boolean,
): number {
  const mask = words[slots + HASH_MASK]!;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const id = Atomics.load(words, slots + SLOTS + slot) - 1;
    if (id < 0 || isFound(id)) return id;
  }
}

/** Inside the lock. */
export function insertSlot(words: Int32Array, slots: Address, hash: number, id: number): void {
  const mask = words[slots + HASH_MASK]!;
  let slot = hash & mask;
  while (words[slots + SLOTS + slot] !== 0) slot = (slot + 1) & mask;
  Atomics.store(words, slots + SLOTS + slot, id + 1);
}

/** As {@link insertSlot}, into a hash that no other thread sees yet. */
export function placeSlot(words: Int32Array, slots: Address, hash: number, id: number): void {
  const mask = words[slots + HASH_MASK]!;
  let slot = hash & mask;
  while (words[slots + SLOTS + slot] !== 0) slot = (slot + 1) & mask;
  words[slots + SLOTS + slot] = id + 1;
}

/** Takes an id out, wherever it is among those of the hash; inside the lock, while the id still has its text. */
export function removeSlot(
  words: Int32Array,
  table: Address,
  slots: Address,
  hash: number,
  id: number,
): void {
  const mask = words[slots + HASH_MASK]!;
  const first = slots + SLOTS;
  let slot = hash & mask;
  while (words[first + slot] !== 0) {
    // What moved up is looked at, too: a thread that has ended in here may have left an id twice.
    if (words[first + slot] === id + 1) closeGap(words, table, first, mask, slot);
    else slot = (slot + 1) & mask;
  }
}

/** Moves up those behind the gap that may stand before it (SH1); each is in two places for a moment, never in none. */
function closeGap(
  words: Int32Array,
  table: Address,
  first: Address,
  mask: number,
  gap: number,
): void {
  let hole = gap;
  for (let next = (hole + 1) & mask; words[first + next] !== 0; next = (next + 1) & mask) {
    const text = textAddress(words, table, words[first + next]! - 1);
    const home = readTextHash(words, text) & mask;
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    Atomics.store(words, first + hole, words[first + next]!);
    hole = next;
  }
  Atomics.store(words, first + hole, 0);
}

/** Calls `visit` for the id of each slot that is not empty. */
export function forEachSlot(words: Int32Array, slots: Address, visit: (id: number) => void): void {
  const first = slots + SLOTS;
  for (let slot = first; slot < first + slotCount(words, slots); slot++) {
    if (words[slot] !== 0) visit(words[slot]! - 1);
  }
}
