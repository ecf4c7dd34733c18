/**
 * Collection of symbols: one round of finding the names and strings of a heap that nothing refers to, in slices.
 *
 *     begin    all threads idle: the roots are held, the next epoch begins     (held-roots.ts, renewal.ts)
 *     mark     ids in what the roots lead to                                   (symbol-marks.ts: SM1)
 *     sweep    ids that are not marked, and that no thread has asked for       (symbol-sweep.ts)
 *     release  the roots, and what only they kept
 *     forget   symbols of this thread that nobody has                          (interned.ts)
 *
 * Only `begin` needs the heap for itself; threads work beside all the rest. That nothing is lost: an id that is in the heap
 * at any time after `begin` either could be reached then, in segments that the roots keep as they were, or a thread
 * has asked for it since, which left the epoch in its stamp; copying from one segment to another adds nothing to that.
 *
 * A thread that ends in here leaves the roots in its ledger, and an id half swept for the next sweep (SW2).
 */
import { drain, release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { holdRoots, presentRoots } from "../memory/held-roots.js";
import { drop, type LedgerSlot } from "../memory/ledger.js";
import { tryInQuiet } from "../memory/quiet.js";
import { beginEpoch } from "../memory/renewal.js";
import { forgetSymbols } from "../term/atom.js";
import { setTrigger, sweepSymbols } from "../term/symbol-sweep.js";
import type { Symbols } from "../term/symbols.js";
import { SymbolMarks } from "./symbol-marks.js";

// Of each a step takes some hundredths of a millisecond.
const WORDS_AT_ONCE = 16_384;
const IDS_AT_ONCE = 128;
const SEGMENTS_AT_ONCE = 512;
const NAMES_AT_ONCE = 128;

const MARK = 0;
const SWEEP = 1;
const RELEASE = 2;
const FORGET = 3;
const DONE = 4;

export class SymbolCollection {
  readonly #heap: Heap;
  readonly #symbols: Symbols;
  /** Null if nobody does anything until it is done. */
  readonly #roots: LedgerSlot | null;
  readonly #marks: SymbolMarks;
  readonly #count: number;
  readonly #used: number;
  #stage = MARK;
  #swept = 0;
  #freed = 0;

  /** Null if another thread uses the heap. At rest: this thread is in the middle of nothing. Throws HeapExhaustedError. */
  static begin(symbols: Symbols): SymbolCollection | null {
    const { heap } = symbols;
    return tryInQuiet(heap, () => new SymbolCollection(symbols, holdRoots(heap))) ?? null;
  }

  /** All at once, without any memory of the heap; how many ids became free, 0 if another thread uses the heap. At rest. */
  static runAtOnce(symbols: Symbols): number {
    const run = (): number => {
      const collection = new SymbolCollection(symbols, null);
      collection.run(() => false);
      return collection.freed;
    };
    return tryInQuiet(symbols.heap, run) ?? 0;
  }

  private constructor(symbols: Symbols, roots: LedgerSlot | null) {
    const { heap } = symbols;
    const { words } = heap;
    this.#heap = heap;
    this.#symbols = symbols;
    this.#roots = roots;
    beginEpoch(heap);
    symbols.releaseRetired();
    this.#count = symbols.count;
    this.#used = symbols.used;
    const held = roots === null ? presentRoots(words) : [words[roots]!];
    this.#marks = new SymbolMarks(words, held, this.#count);
  }

  /** How many ids became free. */
  get freed(): number {
    return this.#freed;
  }

  /** Goes on until `isOver`; false if all is done. */
  run(isOver: () => boolean): boolean {
    while (this.#stage !== DONE) {
      if (!this.#step()) this.#stage++;
      if (isOver()) break;
    }
    return this.#stage !== DONE;
  }

  /** False if the stage is done. */
  #step(): boolean {
    switch (this.#stage) {
      case MARK:
        return this.#marks.step(WORDS_AT_ONCE);
      case SWEEP:
        return this.#sweep();
      case RELEASE:
        return drain(this.#heap, SEGMENTS_AT_ONCE) > 0;
      case FORGET:
        return forgetSymbols(NAMES_AT_ONCE);
      default:
        return false;
    }
  }

  #sweep(): boolean {
    const end = Math.min(this.#count, this.#swept + IDS_AT_ONCE);
    const marks = this.#marks;
    this.#freed += sweepSymbols(this.#symbols, this.#swept, end, (id) => marks.has(id));
    this.#swept = end;
    if (end < this.#count) return true;
    setTrigger(this.#symbols, this.#used - this.#freed);
    this.#releaseRoots();
    return false;
  }

  /** Ends it early: what was swept is, and nothing is lost. */
  giveUp(): void {
    if (this.#stage <= SWEEP) this.#releaseRoots();
    this.#stage = DONE;
  }

  #releaseRoots(): void {
    if (this.#roots !== null) release(this.#heap, drop(this.#heap, this.#roots));
  }
}
