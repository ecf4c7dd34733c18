/**
 * A program on several threads: consecutive `!` expressions are the branches of one call.
 *
 *   (edge a b)            added
 *   !(path a)    ┐
 *   !(path b)    ├        a group: evaluated on clones in parallel, united in source order
 *   !(path c)    ┘
 *   (= (f) 1)             a definition is a barrier: it is added to the union
 *   !(bind! &kb …)        so is an expression that changes how what follows is read
 *
 * Results, output and unions are in source order, so the program gives what it gives on one thread
 * whenever the expressions of a group write nothing that others of the group read.
 */
import type { Environment } from "../environment/environment.js";
import type { Atom } from "../term/atom.js";
import { runBranch } from "./branch.js";
import { joinInto } from "./collect.js";
import { ForkInPlace } from "./fork-in-place.js";
import { type BranchLimits, NO_LIMITS } from "./job.js";
import type { BranchOutcome } from "./outcome.js";
import type { EvaluatorPool } from "./pool.js";
import { branchSeed } from "./seed.js";
import type { Site } from "./site.js";

export interface ProgramItem {
  readonly atom: Atom;
  /** True for `!`: evaluate it; false: add it to `&self`. */
  readonly evaluate: boolean;
}

export interface ProgramOptions {
  readonly limits?: Partial<BranchLimits>;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  /** An expression to be evaluated alone, on the caller's thread, before what follows is looked at. */
  readonly isBarrier?: (atom: Atom) => boolean;
  /** Rewrites an item when its turn has come (tokens bound by the program so far). */
  readonly prepare?: (atom: Atom) => Atom;
}

export interface ProgramStep<Item extends ProgramItem> {
  readonly item: Item;
  readonly outcome: BranchOutcome;
}

/** How many expressions may wait in one group, so that results of a long program appear early. */
const GROUP_LIMIT = 1024;

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
  let group: Item[] = [];
  let done = 0;
  for (const item of items) {
    const alone = !item.evaluate || pool === null || options.isBarrier?.(item.atom) === true;
    if (!alone) {
      group.push(item);
      if (group.length < GROUP_LIMIT) continue;
    }
    if (pool !== null) yield* evaluateGroup(pool, environment, group, done, prepare, options);
    done += group.length;
    group = [];
    if (!alone) continue;
    const atom = prepare(item.atom);
    if (!item.evaluate) environment.add(atom);
    else yield { item, outcome: evaluateHere(site, environment, atom, done++, options) };
  }
  if (pool !== null) yield* evaluateGroup(pool, environment, group, done, prepare, options);
}

async function* evaluateGroup<Item extends ProgramItem>(
  pool: EvaluatorPool,
  environment: Environment,
  group: readonly Item[],
  done: number,
  prepare: (atom: Atom) => Atom,
  options: ProgramOptions,
): AsyncGenerator<ProgramStep<Item>, void, undefined> {
  if (group.length === 0) return;
  const atoms = group.map((item) => prepare(item.atom));
  const { limits, signal, seed } = options;
  const answer = await pool.evaluateAll(environment, atoms, {
    seed: seed ?? 0,
    firstBranch: done,
    ...(limits === undefined ? {} : { limits }),
    ...(signal === undefined ? {} : { signal }),
  });
  environment.assign(answer.environment);
  answer.environment.dispose();
  for (const [index, item] of group.entries()) yield { item, outcome: answer.branches[index]! };
}

/** Evaluates on the program's own environment, as a branch of which there is only one. */
function evaluateHere(
  site: Site,
  environment: Environment,
  atom: Atom,
  index: number,
  options: ProgramOptions,
): BranchOutcome {
  const branch = runBranch(site, {
    environment: environment.clone(),
    atom,
    space: null,
    limits: { ...NO_LIMITS, ...options.limits },
    seed: branchSeed(options.seed ?? 0, index),
    isInterrupted: () => options.signal?.aborted === true,
    fork: new ForkInPlace(site),
  });
  if (branch.environment !== null) joinInto(environment, [branch.environment]);
  return branch.outcome;
}
