import { expect, test } from "vitest";
import { Campaign } from "./campaign.js";

test("random steps over twelve environments, some without memory, give what a plain model gives", () => {
  const { steps, failed } = new Campaign(7).run(6000);
  expect(steps).toBe(6000);
  expect(failed).toBeGreaterThan(50);
});
