// A library that takes long to be made: longer than the calls that are made meanwhile may take.
import { parallelLibrary } from "../../dist/src/parallel/library.js";

const nobody = new Int32Array(new SharedArrayBuffer(4));

export function library() {
  Atomics.wait(nobody, 0, 0, 1_200);
  return parallelLibrary();
}
