/**
 * Site: what a thread brings to evaluate branches: its view of the heap, its vocabulary, and how to
 * evaluate one atom on one environment. This is all that the scheduler knows about the evaluator.
 */
import type { Address } from "../base/address.js";
import type { Environment } from "../environment/environment.js";
import type { Library } from "../eval/library/library.js";
import type { Budget } from "../eval/limits/budget.js";
import type { LimitValues } from "../eval/limits/limits.js";
import type { TablesAround } from "../eval/machine/branches.js";
import type { Known } from "../eval/machine/evaluation-context.js";
import type { Evaluation, PartEvaluation } from "../eval/program/evaluation.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import type { Vocabulary } from "../term/vocabulary.js";
import type { ForkWatch } from "./fork-watch.js";
import type { BranchOutcome } from "./outcome.js";

export interface BranchRequest {
  /** The branch's own environment: it may be written. A join inside the branch assigns to it. */
  readonly environment: Environment;
  readonly atom: Atom;
  /** What `&self` means; null for the environment's own space. */
  readonly space: SpaceAtom | null;
  /** Of the evaluation that the branch is a part of. */
  readonly budget: Budget;
  readonly maxResults: number;
  /** How many forks and files the branch is inside of. */
  readonly depth: number;
  /** What it begins with of the tables of the evaluation that it is a part of. */
  readonly tables: TablesAround | null;
  /** For random operations; the same whichever thread runs the branch. */
  readonly seed: number;
  /** Polled every few thousand steps; true: stop now. */
  readonly isInterrupted: () => boolean;
  /** How the branch forks in turn. */
  readonly fork: Fork;
  /** What branches before it have found out about the environment, if it is the same. */
  readonly known?: Known | undefined;
}

/** A running branch. */
export interface RunningBranch extends BranchRequest {
  /** Takes what the branch prints. */
  print(text: string): void;
  /** The seed of the branch's next fork. */
  nextForkSeed(): number;
}

/** What a branch found, and why it ended. */
export type BranchReply = Pick<Evaluation, "results" | "stopped" | "steps"> &
  Partial<Pick<PartEvaluation, "hadErrors">>;

/** How a thread evaluates. */
export interface Site {
  /** What it evaluates with; undefined: something else than a library. */
  readonly library?: Library;
  /** */
  readonly vocabulary: Vocabulary;
  /** An environment of this thread on a root, whose reference it takes over. */
  environmentAt(root: Address): Environment;
  /** Evaluates to the end. What it throws ends the branch as failed. */
  evaluate(branch: RunningBranch): BranchReply;
  /** Told of the forks and branches of the thread; undefined: nobody looks. */
  watch?: ForkWatch | undefined;
}

export interface ForkRequest {
  readonly environment: Environment;
  readonly atoms: readonly Atom[];
  readonly space: SpaceAtom | null;
  /** The evaluation that the fork is in; null: each branch is an evaluation of its own. */
  readonly budget: Budget | null;
  /** Of each branch; where it is a part of an evaluation, only `maxResults` is looked at. */
  readonly limits: LimitValues;
  /** How many forks and files each branch is inside of. */
  readonly depth: number;
  readonly seed: number;
  /** What each branch begins with of the evaluation's tables (TB5). */
  readonly tables?: TablesAround | null;
  /** True: the first branch with a result ends the others, and only what it wrote counts. */
  readonly isRace?: boolean;
  /** True: what comes after the first branch that wrote is not wanted, and not in the result. */
  readonly untilWritten?: boolean;
  /** Added to a branch's index for its seed; 0 if not given. */
  readonly firstBranch?: number;
  /** True: give up; the fork's branches are interrupted. */
  readonly isInterrupted: () => boolean;
}

export interface ForkResult {
  /** One for each atom, in order; of a fork until something is written, for those up to there. */
  readonly outcomes: readonly BranchOutcome[];
  /** What branches wrote, in the order of the branches; those of one task are united already. */
  readonly environments: readonly Environment[];
  /** The branch that won a race; −1 if it was none, or nobody had a result. */
  readonly winner: number;
}

/** How branches are evaluated: in place, or on several threads. */
export interface Fork {
  join(request: ForkRequest): ForkResult;
  /**
   * Runs `body` while no other thread of the pool is inside the mutex of this name (the number of its
   * symbol). False if `isInterrupted` said so before the mutex was free. Forks inside `body` are
   * evaluated in place, so that no other thread's work waits for the mutex on behalf of this one.
   */
  withMutex(name: number, isInterrupted: () => boolean, body: () => void): boolean;
}
