/** What a program may access on the host: folders it may read and write; none by default. */
import { asOptions, asTexts, type Checks } from "../../base/arguments.js";
import { OxbowError } from "../../base/errors.js";
import { platform } from "../../platform/current.js";

const { basename, dirname, join, relative, resolve } = platform.paths;

/** What programs may touch of the host. */
export interface Permissions {
  /** Folders whose files may be read, modules included; none unless given. */
  readonly allowRead?: readonly string[];
  /** Folders whose files may be written or made. */
  readonly allowWrite?: readonly string[];
}

const PERMISSION_CHECKS: Checks<Permissions> = { allowRead: asTexts, allowWrite: asTexts };

/** The permissions, if they are some. Throws ERR_INVALID_ARGUMENT. */
export function asPermissions(act: string, value: Permissions): Permissions {
  return asOptions(act, value, PERMISSION_CHECKS);
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

/** Whether an error is the system's, or the platform's about a path: those have codes, defects of the engine have none (PL1). */
export function isSystemError(error: unknown): error is Error & { readonly code: unknown } {
  return error instanceof Error && "code" in error && !(error instanceof OxbowError);
}

/** Links followed in one path at most, as systems do. */
const MOST_LINKS = 40;

/**
 * The path with its links followed, as far as it exists: a link is no way out of a folder, also one that leads to
 * what is not there yet.
 */
function realPath(path: string, links = MOST_LINKS): string {
  const absolute = resolve(path);
  try {
    return platform.files.realPath(absolute);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  const parent = dirname(absolute);
  if (parent === absolute) return absolute;
  const folder = realPath(parent, links);
  const here = join(folder, basename(absolute));
  const target = links > 0 ? linkTarget(here) : null;
  return target === null ? here : realPath(resolve(folder, target), links - 1);
}

/** What a link says; null for what is none. */
function linkTarget(path: string): string | null {
  try {
    return platform.files.linkTarget(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return null;
  }
}
