/** Programs as files: those that stand in a folder, their texts, and the files of the modules that they import. */
import { type Dirent, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ProgramSource } from "./workspace.js";

const PROGRAM_ENDING = ".metta";
/** Characters of a program that is not open, so that a file of data does not hold the server up. */
const LONGEST_TEXT = 4_000_000;

/** Programs that are files of this system. */
export const FILES: ProgramSource = { readText, uriOfModule };

/** The programs of a folder; none if it is not there. */
export function* programUris(folder: string): Generator<string, void, undefined> {
  if (!existsSync(folder)) return;
  for (const path of programFiles(folder)) yield pathToFileURL(path).href;
}

/**
 * The paths of the programs in a folder and below it, in a stable order, but for what is hidden or installed. Links are not followed.
 * Throws what the system says of the folder itself; a folder below it that cannot be read is left out.
 */
export function* programFiles(folder: string): Generator<string, void, undefined> {
  yield* filesOf(folder, readdirSync(folder, { withFileTypes: true }));
}

function* filesOf(folder: string, entries: readonly Dirent[]): Generator<string, void, undefined> {
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isFile() && entry.name.endsWith(PROGRAM_ENDING)) yield path;
    if (entry.isDirectory() && !isLeftOut(entry.name)) yield* filesOf(path, entriesOf(path));
  }
}

function isLeftOut(name: string): boolean {
  return name.startsWith(".") || name === "node_modules";
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function readText(uri: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  try {
    const text = readFileSync(fileURLToPath(uri), "utf8");
    return text.length <= LONGEST_TEXT ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Where the file of a module is, as `modulePath` finds it from a program's own folder. */
function uriOfModule(from: string, name: string): string | undefined {
  if (!from.startsWith("file:") || name === "") return undefined;
  const folder = dirname(fileURLToPath(from));
  if (/[\\/]|\.metta$/.test(name)) return pathToFileURL(resolve(folder, name)).href;
  const parts = name.split(":");
  if ((parts[0] === "top" || parts[0] === "self") && parts.length > 1) parts.shift();
  return pathToFileURL(resolve(folder, `${parts.join("/")}.metta`)).href;
}
