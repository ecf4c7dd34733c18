import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../architecture/sources.js";

const folder = join(ROOT, "docs/decisions");
const names = readdirSync(folder).toSorted();

test("decisions are numbered from 1 on without a gap, each with a number of its own", () => {
  expect(names.length).toBeGreaterThan(10);
  expect(names.map((name) => Number(/^(\d{4})-[a-z-]+\.md$/.exec(name)?.[1]))).toEqual(
    names.map((_, index) => index + 1),
  );
});

test("the title of a decision begins with its number", () => {
  for (const name of names) {
    expect(readFileSync(join(folder, name), "utf8")).toMatch(new RegExp(`^# ${name.slice(0, 4)} `));
  }
});
