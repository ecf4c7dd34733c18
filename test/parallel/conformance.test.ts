import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { referencePrograms } from "../whole-programs.js";
import { runOn } from "./run-on.js";

const EXAMPLES = new URL("../../examples/", import.meta.url);

function programs(): string[] {
  const examples = readdirSync(EXAMPLES)
    .filter((name) => name.endsWith(".metta"))
    .map((name) => readFileSync(new URL(name, EXAMPLES), "utf8"));
  return [...examples, ...referencePrograms().map(({ program }) => program)];
}

/** These change what only one thread knows, or how the text behind them is read; random numbers differ anyway. */
const ALONE = /import!|include|bind!|mod-space!|register-module!|pragma!|random|git-module!|file-/;

const heap: Heap = Heap.create({ maxBytes: 2 ** 29 });
const site = createSite(heap);
let pool: EvaluatorPool;

beforeAll(() => {
  pool = EvaluatorPool.on(site, { threads: 2 });
});

afterAll(async () => {
  await pool.close();
  drain(heap);
  checkHeap(heap);
});

/** What a program gives, without the names of spaces and of renamed variables, which are given out as they come. */
async function run(text: string, on: EvaluatorPool | null): Promise<string[]> {
  const lines = await runOn(heap, text, on);
  return lines.map((line) => line.replaceAll(/GroundingSpace-[\w.]+|#\d+/g, "·"));
}

test("whole programs give on two threads what they give on one", async () => {
  const chosen = programs().filter((text) => !ALONE.test(text));
  expect(chosen.length).toBeGreaterThan(100);
  for (const text of chosen) expect(await run(text, pool), text).toEqual(await run(text, null));
});
