/** Collecting: from the tasks of an ended job to outcomes in order, and one environment. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import { type Environment, handleOf } from "../environment/environment.js";
import { reportConflicts } from "../environment/handle.js";
import { adoptPacked } from "../memory/packed.js";
import { retain } from "../memory/segment.js";
import type { Atom } from "../term/atom.js";
import { type EndedBranch, unfinishedOutcome } from "./branch.js";
import {
  DONE,
  hasWritten,
  LOST,
  loadState,
  readIsRace,
  readOutcome,
  readTask,
  readTaskCount,
  takeEnvironment,
} from "./job.js";
import { type BranchOutcome, branchOutcomes, type OutcomeList } from "./outcome.js";
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

/**
 * Adds what the tasks of an ended job have produced; of a race, the environment of the winner only. For
 * tasks of several branches whose thread has ended, `runApart` adds it.
 */
export function collectJob(
  site: Site,
  job: Address,
  atoms: readonly Atom[],
  into: Collected,
  runApart: (first: number, count: number) => void,
): void {
  const { words } = site.vocabulary.heap;
  const count = readTaskCount(words, job);
  const isRace = readIsRace(words, job);
  for (let index = 0; index < count; index++) {
    const { first, count: branches } = readTask(words, job, index);
    if (branches > 1 && loadState(words, job, index) === LOST) {
      runApart(first, branches);
      continue;
    }
    const before = into.environments.length;
    collectTask(site, job, index, atoms, into);
    if (!isRace || index === into.winner) continue;
    for (const loser of into.environments.splice(before)) loser.dispose();
  }
}

/** Adds what the tasks of an ended job have produced, one branch each, up to the first that wrote. */
export function collectUntilWritten(
  site: Site,
  job: Address,
  atoms: readonly Atom[],
  into: Collected,
): void {
  const count = readTaskCount(site.vocabulary.heap.words, job);
  for (let index = 0; index < count && into.environments.length === 0; index++) {
    collectTask(site, job, index, atoms, into);
  }
}

/** The first of the tasks from `from` to `to`, all ended, that wrote; −1 if none did. */
export function findWriter(words: Int32Array, job: Address, from: number, to: number): number {
  for (let index = from; index < to; index++) {
    if (loadState(words, job, index) === DONE && hasWritten(words, job, index)) return index;
  }
  return -1;
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
    const outcome = readOutcome(words, job, index);
    retain(words, outcome);
    const packed = adoptPacked<OutcomeList>(site.vocabulary.heap, outcome);
    into.outcomes.push(...branchOutcomes(site.vocabulary, packed));
    const environment = takeEnvironment(words, job, index);
    if (environment !== NO_ADDRESS) into.environments.push(site.environmentAt(environment));
  } else {
    for (let branch = first; branch < first + count; branch++) {
      into.outcomes.push(unfinishedOutcome(atoms[branch]!, lost ? "lost" : "cancelled"));
    }
  }
  return { first, count, lost };
}

/**
 * The union of environments in order; they are taken over. Null for none. `base` is what all of them
 * were cloned from: so the cost is what each of them changed, once.
 */
export function uniteAll(
  environments: readonly Environment[],
  base: Environment,
): Environment | null {
  const [first, ...rest] = environments;
  if (first === undefined) return null;
  try {
    first.absorbAll(rest, { base });
    return first;
  } catch (error) {
    first.dispose();
    throw error;
  } finally {
    for (const environment of rest) environment.dispose();
  }
}

/** After a join: `environment` becomes the union of what its branches wrote; they are taken over. */
export function joinInto(environment: Environment, branches: readonly Environment[]): void {
  const united = uniteAll(branches, environment);
  if (united === null) return;
  becomeUnion(environment, united);
}

/** The environment becomes a union of clones of it, which is taken over; conflicts are reported there. */
function becomeUnion(environment: Environment, united: Environment): void {
  environment.assign(united);
  reportConflicts(handleOf(environment), united.conflicts);
  united.dispose();
}
