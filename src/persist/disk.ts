/**
 * Disk: all that a store asks of a file system, for one directory. There is one that is real (`real-disk.ts`); tests
 * have others, which remember what was flushed and fail when they are told to.
 *
 * What is promised of what was written, by whatever implements this:
 *
 *   flush            what was written to the file before is there after a loss of power
 *   flushDirectory   so are the files that were made, renamed and removed before
 *   else             each may be there, in any order, or not; of one write any sectors may be there and others not
 */

/** Bytes that are to be read. */
export interface ReadPart {
  readonly position: number;
  readonly target: Uint8Array;
}

export interface DiskFile {
  /** Bytes of the file. */
  size(): number;
  /** Fills `target` from a position; how many bytes there were. */
  read(position: number, target: Uint8Array): number;
  /**
   * Fills the targets of all parts, several at once, and calls `onRead` with each and how many bytes there were. Rejects with
   * what the system or `onRead` throws, when nothing is read any more.
   */
  readParts<Part extends ReadPart>(
    parts: readonly Part[],
    onRead: (part: Part, bytes: number) => void,
  ): Promise<void>;
  /** Writes all of `source`, or throws. */
  writeAt(position: number, source: Uint8Array): void;
  flush(): void;
  truncate(bytes: number): void;
  close(): void;
}

export interface Disk {
  /** What errors call the directory. */
  readonly name: string;
  list(): string[];
  /** A file that exists. Throws if there is none. */
  open(name: string): DiskFile;
  /** An empty file, whatever was there. */
  create(name: string): DiskFile;
  /** Makes a file with this content, all at once; false if there is one of that name. */
  createExclusive(name: string, content: Uint8Array): boolean;
  rename(from: string, to: string): void;
  remove(name: string): void;
  flushDirectory(): void;
}

/** All of a small file. */
export function readAll(disk: Disk, name: string): Uint8Array {
  const file = disk.open(name);
  try {
    const bytes = new Uint8Array(file.size());
    return bytes.subarray(0, file.read(0, bytes));
  } finally {
    file.close();
  }
}
