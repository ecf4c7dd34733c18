/** What has come together since the last snapshot, against the thresholds of a store. */
import type { Address } from "../base/address.js";
import { countNews } from "../environment/causal-context.js";
import type { Heap } from "../memory/heap.js";
import type { StoreSettings } from "./store-options.js";

export class ThresholdMeter {
  readonly #heap: Heap;
  readonly #settings: StoreSettings;
  #claimedBytes: number;
  #snapshotAtMs: number = performance.now();
  /** Bytes of the log. */
  logBytes = 0;

  constructor(heap: Heap, settings: StoreSettings) {
    this.#heap = heap;
    this.#settings = settings;
    this.#claimedBytes = heap.claimedBytes();
  }

  /** A snapshot was written. */
  restart(): void {
    this.#claimedBytes = this.#heap.claimedBytes();
    this.#snapshotAtMs = performance.now();
    this.logBytes = 0;
  }

  /** Whether a threshold is reached, the environment having gone from one root to another; both are held by the caller. */
  isReached(before: Address, now: Address): boolean {
    const { operations, bytes, intervalMs } = this.#settings;
    if (performance.now() - this.#snapshotAtMs >= intervalMs) return true;
    if (this.#heap.claimedBytes() - this.#claimedBytes + this.logBytes >= bytes) return true;
    return countNews(this.#heap.words, before, now) >= operations;
  }
}
