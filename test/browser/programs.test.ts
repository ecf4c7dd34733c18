import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Chromium, PageKind } from "../../bench/chromium.js";
import * as node from "../../dist/src/index.js";
import { hasTool } from "../tools.js";
import { comparedPrograms } from "./compared-programs.js";
import { type How, type Program, runPrograms, type Seen } from "./pages/run-programs.mjs";
import { startChromium } from "./start.js";

const { names, programs } = comparedPrograms();

/** What `pages/main.mjs` gives the page. */
interface PageGlobals {
  readonly runPrograms: (programs: readonly Program[], how: How) => Promise<Seen[]>;
}

test("there are programs to compare", () => {
  expect(programs.length).toBeGreaterThan(150);
});

describe.skipIf(!hasTool("chromium"))("in Chromium", () => {
  let chromium: Chromium;
  let expected: Seen[];
  beforeAll(async () => {
    chromium = await startChromium(new URL("./pages/", import.meta.url));
    expected = await runPrograms(node, programs, "sync");
  }, 120_000);
  afterAll(async () => await chromium.close(), 60_000);

  async function runIn(kind: PageKind, how: How): Promise<Seen[]> {
    const page = await chromium.open(kind, "index.html");
    return await page.evaluate(
      async ([programs, how]) =>
        await (globalThis as unknown as PageGlobals).runPrograms(programs, how),
      [programs, how] as const,
    );
  }

  test("a page that forbids it generates no code", async () => {
    const page = await chromium.open("no-eval", "no-eval.html");
    await expect.poll(async () => await page.title(), { timeout: 40_000 }).toBe("EvalError");
  });

  test.each([
    ["at once, in a page with memory of its own", "plain", "sync"],
    ["in turns, in a page with memory of its own", "plain", "async"],
    ["where no code may be generated", "no-eval", "sync"],
    ["on two threads", "isolated", "threads"],
  ] as const)(
    "whole programs give what they give in Node.js: %s",
    { timeout: 120_000 },
    async (_title, kind, how) => {
      const seen = await runIn(kind, how);
      for (const [index, name] of names.entries()) {
        expect(seen[index], name).toEqual(expected[index]);
      }
    },
  );
});
