/** The invariants of a heap at rest, proved from its words alone. */
import type { Address } from "../base/address.js";
import { assert } from "../base/assert.js";
import { FREE_BLOCK, kindName } from "./kinds.js";
import {
  CHUNK_WORDS,
  chunkStart,
  ENTRY_BUMP,
  ENTRY_OWNER,
  ENTRY_USE,
  ENTRY_USED,
  entryOf,
  entryOfChunk,
  FIRST_CHUNK,
  HIGH_WATER,
  type LocalHeap,
  RUN_HEAD,
} from "./layout.js";
import { loadReferenceCount, readCapacityWords, readKind } from "./segment.js";
import {
  childrenOf,
  forEachBlock,
  freeBlocks,
  outerReferences,
  pendingSegments,
  remoteBlocks,
} from "./walk.js";

/**
 * Walks the whole heap and stops the engine unless every count is the number of holders, every block
 * is in one place and every chunk's books are right. No thread may work on the heap meanwhile.
 *
 * @param held references that the caller's own variables hold, with repetitions.
 */
export function checkHeap(heap: LocalHeap, held: readonly Address[] = []): void {
  const { words } = heap;
  const free = freeBlocks(words);
  const remote = remoteBlocks(words);
  const pending = pendingSegments(words);
  const live = new Set<Address>();
  const used = new Map<number, number>();
  forEachBlock(words, (address, sizeWords, entry) => {
    if (free.has(address)) {
      checkFree(words, address);
      return;
    }
    used.set(entry, (used.get(entry) ?? 0) + 1);
    if (remote.has(address)) {
      checkFree(words, address);
      return;
    }
    checkLive(words, address, sizeWords, pending.has(address));
    live.add(address);
  });
  checkCounts(words, live, [...outerReferences(words), ...held]);
  checkChunks(words, used);
}

function checkFree(words: Int32Array, address: Address): void {
  assert(loadReferenceCount(words, address) === 0, `S1: free block ${address} has count 0`);
  assert(readKind(words, address) === FREE_BLOCK, `AL2: free block ${address} has no kind`);
}

function checkLive(words: Int32Array, address: Address, sizeWords: number, pending: boolean): void {
  const kind = readKind(words, address);
  assert(kind !== FREE_BLOCK, `AL2: block ${address} is in no list and has no kind`);
  assert(readCapacityWords(words, address) === sizeWords, `S4: class of ${address}`);
  const count = loadReferenceCount(words, address);
  assert(pending ? count === 0 : count > 0, `AL3: ${kindName(kind)} ${address} has count ${count}`);
}

function checkCounts(words: Int32Array, live: Set<Address>, outer: readonly Address[]): void {
  const counts = new Map<Address, number>();
  const count = (address: Address): void => {
    assert(live.has(address), `S3: a reference leads to ${address}, where no segment lives`);
    counts.set(address, (counts.get(address) ?? 0) + 1);
  };
  for (const address of outer) count(address);
  for (const address of live) for (const child of childrenOf(words, address)) count(child);
  for (const address of live) {
    const found = loadReferenceCount(words, address);
    const expected = counts.get(address) ?? 0;
    const name = kindName(readKind(words, address));
    assert(found === expected, `S1: ${name} ${address} has count ${found}, holders ${expected}`);
  }
}

function checkChunks(words: Int32Array, used: Map<number, number>): void {
  for (let chunk = words[FIRST_CHUNK]!; chunk < words[HIGH_WATER]!; chunk++) {
    const entry = entryOfChunk(chunk);
    if (words[entry + ENTRY_OWNER] === 0 || words[entry + ENTRY_USE]! >= RUN_HEAD) continue;
    assert(entryOf(chunkStart(entry)) === entry, "a chunk's entry is its own");
    const bump = words[entry + ENTRY_BUMP]! - chunkStart(entry);
    assert(bump >= 0 && bump <= CHUNK_WORDS, "a chunk is carved inside itself");
    const expected = used.get(entry) ?? 0;
    assert(words[entry + ENTRY_USED] === expected, `AL1: chunk ${chunk} has ${expected} in use`);
  }
}
