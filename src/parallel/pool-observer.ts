/** Pool observer: who looks at forks, branches and threads. */
import type { Address } from "../base/address.js";
import { Observer } from "../environment/observer.js";
import type { Heap } from "../memory/heap.js";
import type { TapMemory } from "../sync/taps.js";
import type { ForkWatch } from "./fork-watch.js";

/** What a thread of a pool needs to tell of itself. */
export interface ThreadRecording {
  readonly taps: TapMemory;
  /** By which the observer knows the heap. */
  readonly heapNumber: number;
  /** Whether it counts the rules that it applies. */
  readonly profiles: boolean;
}

/** Looks on while a pool, a store or a program works: an `Inspector` of `oxbow/inspector`. */
export abstract class PoolObserver extends Observer {
  /** Told of what this thread does on a heap. @internal */
  abstract watchOn(heap: Heap): ForkWatch;
  /** For the threads of a pool with that board. @internal */
  abstract recordingOn(heap: Heap, board: Address): ThreadRecording;
}
