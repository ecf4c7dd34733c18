/**
 * Blocking calls: a thread that may wait forks as the pool's own threads do, and evaluates branches itself
 * while it waits for the others.
 *
 * The thread's event loop stands still meanwhile. So no event reports that a pool thread has ended: whether one
 * has ended is checked whenever nothing has happened for a moment. And the pool's threads are kept awake after
 * each call until the event loop turns, since until then they could not be woken.
 */
import type { Environment } from "../environment/environment.js";
import { limitValues } from "../eval/limits/limits.js";
import { platform } from "../platform/current.js";
import type { Atom } from "../term/atom.js";
import type { Board } from "./board.js";
import { ForkOnBoard } from "./fork.js";
import { measureForkCost } from "./fork-cost.js";
import { uniteAll } from "./join.js";
import type { BranchOutcome } from "./outcome.js";
import type { BlockingOptions } from "./pool-call.js";
import { heartbeatFor } from "./sharing.js";
import type { ForkRequest, Site } from "./site.js";
import type { Threads } from "./threads.js";

interface BlockingAnswer {
  readonly outcomes: readonly BranchOutcome[];
  readonly environment: Environment;
  readonly winner: number;
  readonly unionMs: number;
}

export class BlockingCaller {
  readonly #site: Site;
  readonly #board: Board;
  readonly #threads: Threads;
  #heartbeatMs: number | undefined;
  #fork: ForkOnBoard | undefined;
  #keepsAwake = false;

  constructor(site: Site, board: Board, threads: Threads, heartbeatMs: number | undefined) {
    this.#site = site;
    this.#board = board;
    this.#threads = threads;
    this.#heartbeatMs = heartbeatMs;
  }

  /** As `EvaluatorPool.evaluateAllSync`. */
  evaluateAll(
    environment: Environment,
    atoms: readonly Atom[],
    options: BlockingOptions,
  ): BlockingAnswer {
    this.keepAwake();
    this.#threads.serve();
    this.#threads.noteLoops();
    this.#fork ??= this.#makeFork();
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
    const { outcomes, environments, winner } = this.#fork.join(request);
    const started = performance.now();
    const united = uniteAll(environments, base) ?? base.clone();
    return { outcomes, environment: united, winner, unionMs: performance.now() - started };
  }

  #makeFork(): ForkOnBoard {
    this.#heartbeatMs ??= heartbeatFor(measureForkCost(this.#site));
    const settleDead = (): void => this.#threads.settleDead();
    return new ForkOnBoard(this.#site, this.#board, this.#heartbeatMs, settleDead);
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
}
