// The evaluator's site behind a gate: a thread that makes it comes up when a word of the heap is not 0 any more. The
// word's index stands in the module's address.
import { createSite as createPlainSite } from "../../dist/src/parallel/language-site.js";

const gate = Number(new URL(import.meta.url).searchParams.get("gate"));

export function createSite(heap) {
  Atomics.wait(heap.words, gate, 0);
  return createPlainSite(heap);
}
