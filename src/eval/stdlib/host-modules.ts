/**
 * Modules that come with the engine: operations of the host, words that importing binds, MeTTa text.
 *
 *     random    numbers from seeds, and the generator &rng
 *     fileio    files, where the program has permission
 *     json      text as atoms and back
 *     catalog   which modules there are
 *     skel      an example of a module with an operation and a rule
 */
import type { Atom } from "../../term/atom.js";
import type { Operation } from "../host/operation.js";
import type { Library } from "../library/library.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { catalogOperations } from "./catalog.js";
import { fileOperations } from "./fileio.js";
import { JSON_OPERATIONS } from "./json.js";
import { namedGenerator, RANDOM } from "./random.js";
import { SKEL_OPERATIONS, SKEL_TEXT } from "./skel.js";

interface HostModule {
  operations(library: Library): readonly Operation[];
  /** What importing it makes words stand for. */
  words?(context: EvaluationContext): readonly (readonly [string, Atom])[];
  /** Run in a space of the module's own. */
  readonly text?: string;
}

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
  ["fileio", { operations: (library) => fileOperations(library) }],
  ["json", { operations: () => JSON_OPERATIONS }],
  ["catalog", { operations: (library) => catalogOperations(library, [...HOST_MODULES.keys()]) }],
  ["skel", { operations: () => SKEL_OPERATIONS, text: SKEL_TEXT }],
]);

/** The library with the operations of some modules: one bit of `mask` for each, in the order of their names. */
export function libraryWith(library: Library, mask: number): Library {
  if (mask === 0) return library;
  return library.extended(mask, () =>
    [...HOST_MODULES.values()].flatMap((module, index) =>
      (mask & (1 << index)) === 0 ? [] : module.operations(library),
    ),
  );
}
