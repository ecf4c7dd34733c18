/** What a store is opened with: what is promised of what is written, and when snapshots are taken by themselves. */
import { asFunction, asOptions, type Checks, refuse } from "../base/arguments.js";
import type { OxbowError } from "../base/errors.js";
import type { HeapOptions } from "../memory/heap.js";

/**
 * When what was changed is on the disk, so that it survives the end of the process and a loss of power:
 *
 * - `"commit"`: when the promise of `commit` is fulfilled. Snapshots are taken as thresholds say.
 * - `"interval"`: when a snapshot was taken, as thresholds say; `commit` does not wait for it.
 * - `"manual"`: when the promise of `snapshot` is fulfilled, and not otherwise.
 */
export type Durability = "commit" | "interval" | "manual";

/** A snapshot is taken when any of these is reached since the last one. */
export interface StoreThresholds {
  /** Changes of the environment. Default: 50,000. */
  readonly operations?: number;
  /** Bytes by which the heap has grown, and those of the log. Default: 256 MiB. */
  readonly bytes?: number;
  /** Milliseconds, if anything has changed. Default: 300,000. */
  readonly intervalMs?: number;
}

/** What {@link Store.open} is given. */
export interface StoreOptions {
  /** Default: `"interval"`. */
  readonly durability?: Durability;
  readonly thresholds?: StoreThresholds;
  /** Snapshots without a name that are kept. Default: 2. */
  readonly keep?: number;
  /** Told now and then, while the store is opened, how many bytes of how many have been read. */
  readonly onProgress?: (read: number, total: number) => void;
  /** Of the heap that the store makes. */
  readonly heap?: HeapOptions;
  /** Told when a snapshot that nobody has asked for could not be written. The next one is tried when thresholds say. */
  readonly onError?: (error: OxbowError) => void;
}

/** The options with everything that was left out. */
export interface StoreSettings {
  readonly durability: Durability;
  readonly operations: number;
  readonly bytes: number;
  readonly intervalMs: number;
  readonly keep: number;
  readonly onProgress: (read: number, total: number) => void;
  readonly onError: (error: OxbowError) => void;
}

const ACT = "open a store";
const DURABILITIES: readonly unknown[] = ["commit", "interval", "manual"];

const THRESHOLDS: Checks<StoreThresholds> = {
  operations: asPositive,
  bytes: asPositive,
  intervalMs: asPositive,
};

const OPTIONS: Checks<StoreOptions> = {
  durability: (act, value) =>
    DURABILITIES.includes(value) ? value : refuse(act, '"commit", "interval" or "manual"', value),
  thresholds: (act, value) => asOptions(act, value, THRESHOLDS),
  keep: asPositive,
  onProgress: asFunction,
  // Checked by who makes the heap.
  heap: (_act, value) => value,
  onError: asFunction,
};

function asPositive(act: string, value: unknown): number {
  return typeof value === "number" && value >= 1 ? value : refuse(act, "a number from 1 on", value);
}

/** Throws `ERR_INVALID_ARGUMENT`. */
export function checkedSettings(options: StoreOptions): StoreSettings {
  const checked = asOptions(ACT, options, OPTIONS);
  const { durability = "interval", thresholds = {}, keep = 2 } = checked;
  const { onProgress = () => {}, onError = () => {} } = checked;
  const { operations = 50_000, bytes = 2 ** 28, intervalMs = 300_000 } = thresholds;
  return { durability, operations, bytes, intervalMs, keep, onProgress, onError };
}
