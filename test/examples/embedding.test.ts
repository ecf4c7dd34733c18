import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Every example's text, which tests run. */
const examples = readdirSync(`${root}examples`, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.m?[jt]s$/.test(path))
  .map((path) => readFileSync(`${root}examples/${path}`, "utf8"));

const guide = readFileSync(`${root}docs/embedding.md`, "utf8");
const blocks = [...guide.matchAll(/```[jt]s\n([\s\S]*?)```/g)].map((match) => match[1]!);

test("the guide shows code", () => {
  expect(blocks.length).toBeGreaterThan(8);
});

test.each(blocks.map((block) => [block.split("\n")[0]!, block] as const))(
  "the guide's code is a part of an example: %s",
  (_first, block) => {
    expect(examples.some((text) => text.includes(block))).toBe(true);
  },
);

test("the guide names only error codes that there are", () => {
  const codes = readFileSync(`${root}src/base/errors.ts`, "utf8");
  for (const [code] of guide.matchAll(/ERR_\w+/g)) expect(codes).toContain(`"${code}"`);
});
