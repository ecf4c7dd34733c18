// The evaluator's site with an operation that no library has: (triple N).
import { impureOperation } from "../../dist/src/eval/operation.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { siteWith } from "../../dist/src/parallel/library-site.js";
import { integer } from "../../dist/src/term/atom.js";

export function createSite(heap) {
  const library = parallelLibrary();
  library.addOperation(
    impureOperation("triple", "(-> Number Number)", "Three times as much.", ([n]) =>
      integer(3 * n.value),
    ),
  );
  return siteWith(heap, library);
}
