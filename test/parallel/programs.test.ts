import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { Evaluator } from "../../dist/src/eval/evaluator.js";
import { hasHostWords, tokensIn } from "../../dist/src/eval/words.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { siteWith } from "../../dist/src/parallel/library-site.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { evaluateProgram } from "../../dist/src/parallel/program.js";
import type { Atom } from "../../dist/src/term/atom.js";
import { Parser, type ProgramItem } from "../../dist/src/term/parser.js";
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

function* itemsOf(
  text: string,
  tokens: (word: string) => Atom | undefined,
): Generator<ProgramItem> {
  const parser = new Parser(text, { tokens });
  for (let item = parser.nextItem(); item !== null; item = parser.nextItem()) yield item;
}

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

function onOne(text: string): Seen {
  using environment = Environment.create(heap);
  let output = "";
  const evaluator = new Evaluator(parallelLibrary(), { print: (each) => (output += each) });
  const { library } = evaluator;
  const lines: string[] = [];
  for (const { atom, evaluate } of itemsOf(text, tokensIn({ environment, space: null, library }))) {
    if (!evaluate) {
      environment.add(atom);
      continue;
    }
    const { results, stopped } = evaluator.evaluate(environment, atom);
    lines.push(`[${show(results)}]${stopped}`);
  }
  return { lines, atoms: digest(environment), output };
}

async function onTwo(text: string): Promise<Seen> {
  using environment = Environment.create(heap);
  const library = parallelLibrary();
  const site = siteWith(heap, library);
  const items = itemsOf(text, tokensIn({ environment, space: null, library }));
  const lines: string[] = [];
  let output = "";
  const isBarrier = (atom: Atom): boolean => hasHostWords(environment) || library.isBarrier(atom);
  for await (const { outcome } of evaluateProgram(site, pool, environment, items, { isBarrier })) {
    lines.push(`[${show(outcome.results)}]${outcome.reason || "completed"}`);
    output += outcome.output;
  }
  return { lines, atoms: digest(environment), output };
}

test("there are programs to compare", () => {
  expect(programs.length).toBeGreaterThan(150);
});

test.each(programs.map(({ name, text }) => [name, text] as const))(
  "two threads agree with one: %s",
  { timeout: 60_000 },
  async (_name, text) => {
    expect(await onTwo(text)).toEqual(onOne(text));
  },
);
