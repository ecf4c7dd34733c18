/** Call: the branches of one `evaluateAll` as they come in. */

import type { Address } from "../base/address.js";
import {
  asBoolean,
  asCount,
  asFunction,
  asInteger,
  asMilliseconds,
  asOptions,
  type Checks,
} from "../base/arguments.js";
import type { Environment } from "../environment/environment.js";
import { asEnvironment } from "../environment/environment.js";
import { type Limits, THREAD_LIMIT_CHECKS } from "../eval/limits/limits.js";
import { asAtom, asAtoms, asSpace } from "../term/arguments.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { collectTask } from "./join.js";
import { Line } from "./ordered-union.js";
import type { BranchOutcome } from "./outcome.js";
import type { Site } from "./site.js";

/** Is told of each branch as it ends, in the order in which they end. */
export type OnBranch = (index: number, outcome: BranchOutcome) => void;

/**
 * Limits of a call and of its branches, and how the branches count. Those of {@link Limits} hold for each branch
 * with all that it forks in turn.
 */
export interface CallOptions extends Omit<Limits, "isInterrupted"> {
  /**
   * For the whole call, in milliseconds: branches that have not ended by then are `cancelled`, and the
   * answer holds what there is. While none of the pool's threads is ready yet, it does not count.
   */
  readonly maxCallMs?: number;
  /** What `&self` denotes. Default: the environment's own space. */
  readonly space?: SpaceAtom;
  /** Ends the call: its branches are interrupted and it rejects with `ERR_ABORTED`. */
  readonly signal?: AbortSignal;
  /** The seed from which each branch's own is derived, for random operations. Default: 0. */
  readonly seed?: number;
  /** The number of the first branch, if the call is part of something longer: seeds depend on it. */
  readonly firstBranch?: number;
  /** Is told of each branch as it ends, in the order in which they end. */
  readonly onBranch?: OnBranch;
  /** The first branch that ends with a result wins; the others are cancelled. */
  readonly race?: boolean;
}

/** What is evaluated for each match of what, and how. */
export interface MapOptions extends CallOptions {
  /** What is matched in `&self`. */
  readonly pattern: Atom;
  /** What is evaluated, with the variables of each match in place. */
  readonly template: Atom;
}

const CALL_CHECKS: Checks<CallOptions> = {
  ...THREAD_LIMIT_CHECKS,
  maxCallMs: asMilliseconds,
  space: asSpace,
  seed: asInteger,
  firstBranch: asCount,
  onBranch: asFunction,
  race: asBoolean,
};

/** The options of a blocking call: nothing could abort it or be notified of its branches. */
export type BlockingOptions = Omit<CallOptions, "signal" | "onBranch">;

const { signal: _signal, onBranch: _onBranch, ...BLOCKING } = CALL_CHECKS;

/** What each option of a call that blocks has to be. */
export const BLOCKING_CHECKS: Checks<BlockingOptions> = BLOCKING;

/** Throws ERR_INVALID_ARGUMENT for what is no call, ERR_RELEASED for a disposed environment. */
export function checkCall(
  environment: Environment,
  atoms: readonly Atom[],
  options: CallOptions,
  checks: Checks<CallOptions> | Checks<BlockingOptions> = CALL_CHECKS,
): void {
  const act = "evaluate";
  asEnvironment(act, environment);
  asAtoms(act, atoms);
  asOptions<CallOptions>(act, options, checks as Checks<CallOptions>);
}

const MAP_CHECKS: Checks<MapOptions> = { ...CALL_CHECKS, pattern: asAtom, template: asAtom };

/** As {@link checkCall}. */
export function checkMap(environment: Environment, options: MapOptions): void {
  const act = "evaluate";
  asEnvironment(act, environment);
  asOptions(act, options, MAP_CHECKS, ["pattern", "template"]);
}

/** What the branches of a call gave, in their order, and the environment that their writes unite to. Dispose it. */
export interface CallAnswer extends Disposable {
  /** One for each atom, in order. Results lie in shared memory until they are looked at or disposed. */
  readonly branches: readonly BranchOutcome[];
  /** What the branches wrote, united in the order of the branches; the caller disposes it. */
  readonly environment: Environment;
  /**
   * States that several branches set: the last branch's value counts. Of more than 1,024 branches, those that
   * shared a task are united by its thread, and conflicts among them are not listed.
   */
  readonly conflicts: Environment["conflicts"];
  /** Milliseconds spent in unions. */
  readonly unionMs: number;
  /** The branch that won a race, −1 otherwise. */
  readonly winner: number;
  /** Disposes the environment and the results not read yet. */
  dispose(): void;
}

/** Releases the unread results of some branches. */
export function disposeResults(outcomes: Iterable<BranchOutcome | undefined>): void {
  for (const outcome of outcomes) outcome?.results.dispose?.();
}

/** The answer to a call whose environment was made of what these branches wrote. */
export function answerOf(
  branches: readonly BranchOutcome[],
  environment: Environment,
  unionMs: number,
  winner: number,
): CallAnswer {
  const dispose = (): void => {
    environment.dispose();
    disposeResults(branches);
  };
  const { conflicts } = environment;
  return { branches, environment, conflicts, unionMs, winner, dispose, [Symbol.dispose]: dispose };
}

/** One branch of a stream, as soon as it has ended. */
export interface StreamedBranch {
  /** The place of its atom among those that were given, from 0 on. */
  readonly index: number;
  /** How it ended, and what it gave. */
  readonly outcome: BranchOutcome;
}

/** What the branches of one call have produced so far. */
export class Call {
  readonly atoms: readonly Atom[];
  readonly outcomes: BranchOutcome[];
  /** What the branches are evaluated on: the caller's environment as it was when the call began. */
  readonly base: Environment;
  readonly line: Line;
  /** Branches whose thread has ended, where only one of them can have ended it. */
  readonly sharedLosses: { readonly first: number; readonly count: number }[] = [];
  readonly #site: Site;

  constructor(site: Site, environment: Environment, atoms: readonly Atom[]) {
    this.#site = site;
    this.atoms = atoms;
    this.outcomes = Array.from({ length: atoms.length });
    this.base = environment.clone();
    this.line = new Line(this.base, atoms.length);
  }

  collect(job: Address, index: number, onBranch: OnBranch | undefined): void {
    const into = { outcomes: [] as BranchOutcome[], environments: [] as Environment[] };
    const { first, count, lost } = collectTask(this.#site, job, index, this.atoms, into);
    for (const [branch, outcome] of into.outcomes.entries()) {
      this.outcomes[first + branch] = outcome;
    }
    if (lost && count > 1) {
      this.sharedLosses.push({ first, count });
      return;
    }
    this.line.put(first, count, into.environments[0] ?? null);
    for (const [branch, outcome] of into.outcomes.entries()) onBranch?.(first + branch, outcome);
  }

  /** Releases what is not in the answer. */
  dispose(): void {
    this.line.dispose();
    this.base.dispose();
  }
}
