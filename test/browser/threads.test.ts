import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Chromium } from "../../bench/chromium.js";
import type * as browser from "../../dist/src/browser.js";
import * as node from "../../dist/src/index.js";
import { ALL, BASE, expressionsArbitrary } from "../parallel/fork-programs.js";
import { hasTool } from "../tools.js";
import { runExpressions } from "./pages/run-programs.mjs";
import { startChromium } from "./start.js";

/** What `pages/main.mjs` gives the page. */
interface PageGlobals {
  readonly oxbow: typeof browser;
  readonly runExpressions: (
    base: string,
    programs: readonly string[],
    threads: number,
  ) => ReturnType<typeof runExpressions>;
}

const ENDLESS = "(= (endless $n) (endless (+ $n 1)))";

describe.skipIf(!hasTool("chromium"))("threads in Chromium", () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium(new URL("./pages/", import.meta.url));
  }, 60_000);
  afterAll(async () => await chromium.close(), 60_000);

  test.each([1, 2, 4])(
    "generated programs of forks give on %i what they give in sequence in Node.js",
    { timeout: 120_000 },
    async (threads) => {
      const programs = fc
        .sample(expressionsArbitrary, { numRuns: 30, seed: threads })
        .map((expressions) => `${expressions.join(" ")} ${ALL.replaceAll("!", "")}`);
      const expected = await runExpressions(node, BASE, programs, 0);
      const page = await chromium.open("isolated", "index.html");
      const { seen, working } = await page.evaluate(
        async ([base, programs, threads]) =>
          await (globalThis as unknown as PageGlobals).runExpressions(base, programs, threads),
        [BASE, programs, threads] as const,
      );
      for (const [index, program] of programs.entries()) {
        expect(seen[index], program).toEqual(expected.seen[index]);
      }
      expect(working).toBe(threads);
    },
  );

  test("a thread that ends takes its branch along, and another takes its place (BG1)", async () => {
    const page = await chromium.open("isolated", "index.html");
    const seen = await page.evaluate(async (rules) => {
      const { Heap, Environment, EvaluatorPool, parseAtom, print } = (
        globalThis as unknown as PageGlobals
      ).oxbow;
      const heap = Heap.create({ maxBytes: 2 ** 26 });
      const environment = Environment.create(heap);
      environment.add(parseAtom(rules));
      const pool = await EvaluatorPool.create(heap, { threads: 1 });
      await pool.evaluate(environment, parseAtom("(+ 1 1)"));
      const endless = pool.evaluate(environment, parseAtom("(endless 0)"));
      const thread = pool.stats().threads[0]!.thread;
      await pool.endThread(thread);
      const { status } = await endless;
      const next = await pool.evaluate(environment, parseAtom("(+ 1 2)"));
      const results = Array.from(next.results, (each) => print(each));
      const { threadsLost } = pool.stats();
      await pool.close();
      return { status, results, threadsLost };
    }, ENDLESS);
    expect(seen).toEqual({ status: "lost", results: ["3"], threadsLost: 1 });
  });

  test("a call that is aborted ends, though its branch would not", async () => {
    const page = await chromium.open("isolated", "index.html");
    const code = await page.evaluate(async (rules) => {
      const { Heap, Environment, EvaluatorPool, parseAtom } = (globalThis as unknown as PageGlobals)
        .oxbow;
      const heap = Heap.create({ maxBytes: 2 ** 26 });
      const environment = Environment.create(heap);
      environment.add(parseAtom(rules));
      const pool = await EvaluatorPool.create(heap, { threads: 2 });
      const stop = new AbortController();
      const endless = pool.evaluate(environment, parseAtom("(endless 0)"), { signal: stop.signal });
      setTimeout(() => stop.abort(), 300);
      const code = await endless.catch((error: { code: string }) => error.code);
      await pool.close();
      return code;
    }, ENDLESS);
    expect(code).toBe("ERR_ABORTED");
  });

  test("a pool whose file cannot be loaded refuses calls, and it is not asked for again and again (LG1)", async () => {
    const page = await chromium.open("isolated", "index.html");
    let loads = 0;
    await page.route("**/thread-group.js", async (route) => {
      loads++;
      await route.fulfill({ contentType: "text/javascript", body: "throw new Error('cut off');" });
    });
    const seen = await page.evaluate(async () => {
      const { Heap, Environment, EvaluatorPool, parseAtom } = (globalThis as unknown as PageGlobals)
        .oxbow;
      const heap = Heap.create({ maxBytes: 2 ** 26 });
      const environment = Environment.create(heap);
      const pool = await EvaluatorPool.create(heap, { threads: 2 });
      return await pool.evaluate(environment, parseAtom("(+ 1 2)")).then(
        () => null,
        (error: Error & { code: string }) => [error.code, (error.cause as Error).message],
      );
    });
    expect(seen).toEqual(["ERR_WORKER_LOST", "cut off"]);
    expect(loads).toBe(1);
  });

  test("a page that is not isolated is refused a pool, and told what is missing", async () => {
    const page = await chromium.open("plain", "index.html");
    const { code, message, missing } = await page.evaluate(async () => {
      const { Heap, EvaluatorPool, missingForThreads } = (globalThis as unknown as PageGlobals)
        .oxbow;
      const making = EvaluatorPool.create(Heap.create({ maxBytes: 2 ** 26 }), { threads: 1 });
      const error = await making.then(
        () => ({ code: "", message: "" }),
        (error: { code: string; message: string }) => error,
      );
      return { code: error.code, message: error.message, missing: missingForThreads() };
    });
    expect(code).toBe("ERR_NOT_SHAREABLE");
    expect(missing).toHaveLength(1);
    expect(message).toContain(missing[0]);
    expect(message).toContain("Cross-Origin-Embedder-Policy: require-corp");
  });
});
