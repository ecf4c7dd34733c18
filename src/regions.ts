/** `oxbow/regions`: regions to build, to pack and to hand to other threads, and atoms packed into them. */
export type { Address } from "./base/address.js";
export type { WaitOptions } from "./base/wait-options.js";
export { packRows, type RowList } from "./environment/packed-rows.js";
export type { CollectionReport, CollectorStats } from "./memory/collecting.js";
export { type ExhaustionDetails, HeapExhaustedError } from "./memory/exhausted.js";
export { Heap, type HeapOptions } from "./memory/heap.js";
export { type BuildingRegion, createThenPack, Packed } from "./memory/packed.js";
export type { Capability, PackedReference, Packing, Region } from "./memory/region.js";
export { type QueueOptions, RegionQueue } from "./memory/region-queue.js";
export type { SharedHandle } from "./memory/shared-handle.js";
export { type AtomList, PackedAtoms, packAtoms } from "./term/packed-atoms.js";
