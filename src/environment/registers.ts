/**
 * Registers: spaces that no program can name, for what an environment notes of its own spaces and states.
 * They are spaces like others, so clones share and unions merge them.
 *
 *     (0, 1)   (space  dependency)        what a space imports
 *     (0, 2)   (state  type)              the type that a state was made with, where what it holds has another
 *
 *   RG1  No event has writer 0, so no space of a program has the name of a register.
 */
import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { type Atom, expression, SpaceAtom } from "../term/atom.js";
import { freshVariable, resolve } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import type { Environment } from "./environment.js";
import { openMatch } from "./query.js";
import { SPACES } from "./space.js";
import { createSpaceAt } from "./write.js";

export const IMPORTS: SpaceAtom = new SpaceAtom(0, 1);
export const STATE_TYPES: SpaceAtom = new SpaceAtom(0, 2);

const NONE: readonly Atom[] = [];

function exists({ root, store }: Environment, { writer, sequence }: SpaceAtom): boolean {
  const spaces = store.words[root + SPACES]!;
  if (spaces === NO_ADDRESS) return false;
  return treeFind(store.words, spaces, writer, sequence) !== NOT_FOUND;
}

/** What is noted of an atom, in the order in which it was. */
export function notedOf(environment: Environment, register: SpaceAtom, key: Atom): readonly Atom[] {
  if (!exists(environment, register)) return NONE;
  const value = freshVariable("value");
  const trail = new Trail();
  const cursor = openMatch(environment, register, expression([key, value]), trail);
  const found: Atom[] = [];
  for (; cursor.next(); trail.undoTo(0)) found.push(resolve(value));
  return found;
}

/** Notes values of an atom, all or none. Throws HeapExhaustedError. */
export function note(
  environment: Environment,
  register: SpaceAtom,
  key: Atom,
  values: readonly Atom[],
): void {
  if (values.length === 0) return;
  if (!exists(environment, register)) createSpaceAt(environment, register);
  environment.addAll(
    values.map((value) => expression([key, value])),
    register,
  );
}
