/**
 * Late pool: `EvaluatorPool` of a page, which loads what pools are made of when it makes one. A page that evaluates on its own
 * thread only does not wait for it.
 */
import type { Heap } from "../memory/heap.js";
import type { EvaluatorPool as Pool } from "./pool.js";
import type { PoolOptions } from "./pool-options.js";

/** Threads that evaluate branches on one heap and unite what they wrote. Close it. */
export type EvaluatorPool = Pool;

/** Makes pools: threads that evaluate branches on one heap and unite what they wrote. */
export const EvaluatorPool: {
  /**
   * A pool on a heap. Its threads start in the background, some 60 ms each. Throws `ERR_LIBRARY_MODULE` for a
   * module that gives no library, `ERR_INVALID_ARGUMENT`, HeapExhaustedError.
   */
  create(heap: Heap, options: PoolOptions): Promise<Pool>;
} = {
  async create(heap, options) {
    const pools = await import("./pool.js");
    return pools.EvaluatorPool.create(heap, options);
  },
};
