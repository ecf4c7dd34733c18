import { test } from "vitest";
import { systemThread } from "../../dist/src/platform/node/system-thread.js";
import { endWriters, randomFrom } from "./terminations.js";

// Elsewhere the system does not tell of a thread's end: there `recover` is called.
test.skipIf(systemThread() === 0)(
  "writers that are ended anywhere stop nobody else, though nobody is told",
  async () => {
    await endWriters(25, randomFrom(7));
  },
);
