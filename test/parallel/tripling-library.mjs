// A library with an operation that no other has: (triple N).
import { impureOperation } from "../../dist/src/eval/host/operation.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { integer } from "../../dist/src/term/atom.js";

export function library() {
  const made = parallelLibrary();
  made.addOperation(
    impureOperation("triple", "(-> Number Number)", "Three times as much.", ([n]) =>
      integer(3 * n.value),
    ),
  );
  return made;
}
