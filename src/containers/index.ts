/** `oxbow/containers`: a map and a vector that threads share, without the rest of the engine. */
export { Heap, type HeapHandle, type HeapOptions } from "../memory/heap.js";
export type { JsonValue, Scalar, Shareable, ShareablePart } from "./json-text.js";
export type { EntryReader, MapReader, MapWriter, SharedKey } from "./map-reader.js";
export { MapSnapshot, type SharedHandle, SharedMap } from "./shared-map.js";
export { SharedVector, VectorSnapshot } from "./shared-vector.js";
