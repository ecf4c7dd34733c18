/** `oxbow/containers`: a map and a vector that threads share, without the rest of the engine. */
export type { WaitOptions } from "../base/wait-options.js";
export { Heap, type HeapOptions } from "../memory/heap.js";
export type { SharedHandle } from "../memory/shared-handle.js";
export type { JsonValue, Scalar, Shareable, ShareablePart } from "./json-text.js";
export type { EntryReader, MapReader, MapWriter, SharedKey } from "./map-reader.js";
export { MapSnapshot, SharedMap } from "./shared-map.js";
export { SharedVector, VectorSnapshot } from "./shared-vector.js";
export type { ContainerOptions, ReceiveOptions } from "./tenant.js";
