/** What is done with a store without opening it for writing: a snapshot is read, all is verified, an export is made a store. */
import { refuse } from "../base/arguments.js";
import { OxbowError } from "../base/errors.js";
import { checkEnvironment } from "../environment/check-environment.js";
import { type Environment, environmentOn, handleOf } from "../environment/environment.js";
import { handleOn } from "../environment/lifecycle.js";
import { relocate } from "../environment/relocation.js";
import { checkHeap } from "../memory/check-heap.js";
import { Heap, readCounters } from "../memory/heap.js";
import { CHUNK_WORDS } from "../memory/layout.js";
import { DataFile } from "./data-file.js";
import type { Disk } from "./disk.js";
import { ExportedImage } from "./export-file.js";
import { DATA_FILE, PAGE_BYTES, WORD_BYTES } from "./format.js";
import { loadImage, type SnapshotChoice } from "./load-image.js";
import { isAlive, thisProcess } from "./process-identity.js";
import { RealDisk } from "./real-disk.js";
import { StoreFile } from "./store-file.js";
import { StoreLock } from "./store-lock.js";
import type { OnProgress, ReadOptions } from "./store-options.js";
import { whileReading } from "./survey.js";

/** What is open for reading: a heap of its own, and in it the environment of a snapshot. */
export interface OpenedSnapshot {
  /** The heap that it was loaded into. */
  readonly heap: Heap;
  /** The environment as it was. Dispose it. */
  readonly environment: Environment;
}

/** What was found in order. */
export interface VerifyReport {
  /** How many snapshots were read and checked. */
  readonly snapshots: number;
  /** Bytes of the heap's pages, those that snapshots share counted for each. */
  readonly bytes: number;
}

export function asChoice(act: string, choice: unknown): void {
  if (choice === undefined || typeof choice === "number" || typeof choice === "string") return;
  refuse(act, "the number or the name of one", choice);
}

/** As `Store.read`. */
export function readSnapshot(
  directory: string,
  choice: SnapshotChoice | undefined,
  { heap, onProgress }: ReadOptions,
): Promise<OpenedSnapshot> {
  return whileReading(directory, async (disk) => {
    const loaded = await loadImage(disk, choice, {}, onProgress);
    const environment = environmentOn(handleOn(loaded.heap, loaded.root));
    return heap === undefined
      ? { heap: loaded.heap, environment }
      : { heap, environment: takenInto(heap, environment) };
  });
}

/** The environment of a heap that is not needed any more, in another one. */
export function takenInto(heap: Heap, loaded: Environment): Environment {
  using environment = loaded;
  return environmentOn(relocate(handleOf(environment), heap));
}

/** As `Store.verify`. */
export function verifyStore(directory: string, onProgress: OnProgress): Promise<VerifyReport> {
  return whileReading(directory, async (disk) => {
    const file = DataFile.open(disk);
    const { records } = file;
    file.close();
    const bytes = records.reduce((sum, { pages }) => sum + pages * PAGE_BYTES, 0);
    // The newest with its log, too.
    const choices = [...records.map(({ id }) => id), undefined];
    const total = bytes + (records.at(-1)?.pages ?? 0) * PAGE_BYTES;
    let before = 0;
    for (const choice of choices) {
      let size = 0;
      const { heap, root } = await loadImage(disk, choice, {}, (read, all) => {
        size = all;
        onProgress(before + read, total);
      });
      using environment = environmentOn(handleOn(heap, root));
      checkHeap(heap);
      checkEnvironment(environment);
      before += size;
    }
    return { snapshots: records.length, bytes };
  });
}

/** Throws `ERR_INVALID_ARGUMENT` if there is a store on the disk; `act` is what cannot be done then. */
export function assertNoStore(act: string, disk: Disk): void {
  if (!disk.list().includes(DATA_FILE)) return;
  throw new OxbowError("ERR_INVALID_ARGUMENT", `cannot ${act}: there is a store in ${disk.name}`, {
    store: disk.name,
  });
}

/** As `Store.import`. */
export function importStore(path: string, directory: string, onProgress: OnProgress): void {
  // What is no export makes no directory.
  const image = new ExportedImage(path);
  const disk = new RealDisk(directory);
  const lock = StoreLock.take(disk, thisProcess(), isAlive);
  try {
    assertNoStore(`import ${path}`, disk);
    const { chunkCount, firstChunk, symbols, timeMs } = image.record;
    const maxBytes = chunkCount * CHUNK_WORDS * WORD_BYTES;
    const heap = Heap.create({ maxBytes, mapChunks: firstChunk });
    const root = image.loadInto(heap, onProgress);
    const file = new StoreFile(disk, heap.words, () => false);
    file.save({ root, symbols, counters: readCounters(heap), name: null, timeMs, keep: 1 });
    file.close();
  } finally {
    lock.free();
  }
}
