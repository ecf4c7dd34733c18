/** Suite `storage`: the containers, and environments of up to a million facts on top of them. */
import type { Figure } from "./figure.js";
import { containerFigures } from "./storage-containers.js";

export function run(): Promise<Figure[]> {
  return Promise.resolve(containerFigures());
}
