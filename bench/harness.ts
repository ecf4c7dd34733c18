/**
 * Measuring: thin helpers over mitata that give medians.
 *
 * Figures that are compared belong to one run, and are taken alternately ({@link compareMedians}),
 * so that a machine that slows down slows both sides.
 */
import { do_not_optimize, measure } from "mitata";
import { medianOf } from "./figure.js";

export interface MeasureOptions {
  /** CPU time to spend on the measurement, in milliseconds (default 300). */
  readonly minCpuTimeMs?: number;
  /** Samples taken at least (default 12). */
  readonly minSamples?: number;
}

/** Keeps `value` alive, so that the work that made it is not optimised away. */
export function consume(value: unknown): void {
  do_not_optimize(value);
}

/**
 * The median time of one call of `operation`, in nanoseconds. Short operations are batched by
 * mitata. `operation` may be asynchronous.
 */
export async function median(
  operation: () => unknown,
  options: MeasureOptions = {},
): Promise<number> {
  const stats = await measure(operation, {
    min_cpu_time: (options.minCpuTimeMs ?? 300) * 1e6,
    min_samples: options.minSamples ?? 12,
  });
  return stats.p50;
}

/**
 * The medians of several operations measured in turns, in nanoseconds and in the order given:
 * `rounds` measurements of each, first to last, and the median of those.
 */
export async function compareMedians(
  operations: readonly (() => unknown)[],
  options: MeasureOptions & { readonly rounds?: number } = {},
): Promise<number[]> {
  const samples: number[][] = operations.map(() => []);
  for (let round = 0; round < (options.rounds ?? 5); round += 1) {
    for (const [index, operation] of operations.entries()) {
      samples[index]!.push(await median(operation, { minCpuTimeMs: 60, ...options }));
    }
  }
  return samples.map((values) => medianOf(values));
}

/**
 * The median time in nanoseconds of an operation that needs fresh state for each call: `prepare`
 * makes the state and is not timed, `operation` is, `cleanUp` is not. For operations of a
 * microsecond or more, as each call is timed by itself.
 */
export async function medianWithSetup<State>(
  prepare: () => State | Promise<State>,
  operation: (state: State) => unknown,
  options: { readonly samples?: number; readonly cleanUp?: (state: State) => unknown } = {},
): Promise<number> {
  const samples: number[] = [];
  const count = options.samples ?? 15;
  for (let index = 0; index < count + 2; index += 1) {
    const state = await prepare();
    const start = process.hrtime.bigint();
    const result = operation(state);
    if (result instanceof Promise) await result;
    const elapsed = Number(process.hrtime.bigint() - start);
    consume(result);
    await options.cleanUp?.(state);
    // The first two calls warm up.
    if (index >= 2) samples.push(elapsed);
  }
  return medianOf(samples);
}
