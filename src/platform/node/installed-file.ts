/**
 * Installed files: what starts a thread, and what the command serves. They cannot come along when the library is put into a bundle.
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
  return installed(`workers/${name}`);
}

/** Where a folder of `dist` is. Throws as {@link workerFile}. */
export function installedFolder(name: string): URL {
  return installed(`${name}/`);
}

function installed(path: string): URL {
  const here = import.meta.url;
  const beside = new URL(`../../../${path}`, here);
  return existsSync(beside) ? beside : ofPackage(here, path);
}

function ofPackage(bundle: string, name: string): URL {
  try {
    const manifest = createRequire(bundle).resolve("oxbow/package.json");
    return new URL(`dist/${name}`, pathToFileURL(manifest));
  } catch (cause) {
    const path = fileURLToPath(bundle);
    const message = `cannot start threads: ${path} is a bundle, and beside it the package oxbow, whose files threads run, is not installed`;
    throw new OxbowError("ERR_FILE", message, { path }, { cause });
  }
}
