/**
 * Blocking calls: a thread that may wait forks as the pool's own threads do, and evaluates branches itself
 * while it waits for the others.
 *
 *   caller    ─ branch 0 ──┬── branch 1 ─── … ──┬─ branch 4 ─ …      evaluates all the time
 *                          └ worth it: start    └ they listen: what has not begun is put up
 *   threads                ┄┄┄ coming up ┄┄┄┄┄┄┄┄─ branch 5 ─ …
 *
 * The thread's event loop stands still meanwhile. So no event reports that a pool thread has ended: whether one
 * has ended is checked whenever nothing has happened for a moment. And the pool's threads are kept awake after
 * each call until the event loop turns, since until then they could not be woken.
 *
 * Threads that are started when they are needed are kept awake until the pool is closed.
 *
 *   BL1  Threads take part from the moment when they listen, whatever the caller is at; until then everything is
 *        as with no threads.
 *   BL2  Threads are started once forks have lasted longer than a start is worth, branches not begun and nobody there.
 */
import type { Environment } from "../environment/environment.js";
import { type LimitValues, limitValues } from "../eval/limits/limits.js";
import { platform } from "../platform/current.js";
import type { Atom } from "../term/atom.js";
import type { Board, ThreadCounters } from "./board.js";
import { ForkOnBoard } from "./fork.js";
import { measureForkCost } from "./fork-cost.js";
import { uniteAll } from "./join.js";
import type { BranchOutcome } from "./outcome.js";
import type { BlockingOptions } from "./pool-call.js";
import { type Attendant, heartbeatFor, LONGEST_HEARTBEAT_MS } from "./sharing.js";
import type { Fork, ForkRequest, Site } from "./site.js";
import type { Threads } from "./threads.js";

interface BlockingAnswer {
  readonly outcomes: readonly BranchOutcome[];
  readonly environment: Environment;
  readonly winner: number;
  readonly unionMs: number;
}

/** What of the atoms is evaluated in one go, and how. */
interface BlockingWindow {
  readonly limits: LimitValues;
  readonly firstBranch: number;
  readonly isInterrupted: () => boolean;
}

/** What a window gave: outcomes up to the first branch that wrote, or fewer. */
interface WindowAnswer {
  readonly branches: readonly BranchOutcome[];
  /** What the last of them wrote; null if none did. */
  readonly written: Environment | null;
}

/** How long things last before something is done. */
interface Patience {
  /** A fork, before it is shared; undefined: by what sharing costs. */
  readonly heartbeatMs: number | undefined;
  /** Forks without help, before the threads are started, unless they have been. */
  readonly startsAfterMs: number;
}

export class BlockingCaller {
  readonly #site: Site;
  readonly #board: Board;
  readonly #threads: Threads;
  readonly #patience: Patience;
  #fork: ForkOnBoard | undefined;
  #keepsAwake = false;
  /** Whether the threads were started for this thread, and so are kept awake. */
  #hasCalled = false;
  /** How long forks have gone without help, and when that was last told. */
  #unhelpedMs = 0;
  #toldMs = 0;

  constructor(site: Site, board: Board, threads: Threads, patience: Patience) {
    this.#site = site;
    this.#board = board;
    this.#threads = threads;
    this.#patience = patience;
  }

  /** How this thread forks. */
  get fork(): Fork {
    return (this.#fork ??= this.#makeFork());
  }

  /** Whether the pool's threads have been started. */
  get hasThreads(): boolean {
    return this.#threads.isStarted;
  }

  /** What this thread has done. */
  get counters(): ThreadCounters {
    return this.#board.counters(this.#board.heap.thread);
  }

  /** As `EvaluatorPool.evaluateAllSync`. */
  evaluateAll(
    environment: Environment,
    atoms: readonly Atom[],
    options: BlockingOptions,
  ): BlockingAnswer {
    this.keepAwake();
    this.#threads.serve();
    const limits = limitValues(options);
    const deadline = performance.now() + (options.maxCallMs ?? Number.POSITIVE_INFINITY);
    using base = environment.clone();
    const request: ForkRequest = {
      environment: base,
      atoms,
      space: options.space ?? null,
      budget: null,
      limits,
      depth: 0,
      seed: options.seed ?? 0,
      isRace: options.race === true,
      firstBranch: options.firstBranch ?? 0,
      isInterrupted: () => performance.now() >= deadline,
    };
    const { outcomes, environments, winner } = this.fork.join(request);
    const started = performance.now();
    const united = uniteAll(environments, base) ?? base.clone();
    return { outcomes, environment: united, winner, unionMs: performance.now() - started };
  }

  /** As `EvaluatorPool.evaluateAhead`; it may end earlier, to tell what there is. */
  evaluateAhead(
    environment: Environment,
    atoms: readonly Atom[],
    window: BlockingWindow,
  ): WindowAnswer {
    using base = environment.clone();
    const request: ForkRequest = {
      environment: base,
      atoms,
      space: null,
      budget: null,
      depth: 0,
      seed: 0,
      untilWritten: true,
      ...window,
    };
    const { outcomes, environments } = this.fork.join(request);
    return { branches: outcomes, written: environments[0] ?? null };
  }

  #makeFork(): ForkOnBoard {
    const heartbeatMs =
      this.#patience.heartbeatMs ??
      (this.#threads.isStarted
        ? heartbeatFor(measureForkCost({ ...this.#site, watch: undefined }))
        : LONGEST_HEARTBEAT_MS);
    const attendant: Attendant = {
      missHelp: (startedMs) => this.#missHelp(startedMs),
      noteHelpers: () => this.#threads.noteLoops(),
      idle: () => {
        this.#threads.settleDead();
        this.#threads.noteLoops(); // of those that have come up since
      },
    };
    return new ForkOnBoard(this.#site, this.#board, heartbeatMs, attendant);
  }

  /** BL2. */
  #missHelp(startedMs: number): void {
    if (this.#threads.isStarted) return;
    const now = performance.now();
    this.#unhelpedMs += now - Math.max(startedMs, this.#toldMs);
    this.#toldMs = now;
    if (this.#unhelpedMs < this.#patience.startsAfterMs) return;
    this.#hasCalled = true;
    this.#board.beginCall();
    this.#threads.start();
  }

  /** Serving threads stay awake until the event loop has turned. */
  keepAwake(): void {
    if (this.#keepsAwake) return;
    this.#keepsAwake = true;
    this.#board.beginCall();
    platform.waiting.afterTurn(() => {
      this.#keepsAwake = false;
      this.#board.endCall();
    });
  }

  /** Threads that are kept awake for this thread need not be any more. */
  close(): void {
    if (this.#hasCalled) this.#board.endCall();
    this.#hasCalled = false;
  }
}
