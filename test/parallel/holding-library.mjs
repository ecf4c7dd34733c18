// A library for tests whose programs may read files of this folder, and have an operation that never comes back.
import { impureOperation } from "../../dist/src/eval/host/operation.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";

const stuck = impureOperation("stuck", "(-> Atom)", "Never comes back.", () => {
  for (;;);
});

export function library() {
  const made = parallelLibrary({ allowRead: [import.meta.dirname] });
  made.addOperation(stuck);
  return made;
}
