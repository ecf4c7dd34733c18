// What a build is made of, and the stamp that it carries: tests compare it with the sources that they stand beside.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDERS = ["src", "workers", "bench"];
/** Of these every file counts: the pages are built of them. */
const WHOLE_FOLDERS = ["examples/playground", "pages/inspector"];
const FILES = [
  "tsconfig.json",
  "tsconfig.types.json",
  "package.json",
  ".ci/bundle.mjs",
  ".ci/compile.mjs",
  ".ci/bundle-browser.mjs",
  ".ci/for-browser.mjs",
  ".ci/bundle-inspector.mjs",
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

function wholeFolders() {
  return WHOLE_FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/")),
  ).toSorted();
}

/** Changes with the text and the set of the sources. */
export function stampOfSources() {
  const hash = createHash("sha256");
  for (const path of [...sourcePaths(), ...wholeFolders(), ...FILES]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update("\0");
  }
  return hash.digest("hex");
}
