/**
 * Allocation and release of segments, without a lock.
 *
 * Each thread takes blocks of a class from a chunk of its own: from the chunk's list of free blocks,
 * else from its part never used. A block freed by its owner goes onto the chunk's list; one freed by
 * another thread goes onto the owner's remote stack, which the owner empties when it runs out (the
 * design of mimalloc: Leijen, Zorn, de Moura, "Mimalloc: Free List Sharding in Action", 2019).
 * A segment whose count falls to zero waits on this thread's pending list; every call that releases
 * processes a bounded number, so releasing a large structure never stops its caller for long.
 *
 * Invariants
 *   AL1  `used` of a chunk is its blocks that are neither on its free list nor beyond `bump`.
 *   AL2  A block is in one place: live, pending, on a remote stack, or on its chunk's free list.
 *   AL3  A pending segment has count 0 and still holds its children.
 *   AL4  A failed allocation changes nothing but the lists it looked through.
 *   AL5  A chunk is CURRENT for its class, or AVAILABLE in its owner's list, or FULL and in no list.
 *   AL6  Who holds a segment and reads count 1 is its only holder, so it may set the count without an
 *        atomic; while no second thread can be attached, so may any holder.
 *   AL7  Wherever a thread ends in here, at worst a block or a chunk is in no place: nothing is in two
 *        places. Settling the thread repairs its lists, `recoverHeap` finds what was lost.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import {
  carvingEnd,
  claimChunk,
  claimLarge,
  countClaimed,
  giveBackChunk,
  giveBackRun,
} from "./chunks.js";
import { HeapExhaustedError } from "./exhausted.js";
import { FREE_BLOCK } from "./kinds.js";
import {
  CHUNK_COUNT,
  CHUNK_WORDS,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_FREE,
  ENTRY_NEXT,
  ENTRY_OWNER,
  ENTRY_PLACE,
  ENTRY_PREVIOUS,
  ENTRY_USE,
  ENTRY_USED,
  entryOf,
  type LocalHeap,
  PLACE_AVAILABLE,
  PLACE_CURRENT,
  PLACE_FULL,
  RUN_HEAD,
  SLOT_AVAILABLE,
  SLOT_CURRENT,
  SLOT_PENDING,
  SLOT_PENDING_COUNT,
  SLOT_REMOTE,
  slotAt,
} from "./layout.js";
import {
  CHILDREN_WORD,
  COUNT_WORD,
  FROZEN,
  HEADER_WORDS,
  readCapacityWords,
  readChildCount,
  readFirstChild,
  readKind,
  readSizeClass,
  SPARE_WORD,
  setChildren,
  TYPE_WORD,
  typeWord,
} from "./segment.js";
import {
  CLASS_WORDS,
  LARGE_CLASS,
  LARGEST_WORDS,
  SIZE_CLASS_COUNT,
  sizeClassFor,
} from "./size-classes.js";

/** Steps that one call processes the pending list at most. */
const SLICE = 512;
/** Up to this many words a loop copies as fast as `copyWithin`. */
const LOOP_COPY_WORDS = 32;
const BYTES_PER_WORD = 4;

/**
 * A segment of at least `sizeWords` words, header included: count 1 (the caller's), no children, its
 * other words undefined. Throws {@link HeapExhaustedError}.
 */
export function allocate(heap: LocalHeap, sizeWords: number, kind: number): Address {
  if (sizeWords > LARGEST_WORDS) return allocateLarge(heap, sizeWords, kind);
  return allocateBlock(heap, sizeClassFor(sizeWords), kind);
}

function allocateBlock(heap: LocalHeap, sizeClass: number, kind: number): Address {
  const { words } = heap;
  if (heap.failCountdown !== 0) countDown(heap, CLASS_WORDS[sizeClass]!);
  const entry = words[heap.slot + SLOT_CURRENT + sizeClass]!;
  let block = words[entry + ENTRY_FREE]!;
  if (block !== NO_ADDRESS) {
    words[entry + ENTRY_FREE] = words[block + SPARE_WORD]!;
    words[entry + ENTRY_USED] = words[entry + ENTRY_USED]! + 1;
  } else {
    block = carve(heap, entry, sizeClass);
  }
  words[block + COUNT_WORD] = 1;
  words[block + CHILDREN_WORD] = 0;
  words[block + SPARE_WORD] = 0;
  // Last, since there are kinds of which recovery reads more words, whoever left them unfinished.
  words[block + TYPE_WORD] = typeWord(kind, sizeClass);
  return block;
}

/** A block from the unused part of the current chunk, or from another chunk. */
function carve(heap: LocalHeap, current: number, sizeClass: number): Address {
  const { words } = heap;
  let entry = current;
  if (entry === 0 || words[entry + ENTRY_BUMP]! >= carvingEnd(entry, sizeClass)) {
    entry = nextChunk(heap, current, sizeClass);
  }
  words[entry + ENTRY_USED] = words[entry + ENTRY_USED]! + 1;
  const free = words[entry + ENTRY_FREE]!;
  if (free !== NO_ADDRESS) {
    words[entry + ENTRY_FREE] = words[free + SPARE_WORD]!;
    return free;
  }
  const block = words[entry + ENTRY_BUMP]!;
  words[entry + ENTRY_BUMP] = block + CLASS_WORDS[sizeClass]!;
  return block;
}

/** Makes a chunk with room the current one: first what others freed, new memory last. */
function nextChunk(heap: LocalHeap, current: number, sizeClass: number): number {
  const { words } = heap;
  collectRemote(heap);
  drain(heap, SLICE);
  if (words[current + ENTRY_FREE] !== NO_ADDRESS) return current;
  let entry = takeAvailable(heap, sizeClass);
  if (entry === 0) entry = claimChunk(words, heap.thread, sizeClass);
  if (entry === 0) entry = lastResort(heap, current, sizeClass);
  if (entry === current) return entry;
  if (current !== 0) words[current + ENTRY_PLACE] = PLACE_FULL;
  words[entry + ENTRY_PLACE] = PLACE_CURRENT;
  words[heap.slot + SLOT_CURRENT + sizeClass] = entry;
  return entry;
}

/** Before failing: everything that waits to be freed is freed. */
function lastResort(heap: LocalHeap, current: number, sizeClass: number): number {
  heap.relieve?.();
  drain(heap);
  if (heap.words[current + ENTRY_FREE] !== NO_ADDRESS) return current;
  const available = takeAvailable(heap, sizeClass);
  if (available !== 0) return available;
  giveBackIdle(heap);
  const entry = claimChunk(heap.words, heap.thread, sizeClass);
  if (entry === 0) throw exhausted(heap, CLASS_WORDS[sizeClass]!);
  return entry;
}

/** Gives back the current chunks in which no block is in use. */
function giveBackIdle(heap: LocalHeap): void {
  const { words } = heap;
  const first = heap.slot + SLOT_CURRENT;
  for (let place = first; place < first + SIZE_CLASS_COUNT; place++) {
    const entry = words[place]!;
    if (entry === 0 || words[entry + ENTRY_USED] !== 0) continue;
    words[place] = 0;
    giveBackChunk(words, entry);
  }
}

function allocateLarge(heap: LocalHeap, sizeWords: number, kind: number): Address {
  const { words } = heap;
  if (heap.failCountdown !== 0) countDown(heap, sizeWords);
  const chunks = Math.ceil(sizeWords / CHUNK_WORDS);
  let entry = claimLarge(words, heap.thread, chunks);
  if (entry === 0) {
    heap.relieve?.();
    collectRemote(heap);
    drain(heap);
    giveBackIdle(heap);
    entry = claimLarge(words, heap.thread, chunks);
  }
  if (entry === 0) throw exhausted(heap, sizeWords);
  const block = chunkStart(entry);
  words[entry + ENTRY_BUMP] = sizeWords;
  words[block + COUNT_WORD] = 1;
  words[block + CHILDREN_WORD] = 0;
  words[block + SPARE_WORD] = 0;
  words[block + TYPE_WORD] = typeWord(kind, LARGE_CLASS);
  return block;
}

function countDown(heap: LocalHeap, sizeWords: number): void {
  heap.failCountdown--;
  if (heap.failCountdown === 0) throw exhausted(heap, sizeWords);
}

function exhausted(heap: LocalHeap, sizeWords: number): HeapExhaustedError {
  const { words } = heap;
  return new HeapExhaustedError({
    bytesAsked: sizeWords * BYTES_PER_WORD,
    bytesInUse: countClaimed(words) * CHUNK_WORDS * BYTES_PER_WORD,
    bytesLimit: words[CHUNK_COUNT]! * CHUNK_WORDS * BYTES_PER_WORD,
  });
}

/**
 * A copy of the segment, the caller's alone: same class, words and children, each child held once
 * more. Counted in `heap.segmentsCopied`. Throws {@link HeapExhaustedError}.
 */
export function copySegment(heap: LocalHeap, address: Address): Address {
  const { words } = heap;
  const sizeClass = readSizeClass(words, address);
  const capacity = readCapacityWords(words, address);
  const kind = readKind(words, address);
  const copy =
    sizeClass === LARGE_CLASS
      ? allocateLarge(heap, words[entryOf(address) + ENTRY_BUMP]!, kind)
      : allocateBlock(heap, sizeClass, kind);
  if (capacity <= LOOP_COPY_WORDS) {
    for (let word = HEADER_WORDS; word < capacity; word++) {
      words[copy + word] = words[address + word]!;
    }
  } else {
    words.copyWithin(copy + HEADER_WORDS, address + HEADER_WORDS, address + capacity);
  }
  words[copy + TYPE_WORD] = words[address + TYPE_WORD]!;
  words[copy + SPARE_WORD] = words[address + SPARE_WORD]!;
  words[copy + CHILDREN_WORD] = words[address + CHILDREN_WORD]!;
  if (words[copy + CHILDREN_WORD] !== 0) retainChildren(heap, copy);
  heap.segmentsCopied++;
  if (heap.copyTrace !== null) noteCopy(heap, address);
  return copy;
}

/** Up to so many are noted. */
const LONGEST_TRACE = 512;

function noteCopy(heap: LocalHeap, address: Address): void {
  const trace = heap.copyTrace!;
  if (trace.push(address) === LONGEST_TRACE) heap.copyTrace = null;
}

function retainChildren(heap: LocalHeap, address: Address): void {
  const { words, shared } = heap;
  const first = address + readFirstChild(words, address);
  const end = first + readChildCount(words, address);
  for (let place = first; place < end; place++) {
    const child = words[place]!;
    if (child === NO_ADDRESS) continue;
    const count = words[child]!;
    if (count >= FROZEN) continue; // S6
    if (shared) Atomics.add(words, child, 1);
    else words[child] = count + 1;
  }
}

/**
 * Releases one reference. A segment without holders is freed along with what only it held: a
 * bounded number of segments now, the rest in later calls. Never throws.
 */
export function release(heap: LocalHeap, address: Address): void {
  const { words, slot } = heap;
  if (!giveUp(heap, address)) return;
  if (words[address + CHILDREN_WORD] === 0) freeBlock(heap, address);
  else pend(heap, address);
  if (words[slot + SLOT_PENDING] !== NO_ADDRESS) drain(heap, SLICE);
}

/** One more reference to a segment that the caller holds or can reach from what it holds. */
export function retainIn(heap: LocalHeap, address: Address): void {
  const { words } = heap;
  const count = words[address]!;
  if (count >= FROZEN) return; // S6
  if (heap.shared) Atomics.add(words, address, 1);
  else words[address] = count + 1;
}

/** Lowers the count; true if that was the last reference (AL6). */
function giveUp(heap: LocalHeap, address: Address): boolean {
  const { words } = heap;
  const count = words[address]!;
  if (count === 1) {
    words[address] = 0;
    return true;
  }
  if (count >= FROZEN) return false; // S6
  assert(count > 0, "S1: only a segment that is held is released");
  if (heap.shared) return Atomics.sub(words, address, 1) === 1;
  words[address] = count - 1;
  return false;
}

function pend(heap: LocalHeap, address: Address): void {
  const { words, slot } = heap;
  words[address + SPARE_WORD] = words[slot + SLOT_PENDING]!;
  words[slot + SLOT_PENDING] = address;
  words[slot + SLOT_PENDING_COUNT] = words[slot + SLOT_PENDING_COUNT]! + 1;
}

function popPending(heap: LocalHeap): Address {
  const { words, slot } = heap;
  const address = words[slot + SLOT_PENDING]!;
  if (address === NO_ADDRESS) return NO_ADDRESS;
  words[slot + SLOT_PENDING] = words[address + SPARE_WORD]!;
  words[slot + SLOT_PENDING_COUNT] = words[slot + SLOT_PENDING_COUNT]! - 1;
  return address;
}

/**
 * Works off the list of segments whose count fell to zero on this thread: `maxSteps` steps, one for
 * each segment freed and each reference given up; all unless given. Returns how many segments wait.
 */
export function drain(heap: LocalHeap, maxSteps: number = Number.MAX_SAFE_INTEGER): number {
  const { words, slot } = heap;
  let steps = maxSteps;
  while (steps > 0) {
    const address = popPending(heap);
    if (address === NO_ADDRESS) break;
    const children = readChildCount(words, address);
    const now = Math.min(children, steps);
    releaseChildren(heap, address, now);
    steps -= now + 1;
    if (now === children) freeBlock(heap, address);
    else pend(heap, address);
  }
  return words[slot + SLOT_PENDING_COUNT]!;
}

/** Gives up the first `count` references of a dead segment, which has the others from now on (AL3). */
function releaseChildren(heap: LocalHeap, address: Address, count: number): void {
  const { words } = heap;
  const first = readFirstChild(words, address);
  setChildren(words, address, first + count, readChildCount(words, address) - count);
  for (let place = address + first; place < address + first + count; place++) {
    const child = words[place]!;
    if (child === NO_ADDRESS || !giveUp(heap, child)) continue;
    if (words[child + CHILDREN_WORD] === 0) freeBlock(heap, child);
    else pend(heap, child);
  }
}

/** Gives the block of a dead segment back to its chunk, or to the thread that owns the chunk. */
function freeBlock(heap: LocalHeap, address: Address): void {
  const { words } = heap;
  const entry = entryOf(address);
  words[address + TYPE_WORD] = FREE_BLOCK;
  words[address + CHILDREN_WORD] = 0;
  if (words[entry + ENTRY_USE] === RUN_HEAD) {
    giveBackRun(words, entry);
    return;
  }
  // Plain: a chunk's owner does not change while a block of it is in use.
  const owner = words[entry + ENTRY_OWNER]!;
  if (owner === heap.thread) freeOwn(heap, entry, address);
  else pushRemote(words, owner, address);
}

function freeOwn(heap: LocalHeap, entry: number, address: Address): void {
  const { words } = heap;
  words[address + SPARE_WORD] = words[entry + ENTRY_FREE]!;
  words[entry + ENTRY_FREE] = address;
  const used = words[entry + ENTRY_USED]! - 1;
  words[entry + ENTRY_USED] = used;
  const place = words[entry + ENTRY_PLACE]!;
  if (place === PLACE_FULL) {
    putAvailable(heap, entry);
  } else if (used === 0 && place === PLACE_AVAILABLE) {
    unlink(heap, entry);
    giveBackChunk(words, entry);
  }
}

function pushRemote(words: Int32Array, owner: number, address: Address): void {
  const stack = slotAt(owner) + SLOT_REMOTE;
  let seen = Atomics.load(words, stack);
  for (;;) {
    words[address + SPARE_WORD] = seen;
    const previous = Atomics.compareExchange(words, stack, seen, address);
    if (previous === seen) return;
    seen = previous;
  }
}

/** Takes what other threads freed of this thread's blocks. */
function collectRemote(heap: LocalHeap): void {
  const { words } = heap;
  const stack = heap.slot + SLOT_REMOTE;
  if (words[stack] === NO_ADDRESS) return;
  let address = Atomics.exchange(words, stack, NO_ADDRESS);
  while (address !== NO_ADDRESS) {
    const next = words[address + SPARE_WORD]!;
    freeOwn(heap, entryOf(address), address);
    address = next;
  }
}

function putAvailable(heap: LocalHeap, entry: number): void {
  const { words } = heap;
  const head = heap.slot + SLOT_AVAILABLE + words[entry + ENTRY_USE]!;
  const next = words[head]!;
  words[entry + ENTRY_NEXT] = next;
  words[entry + ENTRY_PREVIOUS] = 0;
  if (next !== 0) words[next + ENTRY_PREVIOUS] = entry;
  words[head] = entry;
  words[entry + ENTRY_PLACE] = PLACE_AVAILABLE;
}

function takeAvailable(heap: LocalHeap, sizeClass: number): number {
  const entry = heap.words[heap.slot + SLOT_AVAILABLE + sizeClass]!;
  if (entry !== 0) unlink(heap, entry);
  return entry;
}

function unlink(heap: LocalHeap, entry: number): void {
  const { words } = heap;
  const next = words[entry + ENTRY_NEXT]!;
  const previous = words[entry + ENTRY_PREVIOUS]!;
  if (next !== 0) words[next + ENTRY_PREVIOUS] = previous;
  if (previous !== 0) words[previous + ENTRY_NEXT] = next;
  else words[heap.slot + SLOT_AVAILABLE + words[entry + ENTRY_USE]!] = next;
}
