/**
 * The collector of a heap on one thread: begins collections when they are worth their while or asked for, and
 * carries them out in slices, between which whatever else the thread has to do goes on.
 *
 *     heap has grown ──▶ merge: slice ─ turn ─ slice ─ turn ─ … ─▶ done                    (merging.ts)
 *     collect() ───────▶ merge, then names
 *     symbols are many ─────────────┴──all idle──▶ slice ─ turn ─ slice ─ turn ─ … ─▶ done  (symbol-collection.ts)
 *                                       └── others use the heap: again after some milliseconds
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
} from "../memory/collecting.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Heap } from "../memory/heap.js";
import { settleEnded } from "../memory/ledger.js";
import { platform } from "../platform/current.js";
import { isDue } from "../term/symbol-sweep.js";
import type { Symbols } from "../term/symbols.js";
import type { Merger } from "./merger.js";
import { SymbolCollection } from "./symbol-collection.js";
import type { Store } from "./workspace.js";

/** A slice is over after so long. */
const SLICE_MS = 0.7;
/** Between two tries to begin while others use the heap. */
const AGAIN_MS = 5;
/** How long one that was asked for tries to begin. */
const PATIENCE_MS = 1000;

/** A full heap is looked through again when it has so many times as many names as after the last time. */
const WORTH_IT = 1.06;

/** A smaller heap is not merged by itself, nor one that is not twice as large as after the last time. */
const FIRST_MERGED_BYTES = 2 ** 25;
/** How long after environments were made that live on the heap is looked at. */
const LOOK_MS = 1000;

class Collector implements HeapCollector {
  readonly #store: Store;
  readonly #heap: Heap;
  readonly #symbols: Symbols;
  /** Those that were asked for come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isWanted = false;
  #collections = 0;
  #slices = 0;
  #longestPauseMs = 0;
  #totalPauseMs = 0;
  #referencesReclaimed = 0;
  /** How many ids were in use after the heap was full last. */
  #usedWhenFull = 0;
  #symbolsFreed = 0;
  #mergesFrom = FIRST_MERGED_BYTES;
  #isLookAwaited = false;
  /** Loaded when it is needed. */
  #merger: Merger | null = null;

  /** For the thread of the store; by itself if that is what the heap was made for. */
  constructor(store: Store) {
    this.#store = store;
    this.#heap = store.heap;
    this.#symbols = store.vocabulary.symbols;
    if (!this.#heap.collects) return;
    this.#symbols.onGrowth = () => this.#want();
    if (this.#heap.merges) store.net.onSurvivors = () => this.#awaitLook();
  }

  get stats(): CollectorStats {
    return {
      collections: this.#collections,
      slices: this.#slices,
      longestPauseMs: this.#longestPauseMs,
      totalPauseMs: this.#totalPauseMs,
      referencesReclaimed: this.#referencesReclaimed,
      symbolsFreed: this.#symbolsFreed,
      bytesMerged: this.#merger?.bytesMerged ?? 0,
      symbolsInUse: this.#symbols.used,
    };
  }

  /** Collects all that nothing refers to now. Throws HeapExhaustedError. */
  collect(): Promise<CollectionReport> {
    const collected = this.#last.then(() => this.#collect(true));
    this.#last = collected.catch(() => undefined);
    return collected;
  }

  /** Other threads may have made many symbols. */
  consider(): void {
    if (this.#heap.collects && isDue(this.#symbols)) this.#want();
  }

  /**
   * Frees what it can at once, for a thread that has no room; false if that is nothing, or too much trouble: it was
   * tried, and there are hardly more names since.
   */
  makeRoom(): boolean {
    this.#referencesReclaimed += settleEnded(this.#heap);
    const isForgotten = this.#forgetAtOnce();
    return this.#merger?.runAtOnce((work) => this.#slice(work)) || isForgotten;
  }

  #forgetAtOnce(): boolean {
    const symbols = this.#symbols;
    if (symbols.used < WORTH_IT * this.#usedWhenFull) return false;
    this.#collections++;
    const freed = this.#slice(() => SymbolCollection.runAtOnce(symbols));
    this.#symbolsFreed += freed;
    this.#usedWhenFull = symbols.used;
    return freed > 0;
  }

  #want(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#last = this.#last.then(() => this.#collectByItself());
  }

  async #collectByItself(): Promise<void> {
    try {
      await this.#collect(false);
    } catch (error) {
      // There is no room even for looking; whoever needs room is told so.
      if (!(error instanceof HeapExhaustedError)) throw error;
    } finally {
      this.#isWanted = false;
    }
  }

  /** `isAsked`: somebody waits for it, so the process does not end before, and it does not wait for ever. */
  async #collect(isAsked: boolean): Promise<CollectionReport> {
    const bytesMerged = this.#heap.merges ? await this.#merge(isAsked) : 0;
    const collection = await this.#begin(isAsked);
    const putOff = { isComplete: false, symbolsFreed: 0, bytesMerged };
    if (collection === null) return putOff;
    this.#collections++;
    do {
      await turn(0, isAsked);
      if (this.#heap.detached) return putOff;
    } while (this.#slice((isOver) => collection.run(isOver)));
    this.#symbolsFreed += collection.freed;
    return { isComplete: true, symbolsFreed: collection.freed, bytesMerged };
  }

  /** Keeps once what environments of this thread hold alike; how many bytes that gave. */
  async #merge(isAsked: boolean): Promise<number> {
    const merger = await this.#loadMerger();
    const bytes = await merger.run({
      slice: (work) => this.#slice(work),
      turn: () => turn(0, isAsked),
    });
    this.#mergesFrom = Math.max(FIRST_MERGED_BYTES, 2 * this.#heap.claimedBytes());
    return bytes;
  }

  async #loadMerger(): Promise<Merger> {
    const file = await import("./merger.js");
    this.#merger ??= new file.Merger(this.#store);
    return this.#merger;
  }

  /** Looks after a while whether the heap has grown so much that it is worth merging. */
  #awaitLook(): void {
    if (this.#isLookAwaited) return;
    this.#isLookAwaited = true;
    platform.waiting.later(LOOK_MS, () => {
      this.#isLookAwaited = false;
      const heap = this.#heap;
      if (heap.detached) return;
      const claimed = heap.claimedBytes();
      // One that is nearly full is merged as long as there is room for that.
      const isWorthIt = claimed >= Math.min(this.#mergesFrom, heap.maxBytes / 2);
      if (isWorthIt) this.#last = this.#last.then(() => this.#merge(false));
      else if (claimed >= heap.maxBytes / 4) void this.#loadMerger();
    });
  }

  async #begin(isAsked: boolean): Promise<SymbolCollection | null> {
    const end = performance.now() + (isAsked ? PATIENCE_MS : Number.POSITIVE_INFINITY);
    for (let waitMs = 0; ; waitMs = AGAIN_MS) {
      await turn(waitMs, isAsked);
      if (this.#heap.detached) return null;
      this.#referencesReclaimed += this.#slice(() => settleEnded(this.#heap));
      const begun = this.#slice(() => SymbolCollection.begin(this.#symbols));
      if (begun !== null || performance.now() > end) return begun;
    }
  }

  #slice<Result>(work: (isOver: () => boolean) => Result): Result {
    const start = performance.now();
    const result = work(() => performance.now() - start >= SLICE_MS);
    this.#slices++;
    const pauseMs = performance.now() - start;
    this.#longestPauseMs = Math.max(this.#longestPauseMs, pauseMs);
    this.#totalPauseMs += pauseMs;
    return result;
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
