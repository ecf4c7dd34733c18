/** Suite `storage`: the containers, and environments of up to a million facts on top of them. */
import type { Figure } from "./figure.js";
import { containerFigures } from "./storage-containers.js";
import { environmentFigures } from "./storage-environment.js";

export async function run(): Promise<Figure[]> {
  return [...containerFigures(), ...(await environmentFigures())];
}
