import { expect, it } from "vitest";
import { seeded } from "../persist/crashes.js";
import { killWriters } from "../persist/kills.js";

const LIMIT_MS = 3_600_000;

it(
  "a store whose process is killed 500 times has everything that was told of",
  async () => {
    const facts = await killWriters(500, seeded(2));
    console.log(`500 kills, ${facts} facts`);
    expect(facts).toBeGreaterThan(500);
  },
  LIMIT_MS,
);
