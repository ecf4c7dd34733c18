/**
 * The collector of a heap on one thread: begins collections when they are worth their while or asked for. They are
 * carried out in slices, between which whatever else the thread has to do goes on (collector-rounds.ts).
 *
 *     heap has grown ──▶ merge                   what environments hold alike is kept once (merging.ts)
 *     symbols are many ─▶ merge, then names      names that nothing refers to are forgotten (symbol-collection.ts)
 *     collect() ───────▶ the same
 *     no room ─────────▶ names, then merge       at once, without slices
 *
 * Slices run from the event loop, when the thread is in the middle of nothing; so nothing is collected as long as its
 * event loop stands still.
 */
import { OxbowError } from "../base/errors.js";
import {
  COLLECTOR,
  type CollectionReport,
  type CollectorStats,
  type HeapCollector,
  NO_STATS,
} from "../memory/collecting.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Heap } from "../memory/heap.js";
import { platform } from "../platform/current.js";
import { isDue } from "../term/symbol-sweep.js";
import type { Symbols } from "../term/symbols.js";
import type { CollectorRounds } from "./collector-rounds.js";
import { ROUNDS_AT_HAND } from "./rounds-at-hand.js";
import type { Store } from "./workspace.js";

/** A slice is over after so long. */
const SLICE_MS = 0.7;
/** How long after environments were made that live on the heap is looked at. */
const LOOK_MS = 1000;

/** What was done, to be added to. */
type CollectorTally = { -readonly [Name in keyof CollectorStats]: CollectorStats[Name] };

export class Collector implements HeapCollector {
  readonly store: Store;
  readonly tally: CollectorTally = { ...NO_STATS };
  readonly #heap: Heap;
  readonly #symbols: Symbols;
  #rounds: CollectorRounds | null;
  /** They come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isWanted = false;
  #isLookAwaited = false;

  /** For the thread of the store; by itself if that is what the heap was made for. */
  constructor(store: Store) {
    this.store = store;
    this.#heap = store.heap;
    this.#symbols = store.vocabulary.symbols;
    this.#rounds = ROUNDS_AT_HAND === null ? null : new ROUNDS_AT_HAND(this);
    if (!this.#heap.collects) return;
    this.#symbols.onGrowth = () => this.#want();
    store.net.onSurvivors = () => this.#awaitLook();
  }

  get stats(): CollectorStats {
    return { ...this.tally, symbolsInUse: this.#symbols.used };
  }

  /** Collects all that nothing refers to now, and merges. Throws HeapExhaustedError. */
  collect(): Promise<CollectionReport> {
    const collected = this.#last.then(async () => (await this.#load()).collect(true));
    this.#last = collected.catch(() => undefined);
    return collected;
  }

  /** Other threads may have made many symbols. */
  consider(): void {
    if (this.#heap.collects && isDue(this.#symbols)) this.#want();
  }

  /**
   * Frees what it can at once, for a thread that has no room; false if that is nothing, or too much trouble: it was
   * tried, and there is hardly more since.
   */
  makeRoom(): boolean {
    return this.#rounds?.makeRoom() ?? false;
  }

  async #load(): Promise<CollectorRounds> {
    if (this.#rounds === null) {
      const file = await import("./collector-rounds.js");
      this.#rounds ??= new file.CollectorRounds(this);
    }
    return this.#rounds;
  }

  #want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#last = this.#last.then(() => this.#collectByItself());
  }

  async #collectByItself(): Promise<void> {
    try {
      await (await this.#load()).collect(false);
    } catch (error) {
      // There is no room even for looking; whoever needs room is told so.
      if (!(error instanceof HeapExhaustedError)) throw error;
    } finally {
      this.#isWanted = false;
    }
  }

  /** Looks after a while whether the heap has grown so much that it is worth merging. */
  #awaitLook(): void {
    if (this.#isLookAwaited) return;
    this.#isLookAwaited = true;
    platform.waiting.later(LOOK_MS, () => {
      this.#isLookAwaited = false;
      this.#last = this.#last.then(async () => (await this.#load()).mergeIfWorthIt());
    });
  }

  /** Runs work that is to end when `isOver`, and counts it. */
  slice<Result>(work: (isOver: () => boolean) => Result): Result {
    const { tally } = this;
    const start = performance.now();
    const result = work(() => performance.now() - start >= SLICE_MS);
    const pauseMs = performance.now() - start;
    tally.slices++;
    tally.longestPauseMs = Math.max(tally.longestPauseMs, pauseMs);
    tally.totalPauseMs += pauseMs;
    return result;
  }
}

/** Gives the heap of a store its collector on this thread. */
export function installCollector(store: Store): void {
  store.heap.companions.set(COLLECTOR, new Collector(store));
}

/**
 * After `error`, in which nothing was changed: returns if there is more room because the heap was full, so that it is worth
 * trying again; otherwise throws it. Not while the thread evaluates.
 */
export function makeRoomAfter(error: unknown, heap: Heap): void {
  const isFull = error instanceof OxbowError && FULL.has(error.code);
  const collector = isFull && heap.evaluations === 0 ? heap.companions.get(COLLECTOR) : undefined;
  if (!(collector instanceof Collector && collector.makeRoom())) throw error;
}

const FULL: ReadonlySet<string> = new Set(["ERR_HEAP_EXHAUSTED", "ERR_LIMIT"]);

/** Lets the collector of this thread see whether there is something to do. */
export function considerCollecting(heap: Heap): void {
  const collector = heap.companions.get(COLLECTOR);
  if (collector instanceof Collector) collector.consider();
}
