/**
 * Branches of one fork that a thread evaluates one after another, each on a clone of the fork's environment.
 *
 *   SER1  A branch that completes and has written nothing leaves its clone as it was, and with it what was found out about
 *        rules and types: so the next branch gets both. Any other gives its clone away, or up.
 */
import { branchSeed } from "../base/random.js";
import type { Environment } from "../environment/environment.js";
import { Budget } from "../eval/limits/budget.js";
import type { Known } from "../eval/machine/evaluation-context.js";
import { type EndedBranch, runBranch } from "./branch.js";
import type { Fork, ForkRequest, Site } from "./site.js";

export class BranchSeries implements Disposable {
  readonly #site: Site;
  readonly #fork: Fork;
  readonly #request: ForkRequest;
  readonly #isInterrupted: () => boolean;
  /** What the latest branch has left (SER1). */
  #spare: Environment | null = null;
  readonly #known: Known = { context: null };

  /** @param fork how the branches fork in turn. */
  constructor(site: Site, fork: Fork, request: ForkRequest, isInterrupted: () => boolean) {
    this.#site = site;
    this.#fork = fork;
    this.#request = request;
    this.#isInterrupted = isInterrupted;
  }

  /** Evaluates branch `index` of the request (F1 in fork.ts). */
  run(index: number): EndedBranch {
    const { watch } = this.#site;
    if (watch === undefined) return this.#run(index);
    return watch.branch(this.#request, index, () => this.#run(index));
  }

  #run(index: number): EndedBranch {
    const request = this.#request;
    const { limits, depth, space } = request;
    const budget = request.budget ?? new Budget(this.#site.vocabulary.heap, limits);
    const environment = this.#spare ?? request.environment.clone();
    this.#spare = null;
    const branch = {
      environment,
      atom: request.atoms[index]!,
      space,
      budget,
      maxResults: limits.maxResults,
      depth,
      tables: request.tables ?? null,
      seed: branchSeed(request.seed, (request.firstBranch ?? 0) + index),
      isInterrupted: this.#isInterrupted,
      fork: this.#fork,
      known: this.#known,
    };
    try {
      return runBranch(this.#site, branch, this.#keep);
    } finally {
      if (request.budget === null) budget.close();
    }
  }

  /** An operation of the host may have frozen it. */
  readonly #keep = (environment: Environment): void => {
    if (environment.frozen) environment.dispose();
    else this.#spare = environment;
  };

  [Symbol.dispose](): void {
    this.#spare?.dispose();
    this.#spare = null;
    this.#known.context = null;
  }
}
