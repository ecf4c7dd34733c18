// Puts the modules of the command into a few files, so that it starts quickly (docs/decisions/0009).
// They stand two folders below dist/, as their modules do: the addresses of workers are relative.
import { readFileSync, rmSync } from "node:fs";
import { build } from "rolldown";

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
const ALWAYS_NEEDED = ["commander", "picocolors"];

rmSync("dist/src/command", { recursive: true, force: true });
await build({
  input: "dist/src/cli/main.js",
  platform: "node",
  // What every run needs is put in, so that no package has to be looked for.
  external: Object.keys(dependencies).filter((name) => !ALWAYS_NEEDED.includes(name)),
  output: {
    dir: "dist/src/command",
    format: "esm",
    entryFileNames: "oxbow.js",
    chunkFileNames: "[name].js",
    // Names stay: they are what a report of a crash shows.
    minify: { compress: true, mangle: false },
  },
});
