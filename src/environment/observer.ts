/** Observer: who looks at shared environments from a thread of his own. */
import type { Heap } from "../memory/heap.js";
import type { SharedEnvironment } from "./shared.js";

/** Looks on while a store, a pool or a program works: an `Inspector` of `oxbow/inspector`. */
export abstract class Observer {
  /** Looks at what is shared, under a name, until the answer is called. @internal */
  abstract watchShared(name: string, heap: Heap, shared: SharedEnvironment): () => void;
}
