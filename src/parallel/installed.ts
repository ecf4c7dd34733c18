/**
 * Installed files: what starts a thread, and cannot come along when the library is put into a bundle.
 *
 *     dist/src/parallel/installed.js    this module, where the package is installed
 *     dist/workers/start.cjs            what a thread runs: found from there
 *
 *     app/dist/bundle.js                this module, in somebody's bundle
 *     app/node_modules/oxbow/           found from there, as any package is
 *
 * They are looked for when a pool starts and not when the library is imported: who evaluates on one thread
 * needs none of them, and Piscina takes longer to load than the rest of the library.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Piscina } from "piscina";
import { OxbowError } from "../base/errors.js";

type PiscinaPackage = typeof import("piscina");
type PiscinaOptions = ConstructorParameters<typeof Piscina>[0];

interface Installed {
  /** What a thread of a pool runs. */
  readonly workerUrl: string;
  /** Loads Piscina, of which every bundle would make something that cannot find its own worker, and starts one. */
  startPiscina(options: PiscinaOptions): Piscina;
}

/** Throws ERR_FILE if this module is in a bundle, and the package is not installed where that finds it. */
export function findInstalled(): Installed {
  const here = import.meta.url;
  const beside = new URL("../../workers/start.cjs", here);
  const worker = existsSync(beside) ? beside : workerOfPackage(here);
  return {
    workerUrl: worker.href,
    startPiscina: (options) => {
      const { Piscina: Pool } = createRequire(worker)("piscina") as PiscinaPackage;
      return new Pool(options);
    },
  };
}

function workerOfPackage(bundle: string): URL {
  try {
    const manifest = createRequire(bundle).resolve("oxbow/package.json");
    return new URL("dist/workers/start.cjs", pathToFileURL(manifest));
  } catch (cause) {
    const path = fileURLToPath(bundle);
    const message = `cannot start threads: ${path} is a bundle, and beside it the package oxbow, whose files threads run, is not installed`;
    throw new OxbowError("ERR_FILE", message, { path }, { cause });
  }
}
