import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/stress/**/*.test.ts"],
    globalSetup: [".ci/fresh-build.mjs"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 900_000,
  },
});
