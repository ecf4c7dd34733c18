/**
 * Registers: spaces that no program can name, for what an environment records about its own spaces and states.
 * They are spaces like others, so clones share and unions merge them.
 *
 *     (NAMED, 1)        (space  dependency)   what a space imports
 *     (NAMED, 2)        (state  type)         the type that a state was made with, where what it holds has another
 *     (NAMED, 3)        (space  (f 2))        functions whose calls a space answers from tables, with their arguments
 *
 *   RG1  No event has the writer NAMED, so no space of a program has the name of a register.
 */

import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { type Atom, expression, SpaceAtom } from "../term/atom.js";
import { freshVariable, resolve } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import { NAMED } from "./causal-context.js";
import type { Handle } from "./handle.js";
import { moduleSpace } from "./module-space.js";
import { matchPattern } from "./query.js";
import { SPACES } from "./space.js";
import { createSpaceAt } from "./space-access.js";
import { addAtoms } from "./writing.js";

// Names that no program has (RG1).
export const IMPORTS: SpaceAtom = new SpaceAtom(NAMED, 1);
export const STATE_TYPES: SpaceAtom = new SpaceAtom(NAMED, 2);
export const TABLED: SpaceAtom = new SpaceAtom(NAMED, 3);

const NONE: readonly Atom[] = [];

/** The space of a module, made if the environment has none. Throws HeapExhaustedError. */
export function ownModuleSpace(environment: Handle, key: string): SpaceAtom {
  const space = moduleSpace(environment, key);
  if (!hasSpace(environment, space)) createSpaceAt(environment, space);
  return space;
}

/** Whether the environment has a space of that name. */
export function hasSpace({ root, store }: Handle, { writer, sequence }: SpaceAtom): boolean {
  const spaces = store.words[root + SPACES]!;
  if (spaces === NO_ADDRESS) return false;
  return treeFind(store.words, spaces, writer, sequence) !== NOT_FOUND;
}

/** The values recorded for an atom, in the order of recording. */
export function notedOf(environment: Handle, register: SpaceAtom, key: Atom): readonly Atom[] {
  if (!hasSpace(environment, register)) return NONE;
  const value = freshVariable("value");
  const trail = new Trail();
  const cursor = matchPattern(environment, register, expression([key, value]), trail);
  const found: Atom[] = [];
  for (; cursor.next(); trail.undoTo(0)) found.push(resolve(value));
  return found;
}

/** Records values for an atom, all or none. Throws HeapExhaustedError. */
export function note(
  environment: Handle,
  register: SpaceAtom,
  key: Atom,
  values: readonly Atom[],
): void {
  if (values.length === 0) return;
  if (!hasSpace(environment, register)) createSpaceAt(environment, register);
  addAtoms(
    environment,
    values.map((value) => expression([key, value])),
    register,
  );
}
