import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    // Examples import the package by its name, and get what users get: the build.
    alias: { oxbow: fileURLToPath(new URL("dist/src/index.js", import.meta.url)) },
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/stress/**"],
    globalSetup: [".ci/fresh-build.mjs"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
