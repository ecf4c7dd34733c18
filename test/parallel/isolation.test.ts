import { afterAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { Evaluator } from "../../dist/src/eval/evaluator/evaluator.js";
import { FailedImportError } from "../../dist/src/eval/program/failed-import.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { runWith } from "../../dist/src/parallel/run-program.js";
import { print } from "../../dist/src/term/printer.js";
import { isolationPrograms } from "../isolation-programs.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
const pool = EvaluatorPool.on(createSite(heap), { threads: 1 });
afterAll(() => pool.close());

/** What each `!` of a program gave, without the names that are given out as they come. */
async function run(program: string, on: EvaluatorPool | null): Promise<string[]> {
  using environment = Environment.create(heap);
  const evaluator = new Evaluator(parallelLibrary(), { print: () => undefined });
  const options = { maxSteps: 5000, ...(on === null ? {} : { pool: on, hereMs: 0 }) };
  const lines: string[] = [];
  // Each line is a program: behind an import that fails the next one goes on.
  for (const text of program.split("\n")) {
    try {
      for await (const { results } of runWith(evaluator, environment, text, options)) {
        lines.push(results.map((each) => print(each)).join(" "));
      }
    } catch (error) {
      if (!(error instanceof FailedImportError)) throw error;
    }
  }
  return lines.map((line) => line.replaceAll(/#\d+|GroundingSpace-\S+|State \S+/g, "·"));
}

test("no program sees on a thread of a pool what another has left there, and each what it has set", async () => {
  const programs = isolationPrograms().filter(
    ([, text]) => !/\(loop\)|random-int &rng 0 1000/.test(text),
  );
  for (const [name, text] of programs) {
    expect(await run(text, pool), name).toEqual(await run(text, null));
  }
});
