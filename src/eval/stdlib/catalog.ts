/**
 * The module `catalog`: which modules can be imported. There are two catalogs, those modules that come
 * with the engine (`builtin`) and the files beside the program (`folder`); neither is fetched from
 * anywhere, so there is nothing to update or to clear.
 */
import { platform } from "../../platform/current.js";
import { type Atom, SYMBOL, UNIT } from "../../term/atom.js";
import {
  impureOperation,
  type Operation,
  type OperationContext,
  OperationError,
} from "../host/operation.js";
import { type Permissions, refusal } from "../host/permissions.js";
import { folderOf } from "../settings/folders.js";

const ALL = "all";
const BUILTIN = "builtin";
const FOLDER = "folder";

function nameOf(atom: Atom | undefined, form: string, what: string): string {
  if (atom?.tag === SYMBOL) return atom.name;
  throw new OperationError(`${form} expects a catalog name, or "all" to ${what}`);
}

/** The modules among the files of the program's folder; none without permission to read it. */
function modulesBeside(
  permissions: Permissions,
  { environment, space }: OperationContext,
): string[] {
  const folder = folderOf(environment, space);
  if (refusal(permissions, "read", folder) !== null) return [];
  return platform.files
    .list(folder)
    .filter((name) => name.endsWith(".metta"))
    .map((name) => platform.paths.basename(name, ".metta"))
    .sort();
}

/** An operation on catalogs that are fetched, of which there are none. */
function onManaged(name: string, what: string, summary: string): Operation {
  return impureOperation(name, "(-> Symbol (->))", summary, ([catalog]) => {
    const wanted = nameOf(catalog, name, what);
    throw new OperationError(`no catalog(s) identified by "${wanted}"`);
  });
}

/** The operations, for the permissions of a library and the names of the modules that come with the engine. */
export function catalogOperations(
  permissions: Permissions,
  builtIn: readonly string[],
): readonly Operation[] {
  const list = impureOperation(
    "catalog-list!",
    "(-> Symbol (->))",
    "Prints the modules of a catalog (builtin or folder), or of all.",
    ([catalog], context) => {
      const wanted = nameOf(catalog, "catalog-list!", "list all available");
      if (![ALL, BUILTIN, FOLDER].includes(wanted)) {
        throw new OperationError(`no catalog(s) identified by "${wanted}"`);
      }
      const show = (name: string, modules: readonly string[]): void => {
        if (wanted !== ALL && wanted !== name) return;
        context.print(`${name}:\n${modules.map((each) => `   ${each}\n`).join("")}`);
      };
      show(BUILTIN, builtIn);
      show(FOLDER, modulesBeside(permissions, context));
      return UNIT;
    },
  );
  return [
    list,
    onManaged(
      "catalog-update!",
      "update all",
      "Fetches the newest modules of a catalog; there is none that could be fetched.",
    ),
    onManaged(
      "catalog-clear!",
      "clear all",
      "Empties a catalog of fetched modules; there is none.",
    ),
  ];
}
