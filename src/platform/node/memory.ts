/** The memory of a process: shared memory, and V8's heap. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Memory } from "../platform.js";

export const memory: Memory = {
  reserve: (bytes) => new SharedArrayBuffer(bytes),
  defaultBytes: 4 * 2 ** 30,
  // V8's default is 984 KiB.
  stackBytes: 960 * 1024,
  objects() {
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    return { usedBytes, limitBytes };
  },
  // V8 collects when it sees fit; triggering a collection needs a flag, which is reset at once.
  collect() {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    setFlagsFromString("--no-expose-gc");
    if (typeof collect === "function") collect();
  },
};
