/** Survey: what is in the files of a store, read beside whoever writes them. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { OxbowError } from "../base/errors.js";
import { DataFile } from "./data-file.js";
import type { Disk } from "./disk.js";
import { DATA_FILE } from "./format.js";
import { readLog } from "./log-file.js";
import { RealDisk } from "./real-disk.js";
import type { StoreFileInfo } from "./store-info.js";
import { beginReading } from "./store-lock.js";

/** The disk of a store that is there. Throws ERR_FILE if there is none; nothing is made then. */
export function diskOfStore(directory: string): RealDisk {
  if (existsSync(join(directory, DATA_FILE))) return new RealDisk(directory);
  throw new OxbowError("ERR_FILE", `cannot read a store: there is none in ${directory}`, {
    store: directory,
  });
}

/** As `store.info()`. Rejects with ERR_FILE, `ERR_STORE_DAMAGED`, `ERR_STORE_VERSION`. */
export function surveyStore(directory: string): Promise<StoreFileInfo> {
  return whileReading(directory, survey);
}

/** Runs `act` on a store whose pages nobody uses again meanwhile (PS6). Rejects with ERR_FILE if there is none. */
export async function whileReading<Result>(
  directory: string,
  act: (disk: Disk) => Result | Promise<Result>,
): Promise<Result> {
  const disk = diskOfStore(directory);
  const endReading = marked(disk);
  try {
    return await act(disk);
  } finally {
    endReading();
  }
}

function marked(disk: Disk): () => void {
  try {
    return beginReading(disk);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OxbowError(
      "ERR_FILE",
      `cannot read the store ${disk.name}: who reads it leaves a file there meanwhile, and this process may not write there (${code})`,
      { store: disk.name },
      { cause: error },
    );
  }
}

function survey(disk: Disk): StoreFileInfo {
  const file = DataFile.open(disk);
  try {
    return infoOf(file, readLog(disk, file.id).end);
  } finally {
    file.close();
  }
}

/** What a data file and the bytes of its log tell. */
export function infoOf(
  file: Pick<DataFile, "records" | "bytes" | "spareBytes">,
  logBytes: number,
): StoreFileInfo {
  const snapshots = file.records.map(({ id, timeMs, name, pages }) => ({
    id,
    timeMs,
    name,
    bytes: pages * 4096,
  }));
  return { snapshots, bytes: file.bytes, spareBytes: file.spareBytes, logBytes };
}
