// Makes `oxbow/browser`: what a page loads, and the program of its threads, which comes with it as text in a file of its own,
// so that no bundler has to find another file. The browser's platform stands in the place of Node's.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "rolldown";

const PLATFORM = resolve("dist/src/platform");

/** The browser's platform in the place of the current one, and `text` as the program of threads. */
function forBrowser(text) {
  return {
    name: "for-browser",
    resolveId: {
      order: "pre",
      async handler(source, importer) {
        if (!source.endsWith("/current.js") || importer === undefined) return null;
        const { id } = await this.resolve(source, importer, { skipSelf: true });
        return id === `${PLATFORM}/current.js` ? `${PLATFORM}/browser/current.js` : null;
      },
    },
    load(id) {
      if (text === undefined || id !== `${PLATFORM}/browser/thread-source.js`) return null;
      return `export const source = ${JSON.stringify(text)};`;
    },
  };
}

function settings(input, output, text) {
  return {
    input,
    platform: "browser",
    plugins: [forBrowser(text)],
    output: { format: "esm", minify: true, comments: { legal: false }, ...output },
  };
}

/** A page has nothing but what is in the bundle. */
function refuseImports(chunks) {
  const names = new Set(chunks.map(({ fileName }) => fileName));
  for (const { fileName, imports = [], dynamicImports = [] } of chunks) {
    const missing = [...imports, ...dynamicImports].filter((name) => !names.has(name));
    if (missing.length > 0)
      throw new Error(`cannot bundle ${fileName}: it imports ${missing.join(", ")}`);
  }
}

rmSync("dist/browser", { recursive: true, force: true });
const { output } = await build({
  ...settings("dist/workers/browser-thread.js", { codeSplitting: false }),
  write: false,
});
refuseImports(output);
const page = await build(
  settings(
    "dist/src/browser.js",
    { dir: "dist/browser", entryFileNames: "oxbow.js", chunkFileNames: "[name].js" },
    output[0].code,
  ),
);
refuseImports(page.output);
