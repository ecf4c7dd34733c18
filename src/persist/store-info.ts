/** What is told of a store. */

/** A snapshot that is kept. */
export interface SnapshotInfo {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly name: string | null;
  /** Bytes of the heap's pages in it. */
  readonly bytes: number;
}

/** What is in the files of a store. */
export interface StoreFileInfo {
  readonly snapshots: readonly SnapshotInfo[];
  /** Bytes of the file, and those of them that no snapshot needs. */
  readonly bytes: number;
  readonly spareBytes: number;
  readonly logBytes: number;
}
