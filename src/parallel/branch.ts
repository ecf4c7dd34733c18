/**
 * Branch: one atom evaluated on a clone of an environment, according to the semantics of fork: the branch
 * sees the environment as it was at the fork and what it writes itself, and nothing of its
 * siblings. How a branch ends is always an outcome, never an exception of the fork; and of a branch that
 * did not complete, for whatever reason, nothing but the outcome is left.
 */

import { InvariantError } from "../base/assert.js";
import { branchSeed } from "../base/random.js";
import type { Environment } from "../environment/environment.js";
import { errorAtom } from "../eval/language/error-atom.js";
import { HeapExhaustedError } from "../memory/exhausted.js";
import type { Atom } from "../term/atom.js";
import { describe } from "./failure.js";
import type { BranchOutcome, BranchStatus } from "./outcome.js";
import type { BranchRequest, RunningBranch, Site } from "./site.js";

export interface EndedBranch {
  readonly outcome: BranchOutcome;
  /** What the branch wrote, united with nothing yet; null if it wrote nothing. The caller disposes it. */
  readonly environment: Environment | null;
}

/** Keeps the seeds of a branch's forks distinct from those of its siblings. */
const FORK_SALT = 0x5bd1e995;

/**
 * Evaluates `request.atom` on `request.environment`, which is taken over.
 *
 * @param spare takes an environment on which a branch has completed without writing to it; it is disposed unless given.
 */
export function runBranch(
  site: Site,
  request: BranchRequest,
  spare: (environment: Environment) => void = dispose,
): EndedBranch {
  const { heap } = site.vocabulary;
  const { environment } = request;
  const started = performance.now();
  const copiedBefore = heap.segmentsCopied;
  let output = "";
  let forks = 0;
  const { atom, space, budget, maxResults, depth, tables, seed, isInterrupted, fork, known } =
    request;
  const branch: RunningBranch = {
    environment,
    atom,
    space,
    budget,
    maxResults,
    depth,
    tables,
    seed,
    isInterrupted,
    fork,
    known,
    print: (text) => {
      output += text;
    },
    nextForkSeed: () => branchSeed(seed ^ FORK_SALT, forks++),
  };
  const outcomeOf = (
    status: BranchStatus,
    results: readonly Atom[],
    {
      stopped = "completed",
      failure = "",
      steps = 0,
      hadErrors = status === "failed",
    }: Partial<BranchOutcome>,
  ): BranchOutcome => ({
    status,
    results,
    stopped,
    failure,
    hadErrors,
    output,
    steps,
    timeMs: performance.now() - started,
    startedMs: performance.timeOrigin + started,
    segmentsCopied: heap.segmentsCopied - copiedBefore,
    thread: heap.thread,
  });
  try {
    const { results, stopped, steps, hadErrors = false } = site.evaluate(branch);
    if (stopped === "aborted") {
      environment.dispose();
      return { outcome: outcomeOf("cancelled", [], { stopped, steps }), environment: null };
    }
    // A branch that has as many results as were requested keeps what it wrote.
    if (stopped === "completed" || stopped === "maxResults") {
      const status = stopped === "completed" ? "done" : "stopped";
      const outcome = outcomeOf(status, results, { stopped, steps, hadErrors });
      if (environment.modified) return { outcome, environment };
      spare(environment);
      return { outcome, environment: null };
    }
    environment.dispose();
    const all = [...results, errorAtom(request.atom, `stopped by ${stopped}`)];
    return { outcome: outcomeOf("stopped", all, { stopped, steps }), environment: null };
  } catch (error) {
    if (error instanceof InvariantError) throw error;
    environment.dispose();
    if (request.depth > 0 && error instanceof HeapExhaustedError) {
      // The whole evaluation has no room, not this part of it alone: no value, as with every limit (BU1).
      const stopped = request.budget.stop("maxHeapBytes");
      return { outcome: outcomeOf("stopped", [], { stopped }), environment: null };
    }
    const failure = describe(error);
    const results = [errorAtom(request.atom, failure)];
    return { outcome: outcomeOf("failed", results, { failure }), environment: null };
  }
}

function dispose(environment: Environment): void {
  environment.dispose();
}

/** The outcome of a branch that was not evaluated to completion. */
export function unfinishedOutcome(atom: Atom, status: "cancelled" | "lost"): BranchOutcome {
  const failure = status === "lost" ? "the thread that evaluated it has ended" : "";
  return {
    status,
    results: status === "lost" ? [errorAtom(atom, failure)] : [],
    output: "",
    stopped: status === "cancelled" ? "aborted" : "completed",
    failure,
    hadErrors: status === "lost",
    steps: 0,
    timeMs: 0,
    startedMs: 0,
    segmentsCopied: 0,
    thread: -1,
  };
}
