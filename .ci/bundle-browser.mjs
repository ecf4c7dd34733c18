// Makes `oxbow/browser`: what a page loads, and the program of its threads, which comes with it as text in a file of its own,
// so that no bundler has to find another file. The browser's platform stands in the place of Node's.
import { rmSync } from "node:fs";
import { brotliCompressSync } from "node:zlib";
import { build } from "rolldown";
import { forBrowser } from "./for-browser.mjs";

/** Bytes of `oxbow.js`, and of what it imports, as a server sends them: what a page waits for before its first result. */
const MOST_BYTES = 120_000;

function settings(input, output, text) {
  return {
    input,
    platform: "browser",
    plugins: [forBrowser(text)],
    optimization: { inlineConst: { mode: "all", pass: 2 } },
    // What is loaded later takes from the page's file what both need, and not from a third one that the page would wait for.
    preserveEntrySignatures: "allow-extension",
    // Reading a property and naming a global do nothing in this engine.
    treeshake: {
      propertyReadSideEffects: false,
      unknownGlobalSideEffects: false,
    },
    output: { format: "esm", minify: true, comments: false, ...output },
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
    {
      dir: "dist/browser",
      entryFileNames: "oxbow.js",
      chunkFileNames: ({ isDynamicEntry }) => (isDynamicEntry ? "[name].js" : "core.js"),
    },
    output[0].code,
  ),
);
refuseImports(page.output);
refuseMore(page.output);

function refuseMore(chunks) {
  const waited = waitedFor(chunks);
  const bytes = waited.reduce((sum, { code }) => sum + brotliCompressSync(code).length, 0);
  if (bytes <= MOST_BYTES) return;
  const names = waited.map(({ fileName }) => fileName).join(" and ");
  throw new Error(
    `cannot bundle ${names}: compressed, ${bytes} bytes, and ${MOST_BYTES} is the most that a page is to wait for`,
  );
}

/** The entry, and what it imports at once. */
function waitedFor(chunks) {
  const waited = chunks.filter(({ isEntry }) => isEntry);
  for (const { imports } of waited) {
    for (const name of imports) {
      const chunk = chunks.find(({ fileName }) => fileName === name);
      if (!waited.includes(chunk)) waited.push(chunk);
    }
  }
  return waited;
}
