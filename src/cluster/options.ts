/** What pools of a cluster and workers are made with. */
import {
  asCount,
  asFunction,
  asMilliseconds,
  asOptions,
  asText,
  type Checks,
  refuse,
} from "../base/arguments.js";
import { asPermissions, type Permissions } from "../eval/host/permissions.js";
import { asHeap, type Heap } from "../memory/heap.js";
import type { BlockStore } from "./block-store.js";
import { isQueueName, type QueueChoice } from "./connection.js";

/** How a call gets on, and the queue that it is in. */
export interface ClusterProgress {
  /** Of the call. */
  readonly branches: number;
  readonly done: number;
  /** Jobs of all calls in the queue that workers have, and that wait for one. */
  readonly running: number;
  readonly waiting: number;
  readonly workers: number;
  /** On which the workers are. */
  readonly machines: number;
}

/** Where the workers are, and what they are to have. */
export interface ClusterOptions extends QueueChoice {
  /** The heap of the environments that are to be evaluated on. */
  readonly heap: Heap;
  /** As of an `EvaluatorPool`; the workers' is to be the same module. */
  readonly libraryModule?: string | URL;
  /** What programs may touch of the host, as the workers permit it. */
  readonly permissions?: Permissions;
  /** Where blocks are, for the workers too; in Redis if not given. */
  readonly blocks?: BlockStore;
  /** How long a call waits for a worker before it fails, in milliseconds; 60,000 if not given. */
  readonly startTimeMs?: number;
  /** How long jobs and blocks of this caller stay after it died: 60,000 if not given. */
  readonly callTtlMs?: number;
  /** Is told how each call gets on, as often as jobs are looked for. */
  readonly onProgress?: (progress: ClusterProgress) => void;
  /** How often jobs are looked for whose events may have been missed; every 2,000 milliseconds if not given. */
  readonly lookMs?: number;
}

/** What a worker is started with. */
export interface WorkerOptions extends QueueChoice {
  readonly threads: number;
  /** As of an `EvaluatorPool`: the callers' is to be the same module. */
  readonly libraryModule?: string | URL;
  readonly permissions?: Permissions;
  /** Where blocks are; in Redis if not given. */
  readonly blocks?: BlockStore;
  /** Where blocks that were fetched are kept; null for nowhere. A directory for temporary files if not given. */
  readonly cacheDirectory?: string | null;
  /** Bytes of packed blocks that are kept in memory, 64 MiB if not given, and on the disk, 1 GiB. */
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** Bases that are kept open; 8 if not given. */
  readonly basesKept?: number;
  /** The most bytes of the worker's heap. */
  readonly maxHeapBytes?: number;
  /** How long a job is this worker's without a sign of life from it; 30 seconds if not given. */
  readonly lockMs?: number;
  /** How often a branch is begun whose workers die; 3 times if not given. */
  readonly attempts?: number;
}

const QUEUE: Checks<QueueChoice> = {
  url: asRedisUrl,
  queue: asQueue,
  redis: asRecord,
  telemetry: asRecord,
};

const SHARED = {
  ...QUEUE,
  libraryModule: (act: string, module: string | URL): string | URL =>
    module instanceof URL ? module : asText(act, module),
  permissions: asPermissions,
  blocks: asBlockStore,
};

const CLUSTER: Checks<ClusterOptions> = {
  ...SHARED,
  heap: asHeap,
  startTimeMs: asMilliseconds,
  callTtlMs: asPeriod,
  onProgress: asFunction,
  lookMs: asPeriod,
};

const WORKER: Checks<WorkerOptions> = {
  ...SHARED,
  threads: asAtLeastOne,
  cacheDirectory: (act, directory) => (directory === null ? null : asText(act, directory)),
  memoryBytes: asCount,
  diskBytes: asCount,
  basesKept: asCount,
  maxHeapBytes: asCount,
  lockMs: asPeriod,
  attempts: asAtLeastOne,
};

/** The options, if they are those of a pool. Throws ERR_INVALID_ARGUMENT. */
export function asClusterOptions(act: string, value: ClusterOptions): ClusterOptions {
  return asOptions(act, value, CLUSTER, ["heap", "url"]);
}

/** The options, if they are those of a worker. Throws ERR_INVALID_ARGUMENT. */
export function asWorkerOptions(act: string, value: WorkerOptions): WorkerOptions {
  return asOptions(act, value, WORKER, ["url", "threads"]);
}

function asRedisUrl(act: string, value: unknown): string {
  const isUrl = typeof value === "string" && /^(rediss?|unix):/.test(value);
  return isUrl ? value : refuse(act, "a URL of a Redis, redis://host:6379", value);
}

function asQueue(act: string, value: unknown): string {
  const isName = typeof value === "string" && isQueueName(value);
  return isName ? value : refuse(act, "a name of letters, digits, dots and dashes", value);
}

function asRecord<Value>(act: string, value: Value): Value {
  const isRecord = typeof value === "object" && value !== null;
  return isRecord ? value : refuse(act, "an object", value);
}

function asBlockStore(act: string, value: BlockStore): BlockStore {
  const store = Object(value) as Partial<BlockStore>;
  const isStore = [store.get, store.put, store.keep, store.remove].every(
    (method) => typeof method === "function",
  );
  return isStore ? value : refuse(act, "a store of blocks with get, put, keep and remove", value);
}

function asPeriod(act: string, value: unknown): number {
  return value === 0 ? refuse(act, "more than no time", value) : asMilliseconds(act, value);
}

function asAtLeastOne(act: string, value: unknown): number {
  return value === 0 ? refuse(act, "a number from 1 on", value) : asCount(act, value);
}
