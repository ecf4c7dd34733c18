/** What a cluster gives is what a pool of threads gives. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RedisServer } from "../../bench/redis-server.js";
import { ClusterPool } from "../../dist/src/cluster/cluster-pool.js";
import { ClusterWorker } from "../../dist/src/cluster/cluster-worker.js";
import { Environment } from "../../dist/src/environment/environment.js";
import { Evaluator } from "../../dist/src/eval/evaluator/evaluator.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { runWith } from "../../dist/src/parallel/run-program.js";
import { parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { ALL, BASE, expressionsArbitrary } from "../parallel/fork-programs.js";
import { hasTool } from "../tools.js";

const MEBIBYTE = 2 ** 20;
type Pool = Pick<EvaluatorPool, "evaluateAll">;

describe.skipIf(!hasTool("redis"))("a call of a cluster", () => {
  const heap = Heap.create({ maxBytes: 256 * MEBIBYTE });
  let redis: RedisServer;
  let workers: ClusterWorker[];
  let cluster: ClusterPool;
  let local: EvaluatorPool;

  beforeAll(async () => {
    redis = await RedisServer.start();
    const { url } = redis;
    const options = { url, threads: 1, cacheDirectory: null, maxHeapBytes: 256 * MEBIBYTE };
    workers = await Promise.all([ClusterWorker.start(options), ClusterWorker.start(options)]);
    cluster = await ClusterPool.connect({ heap, url });
    local = await EvaluatorPool.create(heap, { threads: 2 });
  });

  afterAll(async () => {
    await Promise.all([cluster.close(), local.close(), ...workers.map((worker) => worker.close())]);
    await redis[Symbol.asyncDispose]();
  });

  /** What a program's text gives in sequence. */
  async function run(environment: Environment, text: string): Promise<string[]> {
    const lines: string[] = [];
    for await (const { results } of runWith(
      new Evaluator(parallelLibrary()),
      environment,
      text,
      {},
    )) {
      lines.push(results.map((result) => print(result)).join(" "));
    }
    return lines;
  }

  /** All that a call of a pool gives, as text. */
  async function callOn(pool: Pool, base: Environment, texts: readonly string[]): Promise<unknown> {
    using answer = await pool.evaluateAll(
      base,
      texts.map((text) => parseAtom(text)),
      { seed: 7 },
    );
    const branches = answer.branches.map(({ status, results, output, stopped, steps }) => {
      return { status, results: results.map(shown), output, stopped, steps };
    });
    const atoms = [...answer.environment.atoms()].map(shown);
    const conflicts = answer.conflicts.map(({ left, right }) => `${shown(left)} ${shown(right)}`);
    return { branches, atoms, conflicts, found: await run(answer.environment, ALL) };
  }

  it("gives what a pool gives, for random programs that write, fork, print and fail", async () => {
    const property = fc.asyncProperty(
      expressionsArbitrary,
      expressionsArbitrary,
      async (first, more) => {
        using base = Environment.create(heap);
        await run(base, `${BASE} ${more.map((each) => `!${each}`).join(" ")}`);
        expect(await callOn(cluster, base, first)).toEqual(await callOn(local, base, first));
      },
    );
    await fc.assert(property, { numRuns: 25 });
    expect(Object.keys(cluster.stats().workers).length).toBe(2);
  });
});

/** The text of an atom, whatever spaces and states are called. */
function shown(atom: Parameters<typeof print>[0]): string {
  return print(atom).replace(/#[\da-f]+\.[\da-f]+/g, "#");
}
