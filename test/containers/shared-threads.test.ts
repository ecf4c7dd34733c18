import { test } from "vitest";
import { systemThread } from "../../dist/src/base/system-thread.js";
import { endWriters } from "./terminations.js";

/** Numbers from 0 to 1, the same in each run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// Elsewhere the system does not tell of a thread's end: there `recover` is called.
test.skipIf(systemThread() === 0)(
  "writers that are ended anywhere stop nobody else, though nobody is told",
  async () => {
    await endWriters(25, randomFrom(7));
  },
);
