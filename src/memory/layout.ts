/**
 * The map of a heap: where its fixed words are.
 *
 *     word 0        32        64       96      128         384      512            98816
 *          | null    | identity | hint   | high   | counters  | roots  | thread slots | chunk table |
 *          | (zeros) |          | (free) | water  | 8 lines   | 64     | 512 × 192    | 8 per chunk |
 *
 *     a thread slot                              a chunk entry
 *     0         32        64                192   0      1     2     3     4     5     6     7
 *     | state    | remote  | private           |   | owner | use | used | bump | free | next | prev | place |
 *
 * The rest of the heap is chunks of 64 Ki words, numbered by address >>> 16; the first few hold this
 * map itself.
 *
 * Invariants
 *   L1  Words 0 … 31 are zero forever, so a null chunk entry has no free block and no owner.
 *   L2  Words that different threads write are on different lines of 128 bytes: the words of one
 *       slot's state line, its remote line and its private lines share none. (Of the state line only the
 *       reading word is written often, by the slot's thread.)
 *   L3  The private words of a slot and, of a chunk entry, all words but `owner` are accessed by
 *       plain reads and writes by the thread that owns them; by others only when all is quiet.
 *   L4  Chunk c's entry has `owner` 0 when the chunk is free, RESERVED for the chunks of this map,
 *       otherwise the owning slot, 1 … 511. Slot 0 is never attached. A chunk stays with its slot until
 *       it is free again, whatever threads take the slot in turn.
 *
 * Shared words: who writes, who reads, in what order
 *   CHUNK_HINT   any claimer and freer (compareExchange) · any claimer · relaxed advice: a stale
 *                value costs a longer search, never a wrong claim (the claim is on `owner`).
 *   HIGH_WATER   any claimer (compareExchange to a maximum) · walkers · grows only.
 *   COUNTERS     any thread (Atomics.add) · the same · each value is given out once.
 *   ROOTS        any thread (exchange, compareExchange) · any (load) · the store publishes all plain
 *                writes made before it, the load acquires them.
 *   slot.STATE   the attaching thread (compareExchange FREE, or LIVE of an ended thread → LIVE), who settles
 *                it (compareExchange LIVE → SETTLING, store FREE) · any · the compareExchange acquires
 *                what the slot's last thread or settler wrote into the private words.
 *   slot.TURN, slot.NODE_THREAD, slot.KEEPER   the slot's thread, when it attached · any: thread-slot.ts.
 *   slot.WAITING the slot's thread, before and after it sleeps at a lock · who shows locks; a stale one shows a wait that is over.
 *   slot.READING the slot's thread; who replaces a version that it reads (versions.ts) · the same.
 *   SLOTS_USED   an attaching thread (compareExchange to a maximum), before it does anything else · any.
 *   EPOCH        who has the quiet (store) · threads that become busy (load): renewal.ts.
 *   slot.REMOTE  any thread pushes (compareExchange), the owner takes all (exchange), so a head that
 *                reappears does no harm (no ABA): no thread takes a single block · a stale null costs the
 *                owner a chunk.
 *   entry.OWNER  claimer (compareExchange 0 → slot), owner (store 0) · any freer (plain) · it cannot
 *                change while a block of the chunk is in use, and whoever has a block got its address
 *                after the claim.
 */

import type { Address } from "../base/address.js";

export const LINE_WORDS = 32;

const CHUNK_SHIFT = 16;
export const CHUNK_WORDS: number = 1 << CHUNK_SHIFT;

// Identity
const IDENTITY: number = LINE_WORDS;
export const MAGIC: number = IDENTITY;
export const VERSION: number = MAGIC + 1;
export const CHUNK_COUNT: number = VERSION + 1;
/** The first chunk that is not part of the map. */
export const FIRST_CHUNK: number = CHUNK_COUNT + 1;
/** Who has the heap to itself, 0 for nobody (quiet.ts). */
export const QUIET: number = FIRST_CHUNK + 1;
/** A number that tells the heaps of a program apart (sealed.ts). */
export const HEAP_IDENTITY: number = QUIET + 1;
/** No slot from this number on was ever attached. */
export const SLOTS_USED: number = HEAP_IDENTITY + 1;
/** How many collections of symbols have begun (renewal.ts). */
export const EPOCH: number = SLOTS_USED + 1;

export const MAGIC_VALUE = 0x0bb0;
export const VERSION_VALUE = 2;

export const CHUNK_HINT: number = IDENTITY + LINE_WORDS;
export const HIGH_WATER: number = CHUNK_HINT + LINE_WORDS;

export const COUNTERS: number = HIGH_WATER + LINE_WORDS;
export const COUNTER_CAPACITY = 8;

export const ROOTS: number = COUNTERS + COUNTER_CAPACITY * LINE_WORDS;
export const ROOT_CAPACITY = 64;

// Thread slots
const SLOTS: number = ROOTS + 128;
export const SLOT_CAPACITY = 512;
/** One of the states below, and above its two bits the system's number of the thread (0: unknown). */
export const SLOT_STATE = 0;
/** 1 while the slot's thread leaves the heap alone (quiet.ts). */
export const SLOT_IDLE = 1;
/** How often the slot has been attached. */
export const SLOT_TURN = 2;
/** `threadId` of Node.js plus one, 0 where there is none. */
export const SLOT_NODE_THREAD = 3;
/** Incarnation of the thread that sees to the end of the slot's thread; 0 if nobody does. */
export const SLOT_KEEPER = 4;
/** The word of the lock that the slot's thread waits for; 0 for none. */
export const SLOT_WAITING = 5;
/** The version that the slot's thread reads without a reference of its own (versions.ts). */
export const SLOT_READING = 16;
// Each on lines of its own (L2).
export const SLOT_REMOTE: number = LINE_WORDS;
export const SLOT_PENDING: number = 2 * LINE_WORDS;
export const SLOT_PENDING_COUNT: number = SLOT_PENDING + 1;
export const SLOT_LEDGER: number = SLOT_PENDING_COUNT + 1;
export const SLOT_LEDGER_FREE: number = SLOT_LEDGER + 1;
/** Entry of the chunk that blocks are taken from, one word per size class. */
export const SLOT_CURRENT: number = SLOT_PENDING + 16;
/** Head of the list of other chunks with room, one word per size class. */
export const SLOT_AVAILABLE: number = SLOT_CURRENT + 48;
const SLOT_WORDS: number = 6 * LINE_WORDS;

export const SLOT_FREE = 0;
export const SLOT_LIVE = 1;
/** The slot's thread has ended and another, whose number stands beside this, is settling it. */
export const SLOT_SETTLING = 2;
export const SLOT_STATE_BITS = 2;
const SLOT_STATE_MASK: number = (1 << SLOT_STATE_BITS) - 1;

// Chunk table
const CHUNK_TABLE: number = SLOTS + SLOT_CAPACITY * SLOT_WORDS;
const ENTRY_SHIFT = 3;
const ENTRY_WORDS: number = 1 << ENTRY_SHIFT;
export const ENTRY_OWNER = 0;
/** Size class of the chunk's blocks, or RUN_HEAD, or RUN_REST. */
export const ENTRY_USE = 1;
/** Blocks in use (carved and not on the chunk's free list); for a run's head, its chunks. */
export const ENTRY_USED = 2;
/** Address of the first block never carved; for a run's head, the words asked for. */
export const ENTRY_BUMP = 3;
export const ENTRY_FREE = 4;
export const ENTRY_NEXT = 5;
export const ENTRY_PREVIOUS = 6;
export const ENTRY_PLACE = 7;

export const RESERVED = -1;
export const RUN_HEAD = 254;
export const RUN_REST = 255;

/** The state of a chunk within its owner's lists. */
export const PLACE_FULL = 0;
export const PLACE_CURRENT = 1;
export const PLACE_AVAILABLE = 2;

/** First word of the slot's words. */
export function slotAt(slot: number): number {
  return SLOTS + slot * SLOT_WORDS;
}

/** The slots that were ever attached are 1 … this − 1. */
export function usedSlots(words: Int32Array): number {
  return Atomics.load(words, SLOTS_USED);
}

/** FREE, LIVE or SETTLING. Acquires what was written before the slot came to that state. */
export function loadSlotState(words: Int32Array, thread: number): number {
  return Atomics.load(words, slotAt(thread) + SLOT_STATE) & SLOT_STATE_MASK;
}

/** The chunk-table entry of the chunk that holds `address`. */
export function entryOf(address: number): number {
  return CHUNK_TABLE + ((address >>> CHUNK_SHIFT) << ENTRY_SHIFT);
}

export function entryOfChunk(chunk: number): number {
  return CHUNK_TABLE + (chunk << ENTRY_SHIFT);
}

export function chunkOfEntry(entry: number): number {
  return (entry - CHUNK_TABLE) >>> ENTRY_SHIFT;
}

/** Address of the first word of the entry's chunk. */
export function chunkStart(entry: number): number {
  return ((entry - CHUNK_TABLE) >>> ENTRY_SHIFT) << CHUNK_SHIFT;
}

/** Chunks that the map takes in a heap of `chunkCount` chunks. */
export function mapChunks(chunkCount: number): number {
  return Math.ceil((CHUNK_TABLE + chunkCount * ENTRY_WORDS) / CHUNK_WORDS);
}

/**
 * What one attached thread knows about the heap. Free functions of this folder take it; `Heap` is the
 * one implementation. Everything that must survive the thread is in shared words.
 */
export interface LocalHeap {
  readonly words: Int32Array;
  /** Slot index of this thread, 1 … 511. */
  readonly thread: number;
  /** Names this thread in locks (thread-slot.ts). */
  readonly incarnation: number;
  /** First word of this thread's slot. */
  readonly slot: number;
  /** Whether another thread may be attached, so that counts must be changed atomically. */
  shared: boolean;
  /** Scopes that run on this thread (scope.ts). */
  runningScopes: number;
  /** Allocations until one fails on purpose; 0 for never. */
  failCountdown: number;
  /** Segments copied by this thread since it attached. */
  segmentsCopied: number;
  /** Takes note of what this thread copies; null: nobody asks. */
  copyTrace: Address[] | null;
  /** Gives up what this thread has made in advance, as the heap is full; null: there is nothing. */
  relieve: (() => void) | null;
  /** Whether this thread has given its slot up; its handles are dead then. */
  detached: boolean;
  /** Whether handles remember where they were made, for reports of leaks. */
  readonly tracing: boolean;
  /** What this folder and layers above keep for this thread and heap, each under a name of its own. */
  readonly companions: Map<string, object>;
  /** The epoch that this thread works in (renewal.ts). */
  epoch: number;
  /** What this thread does when it finds that the epoch has changed. */
  readonly renewals: (() => void)[];
}
