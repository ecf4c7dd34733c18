/** What is told of a store. */

/** A snapshot that is kept. */
export interface SnapshotInfo {
  /** Its number; a later snapshot has a higher one. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  /** The name that it was given; null if it has none. */
  readonly name: string | null;
  /** Bytes of the heap's pages in it. */
  readonly bytes: number;
}

/** What is in the files of a store. */
export interface StoreFileInfo {
  /** The snapshots that are kept, oldest first. */
  readonly snapshots: readonly SnapshotInfo[];
  /** Bytes of the file, and those of them that no snapshot needs. */
  readonly bytes: number;
  /** The part of the data file that the next snapshots will use again. */
  readonly spareBytes: number;
  /** The size of what was committed since the last snapshot. */
  readonly logBytes: number;
}
