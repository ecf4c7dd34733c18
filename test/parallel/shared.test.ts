import { expect, test } from "vitest";
import { runParty } from "./shared-party.js";

test("readers of a shared environment never see what a writer has half done, and nobody starves", async () => {
  const { faults, reads, writes, pairs } = await runParty(3, 3, 1_500);
  expect(faults).toBe(0);
  expect(Math.min(...reads)).toBeGreaterThan(0);
  expect(Math.min(...writes)).toBeGreaterThan(0);
  expect(pairs).toBe(3);
});
