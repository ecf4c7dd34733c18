import { expect, it } from "vitest";
import { seeded } from "./crashes.js";
import { killWriters } from "./kills.js";

it("a store whose process is killed has everything that was told of, and its lock is taken over", async () => {
  expect(await killWriters(3, seeded(1))).toBeGreaterThan(3);
});
