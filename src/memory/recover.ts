/**
 * Recovery: rebuilds the heap's bookkeeping from what can be reached.
 *
 * A thread that ends in the middle of something loses at worst blocks, chunks and references (AL7,
 * LE1): nothing dangles, but something may leak. When all is quiet, what the roots, the ledgers and the
 * caller hold is marked; each count becomes the number of holders found; the rest is free.
 *
 * Invariants
 *   RC1  Afterwards `checkHeap` holds, with the same `held`.
 *   RC2  A segment that can be reached keeps its address and its words but the count.
 *   RC3  A recovery that ends at any step leaves what another one puts right: what it reads are outer
 *        references and children, and it changes those of no segment that can be reached.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { assert } from "../base/assert.js";
import { giveBackRun } from "./chunks.js";
import { FREE_BLOCK } from "./kinds.js";
import {
  ENTRY_FREE,
  ENTRY_USE,
  entryOf,
  type LocalHeap,
  RUN_HEAD,
  SLOT_PENDING,
  SLOT_PENDING_COUNT,
  SLOT_REMOTE,
  slotAt,
  usedSlots,
} from "./layout.js";
import { rebuildLists } from "./repair.js";
import { CHILDREN_WORD, COUNT_WORD, isFrozen, readKind, SPARE_WORD, TYPE_WORD } from "./segment.js";
import {
  blockIndex,
  blockTableLength,
  forEachBlock,
  forEachChild,
  forEachChunk,
  isBlock,
  outerReferences,
} from "./walk.js";

/** What recovery found. */
interface RecoveryReport {
  /** Segments that were unreachable. */
  readonly freedSegments: number;
  /** Segments whose count was not the number of holders. */
  readonly correctedCounts: number;
  readonly reachableSegments: number;
}

/**
 * Frees what is unreachable and corrects every count. Only when no thread works on the heap and
 * every reference that a live thread counts on is in its ledger, in a root or in `held`: whatever
 * else it holds is gone afterwards. Ended threads should have been settled. Cost: about 60 ns a block.
 */
export function recoverHeap(heap: LocalHeap, held: readonly Address[] = []): RecoveryReport {
  const { words } = heap;
  const counts = countHolders(words, [...outerReferences(words), ...held]);
  clearLists(words);
  const report = { freedSegments: 0, correctedCounts: 0, reachableSegments: 0 };
  forEachBlock(words, (address) => {
    const holders = counts[blockIndex(address)]!;
    if (holders === 0) {
      if (readKind(words, address) !== FREE_BLOCK) report.freedSegments++;
      freeAgain(words, address);
      return;
    }
    report.reachableSegments++;
    if (isFrozen(words, address)) return; // S6
    if (words[address + COUNT_WORD] !== holders) report.correctedCounts++;
    Atomics.store(words, address + COUNT_WORD, holders);
  });
  for (let thread = 1; thread < usedSlots(words); thread++) rebuildLists(words, thread);
  return report;
}

/** Marks from the outer references; each block's entry is the number of references to it. */
function countHolders(words: Int32Array, outer: readonly Address[]): Int32Array {
  const counts = new Int32Array(blockTableLength(words));
  const waiting: Address[] = [];
  const reach = (address: Address): void => {
    assert(isBlock(words, address), `S3: a reference leads to ${address}, no block`);
    assert(readKind(words, address) !== FREE_BLOCK, `S3: a reference leads to free ${address}`);
    if (counts[blockIndex(address)]!++ === 0) waiting.push(address);
  };
  for (const address of outer) reach(address);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    forEachChild(words, next, reach);
  }
  return counts;
}

/** Empties all lists; every block that nobody reaches goes back to its chunk's. */
function clearLists(words: Int32Array): void {
  for (let thread = 1; thread < usedSlots(words); thread++) {
    const slot = slotAt(thread);
    Atomics.store(words, slot + SLOT_REMOTE, NO_ADDRESS);
    words[slot + SLOT_PENDING] = NO_ADDRESS;
    words[slot + SLOT_PENDING_COUNT] = 0;
  }
  forEachChunk(words, (entry, use) => {
    if (use !== RUN_HEAD) words[entry + ENTRY_FREE] = NO_ADDRESS;
  });
}

function freeAgain(words: Int32Array, address: Address): void {
  const entry = entryOf(address);
  words[address + COUNT_WORD] = 0;
  words[address + TYPE_WORD] = FREE_BLOCK;
  words[address + CHILDREN_WORD] = 0;
  if (words[entry + ENTRY_USE] === RUN_HEAD) {
    giveBackRun(words, entry);
    return;
  }
  words[address + SPARE_WORD] = words[entry + ENTRY_FREE]!;
  words[entry + ENTRY_FREE] = address;
}
