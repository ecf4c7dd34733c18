/**
 * What a pool needs of the files that are installed: what its threads run, and Piscina.
 *
 * They are looked for when a pool starts and not when the library is imported: who evaluates on one thread
 * needs none of them, and Piscina takes longer to load than the rest of the library.
 */
import { createRequire } from "node:module";
import type { Piscina } from "piscina";
import { workerFile } from "../base/installed-file.js";

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
  const worker = workerFile("start.cjs");
  return {
    workerUrl: worker.href,
    startPiscina: (options) => {
      const { Piscina: Pool } = createRequire(worker)("piscina") as PiscinaPackage;
      return new Pool(options);
    },
  };
}
