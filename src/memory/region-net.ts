/**
 * The safety net under packed regions: a forgotten one is released when its handle is collected, and
 * reported as a leak.
 *
 * Registering a handle for finalization costs ten times its making, so a handle first waits in a list;
 * only those not disposed when the list is looked through, at the end of the running job or when it
 * is full, are registered.
 *
 * Invariants
 *   RN1  A handle that is neither disposed nor registered is in `recent`.
 *   RN2  The ledger entry of a handle is dropped once: by its disposal, which unregisters it, or by its
 *        finalization, which cannot come after.
 */
import type { Address } from "../base/address.js";
import { release } from "./allocator.js";
import type { LocalHeap } from "./layout.js";
import { drop, type LedgerSlot } from "./ledger.js";
import { whileBusy } from "./quiet.js";

/** A handle to a packed region, as reports name it. */
export interface RegionTrace {
  /** The number of its packing. */
  readonly generation: number;
  /** Where the region begins, in words from the heap's start. */
  readonly address: Address;
  /** Where the handle was made, in debug runs; empty otherwise. */
  readonly madeAt: string;
}

/** What a thread knows of the packed regions it holds. */
export interface RegionReport {
  /** Handles collected without having been disposed, since this thread attached. */
  readonly leakedCount: number;
  /** The last of them. */
  readonly leaked: readonly RegionTrace[];
  /** Handles neither disposed nor collected; known in debug runs only. */
  readonly undisposed: readonly RegionTrace[];
}

/** What the net asks of a handle. */
interface NettedHandle {
  readonly disposed: boolean;
  /** Called once, when the handle is registered; its answer outlives the handle. */
  netted(): NettedState;
}

export interface NettedState {
  readonly entry: LedgerSlot;
  readonly address: Address;
  readonly generation: number;
}

const COMPANION = "regions";
const RECENT_LIMIT = 1024;
const LEAKS_KEPT = 100;

export class RegionNet {
  readonly #heap: LocalHeap;
  readonly #registry: FinalizationRegistry<NettedState>;
  readonly #traces = new Map<LedgerSlot, RegionTrace>();
  readonly #leaked: RegionTrace[] = [];
  #leakedCount = 0;
  #recent: NettedHandle[] = [];

  constructor(heap: LocalHeap) {
    this.#heap = heap;
    this.#registry = new FinalizationRegistry((state) => this.#collect(state));
  }

  /** This thread's net of the heap. */
  static of(heap: LocalHeap): RegionNet {
    const known = heap.companions.get(COMPANION);
    if (known !== undefined) return known as RegionNet;
    const made = new RegionNet(heap);
    heap.companions.set(COMPANION, made);
    return made;
  }

  /** Spans the net under a new handle (RN1). */
  add(handle: NettedHandle): void {
    if (this.#recent.length === 0) queueMicrotask(() => this.#lookThrough());
    else if (this.#recent.length >= RECENT_LIMIT) this.#lookThrough();
    this.#recent.push(handle);
  }

  /** Remembers where a handle was made; for debug runs. */
  trace(state: NettedState): void {
    const madeAt = new Error("made").stack ?? "";
    this.#traces.set(state.entry, { ...state, madeAt: madeAt.split("\n").slice(3).join("\n") });
  }

  /** The handle was disposed: it drops its ledger entry itself (RN2). */
  remove(handle: NettedHandle, entry: LedgerSlot, registered: boolean): void {
    if (registered) this.#registry.unregister(handle);
    if (this.#traces.size > 0) this.#traces.delete(entry);
  }

  report(): RegionReport {
    const undisposed = [...this.#traces.values()].map(plainTrace);
    return { leakedCount: this.#leakedCount, leaked: [...this.#leaked], undisposed };
  }

  #lookThrough(): void {
    const handles = this.#recent;
    this.#recent = [];
    for (const handle of handles) {
      if (!handle.disposed) this.#registry.register(handle, handle.netted(), handle);
    }
  }

  #collect(state: NettedState): void {
    if (this.#heap.detached) return;
    const trace = this.#traces.get(state.entry);
    this.#traces.delete(state.entry);
    this.#leakedCount++;
    this.#leaked.push(plainTrace({ ...state, madeAt: trace?.madeAt ?? "" }));
    if (this.#leaked.length > LEAKS_KEPT) this.#leaked.shift();
    // Finalization comes at any time, even to a thread that is waiting for work.
    whileBusy(this.#heap, () => release(this.#heap, drop(this.#heap, state.entry)));
  }
}

function plainTrace({ generation, address, madeAt }: RegionTrace): RegionTrace {
  return { generation, address, madeAt };
}

/** What this thread has leaked and not disposed; empty for a thread that never had a region. */
export function regionReport(heap: LocalHeap): RegionReport {
  const net = heap.companions.get(COMPANION);
  if (net === undefined) return { leakedCount: 0, leaked: [], undisposed: [] };
  return (net as RegionNet).report();
}
