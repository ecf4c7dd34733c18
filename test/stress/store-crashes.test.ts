import { describe, expect, it } from "vitest";
import { crash, record } from "../persist/crashes.js";

const STATES = 100_000;
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
});
