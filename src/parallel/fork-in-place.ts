/** Forking in place: the branches of a fork one after another on the thread that forks. */

import { branchSeed } from "../base/random.js";
import { Budget } from "../eval/limits/budget.js";
import { type EndedBranch, runBranch, unfinishedOutcome } from "./branch.js";
import { Collected } from "./join.js";
import { isResult } from "./outcome-delivery.js";
import type { Fork, ForkRequest, ForkResult, Site } from "./site.js";

/** Evaluates all branches in this thread, one after another. */
export class ForkInPlace implements Fork {
  readonly #site: Site;
  readonly #inner: Fork;

  /** @param inner how the branches fork in turn; in place unless given. */
  constructor(site: Site, inner: Fork | null = null) {
    this.#site = site;
    this.#inner = inner ?? this;
  }

  join(request: ForkRequest): ForkResult {
    const { watch } = this.#site;
    return watch === undefined
      ? this.#join(request)
      : watch.join(request, () => this.#join(request));
  }

  #join(request: ForkRequest): ForkResult {
    const collected = new Collected();
    for (const [index, atom] of request.atoms.entries()) {
      if (collected.winner >= 0 || request.isInterrupted()) {
        collected.add({ outcome: unfinishedOutcome(atom, "cancelled"), environment: null });
        continue;
      }
      const ended = runOne(this.#site, this.#inner, request, index, request.isInterrupted);
      if (request.isRace === true) addRacer(collected, index, ended);
      else collected.add(ended);
    }
    return collected;
  }

  /** A single thread has no one to exclude. */
  withMutex(_name: number, _isInterrupted: () => boolean, body: () => void): boolean {
    body();
    return true;
  }
}

/** Of a race, only what the first branch with a result wrote counts. */
function addRacer(collected: Collected, index: number, ended: EndedBranch): void {
  if (isResult(ended.outcome)) {
    collected.winner = index;
    collected.add(ended);
    return;
  }
  ended.environment?.dispose();
  collected.add({ ...ended, environment: null });
}

/** Evaluates branch `index` of a request on a clone of its environment (F1 in fork.ts). */
export function runOne(
  site: Site,
  fork: Fork,
  request: ForkRequest,
  index: number,
  isInterrupted: () => boolean,
): EndedBranch {
  const { watch } = site;
  const run = (): EndedBranch => runUnwatched(site, fork, request, index, isInterrupted);
  return watch === undefined ? run() : watch.branch(request, index, run);
}

function runUnwatched(
  site: Site,
  fork: Fork,
  request: ForkRequest,
  index: number,
  isInterrupted: () => boolean,
): EndedBranch {
  const { limits, depth, space } = request;
  const budget = request.budget ?? new Budget(site.vocabulary.heap, limits);
  try {
    return runBranch(site, {
      environment: request.environment.clone(),
      atom: request.atoms[index]!,
      space,
      budget,
      maxResults: limits.maxResults,
      depth,
      tables: request.tables ?? null,
      seed: branchSeed(request.seed, (request.firstBranch ?? 0) + index),
      isInterrupted,
      fork,
    });
  } finally {
    if (request.budget === null) budget.close();
  }
}
