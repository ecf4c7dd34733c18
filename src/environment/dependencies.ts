/**
 * Dependencies: other spaces that queries of a space see through. There are two kinds:
 *
 *   - spaces that are in it as atoms of their own, `(add-atom &self &kb)`;
 *   - what it imports, as modules do, which is not an atom of it.
 *
 * Imports are noted in a register (registers.ts).
 *
 *   DE1  The imports of a space are complete: whoever imports a module also imports what it imports.
 *   DE2  No space depends on itself, and none twice.
 */

import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { SELF, SPACE, type SpaceAtom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import type { Handle } from "./handle.js";
import { IMPORTS, note, notedOf } from "./registers.js";
import { ROW_TOKENS } from "./relation.js";
import { firstKeyOfKind, GROUNDED_ATOM, INNER_SPACE } from "./relation-key.js";
import { scan } from "./row-stream.js";
import { RELATIONS } from "./space.js";
import { findSpace } from "./space-access.js";

const NONE: readonly SpaceAtom[] = [];

/** The spaces that queries of a space (null is `&self`) see through, nearest first. */
export function dependenciesOf(environment: Handle, space: SpaceAtom | null): readonly SpaceAtom[] {
  const imports = importsOf(environment, space);
  const own = innerSpaces(environment, space);
  if (imports.length === 0 && own.length === 0) return NONE;
  const found: SpaceAtom[] = [];
  const pending = [...imports, ...own];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const each = next;
    if (isSame(each, space ?? SELF) || found.some((known) => isSame(known, each))) continue;
    found.push(each);
    pending.push(...innerSpaces(environment, each));
  }
  return found;
}

/** Whether queries of a space see nothing but what is in it. */
export function isAlone(environment: Handle, space: SpaceAtom | null): boolean {
  return dependenciesOf(environment, space).length === 0;
}

/** The spaces that are in a space as atoms. */
function innerSpaces(environment: Handle, space: SpaceAtom | null): readonly SpaceAtom[] {
  const { root, store } = environment;
  const { words, vocabulary } = store;
  const relations = words[findSpace(words, root, space) + RELATIONS]!;
  if (relations === NO_ADDRESS) return NONE;
  const high = firstKeyOfKind(GROUNDED_ATOM);
  const relation = treeFind(words, relations, high, INNER_SPACE);
  if (relation === NOT_FOUND) return NONE;
  const stream = scan(words, relation);
  const found: SpaceAtom[] = [];
  while (stream.next()) {
    const atom = decode(vocabulary, words, stream.row + ROW_TOKENS);
    if (atom.tag === SPACE) found.push(atom);
  }
  return found;
}

/** What a space imports, in the order of the imports. */
function importsOf(environment: Handle, space: SpaceAtom | null): readonly SpaceAtom[] {
  const found: SpaceAtom[] = [];
  for (const atom of notedOf(environment, IMPORTS, space ?? SELF)) {
    // Both sides of a union may have recorded the same import.
    if (atom.tag === SPACE && !found.some((known) => isSame(known, atom))) found.push(atom);
  }
  return found;
}

/**
 * From now on queries of the space see through the other and all that it imports. Throws
 * ERR_INVALID_ARGUMENT for an unknown space, HeapExhaustedError.
 */
export function addDependency(
  environment: Handle,
  space: SpaceAtom | null,
  dependency: SpaceAtom,
): void {
  // With all that the other imports (DE1), each once (DE2).
  const here = space ?? SELF;
  const known = [here, ...importsOf(environment, space)];
  const added = [dependency, ...importsOf(environment, dependency)].filter(
    (each) => !known.some((other) => isSame(other, each)),
  );
  note(environment, IMPORTS, here, added);
}

function isSame(one: SpaceAtom, other: SpaceAtom): boolean {
  return one.writer === other.writer && one.sequence === other.sequence;
}
