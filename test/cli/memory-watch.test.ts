import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { MemoryWatch } from "../../src/cli/memory-watch.js";
import { streamFor } from "../../src/cli/terminal.js";

const MIB = 2 ** 20;

/** A watch over a clock and a memory that the test sets. */
function watched(): {
  readonly watch: MemoryWatch;
  readonly at: (nowMs: number, memoryMib: number) => string;
} {
  let [nowMs, memoryBytes] = [0, 100 * MIB];
  const written: string[] = [];
  const stream = streamFor(new PassThrough(), {});
  const gauges = { nowMs: () => nowMs, memoryBytes: () => memoryBytes };
  const watch = new MemoryWatch({ ...stream, write: (text) => void written.push(text) }, gauges);
  const at = (toMs: number, memoryMib: number): string => {
    [nowMs, memoryBytes] = [toMs, memoryMib * MIB];
    watch.look();
    return written.splice(0).join("");
  };
  return { watch, at };
}

test("an evaluation that is short, or takes little, is not spoken of", () => {
  const { at } = watched();
  expect([at(900, 2000), at(5000, 300)].join("")).toBe("");
});

test("a long one that takes more and more is shown, a few times a second", () => {
  const { at } = watched();
  expect(at(1100, 500)).toBe("\roxbow: evaluating for 1.10 s; memory has grown to 500 MiB");
  expect(at(1200, 600)).toBe("");
  expect(at(1400, 700)).toContain("700 MiB");
});

test("a shorter line covers a longer one, and the end takes it away", () => {
  const { watch, at } = watched();
  const long = at(1100, 500.5);
  expect(at(1400, 500)).toHaveLength(long.length);
  watch.begin();
  expect(at(1500, 500)).toMatch(/^\r +\r$/);
});

test("what an evaluation before it took is not counted", () => {
  const { watch, at } = watched();
  at(2000, 900);
  watch.begin();
  at(2000, 900);
  expect(at(4000, 1000)).toBe("");
});
