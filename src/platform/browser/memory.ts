/**
 * The memory of a page: shared where it may start threads, its thread's own where not.
 *
 * Nothing tells how full the JavaScript heap is without the garbage in it, so only the engine's own heap is measured.
 */
import type { Memory } from "../platform.js";
import { page } from "./globals.js";

export const memory: Memory = {
  reserve: (bytes) =>
    page.crossOriginIsolated === true
      ? new SharedArrayBuffer(bytes)
      : // Everything but waiting works on it as on shared memory.
        (new ArrayBuffer(bytes) as unknown as SharedArrayBuffer),
  defaultBytes: 2 ** 30,
  // Workers of Chromium have 500 KiB, of Safari 512.
  stackBytes: 480 * 1024,
  objects: () => ({ usedBytes: 0, limitBytes: Number.POSITIVE_INFINITY }),
  collect: () => undefined,
};
