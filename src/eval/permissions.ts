/** What a program may touch of the host: folders it may read from and write to; none by default. */
import { realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

export interface Permissions {
  /** Folders whose files may be read, modules included; none unless given. */
  readonly allowRead?: readonly string[];
  /** Folders whose files may be written or made. */
  readonly allowWrite?: readonly string[];
}

export type Access = "read" | "write";

/** Null if the permissions allow the access, otherwise a sentence that names the missing one. */
export function refusal(permissions: Permissions, access: Access, path: string): string | null {
  const folders = (access === "read" ? permissions.allowRead : permissions.allowWrite) ?? [];
  const target = realPath(path);
  if (folders.some((folder) => isInside(realPath(folder), target))) return null;
  return `cannot ${access} ${path}: permission --allow-${access} is missing`;
}

/** As {@link refusal} for the file of a module, which the program's own folder may hold without a permission. */
export function moduleRefusal(
  permissions: Permissions,
  programFolder: string | null,
  path: string,
): string | null {
  if (programFolder !== null && isInside(realPath(programFolder), realPath(path))) return null;
  const refused = refusal(permissions, "read", path);
  if (refused === null || programFolder === null) return refused;
  return `cannot read ${path}: it is outside of the program's folder; --allow-read=DIR permits it`;
}

function isInside(folder: string, target: string): boolean {
  const path = relative(folder, target);
  return path === "" || !(path === ".." || /^\.\.[\\/]/.test(path) || resolve(path) === path);
}

/** The path with its links followed, as far as it exists: a link is no way out of a folder. */
function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}
