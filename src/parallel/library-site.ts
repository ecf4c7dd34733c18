/** A site that evaluates with a library, and what its evaluations know of the branch they are in. */

import { randomFrom } from "../base/random.js";
import { environmentOn, heapOf } from "../environment/environment.js";
import { handleOn } from "../environment/lifecycle.js";
import { Evaluator } from "../eval/evaluator/evaluator.js";
import type { Library } from "../eval/library/library.js";
import type { EvaluationContext, Host } from "../eval/machine/evaluation-context.js";
import { Preparations } from "../eval/rules/prepared.js";
import type { RuleProfile } from "../eval/rules/rule-profile.js";
import type { Heap } from "../memory/heap.js";
import { Vocabulary } from "../term/vocabulary.js";
import { ForkInPlace } from "./fork-in-place.js";
import type { BranchReply, Fork, RunningBranch, Site } from "./site.js";

/** A host that knows the branch it speaks for. */
interface BranchHost extends Host {
  readonly branch: RunningBranch;
}

/** What a form needs of the branch it is in. */
type ForkingBranch = Pick<RunningBranch, "fork" | "nextForkSeed">;

/** A host whose evaluations fork in a way of their own, where they are in no branch. */
export interface ForkingHost extends Host {
  readonly fork: Fork;
}

/** A site with a library; see {@link siteOf}. */
export function siteWith(
  heap: Heap,
  library: Library,
  programFolder: string | null = null,
  profile: RuleProfile | null = null,
): Site {
  const preparations = new Preparations(undefined, profile);
  return siteOf(heap, new Evaluator(library, {}, preparations), programFolder);
}

/**
 * A site that evaluates with an evaluator, and so with what it has prepared; a branch's output is the branch's.
 *
 * @param programFolder {@link Allowance.programFolder}.
 */
export function siteOf(
  heap: Heap,
  evaluator: Evaluator,
  programFolder: string | null = null,
): Site {
  return {
    library: evaluator.library,
    vocabulary: Vocabulary.of(heap),
    environmentAt: (root) => environmentOn(handleOn(heap, root)),
    evaluate: (branch) => evaluateBranch(evaluator, branch, programFolder),
  };
}

function evaluateBranch(
  evaluator: Evaluator,
  branch: RunningBranch,
  programFolder: string | null,
): BranchReply {
  const host: BranchHost = {
    print: (text) => branch.print(text),
    trace: (text) => evaluator.host.trace(text),
    random: randomFrom(branch.seed),
    branch,
  };
  const { environment, atom, space, budget, maxResults, depth, tables, isInterrupted, known } =
    branch;
  const allowance = { budget, maxResults, depth, tables, isInterrupted, programFolder, known };
  return evaluator.evaluatePart(environment, atom, allowance, space, host);
}

/** The branch an evaluation is in; outside any branch, one that forks in place. */
export function branchOf(context: EvaluationContext): ForkingBranch {
  const { branch, fork } = context.host as Partial<BranchHost & ForkingHost>;
  if (branch !== undefined) return branch;
  const nextForkSeed = (): number => Math.floor(context.random() * 2 ** 31);
  if (fork !== undefined) return { fork, nextForkSeed };
  const { environment, host, preparations, allowance } = context;
  const evaluator = new Evaluator(context.library, host, preparations);
  const site = siteOf(heapOf(environment), evaluator, allowance.programFolder);
  return { fork: new ForkInPlace(site), nextForkSeed };
}
