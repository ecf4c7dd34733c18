// What a build is made of, and the stamp that it carries: tests compare it with the sources that they stand beside.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDERS = ["src", "workers", "bench"];
const FILES = [
  "tsconfig.json",
  "tsconfig.types.json",
  "package.json",
  ".ci/bundle.mjs",
  ".ci/compile.mjs",
  ".ci/bundle-browser.mjs",
  ".ci/for-browser.mjs",
];

/** Where the stamp of a build stands. */
export const STAMP = join(ROOT, "dist/.stamp");

/** The paths of the sources that are compiled, from the root, with forward slashes. */
export function sourcePaths() {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.[cm]?ts$/.test(path))
      .map((path) => `${folder}/${path.replaceAll("\\", "/")}`),
  ).toSorted();
}

/** Changes with the text and the set of the sources. */
export function stampOfSources() {
  const hash = createHash("sha256");
  for (const path of [...sourcePaths(), ...FILES]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update("\0");
  }
  return hash.digest("hex");
}
