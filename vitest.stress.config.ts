import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/stress/**/*.test.ts"],
    globalSetup: [".ci/fresh-build.mjs", ".ci/tools.mjs"],
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 900_000,
  },
});
