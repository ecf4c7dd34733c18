/**
 * Folders: where the paths of a program's files start. That stands in the environment (environment/settings.ts), so
 * every thread that evaluates for the program knows it.
 *
 *     program folder        of the program itself
 *     in folder <scope>     of a file that is being run by `include`
 *
 * In the text of a module paths start at the folder of its file.
 */
import { type Environment, handleOf } from "../../environment/environment.js";
import { moduleOf } from "../../environment/module-space.js";
import { changeSetting, findSetting, removeSetting } from "../../environment/settings.js";
import { platform } from "../../platform/current.js";
import { type Atom, type SpaceAtom, STRING, string } from "../../term/atom.js";
import { scopeOf } from "./words.js";

const PROGRAM = "program folder";
const FOLDER = "in folder ";

function textOf(atom: Atom | undefined): string | undefined {
  return atom?.tag === STRING ? atom.value : undefined;
}

/** From now on relative paths of the program's top level start in that folder. */
export function setProgramFolder(environment: Environment, folder: string): void {
  changeSetting(handleOf(environment), PROGRAM, string(folder));
}

/** Where paths that begin with `top:` start: the folder of the program, the process's unless it was set. */
export function topFolder(environment: Environment): string {
  return textOf(findSetting(handleOf(environment), PROGRAM)) ?? ".";
}

/** Where relative paths start, in what is run in a space. */
export function folderOf(environment: Environment, space: SpaceAtom | null): string {
  const set = textOf(findSetting(handleOf(environment), FOLDER + scopeOf(environment, space)));
  if (set !== undefined) return set;
  const key = moduleOf(handleOf(environment), space);
  if (key === undefined || !platform.paths.isAbsolute(key)) return topFolder(environment);
  return platform.paths.dirname(key);
}

/** Runs something with relative paths starting in another folder. */
export function inFolder<Result>(
  environment: Environment,
  space: SpaceAtom | null,
  folder: string,
  run: () => Result,
): Result {
  const setting = FOLDER + scopeOf(environment, space);
  const before = findSetting(handleOf(environment), setting);
  changeSetting(handleOf(environment), setting, string(folder));
  try {
    return run();
  } finally {
    if (before === undefined) removeSetting(handleOf(environment), setting);
    else changeSetting(handleOf(environment), setting, before);
  }
}
