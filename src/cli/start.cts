/** Starts the command, which the build puts at `dist/src/command/oxbow.js`: loads its chunks. */
const { requireChunk } = require("../platform/node/chunks.cjs") as ChunkLoader;

interface ChunkLoader {
  readonly requireChunk: (name: string) => unknown;
}

requireChunk("./main.js");
