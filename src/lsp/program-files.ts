/** The programs that stand in a folder. */
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";

const PROGRAM_ENDING = ".metta";

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
