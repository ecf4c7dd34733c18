/** The long forms of campaigns of which `npm test` runs a short one. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Campaign } from "../environment/campaign.js";
import { tryHostileNames } from "../eval/hostile-names.js";
import { ProgramMaker } from "../eval/random-programs.js";
import { smallPrograms } from "../eval/small-programs.js";
import { disagreeInLimits } from "../eval/three-ways.js";

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const STEPS_OF_A_SEED = 250_000;
const PROGRAMS = 100_000;

test.each(SEEDS)("three million steps over twelve environments, seed %i", (seed) => {
  const { failed } = new Campaign(seed).run(STEPS_OF_A_SEED);
  expect(failed).toBeGreaterThan(1000);
});

test("a thousand programs of names that look like code", () => {
  tryHostileNames(1, 1000);
});

test("a hundred thousand small programs agree in three ways, from a seed of this run", () => {
  const seed = Date.now() % 2 ** 31;
  process.stdout.write(`small programs: seed ${seed}\n`);
  const agree = fc.property(smallPrograms, (lines) => {
    const differ = disagreeInLimits(lines, { maxSteps: 400, warm: 8 });
    fc.pre(differ !== undefined);
    expect(differ).toBe(false);
  });
  fc.assert(agree, { seed, numRuns: PROGRAMS });
});

test.each(SEEDS)("a hundred thousand random programs agree in three ways, part %i", (part) => {
  const each = Math.ceil(PROGRAMS / SEEDS.length);
  for (let seed = part * each; seed < (part + 1) * each; seed++) {
    const lines = new ProgramMaker(seed).make();
    const differ = disagreeInLimits(lines) ?? false;
    expect({ lines, differ }).toEqual({ lines, differ: false });
  }
});
