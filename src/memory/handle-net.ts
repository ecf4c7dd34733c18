/**
 * The net under environments: one that is forgotten is released when its handle is collected, and counted.
 *
 *     handle ─┐
 *     handle ─┼─▶ page ─▶ entries | slot | slot | 0 | slot | …        registry: page → entries
 *     handle ─┘
 *
 * Registering a handle for finalization costs ten times its making, so handles that are made in one go share a page, and
 * the page is registered: it is collected when the last of them is. A page is open until the job that opened
 * it ends; whoever is not disposed by then gets a page alone. So what lives on keeps nothing else, but for
 * clones made in one go by the hundred, of which up to {@link PAGE_HANDLES} wait for each other.
 *
 * Invariants
 *   HN1  A live handle's ledger entry stands in its page, once; a disposed handle's place there is 0.
 *   HN2  Nothing that the registry holds refers to a page or a handle.
 *   HN3  The open page's handles are held by the net until the job ends or the page is full.
 */
import { release } from "./allocator.js";
import type { LocalHeap } from "./layout.js";
import { drop, type LedgerSlot } from "./ledger.js";
import { whileBusy } from "./quiet.js";

export const PAGE_HANDLES = 128;
/** The name of the net under environments. */
export const ENVIRONMENTS = "environments";
/** No ledger entry. */
const NONE = 0;

/** Where the entry of a handle stands; set by the net. */
export interface NettedEntry {
  page: Page;
  place: number;
}

/** Handles that are collected together. */
export class Page {
  readonly entries: Int32Array;
  count = 0;

  constructor(places: number) {
    this.entries = new Int32Array(places);
  }
}

/** The page of handles that are under no net. */
export const NO_PAGE: Page = new Page(1);

export class HandleNet {
  readonly #heap: LocalHeap;
  readonly #registry: FinalizationRegistry<Int32Array>;
  readonly #recent: NettedEntry[] = [];
  #open: Page | null = null;
  #forgottenCount = 0;

  constructor(heap: LocalHeap) {
    this.#heap = heap;
    this.#registry = new FinalizationRegistry((entries) => this.#collect(entries));
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

  /** Spans the net under a new handle, whose page and place it sets. */
  add(handle: NettedEntry, slot: LedgerSlot): void {
    let page = this.#open;
    if (page === null || page.count === PAGE_HANDLES) page = this.#openPage();
    const place = page.count++;
    page.entries[place] = slot;
    this.#recent[place] = handle;
    handle.page = page;
    handle.place = place;
  }

  /** The handle was disposed: its entry is its own again. */
  remove(handle: NettedEntry): void {
    handle.page.entries[handle.place] = NONE;
    // An object that is kept though it was disposed must not keep the others of its page.
    handle.page = NO_PAGE;
  }

  #openPage(): Page {
    // A full page is left to its handles (HN3).
    if (this.#open === null) queueMicrotask(() => this.#closePage());
    const page = this.#register(PAGE_HANDLES);
    this.#open = page;
    return page;
  }

  #register(places: number): Page {
    const page = new Page(places);
    // The entries alone, which know neither page nor handle (HN2).
    this.#registry.register(page, page.entries);
    return page;
  }

  /** The job has ended: handles that live on get pages of their own. */
  #closePage(): void {
    const page = this.#open;
    this.#open = null;
    if (page === null) return;
    for (const handle of this.#recent) {
      if (handle.page !== page) continue;
      const slot = page.entries[handle.place]!;
      if (slot === NONE) continue;
      const own = this.#register(1);
      own.entries[0] = slot;
      page.entries[handle.place] = NONE;
      handle.page = own;
      handle.place = 0;
    }
    this.#recent.length = 0;
  }

  #collect(entries: Int32Array): void {
    const heap = this.#heap;
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

/** How many handles of that name this thread has forgotten; 0 for one that never had any. */
export function forgottenHandles(heap: LocalHeap, name: string): number {
  const net = heap.companions.get(name);
  return net === undefined ? 0 : (net as HandleNet).forgottenCount;
}
