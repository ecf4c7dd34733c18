import { expect, test } from "vitest";
import { parseCount, parseDuration, parseResultCount, parseSize } from "../../src/cli/amounts.js";

test.each([
  ["500ms", 500],
  ["2s", 2000],
  ["1.5min", 90_000],
  ["1h", 3_600_000],
])("the duration %s is %i milliseconds", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  ["1B", 1],
  ["2kB", 2000],
  ["64KiB", 65_536],
  ["512MiB", 2 ** 29],
  ["1.5GiB", 1.5 * 2 ** 30],
  ["2GB", 2e9],
])("the size %s is %i bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test("counts may be written with an exponent", () => {
  expect([parseCount("1000"), parseCount("1e6"), parseResultCount("5")]).toEqual([1000, 1e6, 5]);
});
