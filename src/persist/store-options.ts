/** What a store is opened with: what is promised of what is written, and when snapshots are taken by themselves. */
import { asFunction, asOptions, type Checks, refuse } from "../base/arguments.js";
import type { OxbowError } from "../base/errors.js";
import { Observer } from "../environment/observer.js";
import { asHeap, Heap, type HeapOptions } from "../memory/heap.js";
import { CODEC_NAMES } from "./codecs.js";

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
  /** When snapshots are made by themselves. */
  readonly thresholds?: StoreThresholds;
  /** Snapshots without a name that are kept. Default: 2. */
  readonly keep?: number;
  /** Told now and then how many bytes of how many are done: of the heap's pages, or of the file that is read. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Of the heap that the store makes; or a heap that holds something already, which costs a copy of every row. */
  readonly heap?: HeapOptions | Heap;
  /** Told when a snapshot that nobody has asked for could not be written. The next one is tried when thresholds say. */
  readonly onError?: (error: OxbowError) => void;
  /** An `Inspector` of `oxbow/inspector`, which looks at what the store holds and at who waits for it. */
  readonly inspector?: Observer;
}

/** Told how much is done. */
export type OnProgress = NonNullable<StoreOptions["onProgress"]>;

/** What `Store.create` is given: the heap is there, and nothing is read. */
type NewStoreOptions = Omit<StoreOptions, "heap" | "onProgress">;

/** The options with everything that was left out. */
export interface StoreSettings {
  readonly durability: Durability;
  readonly operations: number;
  readonly bytes: number;
  readonly intervalMs: number;
  readonly keep: number;
  readonly heap: HeapOptions | Heap;
  readonly onProgress: OnProgress;
  readonly onError: (error: OxbowError) => void;
  readonly inspector: Observer | undefined;
}

const DURABILITIES: readonly unknown[] = ["commit", "interval", "manual"];

const THRESHOLDS: Checks<StoreThresholds> = {
  operations: asPositive,
  bytes: asPositive,
  intervalMs: asPositive,
};

const NEW_OPTIONS: Checks<NewStoreOptions> = {
  durability: (act, value) =>
    DURABILITIES.includes(value) ? value : refuse(act, '"commit", "interval" or "manual"', value),
  thresholds: (act, value) => asOptions(act, value, THRESHOLDS),
  keep: asPositive,
  onError: asFunction,
  inspector: (act, value) =>
    value instanceof Observer ? value : refuse(act, "an Inspector", value),
};

const OPTIONS: Checks<StoreOptions> = {
  ...NEW_OPTIONS,
  onProgress: asFunction,
  // Options are checked by who makes the heap.
  heap: (act, value) => (value instanceof Heap ? asHeap(act, value) : value),
};

function asPositive(act: string, value: unknown): number {
  return typeof value === "number" && value >= 1 ? value : refuse(act, "a number from 1 on", value);
}

/** Throws `ERR_INVALID_ARGUMENT`. */
export function checkedSettings(options: StoreOptions): StoreSettings {
  return settingsOf(asOptions("open a store", options, OPTIONS));
}

/** The same for `Store.create`. */
export function checkedNewSettings(act: string, options: NewStoreOptions): StoreSettings {
  return settingsOf(asOptions(act, options, NEW_OPTIONS));
}

function settingsOf(checked: StoreOptions): StoreSettings {
  const { durability = "interval", thresholds = {}, keep = 2 } = checked;
  const { heap = {}, onProgress = () => {}, onError = () => {}, inspector } = checked;
  const { operations = 50_000, bytes = 2 ** 28, intervalMs = 300_000 } = thresholds;
  return { durability, operations, bytes, intervalMs, keep, heap, onProgress, onError, inspector };
}

type ProgressOptions = Pick<StoreOptions, "onProgress">;

const PROGRESS: Checks<ProgressOptions> = { onProgress: asFunction };

/** Who is told how much is done; somebody who does nothing unless given. */
export function checkedProgress(act: string, options: ProgressOptions): OnProgress {
  return asOptions(act, options, PROGRESS).onProgress ?? (() => {});
}

export type ReadOptions = ProgressOptions & { readonly heap?: Heap };

const READ: Checks<ReadOptions> = { ...PROGRESS, heap: asHeap };

export function checkedRead(act: string, options: ReadOptions): ReadOptions {
  return asOptions(act, options, READ);
}

type ExportOptions = ProgressOptions & { readonly codec?: string };

const EXPORT: Checks<ExportOptions> = { ...PROGRESS, codec: asCodec };

export function checkedExport(act: string, options: ExportOptions): ExportOptions {
  return asOptions(act, options, EXPORT);
}

function asCodec(act: string, value: unknown): string {
  if (typeof value === "string" && CODEC_NAMES.includes(value)) return value;
  return refuse(act, `one of ${CODEC_NAMES.join(", ")}`, value);
}
