import { expect, it } from "vitest";
import { seeded } from "../persist/crashes.js";
import { killWriters } from "../persist/kills.js";

it("a store whose process is killed 500 times has everything that was told of", async () => {
  expect(await killWriters(500, seeded(2))).toBeGreaterThan(500);
});
