// Puts the modules of the command into a few files, so that it starts quickly (docs/decisions/0009).
// They stand two folders below dist/, as their modules do: the addresses of workers are relative.
import { readFileSync, rmSync } from "node:fs";
import { build } from "rolldown";

const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync("dist/src/command", { recursive: true, force: true });
await build({
  input: "dist/src/cli/main.js",
  platform: "node",
  external: Object.keys(dependencies),
  output: {
    dir: "dist/src/command",
    format: "esm",
    entryFileNames: "oxbow.js",
    chunkFileNames: "[name].js",
  },
});
