import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run } from "./run.js";

const PROGRAMS = new URL("../../../shared/programs/", import.meta.url);

/** The results that a program's first lines promise: `Expected: [a] [b]` or `[a] then [b]`. */
function expectedResults(text: string): string[] {
  const head = text.split("\n").filter((line) => line.startsWith(";"));
  const promise = /Expected: (.*)$/m.exec(head.join("\n"))?.[1] ?? "";
  return promise
    .split(/\] (?:then )?(?=\[)/)
    .map((part) => (part.endsWith("]") ? part : `${part}]`));
}

// The programs stand beside the checkout where the project is developed, and are no part of it.
const files = existsSync(PROGRAMS)
  ? readdirSync(PROGRAMS).filter((name) => name.endsWith(".metta"))
  : [];

test.skipIf(!existsSync(PROGRAMS))("there are programs to run", () => {
  expect(files.length).toBeGreaterThanOrEqual(9);
});

test.each(files)("%s gives the results in its first lines", { timeout: 120_000 }, (name) => {
  const text = readFileSync(new URL(name, PROGRAMS), "utf8");
  expect(run(text).lines).toEqual(expectedResults(text));
  expect(process.memoryUsage().rss).toBeLessThan(2 * 2 ** 30);
});
