/** Builds the playground into dist/playground: files that any static server can serve. `npm run build` does it. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { asBuilt } from "../../.ci/for-browser.mjs";

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

export default defineConfig({
  root: pathOf("./"),
  base: "./",
  resolve: { alias: { "oxbow/browser": pathOf("../../dist/src/browser.js") } },
  worker: { format: "es", plugins: () => asBuilt() },
  build: {
    outDir: pathOf("../../dist/playground"),
    emptyOutDir: true,
    target: "es2022",
    license: { fileName: "LICENSES.md" },
    // The engine, which its workers load behind the page.
    chunkSizeWarningLimit: 1000,
  },
});
