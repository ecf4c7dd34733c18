/** Plan: which branches of a fork go into which task. */

import { type Address, NO_ADDRESS } from "../base/address.js";
import { handleOf } from "../environment/environment.js";
import { retainRoot } from "../environment/handle.js";
import type { KnownTables } from "../eval/tabling/known-tables.js";
import { release } from "../memory/allocator.js";
import { createJob, RACE, type TaskRange } from "./job.js";
import { encodeAtoms } from "./outcome.js";
import { packTables } from "./packed-tables.js";
import type { ForkRequest, Site } from "./site.js";

/** Which branches of a request a job has, and how many of them to a task. */
export interface JobCut {
  readonly first: number;
  readonly end: number;
  readonly size: number;
}

/** Who forks. */
interface Forker {
  /** Its incarnation. */
  readonly forker: number;
  /** The job of the branch that forks; none, if it is a call. */
  readonly parent?: Address;
  readonly flags?: number;
}

/** A job of some branches of a request. The caller has its one reference. */
export function planJob(
  site: Site,
  request: Omit<ForkRequest, "isInterrupted">,
  { first, end, size }: JobCut,
  { forker, parent = NO_ADDRESS, flags = 0 }: Forker,
): Address {
  const { heap } = site.vocabulary;
  const { limits, depth, seed, space, firstBranch = 0, isRace = false, tables = null } = request;
  const budget = request.budget?.share() ?? NO_ADDRESS;
  const { segment, offsets } = encodeAtoms(site.vocabulary, request.atoms.slice(first, end));
  const tasks: TaskRange[] = [];
  for (let begin = first; begin < end; begin += size) {
    const count = Math.min(size, end - begin);
    tasks.push({ first: begin, count, offset: offsets[begin - first]! });
  }
  const handle = handleOf(request.environment);
  const base = retainRoot(handle);
  let packed = NO_ADDRESS;
  try {
    if (tables !== null) packed = packTables(site.vocabulary, tables as KnownTables, handle);
    return createJob(heap, {
      base,
      atoms: segment,
      tables: packed,
      tasks,
      parent,
      budget,
      limits,
      depth,
      seed,
      firstBranch,
      space,
      flags: isRace ? flags | RACE : flags,
      forker,
    });
  } catch (error) {
    release(heap, base);
    release(heap, segment);
    if (packed !== NO_ADDRESS) release(heap, packed);
    throw error;
  }
}
