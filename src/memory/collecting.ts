/** What a heap asks of the collector, which stands above it: whoever makes environments in the heap gives it one. */

/** What the collector of a heap has done, on this thread. */
export interface CollectorStats {
  /** How often it has looked for what nothing refers to. */
  readonly collections: number;
  /** In how many slices; other work of the thread goes on between two of them. */
  readonly slices: number;
  /** The longest slice of a collection, in milliseconds. */
  readonly longestPauseMs: number;
  /** Of all slices together. */
  readonly totalPauseMs: number;
  /** Names and strings that were forgotten. */
  readonly symbolsFreed: number;
  /** Of rows and indexes that environments of this thread hold alike, and that are kept once since. */
  readonly bytesMerged: number;
  /** References that threads had which ended without giving them up. */
  readonly referencesReclaimed: number;
  /** Names and strings that the heap has. */
  readonly symbolsInUse: number;
  /** Numbers of the threads that used the heap when names were to be looked for last, so that nothing came of it; none if it did. */
  readonly blockedBy: readonly number[];
}

/** Whether a collection has come to its end, and what it has freed. */
export interface CollectionReport {
  /** False if names could not be looked for, since other threads used the heap all the time. */
  readonly isComplete: boolean;
  /** Numbers of those threads, as they were when it was given up: pools' that evaluate, or your own that are attached. */
  readonly blockedBy: readonly number[];
  /** Names that nothing referred to any more. */
  readonly symbolsFreed: number;
  /** Of what environments of this thread hold alike, and that is kept once since. */
  readonly bytesMerged: number;
}

export interface HeapCollector {
  readonly stats: CollectorStats;
  collect(): Promise<CollectionReport>;
}

/** Under which name a heap keeps it. */
export const COLLECTOR = "collector";

export const NO_STATS: CollectorStats = {
  collections: 0,
  slices: 0,
  longestPauseMs: 0,
  totalPauseMs: 0,
  symbolsFreed: 0,
  bytesMerged: 0,
  referencesReclaimed: 0,
  symbolsInUse: 0,
  blockedBy: [],
};
