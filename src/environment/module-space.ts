/**
 * Module spaces: the space that a module's text was run in has a name that follows from the module's key, the
 * path of its file or the name that it has in the engine.
 *
 *     (NAMED, 16 + id)      the space of the module whose key is the symbol of that id; below 16 are registers
 *
 * A module's space has the same name in every environment: where two have loaded it apart from each other,
 * their union has it once (UN4). A program may keep the name of a space anywhere, so its id is permanent.
 */
import { SpaceAtom } from "../term/atom.js";
import { NAMED } from "./causal-context.js";
import type { Handle } from "./handle.js";

export const FIRST_MODULE = 16;

/** What the space of a module is called. */
export function moduleSpace({ store }: Handle, key: string): SpaceAtom {
  return new SpaceAtom(NAMED, FIRST_MODULE + store.vocabulary.symbols.permanentIdOf(key));
}

/** The key of the module whose space that is; undefined for any other space. */
export function moduleOf({ store }: Handle, space: SpaceAtom | null): string | undefined {
  if (space === null || !isModuleSpace(space.writer, space.sequence)) return undefined;
  return store.vocabulary.symbols.textOf(space.sequence - FIRST_MODULE);
}

/** Whether a space of that name is a module's. */
export function isModuleSpace(writer: number, sequence: number): boolean {
  return (writer | 0) === NAMED && sequence >= FIRST_MODULE;
}
