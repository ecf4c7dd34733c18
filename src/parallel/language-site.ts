/** The site of the evaluator: what the threads of a pool evaluate branches with. */
import type { Permissions } from "../eval/host/permissions.js";
import type { RuleProfile } from "../eval/rules/rule-profile.js";
import type { Heap } from "../memory/heap.js";
import { parallelLibrary } from "./library.js";
import { siteWith } from "./library-site.js";
import type { Site } from "./site.js";

/**
 * A thread's site on a heap, with the standard library and the forms that fork.
 * @param permissions what programs may touch of the host; nothing unless given.
 * @param programFolder {@link Allowance.programFolder}.
 * @param profile counts the rules that it applies.
 */
export function createSite(
  heap: Heap,
  permissions: Permissions = {},
  programFolder: string | null = null,
  profile: RuleProfile | null = null,
): Site {
  return siteWith(heap, parallelLibrary(permissions), programFolder, profile);
}
