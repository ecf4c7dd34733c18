/** `oxbow/cluster`: branches on other machines, by BullMQ on Redis. */
export type { Block } from "./block.js";
export type { CacheStats } from "./block-cache.js";
export type { BlockStore } from "./block-store.js";
export { ClusterPool, type ClusterStats } from "./cluster-pool.js";
export { ClusterWorker, type WorkerStats } from "./cluster-worker.js";
export type { QueueChoice } from "./connection.js";
export { DirectoryBlocks, type DirectoryOptions } from "./directory-blocks.js";
export type { ClusterOptions, ClusterProgress, WorkerOptions } from "./options.js";
