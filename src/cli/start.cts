/** Starts the command, which the build puts at `dist/src/command/oxbow.js`: loads its chunks. */
const { requireChunk } = require("../platform/node/chunks.cjs") as ChunkLoader;

interface ChunkLoader {
  readonly requireChunk: (name: string) => unknown;
}

// A worker loads a library of its user's, which imports the package: both have to have the same modules.
if (process.argv[2] === "worker") void import("../cli/main.js");
else requireChunk("./main.js");
