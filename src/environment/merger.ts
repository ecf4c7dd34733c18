/**
 * Merger: when what environments hold alike is kept once (merging.ts), and how much that has given. The collector of a thread
 * loads it when it is first needed, so that a page does not wait for it.
 */
import { COUNTER_WRITER, type Heap, loadCounter } from "../memory/heap.js";
import { whileBusy } from "../memory/quiet.js";
import { Merging } from "./merging.js";
import type { Store } from "./workspace.js";

/** Of as many writers more, a full heap is looked through again. */
const WORTH_IT = 1.06;

/** What a merger needs of the collector. */
interface Slices {
  /** Runs a slice of work and counts it. */
  slice<Result>(work: (isOver: () => boolean) => Result): Result;
  /** Comes back in a later turn of the event loop. */
  turn(): Promise<void>;
}

export class Merger {
  bytesMerged = 0;
  readonly #store: Store;
  readonly #heap: Heap;
  /** How many writers there were when the heap was full last. */
  #writersWhenFull = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#heap = store.heap;
  }

  /** Merges in slices; how many bytes that gave. Gives up when the thread evaluates. */
  async run({ slice, turn }: Slices): Promise<number> {
    const heap = this.#heap;
    const merging = new Merging(this.#store);
    for (let isUnderWay = true; isUnderWay; ) {
      await turn();
      if (heap.detached) return 0;
      const step = (isOver: () => boolean): void => {
        if (heap.evaluations > 0) merging.giveUp();
        isUnderWay = merging.run(isOver);
      };
      whileBusy(heap, () => slice(step));
    }
    this.bytesMerged += merging.bytesMerged;
    return merging.bytesMerged;
  }

  /** Merges at once for a thread that has no room; false if that gave nothing, or there are hardly more environments than last time. */
  runAtOnce(slice: Slices["slice"]): boolean {
    const writers = loadCounter(this.#heap, COUNTER_WRITER);
    if (writers < WORTH_IT * this.#writersWhenFull) return false;
    this.#writersWhenFull = writers;
    const merging = new Merging(this.#store);
    slice(() => merging.run(() => false));
    this.bytesMerged += merging.bytesMerged;
    return merging.bytesMerged > 0;
  }
}
