import { describe, expect, it } from "vitest";
import { branchSeed, mix, nextCount, randomFrom } from "../../src/base/random.js";

describe("random numbers", () => {
  it("of a seed are those of mulberry32", () => {
    const next = randomFrom(1);
    expect([next(), next(), next()]).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ]);
  });

  it("are the mixed counts that follow the seed", () => {
    const next = randomFrom(-7);
    let counter = -7;
    for (let draw = 0; draw < 1000; draw++) {
      counter = nextCount(counter);
      expect(next()).toBe((mix(counter) >>> 0) / 2 ** 32);
    }
  });

  it("have a seed of their own in each branch of a fork", () => {
    const seeds = Array.from({ length: 1000 }, (_, index) => branchSeed(42, index));
    expect(new Set(seeds).size).toBe(1000);
    expect(branchSeed(42, 7)).toBe(seeds[7]);
    expect(branchSeed(43, 7)).not.toBe(seeds[7]);
  });
});
