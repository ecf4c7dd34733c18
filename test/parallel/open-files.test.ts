import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Environment } from "../../dist/src/environment/environment.js";
import { Heap } from "../../dist/src/memory/heap.js";
import { runProgramSync } from "../../dist/src/parallel/language-evaluator.js";
import { EvaluatorPool } from "../../dist/src/parallel/pool.js";
import type { CallOptions } from "../../dist/src/parallel/pool-call.js";
import { parse, parseAtom } from "../../dist/src/term/parser.js";

const libraryModule = new URL("./holding-library.mjs", import.meta.url);
/** Not the module: that is opened when a thread loads it. */
const FILE = fileURLToPath(import.meta.url);

/** How often this process has the file open, by any thread. */
function openCount(): number {
  const links = readdirSync("/proc/self/fd").map((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return ""; // the one that the folder itself was read by
    }
  });
  return links.filter((target) => target === FILE).length;
}

/** Looks now and then: the threads are to have the processor, of which starting takes most. */
async function untilOpen(count: number): Promise<void> {
  const givesUpMs = performance.now() + 40_000;
  while (openCount() !== count && performance.now() < givesUpMs) await setTimeout(5);
  expect(openCount()).toBe(count);
}

const PROGRAM = `
  (= (open) (file-open! "${FILE}" "r"))
  (= (loop $n) (loop (+ $n 1)))
  (= (hold) (let $file (open) (loop 0)))
  (= (hold-stuck) (let $file (open) (stuck)))
  (= (fail) (let $file (open) (/ 1 0)))
  (= (read) (let $file (open) (file-get-size! $file)))
`;

describe.skipIf(process.platform !== "linux")(
  "A file that a branch holds on another thread",
  () => {
    let heap: Heap;
    let pool: EvaluatorPool;
    let environment: Environment;

    beforeAll(async () => {
      heap = Heap.create();
      environment = Environment.create(heap);
      for (const { atom } of parse(PROGRAM)) environment.add(atom);
      runProgramSync(environment, "!(import! &self fileio)");
    });

    beforeEach(async () => {
      pool = await EvaluatorPool.create(heap, { threads: 2, libraryModule });
    });

    afterAll(() => {
      environment.dispose();
    });

    const evaluate = async (
      texts: readonly string[],
      options: CallOptions = {},
    ): Promise<string> => {
      const atoms = texts.map((text) => parseAtom(text));
      using answer = await pool.evaluateAll(environment, atoms, options);
      return answer.branches.map(({ status }) => status).join(" ");
    };

    test("is closed when the branch ends, however that is", async () => {
      const branches = ["(read)", "(fail)", "(hold)"];
      expect(await evaluate(branches, { maxSteps: 10_000 })).toBe("done done stopped");
      expect(openCount()).toBe(0);
      await pool.close();
    });

    test("is closed when the call is aborted", async () => {
      const controller = new AbortController();
      const call = evaluate(["(hold)", "(hold)"], { signal: controller.signal });
      await untilOpen(2);
      controller.abort();
      await expect(call).rejects.toThrow();
      await untilOpen(0);
      expect(await evaluate(["(read)"])).toBe("done");
      await pool.close();
    });

    test("is closed when its thread is ended because it does not come back", async () => {
      const call = evaluate(["(hold-stuck)"], { maxCallMs: 1_000 });
      expect(await call).toBe("lost");
      await untilOpen(0);
      await pool.close();
      expect(pool.stats().threadsLost).toBe(1);
    });

    test("is closed when the pool is destroyed", async () => {
      const call = evaluate(["(hold)", "(hold-stuck)"]);
      await untilOpen(2);
      await pool.destroy();
      expect(await call).toMatch(/^(lost|cancelled) (lost|cancelled)$/u);
      await untilOpen(0);
    });
  },
);
