/**
 * Shadows of a thread: for roots that are forked again and again, copies of what the next fork will write
 * (memory/shadow.ts), made while the thread has nothing else to do.
 *
 *     first write of a fork ──▶ take ──▶ a shadow is ready: the fork adopts it           hit
 *                                   └──▶ none: it copies as it writes, and is traced     miss
 *     idle slice ──▶ what was traced teaches the predictor ──▶ plan ──▶ shadows, READY for each base at most
 *
 * Invariants
 *   SD1  A base is held (SHW1), as are its shadows, all in the thread's ledger: what a thread has when it ends is released
 *        when its slot is settled.
 *   SD2  There are BASES bases at most. One goes with its owner, that is when nobody else holds it; when the heap is full;
 *        when others are used instead; and when it was not used for a while.
 *   SD3  The only holder of a base beside this is its owner: a write of its own ends the base, and goes on in place.
 *   SD4  One fork in PROBED is traced though a shadow is ready: so a base that is written elsewhere now is noticed.
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { release } from "../memory/allocator.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Heap } from "../memory/heap.js";
import { drop, hold, holdAnother, type LedgerSlot } from "../memory/ledger.js";
import { whileBusy } from "../memory/quiet.js";
import {
  makeShadow,
  planShadow,
  type ShadowReport,
  type ShadowStep,
  shadowReport,
} from "../memory/shadow.js";
import { platform } from "../platform/current.js";
import { MarkovPredictor, type Predictor, RecentPredictor } from "./predictor.js";

const BASES = 8;
const READY = 4;
const PROBED = 32;
/** Roots that were forked once, to be recognised. */
const REMEMBERED = 16;
/** Forks that are traced before anything is predicted. */
const LEARNED = 3;
/** A base that was not used for between one and two of these is given up. */
const PATIENCE_MS = 1000;

interface Base {
  readonly root: Address;
  readonly slot: LedgerSlot;
  readonly predictor: Predictor;
  /** Made of what the predictor knew; null if it has learned since. */
  plan: readonly ShadowStep[] | null;
  readonly ready: LedgerSlot[];
  forks: number;
  isUsed: boolean;
}

export class Shadows {
  readonly report: ShadowReport;
  readonly #heap: Heap;
  readonly #makePredictor: () => Predictor;
  /** The one used last stands last. */
  readonly #bases = new Map<Address, Base>();
  readonly #seen: Address[] = [];
  /** Whose fork is traced. */
  #traced: Base | null = null;
  #trace: Address[] = [];
  #isMaking = false;
  #isAwaited = false;
  #isWatched = false;

  /** Those of the thread, if the heap is to have any. */
  static of(heap: Heap): Shadows | null {
    if (heap.shadows === "none") return null;
    return new Shadows(
      heap,
      heap.shadows === "markov" ? () => new MarkovPredictor() : () => new RecentPredictor(),
    );
  }

  constructor(heap: Heap, makePredictor: () => Predictor) {
    this.#heap = heap;
    this.#makePredictor = makePredictor;
    this.report = shadowReport(heap);
    heap.relieve = () => {
      if (!this.#isMaking) this.dropAll();
    };
  }

  /**
   * A handle that shares `root` is written for the first time: a shadow of it to go on with, whose reference is the
   * caller's; NO_ADDRESS if there is none.
   */
  take(root: Address): Address {
    this.#endTrace();
    const base = this.#bases.get(root) ?? this.#recognise(root);
    if (base === null) return NO_ADDRESS;
    base.isUsed = true;
    this.#bases.delete(root); // and in again, as the one used last
    this.#bases.set(root, base);
    const isProbe = base.forks++ % PROBED === 0; // SD4
    const slot = isProbe ? undefined : base.ready.pop();
    this.#awaitIdle();
    if (slot !== undefined) {
      this.report.hits++;
      return drop(this.#heap, slot);
    }
    this.report.misses++;
    this.#traced = base;
    this.#trace = [];
    this.#heap.copyTrace = this.#trace;
    return NO_ADDRESS;
  }

  /** A root that is forked for the second time is a base from now on. */
  #recognise(root: Address): Base | null {
    if (!this.#seen.includes(root)) {
      this.#seen.push(root);
      if (this.#seen.length > REMEMBERED) this.#seen.shift();
      return null;
    }
    if (this.#bases.size === BASES) this.#drop(this.#bases.values().next().value!);
    const slot = holdAnother(this.#heap, root);
    const predictor = this.#makePredictor();
    const base = { root, slot, predictor, plan: null, ready: [], forks: 0, isUsed: true };
    this.#bases.set(root, base);
    this.#watch();
    return base;
  }

  #endTrace(): void {
    const base = this.#traced;
    if (base === null) return;
    this.#heap.copyTrace = null;
    this.#traced = null;
    if (this.#trace.length === 0) return;
    base.predictor.learn(this.#trace);
    base.plan = null;
  }

  /** Makes the shadows that are missing, up to READY of each base. What an idle thread does. */
  prepare(): void {
    this.#endTrace();
    this.#isMaking = true;
    try {
      for (const base of this.#bases.values()) if (base.forks >= LEARNED) this.#fill(base);
    } catch (error) {
      if (!(error instanceof HeapExhaustedError)) throw error;
      this.dropAll();
    } finally {
      this.#isMaking = false;
    }
  }

  #fill(base: Base): void {
    const heap = this.#heap;
    base.plan ??= planShadow(heap.words, base.root, (segment) => base.predictor.predicts(segment));
    if (base.plan.length === 1) return;
    while (base.ready.length < READY) {
      const shadow = makeShadow(heap, base.plan);
      try {
        base.ready.push(hold(heap, shadow)); // SD1
      } catch (error) {
        release(heap, shadow);
        throw error;
      }
      this.report.made++;
    }
  }

  /** Whether the root is held as a base here. */
  has(root: Address): boolean {
    return this.#bases.has(root);
  }

  /** Somebody has given up the root: if nobody else holds it, so does this (SD2). */
  noteRelease(root: Address): void {
    const base = this.#bases.get(root);
    if (base !== undefined && this.#heap.words[root] === 1) this.#drop(base);
  }

  /** The base of that root is one no more (SD3). */
  end(root: Address): void {
    const base = this.#bases.get(root);
    if (base !== undefined) this.#drop(base);
  }

  dropAll(): void {
    for (const base of this.#bases.values()) this.#drop(base);
  }

  #drop(base: Base): void {
    const heap = this.#heap;
    this.#bases.delete(base.root);
    if (this.#traced === base) {
      this.#traced = null;
      heap.copyTrace = null;
    }
    this.report.wasted += base.ready.length;
    for (const slot of base.ready.splice(0)) release(heap, drop(heap, slot));
    release(heap, drop(heap, base.slot));
  }

  #awaitIdle(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    platform.waiting.afterTurn(() => {
      this.#isAwaited = false;
      this.#do(() => this.prepare());
    });
  }

  /** Gives up what was not used since the last look (SD2). */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    platform.waiting.later(PATIENCE_MS, () => {
      this.#isWatched = false;
      this.#do(() => this.#dropUnused());
      if (this.#bases.size > 0 && !this.#heap.detached) this.#watch();
    });
  }

  #dropUnused(): void {
    for (const base of this.#bases.values()) {
      if (!base.isUsed) this.#drop(base);
      base.isUsed = false;
    }
  }

  #do(action: () => void): void {
    if (!this.#heap.detached) whileBusy(this.#heap, action);
  }
}
