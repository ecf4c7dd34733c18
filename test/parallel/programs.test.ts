import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkEnvironment } from "../../dist/src/environment/check-environment.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { LanguageEvaluator as Evaluator } from "../../dist/src/parallel/language-evaluator.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { RunSummary } from "../../dist/src/parallel/run-program.js";
import type { Atom } from "../../dist/src/term/atom.js";
import { print } from "../../dist/src/term/printer.js";
import { smallPrograms } from "../whole-programs.js";

/** Random numbers go by the branch, and files have one content at a time. */
const EXCLUDED: readonly string[] = ["random", "flip", "file-"];

const programs = smallPrograms().filter(
  ({ text }) => !EXCLUDED.some((word) => text.includes(word)),
);

const heap: Heap = Heap.create({ maxBytes: 2 ** 29 });
let pool: EvaluatorPool;
beforeAll(() => {
  pool = EvaluatorPool.on(createSite(heap), { threads: 2 });
});
afterAll(async () => {
  await pool.close();
  drain(heap);
  checkHeap(heap);
});

/** Variables and spaces have names of their own wherever they are made. */
function show(results: Iterable<Atom>): string {
  const text = Array.from(results, (result) => print(result)).join(", ");
  return text
    .replaceAll(/#\d+/g, "#")
    .replaceAll(/GroundingSpace-[\w.]+|#[\da-f]+\.[\da-f]+/g, "it");
}

/** What the environment holds in the end, in order; short, as it may be much. */
function digest(environment: Environment): string {
  return createHash("sha1").update(show(environment.atoms())).digest("hex");
}

interface Seen {
  readonly lines: string[];
  readonly atoms: string;
  readonly output: string;
}

/** Runs a program in an environment of its own, in one of three ways. */
async function run(
  go: (evaluator: Evaluator, environment: Environment) => RunSummary | PromiseLike<RunSummary>,
): Promise<Seen> {
  using environment = Environment.create(heap);
  let output = "";
  const evaluator = new Evaluator({ host: { print: (each) => (output += each) } });
  const { outcomes } = await go(evaluator, environment);
  checkEnvironment(environment);
  const lines = outcomes.map(
    ({ results, stopped, line, column }) => `${line}:${column} [${show(results)}] ${stopped}`,
  );
  return { lines, atoms: digest(environment), output };
}

test("there are programs to compare", () => {
  expect(programs.length).toBeGreaterThan(150);
});

test.each(programs.map(({ name, text }) => [name, text] as const))(
  "it makes no difference who runs it (PM1): %s",
  { timeout: 60_000 },
  async (_name, text) => {
    const expected = await run((evaluator, on) => evaluator.runProgramSync(on, text));
    const waiting = await run((evaluator, on) => evaluator.runProgram(on, text));
    expect(waiting).toEqual(expected);
    const ahead = await run((evaluator, on) => evaluator.runProgram(on, text, { pool }));
    expect(ahead).toEqual(expected);
  },
);
