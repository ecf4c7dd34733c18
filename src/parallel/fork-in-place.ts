/** Forking in place: the branches of a fork one after another on the thread that forks. */

import { type EndedBranch, unfinishedOutcome } from "./branch.js";
import { BranchSeries } from "./branch-series.js";
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
    using series = new BranchSeries(this.#site, this.#inner, request, request.isInterrupted);
    for (const [index, atom] of request.atoms.entries()) {
      if (collected.winner >= 0 || request.isInterrupted()) {
        collected.add({ outcome: unfinishedOutcome(atom, "cancelled"), environment: null });
        continue;
      }
      const ended = series.run(index);
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
