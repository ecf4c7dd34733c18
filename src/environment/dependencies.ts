/**
 * Dependencies: other spaces that queries of a space see through. There are two sorts:
 *
 *   - spaces that stand in it as atoms of their own, `(add-atom &self &kb)`;
 *   - what it imports, as modules do, which is no atom of it.
 *
 * Imports are kept as facts of a space of their own, so that clones share and unions merge them:
 *
 *     register, the space (0, 1)      (&self  <module a>)
 *                                     (&self  <module c>)
 *                                     (<module a>  <module c>)
 *
 *   DE1  The imports of a space are complete: whoever imports a module also imports what it imports.
 *   DE2  No space depends on itself, and none twice.
 */
import { NO_ADDRESS } from "../base/address.js";
import { NOT_FOUND, treeFind } from "../containers/tree.js";
import { expression, SELF, SPACE, SpaceAtom } from "../term/atom.js";
import { decode } from "../term/decode.js";
import { freshVariable, resolve } from "../term/resolve.js";
import { Trail } from "../term/trail.js";
import type { Environment } from "./environment.js";
import { openMatch } from "./query.js";
import { ROW_TOKENS } from "./relation.js";
import { firstKeyOfKind, GROUNDED_ATOM, INNER_SPACE } from "./relation-key.js";
import { ScanStream } from "./row-stream.js";
import { RELATIONS, SPACES } from "./space.js";
import { createSpaceAt, findSpace } from "./write.js";

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

/** The spaces that queries of a space (null is `&self`) see through, nearest first. */
export function dependenciesOf(
  environment: Environment,
  space: SpaceAtom | null,
): readonly SpaceAtom[] {
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

/** The spaces that stand in a space as atoms. */
function innerSpaces(environment: Environment, space: SpaceAtom | null): readonly SpaceAtom[] {
  const { root, store } = environment;
  const { words, vocabulary } = store;
  const relations = words[findSpace(words, root, space) + RELATIONS]!;
  if (relations === NO_ADDRESS) return NONE;
  const high = firstKeyOfKind(GROUNDED_ATOM);
  const relation = treeFind(words, relations, high, INNER_SPACE);
  if (relation === NOT_FOUND) return NONE;
  const stream = new ScanStream(words, relation);
  const found: SpaceAtom[] = [];
  while (stream.next()) {
    const atom = decode(vocabulary, words, stream.row + ROW_TOKENS);
    if (atom.tag === SPACE) found.push(atom);
  }
  return found;
}

/** What a space imports, in the order in which it did. */
function importsOf(environment: Environment, space: SpaceAtom | null): readonly SpaceAtom[] {
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
 * From now on queries of the space see through the other and all that it imports. Throws
 * ERR_INVALID_ARGUMENT for an unknown space, HeapExhaustedError.
 */
export function addDependency(
  environment: Environment,
  space: SpaceAtom | null,
  dependency: SpaceAtom,
): void {
  if (!isRegistered(environment)) createSpaceAt(environment, REGISTER);
  const here = space ?? SELF;
  const known = [here, ...importsOf(environment, space)];
  const added = [dependency, ...importsOf(environment, dependency)].filter(
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
