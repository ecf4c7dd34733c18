/** Files of the system. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  writeSync,
} from "node:fs";
import type { Files, OpenFile, OpenMode } from "../platform.js";

export const files: Files = {
  readText: (path) => readFileSync(path, "utf8"),
  list: (folder) => readdirSync(folder),
  open: (path, mode) => opened(openSync(path, flagsOf(mode))),
  realPath: (path) => realpathSync(path),
  linkTarget: (path) => readlinkSync(path),
};

function opened(descriptor: number): OpenFile {
  return {
    read: (bytes, position) => readSync(descriptor, bytes, 0, bytes.length, position),
    write: (bytes, position) => writeSync(descriptor, bytes, 0, bytes.length, position),
    size: () => fstatSync(descriptor).size,
    close: () => closeSync(descriptor),
  };
}

function flagsOf({ reads, writes, creates, appends, empties }: OpenMode): number {
  let flags = constants.O_RDONLY;
  if (writes) flags = reads ? constants.O_RDWR : constants.O_WRONLY;
  if (creates) flags |= constants.O_CREAT;
  if (appends) flags |= constants.O_APPEND;
  if (empties) flags |= constants.O_TRUNC;
  return flags;
}
