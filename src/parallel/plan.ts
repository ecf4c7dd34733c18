/** Plan: which branches of a fork go into which task, and the seed of each branch. */
import type { Address } from "../base/address.js";
import { release } from "../memory/allocator.js";
import { createJob, type TaskRange } from "./job.js";
import { encodeAtoms } from "./outcome.js";
import type { ForkRequest, Site } from "./site.js";

/** The seed of branch `index` of a fork (F1 in fork.ts). */
export function branchSeed(seed: number, index: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x27d4eb2f) | 0;
}

/** Which branches of a request a job has, and how many of them to a task. */
export interface JobCut {
  readonly first: number;
  readonly end: number;
  readonly size: number;
}

/** A job of some branches of a request. The caller has its one reference. */
export function planJob(
  site: Site,
  forker: number,
  request: Omit<ForkRequest, "isInterrupted">,
  { first, end, size }: JobCut,
  flags: number,
): Address {
  const { heap } = site.vocabulary;
  const { limits, seed, firstBranch = 0 } = request;
  const { segment, offsets } = encodeAtoms(site.vocabulary, request.atoms.slice(first, end));
  const tasks: TaskRange[] = [];
  for (let begin = first; begin < end; begin += size) {
    const count = Math.min(size, end - begin);
    tasks.push({ first: begin, count, offset: offsets[begin - first]! });
  }
  const base = request.environment.toHandle();
  try {
    return createJob(heap, {
      base,
      atoms: segment,
      tasks,
      limits,
      seed,
      firstBranch,
      flags,
      forker,
    });
  } catch (error) {
    release(heap, base);
    release(heap, segment);
    throw error;
  }
}
