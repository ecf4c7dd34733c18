/**
 * Sweeping the symbol table: ids that nothing refers to become free, and their texts' places too.
 *
 * It goes over the table in parts, each inside the lock, beside threads that ask for ids. Of an id that a thread asks for
 * at that very moment either the thread gets it, and it stays, or the sweep does, and the thread makes the text anew (Y5).
 *
 *     stamp older than the epoch, not marked ── DYING ── out of the hash ── entry := 0 ── place of the text free ── FREE
 *
 * Invariants
 *   SW1  What is marked, has the stamp of the epoch or a permanent one, or lies below the floor keeps its text.
 *   SW2  A sweep finishes what a thread that ended in one, or while it gave an id away, has left: such an id has
 *        the stamp DYING, or FREE with an entry.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { removeSlot } from "./symbol-hash.js";
import {
  DYING,
  FLOOR,
  FREE,
  FREE_COUNT,
  FREE_TEXTS,
  HASH,
  LOOK_FROM,
  PERMANENT,
  symbolEntry,
  symbolStamp,
  TRIGGER,
} from "./symbol-layout.js";
import { readTextHash, textClassOf, textWords } from "./symbol-text.js";
import { FIRST_TRIGGER, type Symbols } from "./symbols.js";

/** Sweeps the ids `from … end − 1`, which are marked or not. How many became free. */
export function sweepSymbols(
  symbols: Symbols,
  from: number,
  end: number,
  isMarked: (id: number) => boolean,
): number {
  return symbols.locked(() => {
    const { table } = symbols;
    const { words } = symbols.heap;
    let freed = 0;
    for (let id = Math.max(from, words[table + FLOOR]!); id < end; id++) {
      if (mayGo(symbols, id, isMarked) && free(words, table, id)) freed++;
    }
    return freed;
  });
}

/** Lets the next collection come when there are twice as many ids in use as this one has left. */
export function setTrigger({ heap, table }: Symbols, left: number): void {
  Atomics.store(heap.words, table + TRIGGER, Math.max(FIRST_TRIGGER, 2 * left));
}

/** Whether there are so many ids in use that a collection is worth its while. */
export function isDue(symbols: Symbols): boolean {
  return symbols.used >= Atomics.load(symbols.heap.words, symbols.table + TRIGGER);
}

/** Whether the id is this sweep's to free (SW1): if so, nobody gets it by its text any more. */
function mayGo({ heap, table }: Symbols, id: number, isMarked: (id: number) => boolean): boolean {
  const { words, epoch } = heap;
  const stampAt = symbolStamp(words, table, id);
  const stamp = Atomics.load(words, stampAt);
  if (stamp === FREE) return words[symbolEntry(words, table, id)] !== NO_ADDRESS; // SW2
  if (stamp === DYING) return true; // SW2
  if (stamp === epoch || stamp === PERMANENT || isMarked(id)) return false;
  return Atomics.compareExchange(words, stampAt, stamp, DYING) === stamp;
}

/** False for one that was free already. Each step is such that doing all of them again is right (SW2). */
function free(words: Int32Array, table: Address, id: number): boolean {
  const entryAt = symbolEntry(words, table, id);
  const text = words[entryAt]!;
  if (text !== NO_ADDRESS) {
    removeSlot(words, table, words[table + HASH]!, readTextHash(words, text), id);
    words[entryAt] = NO_ADDRESS;
    freeText(words, table, text);
  }
  if (words[table + LOOK_FROM]! > id) words[table + LOOK_FROM] = id;
  const stampAt = symbolStamp(words, table, id);
  if (words[stampAt] === FREE) return false;
  Atomics.store(words, table + FREE_COUNT, words[table + FREE_COUNT]! + 1);
  Atomics.store(words, stampAt, FREE);
  return true;
}

function freeText(words: Int32Array, table: Address, text: Address): void {
  const head = table + FREE_TEXTS + textClassOf(textWords(words, text));
  words[text] = words[head]!;
  words[head] = text;
}
