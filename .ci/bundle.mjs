// Puts the modules of the command and of its threads into a few chunks, and beside them what V8 makes of these, so that
// both start quickly (docs/decisions/0009). They stand three folders below dist/, as the module does that looks for workers: the addresses
// of these are relative.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rolldown } from "rolldown";

const FOLDER = "dist/src/command";
const COMMAND = join(FOLDER, "oxbow.js");
const CHUNKS = join(FOLDER, "chunks");
const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const ALWAYS_NEEDED = ["commander", "picocolors"];

/** Packages that users need not install, as all that is used of them is in the bundle, with their licenses. */
const ONLY_HERE = [
  "vscode-languageserver",
  "vscode-languageserver-protocol",
  "vscode-languageserver-textdocument",
  "vscode-languageserver-types",
  "vscode-jsonrpc",
];

const bundle = await rolldown({
  input: { main: "dist/src/cli/main.js", thread: "dist/workers/evaluator.js" },
  platform: "node",
  // What every run needs is put in, so that no package has to be looked for.
  external: [
    ...Object.keys(dependencies).filter((name) => !ALWAYS_NEEDED.includes(name)),
    ...Object.keys(peerDependencies),
  ],
});
const { output: chunks } = await bundle.generate({
  format: "cjs",
  // Node.js 20 forgets how compiled code imports: packages are required, when they are needed.
  dynamicImportInCjs: false,
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
  // Names stay: they are what a report of a crash shows.
  minify: { compress: true, mangle: false },
});
await bundle.close();

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(CHUNKS, { recursive: true });
writeFileSync(join(FOLDER, "package.json"), '{ "type": "commonjs" }\n');
for (const { fileName, code } of chunks) writeFileSync(join(CHUNKS, fileName), chunkOf(code));
const start = readFileSync("dist/src/cli/start.cjs", "utf8");
writeFileSync(COMMAND, `#!/usr/bin/env node\n${start}`, { mode: 0o755 });
const silent = { stdio: ["ignore", "ignore", "inherit"] };
execFileSync(process.execPath, [".ci/compile.mjs", COMMAND], silent);

const licenses = ONLY_HERE.map(
  (name) => `${name}\n\n${readFileSync(`node_modules/${name}/License.txt`, "utf8").trim()}\n`,
);
writeFileSync(join(FOLDER, "LICENSES.txt"), licenses.join("\n"));

/** A function of a CommonJS module's variables, one byte a character, which is what V8 reads fastest. */
function chunkOf(code) {
  const ascii = code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `(function (exports, require, module, __filename, __dirname) {${ascii}\n})`;
}
