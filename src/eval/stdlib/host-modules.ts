/**
 * The modules that come with the engine:
 *
 *     random    numbers from seeds, and the generator &rng
 *     fileio    files, where the program has permission
 *     json      text as atoms and back
 *     catalog   which modules there are
 *     skel      an example of a module with an operation and a rule
 */
import type { HostModule } from "../library/host-module.js";
import { catalogOperations } from "./catalog.js";
import { fileOperations } from "./fileio.js";
import { JSON_OPERATIONS } from "./json.js";
import { namedGenerator, RANDOM } from "./random.js";
import { SKEL_OPERATIONS, SKEL_TEXT } from "./skel.js";

export const HOST_MODULES: ReadonlyMap<string, HostModule> = new Map<string, HostModule>([
  [
    "random",
    {
      operations: () => RANDOM,
      words: (context) => {
        const seed = Math.floor(context.random() * 2 ** 32);
        return [["&rng", namedGenerator(context.environment, seed)]];
      },
    },
  ],
  ["fileio", { operations: (permissions) => fileOperations(permissions) }],
  ["json", { operations: () => JSON_OPERATIONS }],
  [
    "catalog",
    {
      operations: (permissions) => catalogOperations(permissions, [...HOST_MODULES.keys()]),
    },
  ],
  ["skel", { operations: () => SKEL_OPERATIONS, text: SKEL_TEXT }],
]);
