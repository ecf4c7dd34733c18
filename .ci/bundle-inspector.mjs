// Makes the inspector's page: one script, one style sheet, and the licenses of what is in the script.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const SOURCE = "pages/inspector";
const TARGET = "dist/inspector";

rmSync(TARGET, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [`${SOURCE}/page.tsx`, `${SOURCE}/page.css`],
  outdir: TARGET,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});
cpSync(`${SOURCE}/index.html`, `${TARGET}/index.html`);

const packages = new Set(
  Object.keys(metafile.inputs).flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  ),
);
const licenses = [...packages].toSorted().map((name) => {
  const { license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  return `${name} (${license})\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}\n`;
});
writeFileSync(`${TARGET}/LICENSES.txt`, licenses.join("\n"));
