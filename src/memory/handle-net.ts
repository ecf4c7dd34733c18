/**
 * The net under environments: one that is forgotten is released when its handle is collected, and counted.
 *
 *     made in this job: handle | handle | – | handle | …                    the batch
 *                          │ the batch is full, or the job ends
 *                          ▼
 *     handle ◀─┐
 *     handle ◀─┼─▶ page ─▶ entries | slot | slot | slot | …       registry: page → entries
 *     handle ◀─┘
 *
 * Registering a handle for finalization costs ten times its making, so handles are noted in a batch. Most are
 * disposed before it ends. Those that are not share a page if the batch was full, and the page is registered:
 * it is collected when the last of them is. If the job ended first, each has a page alone. So what lives on
 * keeps nothing else, but for clones made in one go by the hundred, of which up to {@link BATCH_HANDLES} wait for
 * each other.
 *
 * Invariants
 *   HN1  The ledger entry of a live handle is in its page, at its place, once; or the handle is in the batch,
 *        at its place, and its page is NO_PAGE. A disposed handle is in neither.
 *   HN2  Nothing that the registry or the net holds refers to a page or a handle but weakly.
 *   HN3  The batch is settled when it is full and when the job ends.
 */
import { release } from "./allocator.js";
import type { LocalHeap } from "./layout.js";
import { drop, type LedgerSlot } from "./ledger.js";
import { whileBusy } from "./quiet.js";

export const BATCH_HANDLES = 128;
/** The name of the net under environments. */
export const ENVIRONMENTS = "environments";
/** No ledger entry. */
const NONE = 0;

/** A handle under a net, which alone sets its page and place. */
export interface NettedEntry {
  readonly slot: LedgerSlot;
  page: Page;
  place: number;
}

/** Handles that are collected together, and their ledger entries at the same places. */
export class Page {
  readonly entries: LedgerSlot[];
  /** Null for those that were disposed. */
  readonly handles: (NettedEntry | null)[] = [];
  readonly self: WeakRef<Page> = new WeakRef(this);
  liveCount = 0;

  constructor(entries: LedgerSlot[]) {
    this.entries = entries;
  }
}

/** What remains of a page that was collected. */
interface Remains {
  readonly entries: readonly LedgerSlot[];
  readonly page: WeakRef<Page>;
}

/** The page of handles in the batch, and of disposed ones. */
export const NO_PAGE: Page = new Page([]);

/** Handles of this job, in the order in which they were made; null for those that were disposed. */
class Batch {
  // As young as what it holds, so that noting a handle is one plain write.
  readonly handles: (NettedEntry | null)[] = new Array<NettedEntry | null>(BATCH_HANDLES);
  count = 0;
}

export class HandleNet {
  /** Called when a job has ended that made handles which live on. */
  onSurvivors: (() => void) | null = null;
  readonly #heap: LocalHeap;
  readonly #registry: FinalizationRegistry<Remains>;
  /** Those with live handles. */
  readonly #pages = new Set<WeakRef<Page>>();
  #batch = new Batch();
  /** Whether the end of the job is awaited, as it is while the batch has a handle. */
  #isWaiting = false;
  #forgottenCount = 0;

  constructor(heap: LocalHeap) {
    this.#heap = heap;
    this.#registry = new FinalizationRegistry((remains) => this.#collect(remains));
  }

  /** This thread's net of the heap under handles of that name. */
  static of(heap: LocalHeap, name: string): HandleNet {
    const known = heap.companions.get(name);
    if (known !== undefined) return known as HandleNet;
    const made = new HandleNet(heap);
    heap.companions.set(name, made);
    return made;
  }

  /** Handles collected without having been disposed, since this thread attached. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  /** Spans the net under a new handle. */
  add(handle: NettedEntry): void {
    if (this.#batch.count === BATCH_HANDLES) this.#settleFull();
    const batch = this.#batch;
    if (!this.#isWaiting) this.#awaitEnd();
    handle.place = batch.count;
    batch.handles[batch.count++] = handle;
  }

  /** The handle is about to be disposed: its entry is its own again. */
  remove(handle: NettedEntry): void {
    const { page, place } = handle;
    if (page === NO_PAGE) this.#batch.handles[place] = null;
    else this.#leave(page, place);
    // An object that is kept though it was disposed must not keep the others of its page.
    handle.page = NO_PAGE;
  }

  /** The handles that live, those that are forgotten and not yet collected included. */
  *handles(): Iterable<NettedEntry> {
    for (const reference of this.#pages) {
      for (const handle of reference.deref()?.handles ?? []) if (handle !== null) yield handle;
    }
    for (const handle of this.#batch.handles.slice(0, this.#batch.count)) {
      if (handle !== null) yield handle;
    }
  }

  #leave(page: Page, place: number): void {
    page.entries[place] = NONE;
    page.handles[place] = null;
    if (--page.liveCount === 0) this.#pages.delete(page.self);
  }

  #awaitEnd(): void {
    this.#isWaiting = true;
    queueMicrotask(() => this.#settleLast());
  }

  /** A page for those of a full batch that still live, and the next batch (HN3). */
  #settleFull(): void {
    const page = new Page([]);
    for (const handle of this.#batch.handles) if (handle !== null) enter(page, handle);
    if (page.entries.length > 0) this.#register(page);
    this.#batch = new Batch();
  }

  /** The job has ended: handles that live on get pages of their own (HN3). */
  #settleLast(): void {
    const { handles, count } = this.#batch;
    this.#batch = new Batch();
    this.#isWaiting = false;
    let survive = false;
    for (const handle of handles.slice(0, count)) {
      if (handle === null) continue;
      const page = new Page([]);
      enter(page, handle);
      this.#register(page);
      survive = true;
    }
    if (survive) this.onSurvivors?.();
  }

  #register(page: Page): void {
    this.#pages.add(page.self);
    // The entries, which know neither page nor handle (HN2).
    this.#registry.register(page, { entries: page.entries, page: page.self });
  }

  #collect({ entries, page }: Remains): void {
    const heap = this.#heap;
    this.#pages.delete(page);
    if (heap.detached) return;
    const slots = entries.filter((slot) => slot !== NONE);
    if (slots.length === 0) return;
    this.#forgottenCount += slots.length;
    // Finalization comes when it will, to a thread that waits for work too.
    whileBusy(heap, () => {
      for (const slot of slots) release(heap, drop(heap, slot));
    });
  }
}

function enter(page: Page, handle: NettedEntry): void {
  handle.page = page;
  handle.place = page.entries.length;
  page.entries.push(handle.slot);
  page.handles.push(handle);
  page.liveCount++;
}

/** How many handles of that name this thread has forgotten; 0 for one that never had any. */
export function forgottenHandles(heap: LocalHeap, name: string): number {
  const net = heap.companions.get(name);
  return net === undefined ? 0 : (net as HandleNet).forgottenCount;
}
