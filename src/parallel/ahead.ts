/**
 * Running a program ahead: what one thread would do, with consecutive `!` expressions evaluated on several.
 *
 *   !(path a)             ┐
 *   !(path b)             ├ a window: branches of one call, each on what stood there before the window
 *   !(add-atom &self x)   │ the first of them that wrote
 *   !(path c)             ┘ did not see x: its outcome is discarded, and the next window begins here
 *   (= (f) 1)             a definition ends the window
 *   !(bind! &kb …)        so does an expression that changes how what follows is read
 *
 * A caller that may block (`blocks`) is one of the threads: it begins each window itself, and the others join in as soon as
 * they can (blocking.ts). So nothing waits for threads that are coming up.
 *
 * So an expression that only reads costs nothing to run ahead, one that writes costs what was run after it,
 * and windows are short after one that wrote. While expressions take less time than it takes to ask the pool,
 * they are evaluated on the caller's thread; one that takes longer is restarted in a window. What an
 * expression prints is kept with its outcome, and discarded with it; its other effects outside happen as often as
 * it is begun.
 *
 * Invariant
 *   PM1  Outcomes, output and the environment are those of evaluating one expression after the other.
 */

import { branchSeed } from "../base/random.js";
import type { Environment } from "../environment/environment.js";
import { Budget } from "../eval/limits/budget.js";
import type { LimitValues } from "../eval/limits/limits.js";
import type { Evaluation } from "../eval/program/evaluation.js";
import { type Program, type RunOutcome, refusal } from "../eval/program/program.js";
import type { Atom } from "../term/atom.js";
import type { ProgramItem } from "../term/parser.js";
import type { BlockingCaller } from "./blocking.js";
import { runBranch } from "./branch.js";
import { ForkInPlace } from "./fork-in-place.js";
import { joinInto } from "./join.js";
import type { BranchOutcome } from "./outcome.js";
import type { CallAnswer, CallOptions } from "./pool-call.js";
import type { Site } from "./site.js";
import { throwIfAborted } from "./stop.js";
import type { Trace } from "./trace.js";

/** What windows are evaluated on: an `EvaluatorPool`, or what does the same on other machines. */
export interface AheadPool {
  /** The branches up to and including the first that wrote, and what that one left. */
  evaluateAhead(
    environment: Environment,
    atoms: readonly Atom[],
    options: CallOptions,
  ): Promise<Pick<CallAnswer, "branches" | "environment"> & { readonly hasWritten: boolean }>;
  readonly trace?: Trace | undefined;
  /** Where the caller's thread may block. */
  readonly own?: Pick<BlockingCaller, "evaluateAhead">;
}

export interface AheadOptions {
  /** Of each expression. */
  readonly limits: LimitValues;
  readonly signal?: AbortSignal | undefined;
  /** Takes what the program prints, in the order of its expressions. */
  readonly print: (text: string) => void;
  /** Is told of each expression's branch, in order. */
  readonly onBranch?: ((outcome: BranchOutcome) => void) | undefined;
  /**
   * Expressions are evaluated on the caller's thread while each takes no longer than this, in
   * milliseconds; 0 for never. If not given, about what it costs to ask the pool.
   */
  readonly hereMs?: number | undefined;
  /** Whether the caller's thread may block, and so evaluates windows with the pool's. */
  readonly blocks?: boolean | undefined;
  /** Asked now and then while the caller's thread evaluates windows; true ends them. */
  readonly isInterrupted?: (() => boolean) | undefined;
  /**
   * Evaluates an expression that nothing may be evaluated beside, on the program's own environment, wholly or
   * not at all. Lets the event loop have its turn: such an expression may take long, and be ended by the signal.
   */
  readonly evaluateAlone: (atom: Atom) => Promise<Evaluation>;
}

/** The longest window, and the one to begin with. */
const LONGEST_WINDOW = 1024;
const FIRST_WINDOW = 16;
const HERE_MS = 0.3;
/**
 * An expression that was expected to be short is abandoned on the caller's thread after this multiple of the
 * expected time.
 */
const PATIENCE = 4;

/**
 * Runs a program and gives what each `!` gave, in source order; at each `environment` holds what was done so far.
 * Throws what `EvaluatorPool.evaluateAll` throws; a failed expression is an outcome, not an exception.
 *
 * @param site what is evaluated on this thread is evaluated with.
 */
export async function* runAhead(
  site: Site,
  pool: AheadPool,
  environment: Environment,
  program: Pick<Program, "steps" | "isBarrier" | "outcomeOf" | "throwIfEnded">,
  options: AheadOptions,
): AsyncGenerator<RunOutcome, void, undefined> {
  const ahead = new Ahead(site, pool, environment, options);
  const tell = function* (item: ProgramItem, reply: Evaluation): Generator<RunOutcome> {
    const outcome = program.outcomeOf(item, reply);
    yield outcome;
    program.throwIfEnded(outcome);
  };
  const settle = async function* (): AsyncGenerator<RunOutcome> {
    for await (const { item, outcome } of ahead.evaluate()) {
      yield* tell(item, told(outcome, options));
    }
  };
  for (const step of program.steps()) {
    if (step.kind === "evaluate" && !program.isBarrier(step.item.atom)) {
      ahead.waiting.push(step.item);
      if (ahead.waiting.length === LONGEST_WINDOW) yield* settle();
      continue;
    }
    yield* settle();
    if (step.kind === "refused") yield* tell(step.item, refusal(step.errors));
    if (step.kind === "evaluate") {
      ahead.skip();
      yield* tell(step.item, await options.evaluateAlone(step.item.atom));
    }
  }
  yield* settle();
}

/** Hands on what a branch printed; what it gave. Throws `ERR_ABORTED`. */
function told(outcome: BranchOutcome, { print, signal, onBranch }: AheadOptions): Evaluation {
  const { status, stopped, steps, output } = outcome;
  if (status === "cancelled") throwIfAborted(signal);
  onBranch?.(outcome);
  if (output !== "") print(output);
  const results = [...outcome.results];
  // Behind what it found a stopped branch has an Error that says so, for those who see nothing but results.
  if (stopped !== "completed" && stopped !== "maxResults") results.pop();
  return { results, stopped, steps, failures: [] };
}

interface AheadStep {
  readonly item: ProgramItem;
  readonly outcome: BranchOutcome;
}

/** Expressions waiting to be evaluated, in windows. */
class Ahead {
  readonly waiting: ProgramItem[] = [];
  readonly #site: Site;
  readonly #pool: AheadPool;
  readonly #environment: Environment;
  readonly #options: AheadOptions;
  readonly #hereMs: number;
  /** How many expressions of the program have been evaluated. */
  #done = 0;
  #window = FIRST_WINDOW;
  /** Whether the expressions so far were short. */
  #isHere: boolean;

  constructor(site: Site, pool: AheadPool, environment: Environment, options: AheadOptions) {
    this.#pool = pool;
    this.#environment = environment;
    this.#options = options;
    this.#site = site;
    this.#hereMs = options.blocks === true ? 0 : (options.hereMs ?? HERE_MS);
    this.#isHere = this.#hereMs > 0;
  }

  /** Evaluates all that wait. */
  async *evaluate(): AsyncGenerator<AheadStep, void, undefined> {
    const { waiting } = this;
    while (waiting.length > 0) {
      const outcomes =
        this.#options.blocks === true
          ? this.#evaluateBlocking()
          : (this.#evaluateHere() ?? (await this.#evaluateWindow()));
      this.#done += outcomes.length;
      const ended = waiting.splice(0, outcomes.length);
      for (const [index, item] of ended.entries()) yield { item, outcome: outcomes[index]! };
    }
  }

  /** The next expression is evaluated by itself. */
  skip(): void {
    this.#done++;
  }

  /** The first that waits, on the caller's thread; null if that is not the place for it. */
  #evaluateHere(): BranchOutcome[] | null {
    if (!this.#isHere) return null;
    const end = performance.now() + PATIENCE * this.#hereMs;
    const { atom } = this.waiting[0]!;
    const outcome = this.#evaluateBranch(atom, this.#done, () => performance.now() > end);
    this.#isHere = outcome.timeMs <= this.#hereMs;
    if (outcome.status === "cancelled") {
      throwIfAborted(this.#options.signal);
      return null;
    }
    this.#pool.trace?.addBranch(atom, this.#done, outcome);
    return [outcome];
  }

  #evaluateBlocking(): readonly BranchOutcome[] {
    const { limits, signal, isInterrupted } = this.#options;
    const atoms = this.#next();
    const { branches, written } = this.#pool.own!.evaluateAhead(this.#environment, atoms, {
      limits,
      firstBranch: this.#done,
      isInterrupted: () => isInterrupted?.() === true || signal?.aborted === true,
    });
    for (const [index, outcome] of branches.entries()) {
      this.#pool.trace?.addBranch(atoms[index]!, this.#done + index, outcome);
    }
    if (written !== null) {
      this.#environment.assign(written);
      written.dispose();
    }
    this.#turn(written !== null);
    return branches;
  }

  #next(): Atom[] {
    return this.waiting.slice(0, this.#window).map((item) => item.atom);
  }

  #turn(hasWritten: boolean): void {
    this.#window = hasWritten ? 1 : Math.min(2 * this.#window, LONGEST_WINDOW);
  }

  async #evaluateWindow(): Promise<readonly BranchOutcome[]> {
    const { limits, signal } = this.#options;
    const answer = await this.#pool.evaluateAhead(this.#environment, this.#next(), {
      firstBranch: this.#done,
      ...limits,
      ...(signal === undefined ? {} : { signal }),
    });
    const { branches, hasWritten } = answer;
    if (hasWritten) this.#environment.assign(answer.environment);
    answer.environment.dispose();
    this.#turn(hasWritten);
    const timeMs = branches.reduce((sum, branch) => sum + branch.timeMs, 0);
    this.#isHere = timeMs < this.#hereMs * branches.length;
    return branches;
  }

  /** Evaluates on the program's own environment, as a branch of which there is only one. */
  #evaluateBranch(atom: Atom, index: number, isLate: () => boolean): BranchOutcome {
    const { limits, signal } = this.#options;
    const site = this.#site;
    const budget = new Budget(site.vocabulary.heap, limits);
    const branch = runBranch(site, {
      environment: this.#environment.clone(),
      atom,
      space: null,
      budget,
      maxResults: limits.maxResults,
      depth: 0,
      tables: null,
      seed: branchSeed(0, index),
      isInterrupted: () => signal?.aborted === true || isLate(),
      fork: new ForkInPlace(site),
    });
    budget.close();
    if (branch.environment !== null) joinInto(this.#environment, [branch.environment]);
    return branch.outcome;
  }
}
