/**
 * What piscina loads into a pool's thread, with `require`: loads the thread's modules without it. Node.js 20
 * ends the process if a thread is ended while it requires an ES module, and can fail to import a module
 * that it could not require.
 */
const evaluator = import("./evaluator.js");

/** As `serve` of the evaluator. */
async function serve(): Promise<void> {
  await (await evaluator).serve();
}

module.exports = { serve };
