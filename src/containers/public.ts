/** `oxbow/containers`: a map and a vector that threads share, without the rest of the engine. */
export { Heap, type HeapHandle, type HeapOptions } from "../memory/heap.js";
export type { JsonValue } from "./json.js";
export {
  type MapReader,
  MapSnapshot,
  type MapWriter,
  type SharedHandle,
  type SharedKey,
  SharedMap,
} from "./shared-map.js";
export { SharedVector, VectorSnapshot } from "./shared-vector.js";
