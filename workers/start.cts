/**
 * What piscina loads into a pool's thread, with `require`: loads the thread's modules.
 *
 * A thread with the whole language has them from the chunks that the build makes: one by one they take ten times as long to
 * load. A library module makes its library with the classes of the package that it imports itself, so its thread has these.
 * They are imported, and not required: Node.js 20 ends the process if a thread is ended while it requires an ES module,
 * and can fail to import a module that it could not require.
 */
const { workerData } = require("node:worker_threads") as typeof import("node:worker_threads");
const { requireChunk } = require("../src/platform/node/chunks.cjs") as ChunkLoader;

interface ChunkLoader {
  readonly requireChunk: (name: string) => unknown;
}

type EvaluatorThread = typeof import("./evaluator.js");

const evaluator: EvaluatorThread | Promise<EvaluatorThread> =
  workerData.module === undefined
    ? (requireChunk("./thread.js") as EvaluatorThread)
    : import("./evaluator.js");

/** As `serve` of the evaluator. */
async function serve(): Promise<void> {
  await (await evaluator).serve();
}

module.exports = { serve };
