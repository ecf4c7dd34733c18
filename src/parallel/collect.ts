/** Collecting: from the tasks of an ended job to outcomes in order, and one environment. */
import { type Address, NO_ADDRESS } from "../base/address.js";
import type { Environment } from "../environment/environment.js";
import { Packed } from "../memory/packed.js";
import { retain } from "../memory/segment.js";
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
import { type BranchOutcome, type OutcomeList, openOutcomes } from "./outcome.js";
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
    const outcome = readOutcome(words, job, index);
    retain(words, outcome);
    const packed = Packed.adopt<OutcomeList>(site.vocabulary.heap, outcome);
    into.outcomes.push(...openOutcomes(site.vocabulary, packed));
    const environment = takeEnvironment(words, job, index);
    if (environment !== NO_ADDRESS) into.environments.push(site.openEnvironment(environment));
  } else {
    for (let branch = first; branch < first + count; branch++) {
      into.outcomes.push(unfinishedOutcome(atoms[branch]!, lost ? "lost" : "cancelled"));
    }
  }
  return { first, count, lost };
}

/**
 * The union of environments in order; they are taken over. Null for none. Neighbours are united first,
 * then their unions: a union walks what its sides differ in, so a tree of unions visits each change
 * log n times, where a line would visit it n times.
 */
export function uniteAll(environments: readonly Environment[]): Environment | null {
  let level = [...environments];
  while (level.length > 1) level = uniteNeighbours(level);
  return level[0] ?? null;
}

function uniteNeighbours(level: readonly Environment[]): Environment[] {
  const united: Environment[] = [];
  try {
    for (let index = 0; index < level.length; index += 2) {
      const left = level[index]!;
      const right = level[index + 1];
      if (right !== undefined) left.absorb(right);
      right?.dispose();
      united.push(left);
    }
  } catch (error) {
    // Disposing twice does nothing.
    for (const environment of level) environment.dispose();
    throw error;
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
