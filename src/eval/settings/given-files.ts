/**
 * Given files: texts that the host gives a program as files of its folder. `import!`, `include` and their kin find them there
 * before they ask the platform, without a permission. They stand in the environment (environment/settings.ts), so every thread
 * that evaluates for the program knows them, and a page, which has no files, has these.
 *
 *     given file /rivers.metta   →   "(into Inn Danube)"
 */
import { refuse } from "../../base/arguments.js";
import { type Environment, handleOf } from "../../environment/environment.js";
import type { Handle } from "../../environment/handle.js";
import { changeSetting, findSetting } from "../../environment/settings.js";
import { platform } from "../../platform/current.js";
import { STRING, string } from "../../term/atom.js";
import { topFolder } from "./folders.js";

/** Texts by path; a relative path begins at the folder of the program. */
type GivenFiles = Readonly<Record<string, string>>;

const GIVEN = "given file ";

/** The files, if they are some. Throws ERR_INVALID_ARGUMENT. */
export function asFiles(act: string, value: unknown): GivenFiles {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isRecord || Object.values(value).some((text) => typeof text !== "string")) {
    return refuse(act, "an object of texts by path", value);
  }
  return value as GivenFiles;
}

/** From now on the program has these files, too. Throws HeapExhaustedError. */
export function giveFiles(environment: Environment, files: GivenFiles): void {
  const folder = topFolder(environment);
  for (const [path, text] of Object.entries(files)) {
    const name = GIVEN + platform.paths.resolve(folder, path);
    changeSetting(handleOf(environment), name, string(text));
  }
}

/** The text of a given file; undefined if none was given under that absolute path. */
export function givenFile(environment: Handle, path: string): string | undefined {
  const text = findSetting(environment, GIVEN + path);
  return text?.tag === STRING ? text.value : undefined;
}
