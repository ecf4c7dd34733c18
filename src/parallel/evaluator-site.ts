/** The site of the evaluator: what the threads of a pool evaluate branches with. */
import type { Heap } from "../memory/heap.js";
import { parallelLibrary } from "./library.js";
import { siteWith } from "./library-site.js";
import type { Site } from "./site.js";

/** A thread's site on a heap, with the standard library and the forms that fork. */
export function createSite(heap: Heap): Site {
  return siteWith(heap, parallelLibrary());
}
