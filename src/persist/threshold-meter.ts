/** What has come together since the last snapshot, against the thresholds of a store. */
import type { Address } from "../base/address.js";
import type { SharedRoot } from "../containers/shared-root.js";
import { countNews } from "../environment/causal-context.js";
import { rootOf, type SharedEnvironment } from "../environment/shared.js";
import { release, retainIn } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { drop, hold, type LedgerSlot, reserve } from "../memory/ledger.js";
import type { StoreSettings } from "./store-options.js";

export class ThresholdMeter {
  readonly #heap: Heap;
  readonly #shared: SharedRoot;
  readonly #settings: StoreSettings;
  /** The root that the last snapshot was taken of, or the last that was loaded. */
  #snapshot: LedgerSlot;
  #claimedBytes: number;
  #snapshotAtMs: number = performance.now();
  /** Bytes of the log. */
  logBytes = 0;

  /** Begins with what the environment holds now. */
  constructor(heap: Heap, environment: SharedEnvironment, settings: StoreSettings) {
    this.#heap = heap;
    this.#shared = rootOf(environment);
    this.#settings = settings;
    this.#snapshot = hold(heap, this.#shared.take());
    this.#claimedBytes = heap.claimedBytes();
  }

  /** A snapshot of the root, which the caller holds, was written. */
  restart(root: Address): void {
    const heap = this.#heap;
    const before = this.#snapshot;
    reserve(heap);
    retainIn(heap, root);
    this.#snapshot = hold(heap, root);
    release(heap, drop(heap, before));
    this.#claimedBytes = heap.claimedBytes();
    this.#snapshotAtMs = performance.now();
    this.logBytes = 0;
  }

  /** Whether the environment is another than that of the last snapshot. */
  hasChanged(): boolean {
    return !this.#shared.isAt(this.#heap.words[this.#snapshot]!);
  }

  /** Whether a threshold is reached. Costs writers nothing: it looks at what they leave. */
  isReached(): boolean {
    const { operations, bytes, intervalMs } = this.#settings;
    if (!this.hasChanged()) return false;
    if (performance.now() - this.#snapshotAtMs >= intervalMs) return true;
    if (this.#heap.claimedBytes() - this.#claimedBytes + this.logBytes >= bytes) return true;
    const root = this.#shared.take();
    try {
      return countNews(this.#heap.words, this.#heap.words[this.#snapshot]!, root) >= operations;
    } finally {
      release(this.#heap, root);
    }
  }

  dispose(): void {
    release(this.#heap, drop(this.#heap, this.#snapshot));
  }
}
