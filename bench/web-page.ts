/** What suite `web` does in its pages; `web.ts` calls it there. */
import type * as browser from "../src/browser.js";

/** How long it takes to load the package and to have the first result of a small program. */
export interface FirstResult {
  readonly loadedMs: number;
  readonly resultMs: number;
}

/** Times in turns, in milliseconds, one for each round. */
export interface SpeedUp {
  readonly oneMs: readonly number[];
  readonly twoMs: readonly number[];
}

const SMALL = `
  (parent Ann Bob) (parent Bob Cid)
  (= (ancestor $x) (match &self (parent $x $y) $y))
  (= (ancestor $x) (match &self (parent $x $y) (ancestor $y)))
  !(ancestor Ann)`;

async function load(): Promise<typeof browser> {
  const url = new URL("./oxbow.js", import.meta.url);
  return (await import(url.href)) as typeof browser;
}

/** In a page that has not loaded the package yet. */
export async function firstResult(): Promise<FirstResult> {
  const start = performance.now();
  const { Environment, Heap, print, runProgramSync } = await load();
  const loaded = performance.now();
  const { outcomes } = runProgramSync(Environment.create(Heap.create()), SMALL);
  const shown = outcomes[0]!.results.map((each) => print(each)).join(" ");
  const end = performance.now();
  if (shown !== "Bob Cid") throw new Error(`the first result is ${shown}`);
  return { loadedMs: loaded - start, resultMs: end - start };
}

/** Evaluates a program at once so many times; milliseconds of each. */
export async function runTimes(program: string, rounds: number): Promise<number[]> {
  const { Environment, Heap, runProgramSync } = await load();
  const heap = Heap.create();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const environment = Environment.create(heap);
    const start = performance.now();
    runProgramSync(environment, program);
    times.push(performance.now() - start);
    environment.dispose();
  }
  return times;
}

/** Evaluates branches on one thread and on two in turns; the first rounds, in which code is compiled, do not count. */
export async function speedUp(
  rules: string,
  branch: string,
  count: number,
  rounds: number,
): Promise<SpeedUp> {
  const { Environment, EvaluatorPool, Heap, parseAtom, runProgramSync } = await load();
  const heap = Heap.create();
  const environment = Environment.create(heap);
  runProgramSync(environment, rules);
  const atoms = Array.from({ length: count }, () => parseAtom(branch));
  const one = await EvaluatorPool.create(heap, { threads: 1 });
  const two = await EvaluatorPool.create(heap, { threads: 2 });
  const timed = async (pool: typeof one): Promise<number> => {
    const start = performance.now();
    const answer = await pool.evaluateAll(environment, atoms);
    const elapsed = performance.now() - start;
    const wrong = answer.branches.find(({ status }) => status !== "done");
    if (wrong !== undefined) throw new Error(`a branch is ${wrong.status}: ${wrong.failure}`);
    answer.environment.dispose();
    return elapsed;
  };
  const oneMs: number[] = [];
  const twoMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    oneMs.push(await timed(one));
    twoMs.push(await timed(two));
  }
  await one.close();
  await two.close();
  return { oneMs: oneMs.slice(WARM_UP), twoMs: twoMs.slice(WARM_UP) };
}

/** Each thread compiles for itself. */
const WARM_UP = 3;
