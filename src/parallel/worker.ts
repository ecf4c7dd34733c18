/** What a thread of a pool does: attach once, then serve when it is asked to. */

import type { Address } from "../base/address.js";
import { Heap, type HeapHandle } from "../memory/heap.js";
import { becomeIdle } from "../memory/quiet.js";
import { Board, COUNTER_FORK_COST_NS } from "./board.js";
import { ForkOnBoard } from "./fork.js";
import { measureForkCost } from "./fork-cost.js";
import { heartbeatFor } from "./sharing.js";
import type { Site } from "./site.js";
import { ThreadRegister } from "./thread-register.js";

const NS_PER_MS = 1e6;

export interface WorkerSetup {
  readonly heap: HeapHandle;
  readonly board: Address;
  readonly register: Int32Array;
  readonly siteModule: string | undefined;
  /** How long a fork lasts in place before it is shared; undefined: each thread measures what sharing costs. */
  readonly heartbeatMs: number | undefined;
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
    const board = new Board(heap, setup.board);
    const fork = new ForkOnBoard(site, board, setup.heartbeatMs ?? measuredHeartbeat(site, board));
    becomeIdle(heap);
    return fork;
  } catch (error) {
    // A thread that never served is none that the pool has lost.
    register.remove(threadId);
    heap.detach();
    throw error;
  }
}

function measuredHeartbeat(site: Site, board: Board): number {
  const forkCostMs = measureForkCost(site);
  board.setCounter(COUNTER_FORK_COST_NS, Math.round(forkCostMs * NS_PER_MS));
  return heartbeatFor(forkCostMs);
}
