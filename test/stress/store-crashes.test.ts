import { describe, expect, it } from "vitest";
import { BROKEN_STORES } from "../persist/broken-stores.js";
import { crash, record } from "../persist/crashes.js";

const STATES = 100_000;
/** Runs of each store that is broken on purpose. */
const BROKEN_RUNS = 6;
const LIMIT_MS = 3 * 3_600_000;

describe("a store whose power is lost", () => {
  it(
    `opens right in ${STATES} states`,
    async () => {
      let states = 0;
      let seed = 1000;
      for (; states < STATES; seed++) {
        const run = await record(seed, 40);
        const sectorBytes = seed % 3 === 0 ? 16 : 512;
        const result = await crash(run, run.operations, { seed, fates: 8, sectorBytes });
        expect(result.violations, `seed ${seed}`).toEqual([]);
        states += result.states;
      }
      console.log(`${states} states of ${seed - 1000} runs`);
    },
    LIMIT_MS,
  );

  it.each(BROKEN_STORES)(
    "is found out, and how often, if it has $what",
    async ({
      what,
      record: recordBroken,
      sectorBytes = 512,
      misread = () => {},
      firstSeed = 1,
    }) => {
      const total = { states: 0, wrong: 0 };
      for (let seed = firstSeed; seed < firstSeed + BROKEN_RUNS; seed++) {
        const run = await recordBroken(seed, 30);
        const options = { seed, fates: 3, sectorBytes, misread, mostViolations: Infinity };
        const { states, violations } = await crash(run, run.operations, options);
        total.states += states;
        total.wrong += violations.length;
      }
      console.log(`| ${what} | ${total.states} | ${total.wrong} |`);
      expect(total.wrong).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
