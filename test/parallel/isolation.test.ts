import { afterAll, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { Evaluator } from "../../dist/src/eval/evaluator.js";
import { tokensIn } from "../../dist/src/eval/words.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { createSite } from "../../dist/src/parallel/language-site.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { Atom } from "../../dist/src/term/atom.js";
import { Parser } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { isolationPrograms } from "../isolation-programs.js";

const heap: Heap = Heap.create({ maxBytes: 2 ** 28 });
const pool = EvaluatorPool.on(createSite(heap), { threads: 1 });
afterAll(() => pool.close());

type Evaluate = (environment: Environment, atom: Atom) => Promise<Iterable<Atom>>;

/** What each `!` of a program gave, without the names that are given out as they come. */
async function run(program: string, evaluate: Evaluate): Promise<string[]> {
  using environment = Environment.create(heap);
  const library = parallelLibrary();
  const tokens = tokensIn({ environment, space: null, library });
  const parser = new Parser(program, { tokens });
  const lines: string[] = [];
  for (let item = parser.nextItem(); item !== null; item = parser.nextItem()) {
    if (!item.evaluate) environment.add(item.atom);
    else {
      const results = Array.from(await evaluate(environment, item.atom));
      lines.push(results.map((each) => print(each)).join(" "));
    }
  }
  return lines.map((line) => line.replaceAll(/#\d+|GroundingSpace-\S+|State \S+/g, "·"));
}

const onPool: Evaluate = async (environment, atom) => {
  const answer = await pool.evaluate(environment, atom, { limits: { steps: 5000 } });
  environment.assign(answer.environment);
  answer.environment.dispose();
  return [...answer.results];
};

const alone: Evaluate = async (environment, atom) =>
  new Evaluator(parallelLibrary(), { print: () => undefined }).evaluate(environment, atom).results;

test("no program sees on a thread of a pool what another has left there, and each what it has set", async () => {
  const programs = isolationPrograms().filter(
    ([, text]) => !/\(loop\)|random-int &rng 0 1000/.test(text),
  );
  for (const [name, text] of programs) {
    expect(await run(text, onPool), name).toEqual(await run(text, alone));
  }
});
