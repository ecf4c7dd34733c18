import { Environment } from "../../dist/src/environment/environment.js";
import { Evaluator } from "../../dist/src/eval/evaluator/evaluator.js";
import type { Heap } from "../../dist/src/memory/heap.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import type { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { type OwnRunOptions, runWith } from "../../dist/src/parallel/run-program.js";
import { print } from "../../dist/src/term/printer.js";

/** Runs a program on a pool's threads, every `!` of it, or on this one; what each `!` printed, gave, and was stopped by. */
export async function runOn(
  heap: Heap,
  text: string,
  pool: EvaluatorPool | null,
  how: Pick<OwnRunOptions, "blocks"> = {},
): Promise<string[]> {
  using environment = Environment.create(heap);
  let output = "";
  const evaluator = new Evaluator(parallelLibrary(), { print: (each) => (output += each) });
  const lines: string[] = [];
  const options = pool === null ? {} : { pool, hereMs: 0, ...how };
  for await (const { results, stopped } of runWith(evaluator, environment, text, options)) {
    const shown = results.map((result) => print(result)).join(", ");
    lines.push(`${output}[${shown}]${stopped === "completed" ? "" : stopped}`);
    output = "";
  }
  return lines;
}
