/** What a thread of a pool does: attach once, then serve when it is asked to. */

import type { Address } from "../base/address.js";
import { Heap, type HeapHandle } from "../memory/heap.js";
import { Board } from "./board.js";
import { ForkOnBoard } from "./fork.js";
import type { Site } from "./site.js";
import { ThreadRegister } from "./thread-register.js";

export interface WorkerSetup {
  readonly heap: HeapHandle;
  readonly board: Address;
  readonly register: Int32Array;
  readonly siteModule: string | undefined;
  readonly heartbeatMs: number;
}

/** What a site module exports. */
export interface SiteModule {
  readonly createSite: (heap: Heap) => Site | Promise<Site>;
}

/** Attaches this thread to the heap and the board; `serve` of what it answers runs tasks. */
export async function attach(setup: WorkerSetup, threadId: number): Promise<ForkOnBoard> {
  const { createSite } = (await import(
    setup.siteModule ?? new URL("./evaluator-site.js", import.meta.url).href
  )) as SiteModule;
  const heap = Heap.attach(setup.heap);
  const register = new ThreadRegister(setup.register);
  register.add(heap.thread, threadId);
  try {
    const site = await createSite(heap);
    return new ForkOnBoard(site, new Board(heap, setup.board), setup.heartbeatMs);
  } catch (error) {
    // A thread that never served is none that the pool has lost.
    register.remove(threadId);
    heap.detach();
    throw error;
  }
}
