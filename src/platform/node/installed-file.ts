/**
 * Installed files: what starts a thread, and cannot come along when the library is put into a bundle.
 *
 *     dist/src/platform/node/           this module, where the package is installed
 *     dist/workers/start.cjs            what a thread runs: found from there
 *
 *     app/dist/bundle.js                this module, in somebody's bundle
 *     app/node_modules/oxbow/           found from there, as any package is
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { OxbowError } from "../../base/errors.js";

/**
 * Where a file of `dist/workers` is. Throws ERR_FILE if this module is in a bundle, and the package is not installed where
 * that finds it.
 */
export function workerFile(name: string): URL {
  const here = import.meta.url;
  const beside = new URL(`../../../workers/${name}`, here);
  return existsSync(beside) ? beside : workerOfPackage(here, name);
}

function workerOfPackage(bundle: string, name: string): URL {
  try {
    const manifest = createRequire(bundle).resolve("oxbow/package.json");
    return new URL(`dist/workers/${name}`, pathToFileURL(manifest));
  } catch (cause) {
    const path = fileURLToPath(bundle);
    const message = `cannot start threads: ${path} is a bundle, and beside it the package oxbow, whose files threads run, is not installed`;
    throw new OxbowError("ERR_FILE", message, { path }, { cause });
  }
}
