/** The standard library: every operation and special form, assembled from one file each by noun. */
import { once } from "../../base/once.js";
import { float } from "../../term/atom.js";
import { ASSERTION_FORMS } from "../forms/assertions.js";
import { CASE_FORMS } from "../forms/case.js";
import { TEXT_FORMS, TEXT_OPERATIONS } from "../forms/characters.js";
import { collapse } from "../forms/collapse.js";
import { ifForm } from "../forms/if.js";
import { INSPECTING_FORMS } from "../forms/inspecting.js";
import { LET_FORMS } from "../forms/let.js";
import { match } from "../forms/match.js";
import { MINIMAL_FORMS } from "../forms/minimal.js";
import { MULTISET_FORMS } from "../forms/multisets.js";
import { once as onceForm } from "../forms/once.js";
import { PART_FORMS } from "../forms/over-parts.js";
import { VALUE_FORMS } from "../forms/over-values.js";
import { TABLING_FORMS } from "../forms/tabled.js";
import { TYPE_FORMS } from "../forms/typing.js";
import { unifyForm } from "../forms/unify.js";
import { VARIABLE_FORMS } from "../forms/variables.js";
import type { Permissions } from "../host/permissions.js";
import { coreDeclarations, SYMBOLIC_OPERATIONS } from "../library/declarations.js";
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
        ifForm,
        ...LET_FORMS,
        ...CASE_FORMS,
        unifyForm,
        match,
        collapse,
        onceForm,
        ...INSPECTING_FORMS,
        ...MULTISET_FORMS,
        ...MINIMAL_FORMS,
        ...PART_FORMS,
        ...VALUE_FORMS,
        ...VARIABLE_FORMS,
        ...ASSERTION_FORMS,
        ...TYPE_FORMS,
        ...MODULE_FORMS,
        ...DOCUMENTATION_FORMS,
        ...TEXT_FORMS,
        ...TABLING_FORMS,
      ],
      symbols: SYMBOLIC_OPERATIONS,
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
