/** Lock table: the locks of a heap, who holds them and who sleeps at them. For people: nothing waits for it. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { lockIndex, nameOfRoot } from "../containers/shared-root.js";
import { ROOT_SYMBOLS } from "../memory/heap.js";
import { SHARED_ROOT } from "../memory/kinds.js";
import { ROOTS } from "../memory/layout.js";
import { readKind } from "../memory/segment.js";
import { slotOfIncarnation, waitersAt } from "../memory/thread-slot.js";
import { forEachBlock } from "../memory/walk.js";
import { readMutex } from "../sync/mutex.js";
import { LOCK } from "../term/symbol-layout.js";
import type { Vocabulary } from "../term/vocabulary.js";
import { boardLocks } from "./board.js";

/** A lock as it is now. */
export interface LockState {
  readonly name: string;
  /** The slot of the thread that holds it; null for nobody. */
  readonly holder: number | null;
  /** The slots of threads that sleep until it is free. */
  readonly waiters: readonly number[];
}

/** The locks of a heap, and of the boards of its pools. Cost: a walk over the blocks of a heap. */
export function locksOf(vocabulary: Vocabulary, boards: readonly Address[]): LockState[] {
  const { heap, symbols } = vocabulary;
  const { words } = heap;
  const locks: LockState[] = [];
  const add = (name: string, index: number): void => {
    const { holder } = readMutex(words, index);
    const waiters = waitersAt(words, index);
    locks.push({ name, holder: holder === 0 ? null : slotOfIncarnation(holder), waiters });
  };
  for (const board of boards) {
    for (const { name, index } of boardLocks(words, board)) {
      add(name < 0 ? "board of a pool" : `with-mutex ${symbols.textOf(name)}`, index);
    }
  }
  forEachBlock(words, (block) => {
    if (readKind(words, block) !== SHARED_ROOT || words[block]! <= 0) return;
    add(`${nameOfRoot(words, block)} at ${block}`, lockIndex(block));
  });
  const table = words[ROOTS + ROOT_SYMBOLS]!;
  if (table !== NO_ADDRESS) add("symbols", table + LOCK);
  return locks;
}
