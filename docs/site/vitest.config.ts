import { defineConfig } from "vitest/config";

/** The tests of the built site. */
export default defineConfig({
  test: {
    include: ["test/site/**/*.test.ts"],
    globalSetup: [".ci/tools.mjs"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
