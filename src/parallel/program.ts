/**
 * A program on several threads: what one thread would do, with consecutive `!` expressions evaluated ahead.
 *
 *   !(path a)             ┐
 *   !(path b)             ├ a window: branches of one call, each on what stood there before the window
 *   !(add-atom &self x)   │ the first of them that wrote
 *   !(path c)             ┘ did not see x: its outcome is discarded, and the next window begins here
 *   (= (f) 1)             a definition ends the window
 *   !(bind! &kb …)        so does an expression that changes how what follows is read
 *
 * So an expression that only reads costs nothing to run ahead, one that writes costs what was run after it,
 * and windows are short after one that wrote. While expressions take less time than it takes to ask the pool,
 * they are evaluated on the caller's thread; one that takes longer is restarted in a window. What an
 * expression prints is kept with its outcome, and discarded with it; a host operation with external side
 * effects must be a barrier.
 *
 * Invariant
 *   PM1  Outcomes, output and the environment are those of evaluating one expression after the other.
 */
import type { Environment } from "../environment/environment.js";
import { Budget } from "../eval/budget.js";
import { type BranchLimits, branchLimitValues } from "../eval/limits.js";
import type { Atom } from "../term/atom.js";
import { runBranch } from "./branch.js";
import { ForkInPlace } from "./fork-in-place.js";
import { joinInto } from "./join.js";
import type { BranchOutcome } from "./outcome.js";
import type { EvaluatorPool } from "./pool.js";
import type { CallOptions } from "./pool-call.js";
import { branchSeed } from "./seed.js";
import type { Site } from "./site.js";

export interface ProgramItem {
  readonly atom: Atom;
  /** True for `!`: evaluate it; false: add it to `&self`. */
  readonly evaluate: boolean;
}

export interface ProgramOptions {
  readonly limits?: BranchLimits;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** An expression to be evaluated alone, on the caller's thread, before what follows is looked at. */
  readonly isBarrier?: (atom: Atom) => boolean;
  /**
   * Expressions are evaluated on the caller's thread while each takes no longer than this, in
   * milliseconds; 0 for never. If not given, about what it costs to ask the pool.
   */
  readonly hereMs?: number;
  /** Rewrites an item when its turn has come (tokens bound by the program so far). */
  readonly prepare?: (atom: Atom) => Atom;
}

export interface ProgramStep<Item extends ProgramItem> {
  readonly item: Item;
  readonly outcome: BranchOutcome;
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
 * Runs a program and yields each `!` expression with its outcome, in source order. At
 * each yield `environment` holds what the program has done so far. Throws what
 * `EvaluatorPool.evaluateAll` throws; a failed expression is an outcome, not an exception.
 *
 * @param pool null: everything on this thread.
 */
export async function* evaluateProgram<Item extends ProgramItem>(
  site: Site,
  pool: EvaluatorPool | null,
  environment: Environment,
  items: Iterable<Item>,
  options: ProgramOptions = {},
): AsyncGenerator<ProgramStep<Item>, void, undefined> {
  const prepare = options.prepare ?? ((atom: Atom): Atom => atom);
  const ahead = new Ahead<Item>(site, pool, environment, prepare, options);
  for (const item of items) {
    const alone = !item.evaluate || pool === null || options.isBarrier?.(item.atom) === true;
    if (!alone) {
      ahead.waiting.push(item);
      if (ahead.waiting.length < LONGEST_WINDOW) continue;
    }
    yield* ahead.evaluate();
    if (!alone) continue;
    const atom = prepare(item.atom);
    if (!item.evaluate) environment.add(atom);
    else yield { item, outcome: evaluateHere(site, environment, atom, ahead.done++, options) };
  }
  yield* ahead.evaluate();
}

/** Expressions waiting to be evaluated, in windows. */
class Ahead<Item extends ProgramItem> {
  readonly waiting: Item[] = [];
  /** How many expressions of the program have been evaluated. */
  done = 0;
  readonly #site: Site;
  readonly #pool: EvaluatorPool | null;
  readonly #environment: Environment;
  readonly #prepare: (atom: Atom) => Atom;
  readonly #options: ProgramOptions;
  readonly #hereMs: number;
  #window = FIRST_WINDOW;
  /** Whether the expressions so far were short. */
  #isHere: boolean;

  constructor(
    site: Site,
    pool: EvaluatorPool | null,
    environment: Environment,
    prepare: (atom: Atom) => Atom,
    options: ProgramOptions,
  ) {
    this.#pool = pool;
    this.#environment = environment;
    this.#prepare = prepare;
    this.#options = options;
    this.#site = site;
    this.#hereMs = options.hereMs ?? HERE_MS;
    this.#isHere = this.#hereMs > 0;
  }

  /** Evaluates all that wait. */
  async *evaluate(): AsyncGenerator<ProgramStep<Item>, void, undefined> {
    const { waiting } = this;
    while (this.#pool !== null && waiting.length > 0) {
      const outcomes = this.#evaluateHere() ?? (await this.#evaluateWindow(this.#pool));
      this.done += outcomes.length;
      const ended = waiting.splice(0, outcomes.length);
      for (const [index, item] of ended.entries()) yield { item, outcome: outcomes[index]! };
    }
  }

  /** The first that waits, on the caller's thread; null if that is not the place for it. */
  #evaluateHere(): BranchOutcome[] | null {
    if (!this.#isHere) return null;
    const end = performance.now() + PATIENCE * this.#hereMs;
    const isLate = (): boolean => performance.now() > end;
    const atom = this.#prepare(this.waiting[0]!.atom);
    const { done } = this;
    const outcome = evaluateHere(this.#site, this.#environment, atom, done, this.#options, isLate);
    this.#isHere = outcome.timeMs <= this.#hereMs;
    if (outcome.status === "cancelled") return null;
    this.#pool?.trace?.addBranch(atom, done, outcome);
    return [outcome];
  }

  async #evaluateWindow(pool: EvaluatorPool): Promise<readonly BranchOutcome[]> {
    const atoms = this.waiting.slice(0, this.#window).map((item) => this.#prepare(item.atom));
    const answer = await pool.evaluateAhead(this.#environment, atoms, this.#callOptions());
    const { branches, hasWritten } = answer;
    if (hasWritten) this.#environment.assign(answer.environment);
    answer.environment.dispose();
    this.#window = hasWritten ? 1 : Math.min(2 * this.#window, LONGEST_WINDOW);
    const timeMs = branches.reduce((sum, branch) => sum + branch.timeMs, 0);
    this.#isHere = timeMs < this.#hereMs * branches.length;
    return branches;
  }

  #callOptions(): CallOptions {
    const { limits, signal, seed } = this.#options;
    return {
      seed: seed ?? 0,
      firstBranch: this.done,
      ...(limits === undefined ? {} : { limits }),
      ...(signal === undefined ? {} : { signal }),
    };
  }
}

/** Evaluates on the program's own environment, as a branch of which there is only one. */
function evaluateHere(
  site: Site,
  environment: Environment,
  atom: Atom,
  index: number,
  options: ProgramOptions,
  isLate: () => boolean = () => false,
): BranchOutcome {
  const limits = branchLimitValues(options.limits ?? {});
  const budget = new Budget(site.vocabulary.heap, limits);
  const branch = runBranch(site, {
    environment: environment.clone(),
    atom,
    space: null,
    budget,
    maxResults: limits.results,
    depth: 0,
    seed: branchSeed(options.seed ?? 0, index),
    isInterrupted: () => options.signal?.aborted === true || isLate(),
    fork: new ForkInPlace(site),
  });
  budget.close();
  if (branch.environment !== null) joinInto(environment, [branch.environment]);
  return branch.outcome;
}
