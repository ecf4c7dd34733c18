// Ways in which createSite of a site module can fail.

import { Heap } from "../../dist/src/memory/heap.js";
import { createSite as createPlainSite } from "../../dist/src/parallel/language-site.js";

export const KINDS = {
  // Never settles.
  never: () => new Promise(() => undefined),
  throw() {
    throw new RangeError("as asked");
  },
  async reject() {
    await Promise.resolve();
    throw new RangeError("as asked");
  },
  "throw-text"() {
    throw "as asked";
  },
  nothing() {},
  number: () => 5,
  "half-a-site": (heap) => ({ vocabulary: createPlainSite(heap).vocabulary }),
  "other-heap": () => createPlainSite(Heap.create({ maxBytes: 2 ** 24 })),
  exit() {
    process.exit(3);
  },
};
