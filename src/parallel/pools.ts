/** Which objects are pools: whoever takes one asks here, and need not load what pools are made of. */
import type { EvaluatorPool } from "./pool.js";

const pools = new WeakSet<object>();

/** An object has become a pool. */
export function notePool(pool: EvaluatorPool): void {
  pools.add(pool);
}

export function isPool(value: unknown): value is EvaluatorPool {
  return pools.has(Object(value));
}
