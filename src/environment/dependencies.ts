/**
 * Dependencies: other spaces that queries of a space see through, as those of modules see what they
 * import. They are kept as facts of a space of their own, so that clones share and unions merge them:
 *
 *     register, the space (0, 1)      (&self  <module a>)
 *                                     (&self  <module c>)
 *                                     (<module a>  <module c>)
 *
 *   DE1  The list of a space is complete: whoever imports a module also imports what it depends on, so
 *        nobody looks at dependencies of dependencies.
 *   DE2  No space depends on itself, and none twice.
 */
import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { expression, SELF, SPACE, SpaceAtom } from "../term/atom.js";
import { freshVariable, resolve } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import type { Environment } from "./environment.js";
import { openMatch } from "./query.js";
import { SPACES } from "./space.js";
import { createSpaceAt } from "./write.js";

/** No event has writer 0, so no program's space has this name. */
const REGISTER = new SpaceAtom(0, 1);
const NONE: readonly SpaceAtom[] = [];

function isRegistered(environment: Environment): boolean {
  const { root, store } = environment;
  const spaces = store.words[root + SPACES]!;
  if (spaces === NO_ADDRESS) return false;
  const { writer, sequence } = REGISTER;
  return treeFind(store.words, spaces, writer, sequence) !== NOT_FOUND;
}

/** The spaces that queries of a space (null is `&self`) see through, in the order of their import. */
export function dependenciesOf(
  environment: Environment,
  space: SpaceAtom | null,
): readonly SpaceAtom[] {
  if (!isRegistered(environment)) return NONE;
  const dependency = freshVariable("dependency");
  const trail = new Trail();
  const pattern = expression([space ?? SELF, dependency]);
  const cursor = openMatch(environment, REGISTER, pattern, trail);
  const found: SpaceAtom[] = [];
  while (cursor.next()) {
    const atom = resolve(dependency);
    // Two sides of a union may have noted the same one.
    if (atom.tag === SPACE && !found.some((known) => isSame(known, atom))) found.push(atom);
    trail.undoTo(0);
  }
  return found;
}

/**
 * From now on queries of the space see through the other and all that it depends on. Throws
 * ERR_INVALID_ARGUMENT for an unknown space, HeapExhaustedError.
 */
export function addDependency(
  environment: Environment,
  space: SpaceAtom | null,
  dependency: SpaceAtom,
): void {
  if (!isRegistered(environment)) createSpaceAt(environment, REGISTER);
  const here = space ?? SELF;
  const known = [here, ...dependenciesOf(environment, space)];
  const added = [dependency, ...dependenciesOf(environment, dependency)].filter(
    (each) => !known.some((other) => isSame(other, each)),
  );
  environment.addAll(
    added.map((each) => expression([here, each])),
    REGISTER,
  );
}

function isSame(one: SpaceAtom, other: SpaceAtom): boolean {
  return one.writer === other.writer && one.sequence === other.sequence;
}
