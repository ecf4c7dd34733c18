/** What a thread of a pool does: attach once, then serve when it is asked to. */

import type { Address } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import type { Permissions } from "../eval/host/permissions.js";
import { RuleProfile } from "../eval/rules/rule-profile.js";
import { Heap } from "../memory/heap.js";
import { becomeIdle } from "../memory/quiet.js";
import type { SharedHandle } from "../memory/shared-handle.js";
import { keepSlot } from "../memory/thread-slot.js";
import { Tap } from "../sync/taps.js";
import { Board, COUNTER_FORK_COST_NS } from "./board.js";
import { ForkOnBoard } from "./fork.js";
import { measureForkCost } from "./fork-cost.js";
import { ForkWatch } from "./fork-watch.js";
import { createSite } from "./language-site.js";
import { loadSite, type ThreadModule } from "./library-module.js";
import type { ThreadRecording } from "./pool-observer.js";
import { Recorder } from "./recorder.js";
import { heartbeatFor } from "./sharing.js";
import type { Site } from "./site.js";
import { StartFailure } from "./start-failure.js";
import { ThreadRegister } from "./thread-register.js";

const NS_PER_MS = 1e6;

export interface WorkerSetup {
  readonly heap: SharedHandle<"Heap">;
  readonly board: Address;
  /** Incarnation of the pool's owner, who settles the thread after its end. */
  readonly keeper: number;
  readonly register: Int32Array;
  /** Where a thread that cannot serve says why. */
  readonly failure: Int32Array;
  /** Undefined: a site with the whole language. */
  readonly module: ThreadModule | undefined;
  /** How long the module may take. */
  readonly startTimeMs: number;
  /** What programs may touch of the host, on a site with the whole language. */
  readonly permissions: Permissions | undefined;
  /** {@link Allowance.programFolder}. */
  readonly programFolder: string | null;
  /** How long a fork lasts in place before it is shared; undefined: each thread measures what sharing costs. */
  readonly heartbeatMs: number | undefined;
  /** What the thread tells of itself; undefined: nobody looks. */
  readonly recording: ThreadRecording | undefined;
}

/**
 * Attaches this thread to the heap and the board; `serve` of what it answers runs tasks. Null if that cannot
 * be: then the pool's owner finds the reason in the setup's `failure`.
 */
export async function attach(setup: WorkerSetup, threadId: number): Promise<ForkOnBoard | null> {
  try {
    return await start(setup, threadId);
  } catch (error) {
    new StartFailure(setup.failure).report(asOxbowError(error));
    return null;
  }
}

async function start(setup: WorkerSetup, threadId: number): Promise<ForkOnBoard> {
  const heap = Heap.receive(setup.heap);
  keepSlot(heap, setup.keeper);
  const register = new ThreadRegister(setup.register);
  register.add(heap.thread, threadId);
  try {
    const { module, permissions, programFolder, recording } = setup;
    const tap = recording === undefined ? null : Tap.claim(recording.taps, heap.thread);
    const profile = tap !== null && recording?.profiles === true ? new RuleProfile(tap) : null;
    const site =
      module === undefined
        ? createSite(heap, permissions, programFolder, profile)
        : await loadSite(heap, module, setup.startTimeMs, profile);
    const board = new Board(heap, setup.board);
    const fork = new ForkOnBoard(site, board, setup.heartbeatMs ?? measuredHeartbeat(site, board));
    // Not before: what is measured is no fork of the program.
    if (tap !== null) site.watch = new ForkWatch(new Recorder(tap, recording!.heapNumber));
    becomeIdle(heap);
    register.setReady(heap.thread, threadId);
    board.addReady();
    return fork;
  } catch (error) {
    // A thread that never served does not count as lost.
    register.remove(threadId);
    heap.detach();
    throw error;
  }
}

function asOxbowError(error: unknown): OxbowError {
  if (error instanceof OxbowError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `cannot start a thread of the pool: ${reason}`;
  return new OxbowError("ERR_WORKER_LOST", message, {}, { cause: error });
}

function measuredHeartbeat(site: Site, board: Board): number {
  const forkCostMs = measureForkCost(site);
  board.setCounter(COUNTER_FORK_COST_NS, Math.round(forkCostMs * NS_PER_MS));
  return heartbeatFor(forkCostMs);
}
