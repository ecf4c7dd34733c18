/** Collecting: from the tasks of an ended job to outcomes in order, and one environment. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import type { Environment } from "../environment/environment.js";
import type { Atom } from "../term/atom.js";
import { type EndedBranch, unfinishedOutcome } from "./branch.js";
import {
  DONE,
  LOST,
  loadState,
  readOutcome,
  readTask,
  readTaskCount,
  takeEnvironment,
} from "./job.js";
import { type BranchOutcome, decodeOutcomes } from "./outcome.js";
import type { ForkResult, Site } from "./site.js";

/** What branches have produced, in the order in which it is added. */
export class Collected implements ForkResult {
  readonly outcomes: BranchOutcome[] = [];
  readonly environments: Environment[] = [];
  winner = -1;

  add({ outcome, environment }: EndedBranch): void {
    this.outcomes.push(outcome);
    if (environment !== null) this.environments.push(environment);
  }
}

/** Adds what the tasks of an ended job have produced. */
export function collectJob(
  site: Site,
  job: Address,
  atoms: readonly Atom[],
  into: { outcomes: BranchOutcome[]; environments: Environment[] },
): void {
  const { words } = site.vocabulary.heap;
  const count = readTaskCount(words, job);
  for (let index = 0; index < count; index++) collectTask(site, job, index, atoms, into);
}

/** Adds what one ended task has produced; which branches those are, and whether their thread ended. */
export function collectTask(
  site: Site,
  job: Address,
  index: number,
  atoms: readonly Atom[],
  into: { outcomes: BranchOutcome[]; environments: Environment[] },
): { first: number; count: number; lost: boolean } {
  const { words } = site.vocabulary.heap;
  const state = loadState(words, job, index);
  const { first, count } = readTask(words, job, index);
  const lost = state === LOST;
  if (state === DONE) {
    into.outcomes.push(...decodeOutcomes(site.vocabulary, readOutcome(words, job, index)));
    const environment = takeEnvironment(words, job, index);
    if (environment !== NO_ADDRESS) into.environments.push(site.openEnvironment(environment));
  } else {
    for (let branch = first; branch < first + count; branch++) {
      into.outcomes.push(unfinishedOutcome(atoms[branch]!, lost ? "lost" : "cancelled"));
    }
  }
  return { first, count, lost };
}

/** The union of environments in order; they are taken over. Null for none. */
export function uniteAll(environments: readonly Environment[]): Environment | null {
  const [united, ...others] = environments;
  if (united === undefined) return null;
  try {
    for (const other of others) united.absorb(other);
  } catch (error) {
    united.dispose();
    throw error;
  } finally {
    for (const other of others) other.dispose();
  }
  return united;
}

/** After a join: `environment` becomes the union of what the branches wrote; they are taken over. */
export function joinInto(environment: Environment, branches: readonly Environment[]): void {
  const united = uniteAll(branches);
  if (united === null) return;
  environment.assign(united);
  united.dispose();
}
