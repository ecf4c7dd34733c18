/** What a cluster gives is what a pool of threads gives. */
import { setTimeout as delay } from "node:timers/promises";
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

  it("gives what a pool gives for limits, a space of its own, a map, and a seed for each branch", async () => {
    using base = Environment.create(heap);
    const space = base.createSpace();
    base.add(parseAtom("(fact 1)"));
    base.add(parseAtom("(inner 2)"), { space });
    base.add(parseAtom("(= (count $n) (count (+ $n 1)))"));
    const random = parseAtom("(random-int &rng 0 1000000)");
    for (const pool of [cluster, local]) {
      const limited = await pool.evaluate(base, parseAtom("(count 0)"), { maxSteps: 5000 });
      expect([limited.status, limited.stopped]).toEqual(["stopped", "maxSteps"]);
      const inner = await pool.evaluate(base, parseAtom("(match &self (inner $x) $x)"), { space });
      expect(inner.results.map(String)).toEqual(["2"]);
      const mapped = await pool.map(base, {
        pattern: parseAtom("(fact $x)"),
        template: parseAtom("(add-atom &self (seen $x))"),
      });
      expect([...mapped.environment.atoms()].map(String)).toContain("(seen 1)");
      for (const made of [limited, inner, mapped]) made.environment.dispose();
    }
    const seeded = { seed: 3, firstBranch: 2 };
    using one = await cluster.evaluateAll(base, [random, random, random], seeded);
    using other = await local.evaluateAll(base, [random, random, random], seeded);
    expect(one.branches.map(({ results }) => results.map(String))).toEqual(
      other.branches.map(({ results }) => results.map(String)),
    );
  });

  it("tells of branches as they end, in as many jobs as are worth it, and each once", async () => {
    using base = Environment.create(heap);
    const atoms = Array.from({ length: 600 }, (_, k) => parseAtom(`(+ ${k} 1)`));
    const seen = new Set<number>();
    for await (const { index, outcome } of cluster.stream(base, atoms)) {
      expect(seen.has(index)).toBe(false);
      seen.add(index);
      expect(String(outcome.results.at(0))).toBe(`${index + 1}`);
    }
    expect(seen.size).toBe(600);
  });

  it("has one winner of a race, and every branch an outcome once", async () => {
    using base = Environment.create(heap);
    const atoms = Array.from({ length: 600 }, (_, k) => parseAtom(`(add-atom &self (won ${k}))`));
    const told: number[] = [];
    const race = { race: true, onBranch: (index: number): void => void told.push(index) };
    using answer = await cluster.evaluateAll(base, atoms, race);
    expect([...answer.environment.atoms()].map(String)).toEqual([`(won ${answer.winner})`]);
    expect(told.toSorted((a, b) => a - b)).toEqual(atoms.map((_, index) => index));
    expect(answer.branches.filter(({ status }) => status === "done").length).toBeGreaterThan(0);
  });

  it("ends when it is aborted, and when its time is over, and workers end what they have of it", async () => {
    using base = Environment.create(heap);
    base.add(parseAtom("(= (count $n) (count (+ $n 1)))"));
    const endless = [parseAtom("(count 0)"), parseAtom("(count 0)"), parseAtom("(count 0)")];
    const aborted = new AbortController();
    const call = cluster.evaluateAll(base, endless, { signal: aborted.signal });
    while (workers.every((worker) => worker.stats().running === 0)) await delay(10);
    aborted.abort();
    await expect(call).rejects.toMatchObject({ code: "ERR_ABORTED" });
    using late = await cluster.evaluateAll(base, endless, { maxCallMs: 400 });
    expect(late.branches.map(({ status }) => status)).toEqual(endless.map(() => "cancelled"));
    while (workers.some((worker) => worker.stats().running > 0)) await delay(10);
    const before = AbortSignal.abort();
    await expect(cluster.evaluateAll(base, endless, { signal: before })).rejects.toMatchObject({
      code: "ERR_ABORTED",
    });
  });
});

/** The text of an atom, whatever spaces and states are called. */
function shown(atom: Parameters<typeof print>[0]): string {
  return print(atom).replace(/#[\da-f]+\.[\da-f]+/g, "#");
}
