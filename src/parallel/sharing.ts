/**
 * Sharing: when the branches of a fork that have not begun are posted for other threads, and how many
 * of them make a task.
 *
 *     fork begins                heartbeat            …
 *     │ branch 0 · branch 1 · branch 2 ┃ branches 3 … n as a job, if a thread has nothing to do
 *     └── in place, as a loop ─────────┛
 *
 * Sharing costs the forking thread some microseconds, measured by each thread when it starts
 * (fork-cost.ts). The heartbeat is a multiple of that, so sharing can never cost more than a small part of
 * the work done meanwhile, whatever the machine and however small the branches: heartbeat scheduling
 * (Acar et al., "Heartbeat Scheduling", PLDI 2018).
 */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { release } from "../memory/allocator.js";
import type { Heap } from "../memory/heap.js";
import { hold, type LedgerSlot } from "../memory/ledger.js";
import { hasListeners } from "../sync/bell.js";
import { type Board, COUNTER_FORKS, STACK_LIMIT } from "./board.js";
import { planJob } from "./job-plan.js";
import type { ForkRequest, Site } from "./site.js";

/** A fork runs for this multiple of the cost of sharing before it is shared. */
const HEARTBEAT_FACTOR = 6;
/** Whatever the measurement, the heartbeat stays in this range. */
const SHORTEST_HEARTBEAT_MS = 0.1;
export const LONGEST_HEARTBEAT_MS = 2;
/** A task should last about this many heartbeats, so that claiming it costs little beside it. */
const TASK_HEARTBEATS = 3;
const TASKS_PER_FORK = 256;

/** How long a fork runs in place before its remaining branches are posted, from the cost of sharing. */
export function heartbeatFor(forkCostMs: number): number {
  const wanted = forkCostMs * HEARTBEAT_FACTOR;
  return Math.min(Math.max(wanted, SHORTEST_HEARTBEAT_MS), LONGEST_HEARTBEAT_MS);
}

/** How many branches make a task, for branches that take `branchMs` each, `left` of them. */
export function taskSize(heartbeatMs: number, branchMs: number, left: number): number {
  const forTime = Math.ceil((heartbeatMs * TASK_HEARTBEATS) / branchMs);
  return Math.max(1, Math.min(forTime, left), Math.ceil(left / TASKS_PER_FORK));
}

/** Who stands by a thread that forks and whose event loop stands still meanwhile. */
export interface Attendant {
  /** A fork that began at `startedMs` has branches that have not begun, and no thread listens. */
  missHelp(startedMs: number): void;
  /** Branches are about to be put up. */
  noteHelpers(): void;
  /** Nothing has happened for a moment, while the thread waits for others. */
  idle(): void;
}

/** The heartbeat of a thread: at most one fork is shared in each beat, the oldest that asks. */
export class Beat {
  readonly intervalMs: number;
  #lastMs = 0;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  isDue(): boolean {
    return performance.now() - this.#lastMs >= this.intervalMs;
  }

  /** For a fork that began at `startedMs`: true if it may be shared now, which uses up the beat. */
  take(startedMs: number): boolean {
    const now = performance.now();
    if (now - startedMs < this.intervalMs || now - this.#lastMs < this.intervalMs) return false;
    this.#lastMs = now;
    return true;
  }
}

/** The branches of a fork that have not begun, and when to share them. */
export class Sharing {
  /** The first branch that has not begun. */
  next = 0;
  job: Address = NO_ADDRESS;
  /** Of the job in this thread's ledger. */
  slot = -1;
  /**
   * Whether the branches turned out to hold something that cannot leave the thread, or there was no room for
   * them.
   */
  #mustStay = false;
  /** The evaluator's question, and the heartbeat. */
  readonly look: () => boolean;
  readonly #site: Site;
  readonly #board: Board;
  /** The job of the task that the fork is in. */
  readonly #parent: Address;
  readonly #request: ForkRequest;
  readonly #startedMs: number = performance.now();
  readonly #beat: Beat;
  readonly #attendant: Attendant | undefined;

  constructor(
    site: Site,
    board: Board,
    request: ForkRequest,
    beat: Beat,
    attendant: Attendant | undefined,
  ) {
    this.#attendant = attendant;
    this.#site = site;
    this.#board = board;
    this.#parent = board.current;
    this.#request = request;
    this.#beat = beat;
    this.look = () => {
      // The forks around this one are asked first: the oldest is shared first.
      const isInterrupted = request.isInterrupted();
      if (this.#mayShare) this.#shareIfDue();
      else if (this.isShared) this.#isMissingHelp();
      return isInterrupted;
    };
  }

  get isShared(): boolean {
    return this.job !== NO_ADDRESS;
  }

  get #mayShare(): boolean {
    return !this.isShared && !this.#mustStay && this.next < this.#request.atoms.length;
  }

  #shareIfDue(): void {
    const board = this.#board;
    if (board.depth >= STACK_LIMIT || this.#isMissingHelp()) return;
    if (!this.#beat.take(this.#startedMs)) return;
    if (this.#request.untilWritten === true) {
      this.share(1);
      return;
    }
    const branchMs = (performance.now() - this.#startedMs) / this.next;
    const left = this.#request.atoms.length - this.next;
    this.share(taskSize(this.#beat.intervalMs, branchMs, left));
  }

  /** Whether no thread has nothing to do; the attendant is told. */
  #isMissingHelp(): boolean {
    const { heap, bell } = this.#board;
    if (hasListeners(heap.words, bell)) return false;
    this.#attendant?.missHelp(this.#startedMs);
    return true;
  }

  /**
   * Puts the branches that have not begun up, or those before `end` of them, `size` to a task. False if they
   * cannot be shared: then they stay in place, as they would on one thread.
   */
  share(size: number, end: number = this.#request.atoms.length): boolean {
    const cut = { first: this.next, end, size };
    const { heap, owner } = this.#board;
    this.#attendant?.noteHelpers();
    try {
      const job = planJob(this.#site, this.#request, cut, { forker: owner, parent: this.#parent });
      this.slot = holdOrRelease(heap, job);
      this.job = job;
    } catch (error) {
      if (!(error instanceof OxbowError)) throw error;
      this.#mustStay = true;
      return false;
    }
    this.#board.count(COUNTER_FORKS);
    this.#board.putUp(this.job);
    return true;
  }
}

function holdOrRelease(heap: Heap, job: Address): LedgerSlot {
  try {
    return hold(heap, job);
  } catch (error) {
    release(heap, job);
    throw error;
  }
}
