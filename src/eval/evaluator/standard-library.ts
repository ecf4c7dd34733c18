/** The standard library: every operation and special form, assembled from one file each by noun. */
import { once } from "../../base/once.js";
import { float } from "../../term/atom.js";
import { ASSERTION_FORMS } from "../forms/assertions.js";
import { TEXT_FORMS, TEXT_OPERATIONS } from "../forms/characters.js";
import { CONTROL_FORMS } from "../forms/control.js";
import { LIST_FORMS } from "../forms/lists.js";
import { MATCHING_FORMS } from "../forms/matching.js";
import { MINIMAL_FORMS } from "../forms/minimal.js";
import { MULTISET_FORMS } from "../forms/multisets.js";
import { TABLING_FORMS } from "../forms/tabled.js";
import { TYPE_FORMS } from "../forms/typing.js";
import type { Permissions } from "../host/permissions.js";
import { coreDeclarations } from "../library/declarations.js";
import { Library } from "../library/library.js";
import { LibraryBase } from "../library/library-base.js";
import { PRIMITIVES } from "../primitives/primitives.js";
import { DOCUMENTATION_FORMS } from "../program/documentation-forms.js";
import { MODULE_FORMS } from "../program/module-forms.js";
import { PRAGMAS } from "../program/pragmas.js";
import { ATOMS } from "../stdlib/atoms.js";
import { HOST_MODULES } from "../stdlib/host-modules.js";
import { MATH } from "../stdlib/math.js";
import { SPACES } from "../stdlib/space-operations.js";

/** What the language has, but for the forms that fork. */
export const coreBase: () => LibraryBase = once(
  () =>
    new LibraryBase({
      operations: [...PRIMITIVES, ...MATH, ...ATOMS, ...SPACES, ...TEXT_OPERATIONS, ...PRAGMAS],
      forms: [
        ...CONTROL_FORMS,
        ...MATCHING_FORMS,
        ...MULTISET_FORMS,
        ...MINIMAL_FORMS,
        ...LIST_FORMS,
        ...ASSERTION_FORMS,
        ...TYPE_FORMS,
        ...MODULE_FORMS,
        ...DOCUMENTATION_FORMS,
        ...TEXT_FORMS,
        ...TABLING_FORMS,
      ],
      declarations: coreDeclarations(),
      constants: [
        ["PI", float(Math.PI)],
        ["EXP", float(Math.E)],
      ],
      modules: HOST_MODULES,
    }),
);

/**
 * A new library with everything in it but the forms that fork; operations of the host may be added to it.
 * @param permissions what its programs may touch of the host; nothing unless given.
 */
export function standardLibrary(permissions: Permissions = {}): Library {
  return new Library([], coreBase(), permissions);
}
