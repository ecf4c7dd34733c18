/** The long forms of campaigns of which `npm test` runs a short one. */
import { expect, test } from "vitest";
import { Campaign } from "../environment/campaign.js";
import { tryHostileNames } from "../eval/hostile-names.js";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const STEPS_OF_A_SEED = 250_000;

test.each(SEEDS)("three million steps over twelve environments, seed %i", (seed) => {
  const { failed } = new Campaign(seed).run(STEPS_OF_A_SEED);
  expect(failed).toBeGreaterThan(1000);
});

test("a thousand programs of names that look like code", () => {
  tryHostileNames(1, 1000);
});
