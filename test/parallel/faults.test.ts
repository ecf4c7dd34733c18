import { expect, test } from "vitest";
import { runFaults } from "./fault-campaign.js";

test("faults of every kind leave the base, the other branches and the heap whole", async () => {
  const seen = await runFaults(18, 1);
  expect(Object.keys(seen)).toHaveLength(8);
});
