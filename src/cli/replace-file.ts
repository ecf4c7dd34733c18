/** A file that is given another content at once: whoever reads it sees the one or the other, also after a crash. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Replaces the text of a file that exists, of what it links to if it is a link. Permissions stay. Throws what the system refuses, and
 * then the file is as it was.
 */
export function replaceFile(path: string, text: string): void {
  const target = realpathSync(path);
  const { mode } = statSync(target);
  // In the same folder, so that it is renamed and not copied.
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.draft`);
  const file = openSync(draft, "wx");
  try {
    writeDraft(file, text, mode);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function writeDraft(file: number, text: string, mode: number): void {
  try {
    fchmodSync(file, mode);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
