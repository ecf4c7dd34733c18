// The evaluator's site with an operation more: (fault KIND), which does to its thread what no program can.
import { impureOperation } from "../../dist/src/eval/host/operation.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { siteWith } from "../../dist/src/parallel/library-site.js";
import { UNIT } from "../../dist/src/term/atom.js";

const kinds = {
  throw() {
    throw new Error("as commanded");
  },
  // Exhausts the stack.
  deep() {
    return kinds.deep() + 1;
  },
  // Exhausts V8's heap.
  eat() {
    const eaten = [];
    for (;;) eaten.push(Array.from({ length: 1_000_000 }).fill(eaten.length + 0.5));
  },
  exit() {
    process.exit(3);
  },
  // Asks nobody whether to go on.
  stuck() {
    for (;;);
  },
};

export function createSite(heap) {
  const library = parallelLibrary();
  library.addOperation(
    impureOperation("fault", "(-> Symbol (->))", "Fails in a way of its own.", ([kind]) => {
      kinds[kind.name]();
      return UNIT;
    }),
  );
  library.addOperation(
    impureOperation(
      "starve",
      "(-> Number (->))",
      "From the k-th on all allocations fail.",
      ([k]) => {
        starve(heap, Number(k.value));
        return UNIT;
      },
    ),
  );
  const site = siteWith(heap, library);
  return {
    ...site,
    evaluate(branch) {
      try {
        return site.evaluate(branch);
      } finally {
        feed(heap);
      }
    },
  };
}

/** The allocator counts this down and fails when it reads 0; after that it stands at 1 again. */
function starve(heap, k) {
  let left = k;
  Object.defineProperty(heap, "failCountdown", {
    configurable: true,
    get() {
      if (left > 0) return left;
      left = 1;
      return 0;
    },
    set(value) {
      left = value;
    },
  });
}

function feed(heap) {
  Object.defineProperty(heap, "failCountdown", {
    configurable: true,
    value: 0,
    writable: true,
  });
}
