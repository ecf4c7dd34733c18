/** The standard library together with the forms that fork. */
import type { Library } from "../eval/library.js";
import type { Permissions } from "../eval/permissions.js";
import { standardLibrary } from "../eval/standard-library.js";
import { PARALLEL_FORMS } from "./forms.js";

/** A new library with everything the language has; operations of the host may be added to it. */
export function parallelLibrary(permissions: Permissions = {}): Library {
  const library = standardLibrary(permissions);
  for (const form of PARALLEL_FORMS) library.addForm(form);
  return library;
}
