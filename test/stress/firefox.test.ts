/** What pages of Chromium are tested for in each run, in Firefox: whole programs, and forks on threads. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as node from "../../dist/src/index.js";
import { comparedPrograms } from "../browser/compared-programs.js";
import { Firefox } from "../browser/firefox.js";
import { runExpressions, runPrograms, type Seen } from "../browser/pages/run-programs.mjs";
import { ALL, BASE, expressionsArbitrary } from "../parallel/fork-programs.js";
import { hasTool, pathOf } from "../tools.js";

describe.skipIf(!hasTool("firefox"))("in Firefox", () => {
  const { names, programs } = comparedPrograms();
  let firefox: Firefox;
  let expected: Seen[];
  beforeAll(async () => {
    const folders = [
      new URL("../browser/pages/", import.meta.url),
      new URL("../../dist/browser/", import.meta.url),
    ];
    firefox = await Firefox.start(pathOf("firefox"), folders);
    expected = await runPrograms(node, programs, "sync");
  });
  afterAll(async () => await firefox.close());

  test.each([
    ["at once, in a page with memory of its own", "plain", "sync"],
    ["in turns, in a page with memory of its own", "plain", "async"],
    ["on two threads", "isolated", "threads"],
  ] as const)("whole programs give what they give in Node.js: %s", async (_title, page, how) => {
    const seen = (await firefox.call(page, "runPrograms", programs, how)) as Seen[];
    for (const [index, name] of names.entries()) expect(seen[index], name).toEqual(expected[index]);
  });

  test.each([1, 2, 4])(
    "generated programs of forks give on %i threads what they give in sequence in Node.js",
    async (threads) => {
      const programs = fc
        .sample(expressionsArbitrary, { numRuns: 100, seed: threads })
        .map((expressions) => `${expressions.join(" ")} ${ALL.replaceAll("!", "")}`);
      const { seen } = await runExpressions(node, BASE, programs, 0);
      const there = (await firefox.call(
        "isolated",
        "runExpressions",
        BASE,
        programs,
        threads,
      )) as Awaited<ReturnType<typeof runExpressions>>;
      for (const [index, program] of programs.entries()) {
        expect(there.seen[index], program).toEqual(seen[index]);
      }
      expect(there.working).toBe(threads);
    },
  );
});
