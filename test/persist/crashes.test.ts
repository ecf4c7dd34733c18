import { describe, expect, it } from "vitest";
import { BROKEN_STORES } from "./broken-stores.js";
import { crash, record } from "./crashes.js";

describe("a store whose power is lost", () => {
  it.each([512, 16])(
    "opens as it was last acknowledged or as it was about to be, torn at %i bytes",
    async (sectorBytes) => {
      const run = await record(1, 30);
      const result = await crash(run, run.operations, { seed: 1, fates: 3, sectorBytes });
      expect(result.violations).toEqual([]);
      expect(result.states).toBeGreaterThan(500);
    },
  );

  it.each(BROKEN_STORES)("is found out if it has $what", async (broken) => {
    let found = 0;
    for (let seed = broken.firstSeed ?? 1; seed <= 20 && found === 0; seed++) {
      const run = await broken.record(seed, 30);
      const { sectorBytes = 512, misread = () => {} } = broken;
      const options = { seed, fates: 3, sectorBytes, misread, mostViolations: 1 };
      const result = await crash(run, run.operations, options);
      found = result.violations.length;
    }
    expect(found).toBeGreaterThan(0);
  });
});
