/**
 * The rounds of a collector: what it does from the event loop of its thread, slice by slice.
 *
 *     merge   ──▶ slice ─ turn ─ slice ─ turn ─ … ─▶ done
 *     collect ──▶ merge ──all idle──▶ slice ─ turn ─ slice ─ turn ─ … ─▶ done
 *                           └── others use the heap: again after some milliseconds
 */
import type { CollectionReport } from "../memory/collecting.js";
import { COUNTER_WRITER, type Heap, loadCounter } from "../memory/heap.js";
import { settleEnded } from "../memory/ledger.js";
import { busyThreads, whileBusy } from "../memory/quiet.js";
import { platform } from "../platform/current.js";
import type { Collector } from "./collector.js";
import { Merging } from "./merging.js";
import { SymbolCollection } from "./symbol-collection.js";

/** Between two tries to begin while others use the heap. */
const AGAIN_MS = 5;
/** How long one that was asked for tries to begin. */
const PATIENCE_MS = 1000;
/** A smaller heap is not merged by itself, nor one that is not twice as large as after the last time. */
const FIRST_MERGED_BYTES: number = 2 ** 25;
/** A full heap is looked through again when it has so many times as many names, or had so many times as many writers. */
const WORTH_IT = 1.06;

export class CollectorRounds {
  readonly #collector: Collector;
  readonly #heap: Heap;
  #mergesFrom = FIRST_MERGED_BYTES;
  /** How many ids were in use after the heap was full last. */
  #usedWhenFull = 0;
  /** How many writers there were when the heap was full last. */
  #writersWhenFull = 0;

  constructor(collector: Collector) {
    this.#collector = collector;
    this.#heap = collector.store.heap;
  }

  /** `isAsked`: somebody waits for it, so the process does not end before, and it does not wait for ever. */
  async collect(isAsked: boolean): Promise<CollectionReport> {
    const { tally } = this.#collector;
    const bytesMerged = this.#heap.merges ? await this.#merge(isAsked) : 0;
    const collection = await this.#begin(isAsked);
    const putOff = { isComplete: false, blockedBy: tally.blockedBy, symbolsFreed: 0, bytesMerged };
    if (collection === null) return putOff;
    tally.collections++;
    do {
      await turn(0, isAsked);
      if (this.#heap.detached) return putOff;
    } while (this.#collector.slice((isOver) => collection.run(isOver)));
    tally.symbolsFreed += collection.freed;
    return { isComplete: true, blockedBy: [], symbolsFreed: collection.freed, bytesMerged };
  }

  async #begin(isAsked: boolean): Promise<SymbolCollection | null> {
    const { store, tally } = this.#collector;
    const heap = this.#heap;
    const end = performance.now() + (isAsked ? PATIENCE_MS : Number.POSITIVE_INFINITY);
    for (let waitMs = 0; ; waitMs = AGAIN_MS) {
      await turn(waitMs, isAsked);
      if (heap.detached) return null;
      const begun = this.#collector.slice(() => {
        tally.referencesReclaimed += settleEnded(heap);
        return SymbolCollection.begin(store.vocabulary.symbols);
      });
      tally.blockedBy = begun === null ? busyThreads(heap) : [];
      if (begun !== null || performance.now() > end) return begun;
    }
  }

  /** Merges if the heap is twice as large as after the last time, or half full: later there is no room for that. */
  async mergeIfWorthIt(): Promise<void> {
    const heap = this.#heap;
    if (heap.detached || !heap.merges) return;
    if (heap.claimedBytes() >= Math.min(this.#mergesFrom, heap.maxBytes / 2))
      await this.#merge(false);
  }

  /** In slices; how many bytes that gave. Gives up when the thread evaluates. */
  async #merge(isAsked: boolean): Promise<number> {
    const heap = this.#heap;
    const merging = new Merging(this.#collector.store);
    const goOn = (): boolean => this.#collector.slice((isOver) => merging.run(isOver));
    do {
      await turn(0, isAsked);
      if (heap.detached) return 0;
      if (heap.evaluations > 0) merging.giveUp();
    } while (whileBusy(heap, goOn));
    this.#collector.tally.bytesMerged += merging.bytesMerged;
    this.#mergesFrom = Math.max(FIRST_MERGED_BYTES, 2 * heap.claimedBytes());
    return merging.bytesMerged;
  }

  /**
   * All at once, for a thread that has no room; false if that gave nothing, or would be too much trouble: it was tried, and there is
   * hardly more since.
   */
  makeRoom(): boolean {
    this.#collector.tally.referencesReclaimed += settleEnded(this.#heap);
    const isForgotten = this.#forgetAtOnce();
    return this.#mergeAtOnce() || isForgotten;
  }

  #forgetAtOnce(): boolean {
    const { store, tally } = this.#collector;
    const { symbols } = store.vocabulary;
    if (symbols.used < WORTH_IT * this.#usedWhenFull) return false;
    tally.collections++;
    const freed = this.#collector.slice(() => SymbolCollection.runAtOnce(symbols));
    tally.symbolsFreed += freed;
    this.#usedWhenFull = symbols.used;
    return freed > 0;
  }

  #mergeAtOnce(): boolean {
    const heap = this.#heap;
    const writers = loadCounter(heap, COUNTER_WRITER);
    if (!heap.merges || writers < WORTH_IT * this.#writersWhenFull) return false;
    this.#writersWhenFull = writers;
    const merging = new Merging(this.#collector.store);
    this.#collector.slice(() => merging.run(() => false));
    this.#collector.tally.bytesMerged += merging.bytesMerged;
    return merging.bytesMerged > 0;
  }
}

/** A later turn of the event loop, which comes only as long as the process lives if nobody has asked for it. */
function turn(waitMs: number, isAsked: boolean): Promise<void> {
  const { waiting } = platform;
  if (isAsked && waitMs === 0) return waiting.turn();
  return new Promise((resolve) => {
    if (isAsked) setTimeout(resolve, waitMs);
    else waiting.later(waitMs, resolve);
  });
}
