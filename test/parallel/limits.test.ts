import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import type { Limits } from "../../dist/src/eval/limits/limits.js";
import { drain } from "../../dist/src/memory/allocator.js";
import { checkHeap } from "../../dist/src/memory/check-heap.js";
import { Heap } from "../../dist/src/memory/heap.js";
import {
  evaluate,
  evaluateAsync,
  evaluateStream,
} from "../../dist/src/parallel/language-evaluator.js";
import { parallelLibrary } from "../../dist/src/parallel/library.js";
import type { BranchOutcome } from "../../dist/src/parallel/outcome.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";
import { print } from "../../dist/src/term/printer.js";
import { putOutBombs } from "./bomb-campaign.js";
import { AROUND, around, ENDLESS, INSIDE } from "./endless-forms.js";

const MIB = 2 ** 20;
const heap: Heap = Heap.create({ maxBytes: 2 ** 29 });
let environment: Environment;
let pool: EvaluatorPool;
let eager: EvaluatorPool;

const PROGRAM = `${ENDLESS}
  (= (count $n) (if (== $n 0) done (count (- $n 1))))
  (= (tree $n) (if (== $n 0) (count 100) (par (tree (- $n 1)) (tree (- $n 1)))))
  (= (fork $n) (hyperpose ((fork (+ $n 1)) (fork (+ $n 2)))))
  (= (bush $n) (if (== $n 0) leaf (hyperpose ((bush (- $n 1)) (bush (- $n 1))))))
  (= (bomb $n) (if (== $n 0) leaf
     (let $u (add-atom &self (written $n)) (hyperpose ((bomb (- $n 1)) (bomb (- $n 1)))))))
  (= (deep $n) (if (== $n 0) done (transaction (deep (- $n 1)))))
  (= (nest $n) (S (nest (+ $n 1))))
  (= (fill $n) (let () (add-atom &self (row $n a b c d)) (fill (+ $n 1))))
`;

beforeAll(async () => {
  pool = await EvaluatorPool.create(heap, { threads: 3 });
  eager = await EvaluatorPool.create(heap, { threads: 3, heartbeatMs: 0 });
});

beforeEach(() => {
  environment = Environment.create(heap);
  for (const { atom } of parse(PROGRAM)) environment.add(atom);
  return () => environment.dispose();
});

afterAll(async () => {
  await pool.close();
  await eager.close();
  drain(heap);
  checkHeap(heap);
});

async function onPool(
  threads: EvaluatorPool,
  query: string,
  limits: Limits = {},
  maxCallMs = Number.POSITIVE_INFINITY,
): Promise<BranchOutcome> {
  const { environment: left, ...outcome } = await threads.evaluate(environment, parseAtom(query), {
    ...limits,
    maxCallMs,
  });
  left.dispose();
  return outcome;
}

/** A branch that was stopped has an Error as its last result, for the host, and before it what was found. */
function found({ results, status }: BranchOutcome): string[] {
  const shown = results.map((result) => print(result));
  return status === "stopped" ? shown.slice(0, -1) : shown;
}

describe("a limit ends the whole evaluation and is no value in it", () => {
  const queries = AROUND.flatMap((form) => INSIDE.map((inside) => around(form, inside)));

  test.each(queries)("%s", (query) => {
    const library = parallelLibrary();
    const seen = (limits: object): unknown => {
      const { results, stopped } = evaluate(environment, parseAtom(query), { ...limits, library });
      return { results: results.map((result) => print(result)), stopped };
    };
    expect(seen({ maxSteps: 3000 })).toEqual({ results: [], stopped: "maxSteps" });
    expect(seen({ maxTimeMs: 2 })).toEqual({ results: [], stopped: "maxTimeMs" });
    let asked = 0;
    const isInterrupted = (): boolean => ++asked > 4;
    expect(seen({ isInterrupted })).toEqual({ results: [], stopped: "aborted" });
    const written = [...environment.atoms()].map((atom) => print(atom));
    expect(written).not.toContain("(written)");
  });

  test("on the threads of a pool", async () => {
    for (const query of queries.filter((_query, index) => index % 3 === 0)) {
      for (const threads of [pool, eager]) {
        const outcome = await onPool(threads, query, { maxSteps: 20_000 });
        expect([query, found(outcome), outcome.stopped]).toEqual([query, [], "maxSteps"]);
      }
    }
  });

  test("in an asynchronous evaluation", async () => {
    const limits = { maxSteps: 3000, library: parallelLibrary() };
    for (const query of ["(collapse (transaction (loop 0)))", "(race (loop 0) 1)"]) {
      const atom = parseAtom(query);
      const { results, stopped } = await evaluateAsync(environment, atom, limits);
      expect({ results, stopped }).toEqual({ results: [], stopped: "maxSteps" });
      const { value, done } = await evaluateStream(environment, atom, limits).next();
      expect({ done, value }).toMatchObject({ done: true, value: { stopped: "maxSteps" } });
    }
  });

  test("that fills memory, in the shared heap or in that of JavaScript", () => {
    for (const inside of ["(nest 0)", "(fill 0)", "(collapse (nat 0))"]) {
      const query = parseAtom(
        `(superpose (first (case (transaction ${inside}) ((Empty nothing-found)))))`,
      );
      const maxHeapBytes = heap.claimedBytes() + 4 * MIB;
      const { results, stopped } = evaluate(environment, query, { maxHeapBytes });
      expect([inside, stopped, results.map((each) => print(each))]).toEqual([
        inside,
        "maxHeapBytes",
        ["first"],
      ]);
    }
  });

  test("in a module, which is not loaded then, and in files that run themselves", () => {
    const folder = mkdtempSync(join(tmpdir(), "oxbow-limits-"));
    try {
      writeFileSync(join(folder, "endless.metta"), `${ENDLESS} !(loop 0)`);
      const [endless, itself] = ["endless", "itself"].map(
        (name) => `"${join(folder, name)}.metta"`,
      );
      writeFileSync(join(folder, "itself.metta"), `!(include ${itself})`);
      const library = parallelLibrary({ allowRead: [folder] });
      for (const query of [
        `(import! &self ${endless})`,
        `(case (include ${endless}) (($x found)))`,
        `(collapse (mod-space! ${endless}))`,
        `(transaction (register-module! ${endless}))`,
      ]) {
        const { results, stopped, steps } = evaluate(environment, parseAtom(query), {
          maxSteps: 5000,
          library,
        });
        expect({ results, stopped, steps }).toEqual({
          results: [],
          stopped: "maxSteps",
          steps: 5000,
        });
      }
      const { stopped } = evaluate(environment, parseAtom(`(include ${itself})`), { library });
      expect(stopped).toBe("maxForkDepth");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("steps of branches are steps of the whole", () => {
  test("and counted the same in place and on threads", async () => {
    const { stopped, steps } = evaluate(environment, parseAtom("(tree 6)"), {});
    expect(stopped).toBe("completed");
    expect(steps).toBe(127 + 64 * 101);
    for (const threads of [pool, eager]) {
      expect(await onPool(threads, "(tree 6)")).toMatchObject({ status: "done", steps });
      // Exactly enough is enough, one less is not.
      expect(await onPool(threads, "(tree 6)", { maxSteps: steps })).toMatchObject({
        status: "done",
        steps,
      });
      const less = await onPool(threads, "(tree 6)", { maxSteps: steps - 1 });
      expect(less).toMatchObject({ status: "stopped", stopped: "maxSteps" });
    }
    const at = (maxSteps: number): string =>
      evaluate(environment, parseAtom("(tree 6)"), { maxSteps }).stopped;
    expect([at(steps), at(steps - 1)]).toEqual(["completed", "maxSteps"]);
  });

  test("what runs after a join goes on with what is left", () => {
    const query = parseAtom("(let $x (transaction (count 1000)) (loop 0))");
    expect(evaluate(environment, query, { maxSteps: 2000 })).toMatchObject({
      stopped: "maxSteps",
      steps: 2000,
    });
  });
});

describe("the number of results", () => {
  test.each([
    ["(transaction (nat 0))", ["0", "1", "2"]],
    ["(hyperpose ((nat 0) (nat 5)))", ["0", "1", "2"]],
    ["(par (nat 0) b)", ["(0 b)", "(1 b)", "(2 b)"]],
    ["(race (nat 0) b)", ["0", "1", "2"]],
    ["(with-mutex m (hyperpose ((transaction (nat 0)))))", ["0", "1", "2"]],
  ])("ends an endless %s when there are enough", (query, expected) => {
    const { results, stopped } = evaluate(environment, parseAtom(query), { maxResults: 3 });
    expect([results.map((each) => print(each)), stopped]).toEqual([expected, "maxResults"]);
  });

  test("is not that of branches whose results are collected, on any thread", async () => {
    const query = "(collapse (hyperpose ((superpose (1 2 3)) (superpose (4 5 6)))))";
    const outcome = await onPool(eager, query, { maxResults: 2 });
    expect(outcome.results.map((each) => print(each))).toEqual(["(1 2 3 4 5 6)"]);
  });

  test("is met where errors of a branch are among them", () => {
    const query = parseAtom("(hyperpose ((superpose ((Error a b) 1 2)) (superpose (3 4))))");
    const { results, stopped } = evaluate(environment, query, { maxResults: 2 });
    expect([results.map((each) => print(each)), stopped]).toEqual([["1", "3"], "maxResults"]);
  });

  test("leaves nothing of what a transaction wrote that was cut short", () => {
    const query = "(transaction (let $u (add-atom &self (written)) (superpose (1 2 3))))";
    expect(evaluate(environment, parseAtom(query), { maxResults: 1 }).results).toHaveLength(1);
    expect([...environment.match(parseAtom("(written)"))]).toEqual([]);
    expect(evaluate(environment, parseAtom(query), { maxResults: 4 }).results).toHaveLength(3);
    expect([...environment.match(parseAtom("(written)"))]).toHaveLength(1);
  });
});

describe("forks that multiply", () => {
  test.each(["(bush 40)", "(bomb 40)", "(transaction (bush 40))", "(race (bush 40) (bomb 40))"])(
    "%s ends in its time, and the pool answers at once",
    async (query) => {
      const started = performance.now();
      for (const threads of [pool, eager]) {
        const limited = await onPool(threads, query, { maxTimeMs: 50 });
        expect([found(limited), limited.stopped]).toEqual([[], "maxTimeMs"]);
        expect((await onPool(threads, query, {}, 50)).status).toBe("cancelled");
        expect(found(await onPool(threads, "(+ 1 1)"))).toEqual(["2"]);
        expect((await onPool(threads, query, { maxSteps: 500 })).stopped).toBe("maxSteps");
        expect(threads.stats().threadsLost).toBe(0);
      }
      // It would take longer than the universe has been there.
      expect(performance.now() - started).toBeLessThan(30_000);
    },
  );

  test("are put out by every limit and by a signal, and nothing is left of them", async () => {
    const seen = await putOutBombs(7, 3);
    expect(Object.values(seen).reduce((sum, count) => sum + count)).toBe(7);
  });

  test("end by their depth, with nothing left behind, on any thread", async () => {
    const bomb = parseAtom("(fork 0)");
    const warm = evaluate(environment, bomb, { maxForkDepth: 20 });
    expect([warm.results, warm.stopped]).toEqual([[], "maxForkDepth"]);
    drain(heap);
    const before = heap.stats();
    for (let round = 0; round < 5; round++) {
      expect(evaluate(environment, bomb).stopped).toBe("maxForkDepth");
      expect(evaluate(environment, parseAtom("(bomb 1000)")).stopped).toBe("maxForkDepth");
    }
    drain(heap);
    checkHeap(heap);
    const { liveSegments, liveBytes } = heap.stats();
    expect(liveSegments - before.liveSegments).toBeLessThan(10);
    expect(liveBytes - before.liveBytes).toBeLessThan(10_000);
    for (const threads of [pool, eager]) {
      expect((await onPool(threads, "(fork 0)", { maxTimeMs: 30_000 })).stopped).toBe(
        "maxForkDepth",
      );
      expect(found(await onPool(threads, "(deep 200)"))).toEqual(["done"]);
    }
  });

  test("nest as deep as they may", () => {
    const at = (maxForkDepth: number): string =>
      evaluate(environment, parseAtom("(deep 10)"), { maxForkDepth }).stopped;
    expect([at(0), at(9), at(10)]).toEqual(["maxForkDepth", "maxForkDepth", "completed"]);
  });

  test("end by their depth where the stack of the caller is nearly full, with nothing left behind", () => {
    const query = parseAtom("(bomb 1000)");
    const run = (): string => evaluate(environment, query, { maxForkDepth: 100_000 }).stopped;
    expect(run()).toBe("maxForkDepth");
    drain(heap);
    const before = heap.stats().liveSegments;
    const atDepth = (depth: number): string => (depth === 0 ? run() : atDepth(depth - 1));
    for (const depth of [0, 1000, 2000]) expect(atDepth(depth)).toBe("maxForkDepth");
    drain(heap);
    checkHeap(heap);
    expect(heap.stats().liveSegments - before).toBeLessThan(10);
  });

  test("are no more than may be at any one time", async () => {
    const wide = `(hyperpose (${"a ".repeat(100)}))`;
    const at = (query: string, maxBranches: number): string =>
      evaluate(environment, parseAtom(query), { maxBranches }).stopped;
    expect([at(wide, 99), at(wide, 100)]).toEqual(["maxBranches", "completed"]);
    // One after the other is not at one time.
    const twice = `(let $x (collapse ${wide}) (collapse ${wide}))`;
    expect(at(twice, 100)).toBe("completed");
    const nested = `(transaction ${wide})`;
    expect([at(nested, 100), at(nested, 101)]).toEqual(["maxBranches", "completed"]);
    for (const threads of [pool, eager]) {
      const { stopped } = await onPool(threads, "(bush 40)", { maxBranches: 20 });
      expect(stopped).toBe("maxBranches");
    }
  });
});

describe("limits on threads are those that were given", () => {
  test("fractions, large numbers, nothing and none", async () => {
    const reason = async (limits: Limits, query = "(loop 0)"): Promise<string> =>
      (await onPool(pool, query, limits)).stopped;
    expect(await reason({ maxTimeMs: 0.5 })).toBe("maxTimeMs");
    expect(await reason({ maxTimeMs: 0 })).toBe("maxTimeMs");
    expect(await reason({ maxSteps: 0 })).toBe("maxSteps");
    expect(await reason({ maxResults: 0 }, "(nat 0)")).toBe("maxResults");
    expect(await reason({ maxHeapBytes: 0 })).toBe("maxHeapBytes");
    const large = {
      maxSteps: 2 ** 53,
      maxTimeMs: 2 ** 31,
      maxResults: 2 ** 32 + 2,
      maxHeapBytes: 2 ** 50,
    };
    const none = {
      maxSteps: Infinity,
      maxTimeMs: Infinity,
      maxResults: Infinity,
      maxHeapBytes: Infinity,
    };
    for (const limits of [large, none]) {
      const outcome = await onPool(pool, "(superpose (1 2 3 4))", limits, limits.maxTimeMs);
      expect([outcome.status, found(outcome)]).toEqual(["done", ["1", "2", "3", "4"]]);
    }
  });

  test.each([
    { maxSteps: Number.NaN },
    { maxSteps: -1 },
    { maxSteps: 0.5 },
    { maxTimeMs: Number.NaN },
    { maxTimeMs: -0.1 },
    { maxResults: 1.5 },
    { maxHeapBytes: "many" as unknown as number },
    { maxForkDepth: -Infinity },
    { maxBranches: 0.1 },
  ])("%o is refused", async (limits) => {
    await expect(onPool(pool, "1", limits)).rejects.toMatchObject({ code: "ERR_INVALID_ARGUMENT" });
    expect(() => pool.evaluateAllSync(environment, [], limits)).toThrow(/cannot evaluate with/);
  });

  test("the time of a call is refused if it is none", async () => {
    for (const maxCallMs of [Number.NaN, -1]) {
      await expect(onPool(pool, "1", {}, maxCallMs)).rejects.toMatchObject({
        code: "ERR_INVALID_ARGUMENT",
      });
    }
  });

  test("the start of a pool's threads does not count for the time of a call", async () => {
    const libraryModule = new URL("./late-library.mjs", import.meta.url);
    await using late = await EvaluatorPool.create(heap, { threads: 1, libraryModule });
    const outcome = await onPool(late, "(+ 1 1)", {}, 800);
    expect([outcome.status, found(outcome)]).toEqual(["done", ["2"]]);
  });
});
