import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

function built(path: string): string {
  return fileURLToPath(new URL(`dist/src/${path}`, import.meta.url));
}

export default defineConfig({
  resolve: {
    // Examples import the package by its name, and get what users get: the build.
    alias: [
      { find: /^oxbow$/, replacement: built("index.js") },
      { find: /^oxbow\/inspector$/, replacement: built("inspector.js") },
      { find: /^oxbow\/regions$/, replacement: built("regions.js") },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/stress/**", "test/site/**"],
    globalSetup: [".ci/fresh-build.mjs", ".ci/tools.mjs"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
