/** The standard library together with the forms that fork. */
import { once } from "../base/once.js";
import { coreBase } from "../eval/evaluator/standard-library.js";
import type { Permissions } from "../eval/host/permissions.js";
import { Library } from "../eval/library/library.js";
import { LibraryBase } from "../eval/library/library-base.js";
import { PARALLEL_FORMS } from "./forms.js";
import { REFUSED_SNAPSHOT } from "./snapshot.js";

const languageBase = once(
  () => new LibraryBase({ operations: [REFUSED_SNAPSHOT], forms: PARALLEL_FORMS }, coreBase()),
);

/**
 * A new library with everything the language has; operations of the host may be added to it. Throws
 * ERR_INVALID_ARGUMENT. Costs next to nothing: what the language has is made once in a thread.
 * @param permissions what its programs may touch of the host; nothing unless given.
 */
export function parallelLibrary(permissions: Permissions = {}): Library {
  return new Library([], languageBase(), permissions);
}
