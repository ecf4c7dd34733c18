// A site whose threads take long to start: longer than the calls that are made meanwhile may take.
import { createSite as createPlainSite } from "../../dist/src/parallel/language-site.js";

const nobody = new Int32Array(new SharedArrayBuffer(4));

export function createSite(heap) {
  Atomics.wait(nobody, 0, 0, 400);
  return createPlainSite(heap);
}
