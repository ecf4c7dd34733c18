/**
 * Fork and join on one thread: evaluates branches here, posts those that are worth it, helps while
 * it waits.
 *
 *   in place       branch 0, 1, 2 … one after another, until the heartbeat
 *   heartbeat      the fork has lasted much longer than it costs to share, and a thread has nothing to do:
 *                  the branches that have not begun are posted as a job (sharing.ts)
 *   join           own tasks first, then those of forks in its branches, then sleep until the bell rings
 *
 * So a fork of small branches is a loop, and a fork of large ones begins a few hundred microseconds
 * late. The heartbeat is looked at where the evaluator asks whether it is interrupted.
 *
 * Invariants
 *   F1  Branch k is evaluated on the environment as it was at the fork with a seed that depends on the
 *       fork's seed and k only; so its outcome does not depend on threads or on the clock.
 *   F2  A thread waits only for tasks that another thread has claimed, and meanwhile runs tasks below
 *       the fork it waits for: so what ends the fork ends what its thread is at, no circle of waiting can
 *       arise, and forks on a thread's stack are as deep as they nest.
 *   F3  When `join` returns, no thread works on the fork any more.
 */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { OxbowError } from "../base/errors.js";
import { type Environment, handleOf } from "../environment/environment.js";
import { retainRoot } from "../environment/handle.js";
import { Budget } from "../eval/limits/budget.js";
import type { KnownTables } from "../eval/tabling/known-tables.js";
import { release } from "../memory/allocator.js";
import { drop, hold } from "../memory/ledger.js";
import { retainPacked } from "../memory/packed.js";
import { becomeBusy, becomeIdle } from "../memory/quiet.js";
import { retain } from "../memory/segment.js";
import { listen, readRings, ring } from "../sync/bell.js";
import type { Mutex } from "../sync/mutex.js";
import {
  type Board,
  COUNTER_BRANCHES,
  COUNTER_IN_PLACE,
  COUNTER_SLEEPS,
  COUNTER_STEALS,
  COUNTER_TASKS,
  STACK_LIMIT,
} from "./board.js";
import { unfinishedOutcome } from "./branch.js";
import { BranchSeries } from "./branch-series.js";
import { ForkInPlace } from "./fork-in-place.js";
import {
  CANCELLED,
  cancelJob,
  claimTask,
  endTask,
  findUnended,
  finishTask,
  isCancelled,
  isWithdrawn,
  LOST,
  loadWinner,
  readBase,
  readBudget,
  readDepth,
  readFirstBranch,
  readForker,
  readLimits,
  readSeed,
  readSpace,
  readTables,
  readTask,
  readTaskCount,
} from "./job.js";
import { Collected, collectJob, collectUntilWritten, findWriter, uniteAll } from "./join.js";
import { decodeAtoms } from "./outcome.js";
import { isResult, packShareable } from "./outcome-delivery.js";
import { TablesOfOthers } from "./packed-tables.js";
import { type Attendant, Beat, Sharing } from "./sharing.js";
import type { Fork, ForkRequest, ForkResult, Site } from "./site.js";
import { epochMs } from "./trace.js";

/** How long a serving thread lingers after the last call, so that the next one finds it awake. */
const LINGER_MS = 5;
/** How often a thread that waits for others polls for interruption. */
const IDLE_MS = 20;
/** How often a thread that waits for a named mutex polls for interruption. */
const MUTEX_LOOK_MS = 20;
/** What has been evaluated in place for so long is told before more is begun, where a part will do. */
const TELL_MS = 50;
const NEVER_INTERRUPTED = (): boolean => false;

/** A thread of a pool: forks that others help with, and other threads' forks to help with. */
export class ForkOnBoard implements Fork {
  readonly #site: Site;
  readonly #board: Board;
  readonly #beat: Beat;
  readonly #inPlace: Fork;
  readonly #attendant: Attendant | undefined;
  readonly #tables: TablesOfOthers;
  /** How many named mutexes this thread holds. */
  #mutexes = 0;

  /**
   * @param heartbeatMs how long a fork runs in place before its remaining branches are posted.
   * @param attendant of a thread of no pool.
   */
  constructor(site: Site, board: Board, heartbeatMs: number, attendant?: Attendant) {
    this.#attendant = attendant;
    this.#site = site;
    this.#inPlace = new ForkInPlace(site, this);
    this.#board = board;
    this.#beat = new Beat(heartbeatMs);
    this.#tables = new TablesOfOthers(site.vocabulary);
  }

  /** Evaluates the branches; nobody works on them any more when it returns (F3). */
  join(request: ForkRequest): ForkResult {
    const { atoms } = request;
    const inPlace = this.#mutexes > 0 || this.#board.depth >= STACK_LIMIT;
    if (atoms.length < 2 || inPlace) return this.#inPlace.join(request);
    const { watch } = this.#site;
    return watch === undefined
      ? this.#share(request)
      : watch.join(request, () => this.#share(request));
  }

  #share(request: ForkRequest): ForkResult {
    const { atoms } = request;
    if (request.isRace === true) return this.#race(request);
    // Branches that fork at once may never get to poll: the fork polls for them.
    if (this.#beat.isDue()) request.isInterrupted();
    const collected = new Collected();
    const sharing = this.#sharing(request);
    const started = performance.now();
    using series = new BranchSeries(this.#site, this, request, sharing.look);
    let index = 0;
    while (index < atoms.length && !sharing.isShared && !isOver(request, collected, started)) {
      sharing.next = index + 1;
      const atom = atoms[index]!;
      if (request.isInterrupted()) {
        collected.add({ outcome: unfinishedOutcome(atom, "cancelled"), environment: null });
        index++;
        continue;
      }
      collected.add(series.run(index));
      index++;
    }
    this.#board.count(COUNTER_BRANCHES, index);
    this.#board.count(COUNTER_IN_PLACE, index);
    if (sharing.isShared) this.#finish(sharing, request, collected);
    return collected;
  }

  #sharing(request: ForkRequest): Sharing {
    return new Sharing(this.#site, this.#board, request, this.#beat, this.#attendant);
  }

  withMutex(name: number, isInterrupted: () => boolean, body: () => void): boolean {
    const mutex = this.#board.namedMutex(name);
    const isMine = mutex.isHeld();
    if (!isMine && !this.#lock(name, mutex, isInterrupted)) return false;
    this.#mutexes++;
    try {
      body();
    } finally {
      this.#mutexes--;
      if (!isMine) mutex.unlock();
    }
    return true;
  }

  #lock(name: number, mutex: Mutex, isInterrupted: () => boolean): boolean {
    const { watch, vocabulary } = this.#site;
    const begun = watch === undefined ? 0 : epochMs();
    const isLocked = lockUnless(mutex, isInterrupted);
    watch?.waited(begun, `mutex ${vocabulary.symbols.textOf(name)}`);
    return isLocked;
  }

  /** All threads start at once. */
  #race(request: ForkRequest): ForkResult {
    const collected = new Collected();
    const sharing = this.#sharing(request);
    if (!sharing.share(1))
      return new ForkInPlace({ ...this.#site, watch: undefined }, this).join(request);
    this.#finish(sharing, request, collected);
    return collected;
  }

  /** Runs tasks of other threads' forks until there has been no call for a moment. */
  serve(): void {
    becomeBusy(this.#board.heap);
    this.#serveUntilIdle();
    this.#tables.forget();
    becomeIdle(this.#board.heap);
  }

  /** As {@link serve}, if there is a call: for a thread that has come up during one. */
  serveCalls(): void {
    if (this.#board.hasCalls()) this.serve();
  }

  #serveUntilIdle(): void {
    const { words } = this.#board.heap;
    const { bell } = this.#board;
    for (;;) {
      const rings = readRings(words, bell);
      if (this.#help()) continue;
      this.#board.count(COUNTER_SLEEPS);
      const { heap } = this.#board;
      const lingerMs = this.#board.hasCalls() ? Number.POSITIVE_INFINITY : LINGER_MS;
      const { watch } = this.#site;
      const begun = watch === undefined ? 0 : epochMs();
      // Nothing is held here that the ledger does not have.
      becomeIdle(heap);
      const isRung = listen(words, bell, rings, lingerMs);
      becomeBusy(heap);
      watch?.waited(begun, "work");
      if (!isRung && !this.#board.hasCalls()) return;
    }
  }

  #finish(sharing: Sharing, request: ForkRequest, collected: Collected): void {
    const board = this.#board;
    const { words } = board.heap;
    const { job } = sharing;
    const ending = endingOf(words, job, request, collected);
    board.enter(job);
    for (;;) {
      ending.look();
      const index = claimTask(words, job, board.owner);
      if (index < 0) break;
      this.#runTask(job, index, sharing.look, request);
    }
    board.leave();
    board.takeOff(job);
    this.#waitFor(job, ending, request.isInterrupted);
    if (request.isRace === true) collected.winner = loadWinner(words, job);
    try {
      if (request.untilWritten === true) {
        collectUntilWritten(this.#site, job, request.atoms, collected);
        return;
      }
      collectJob(this.#site, job, request.atoms, collected, (first, count) =>
        this.#runApart(request, first, count, collected),
      );
    } finally {
      release(board.heap, drop(board.heap, sharing.slot));
      if (board.depth === 0) this.#tables.forget();
    }
  }

  /** Branches of a task whose thread has ended: only one of them can have ended it. Each gets its own task. */
  #runApart(request: ForkRequest, first: number, count: number, collected: Collected): void {
    const sharing = this.#sharing(request);
    sharing.next = first;
    if (sharing.share(1, first + count)) this.#finish(sharing, request, collected);
    else addLost(request, first, count, collected);
  }

  #waitFor(job: Address, ending: Ending, isInterrupted: () => boolean): void {
    const { words } = this.#board.heap;
    const { bell } = this.#board;
    for (;;) {
      const rings = readRings(words, bell);
      if (ending.look()) return;
      if (!isCancelled(words, job) && isInterrupted()) {
        cancelJob(words, job);
        // That may have ended the last of them.
        continue;
      }
      if (this.#help(job)) continue;
      this.#board.count(COUNTER_SLEEPS);
      const { watch } = this.#site;
      const begun = watch === undefined ? 0 : epochMs();
      if (this.#attendant === undefined) listen(words, bell, rings);
      else if (!listen(words, bell, rings, IDLE_MS)) this.#attendant.idle();
      watch?.waited(begun, "branches");
    }
  }

  /** Runs one task of the oldest fork that has one, of those below `above` if it is not 0; false if there is none. */
  #help(above: Address = NO_ADDRESS): boolean {
    const board = this.#board;
    if (board.depth >= STACK_LIMIT) return false;
    const job = board.enterOldest(above);
    if (job === NO_ADDRESS) return false;
    const slot = hold(board.heap, job);
    const index = claimTask(board.heap.words, job, board.owner);
    if (index >= 0) {
      if (readForker(board.heap.words, job) !== board.owner) board.count(COUNTER_STEALS);
      this.#runTask(job, index, NEVER_INTERRUPTED, null);
    }
    board.leave();
    release(board.heap, drop(board.heap, slot));
    return index >= 0;
  }

  /** Evaluates the branches of a claimed task and writes down their outcomes; `own` is the fork that this thread has made. */
  #runTask(
    job: Address,
    index: number,
    isForkInterrupted: () => boolean,
    own: ForkRequest | null,
  ): void {
    const site = this.#site;
    const { words } = this.#board.heap;
    const { first, count, offset } = readTask(words, job, index);
    const base =
      own === null
        ? site.environmentAt(retained(words, readBase(words, job)))
        : own.environment.clone();
    const isInterrupted = (): boolean => isWithdrawn(words, job) || isForkInterrupted();
    const budget = readBudget(words, job);
    const { watch } = site;
    const begun = watch === undefined ? 0 : epochMs();
    const forker = readForker(words, job);
    const tables = own === null ? this.#tablesOf(job, base) : own.tables;
    const request: ForkRequest = {
      environment: base,
      atoms: decodeAtoms(site.vocabulary, offset, count),
      space: readSpace(words, job),
      budget: budget === NO_ADDRESS ? null : Budget.attach(this.#board.heap, budget),
      limits: readLimits(words, job),
      depth: readDepth(words, job),
      seed: readSeed(words, job),
      firstBranch: readFirstBranch(words, job) + first,
      tables: tables ?? null,
      isInterrupted,
    };
    const collected = new Collected();
    using series = new BranchSeries(site, this, request, isInterrupted);
    for (const [branch, atom] of request.atoms.entries()) {
      const ended = isInterrupted()
        ? { outcome: unfinishedOutcome(atom, "cancelled"), environment: null }
        : series.run(branch);
      collected.add(ended);
    }
    this.#board.count(COUNTER_TASKS);
    this.#board.count(COUNTER_BRANCHES, count);
    this.#deliver(job, index, request, collected);
    watch?.task(begun, count, forker === this.#board.owner ? null : forker - 1);
    base.dispose();
  }

  #tablesOf(job: Address, base: Environment): KnownTables | null {
    const segment = readTables(this.#board.heap.words, job);
    return segment === NO_ADDRESS ? null : this.#tables.of(segment, handleOf(base));
  }

  /** Hands the outcomes to the job. What cannot be handed over ends the task as failed, or as lost. */
  #deliver(job: Address, index: number, request: ForkRequest, collected: Collected): void {
    const { heap, bell } = this.#board;
    const { words } = heap;
    try {
      const { outcomes, environments } = collected;
      if (request.budget !== null && (request.isInterrupted() || request.budget.stopped !== null)) {
        // Nobody wants it, or gets it: there may be much to unite.
        for (const environment of environments) environment.dispose();
        endTask(words, job, index, CANCELLED);
        ring(words, bell);
        return;
      }
      const united = uniteAll(environments.splice(0), request.environment);
      try {
        using packed = packShareable(this.#site.vocabulary, request.atoms, outcomes);
        const hasResult = outcomes.some(isResult);
        const environment = united === null ? NO_ADDRESS : retainRoot(handleOf(united));
        finishTask(words, job, index, { outcome: retainPacked(packed), environment, hasResult });
      } finally {
        united?.dispose();
      }
    } catch (error) {
      if (!(error instanceof OxbowError)) throw error;
      endTask(words, job, index, LOST);
    }
    ring(words, bell);
  }
}

/** Whether what is in place already is all that is wanted, or all that is to be waited for. */
function isOver({ untilWritten }: ForkRequest, collected: Collected, startedMs: number): boolean {
  if (untilWritten !== true || collected.outcomes.length === 0) return false;
  return collected.environments.length > 0 || performance.now() - startedMs > TELL_MS;
}

/** How far a job has come. */
class Ending {
  readonly #words: Int32Array;
  readonly #job: Address;
  /** Whether nothing is wanted after the first task that wrote; and whether that has been found. */
  readonly #untilWritten: boolean;
  /** The first task that may not have ended. */
  #next = 0;

  constructor(words: Int32Array, job: Address, untilWritten: boolean) {
    this.#words = words;
    this.#job = job;
    this.#untilWritten = untilWritten;
  }

  /** Whether all tasks have ended; ends those that are not wanted any more. */
  look(): boolean {
    const before = this.#next;
    this.#next = findUnended(this.#words, this.#job, before);
    if (this.#untilWritten && findWriter(this.#words, this.#job, before, this.#next) >= 0) {
      cancelJob(this.#words, this.#job);
    }
    return this.#next === readTaskCount(this.#words, this.#job);
  }
}

/** Of a job whose forker has `collected` the branches before it. */
function endingOf(
  words: Int32Array,
  job: Address,
  { untilWritten = false }: ForkRequest,
  { environments }: Collected,
): Ending {
  if (untilWritten && environments.length > 0) cancelJob(words, job);
  return new Ending(words, job, untilWritten);
}

function addLost({ atoms }: ForkRequest, first: number, count: number, collected: Collected): void {
  for (const atom of atoms.slice(first, first + count)) {
    collected.add({ outcome: unfinishedOutcome(atom, "lost"), environment: null });
  }
}

/** Takes the mutex, unless the evaluation is interrupted while it waits. */
function lockUnless(mutex: Mutex, isInterrupted: () => boolean): boolean {
  while (!mutex.lockWithin(MUTEX_LOOK_MS)) if (isInterrupted()) return false;
  return true;
}

function retained(words: Int32Array, address: Address): Address {
  retain(words, address);
  return address;
}
