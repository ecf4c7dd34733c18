/** Runs programs with a copy of the package, Node's or a browser's, and tells all that can be seen of them. */

/** Variables and spaces have names of their own wherever they are made. */
function show(oxbow, results) {
  return Array.from(results, (result) => oxbow.print(result))
    .join(", ")
    .replaceAll(/#\d+/g, "#")
    .replaceAll(/GroundingSpace-[\w.]+|#[\da-f]+\.[\da-f]+/g, "it");
}

/**
 * What each program gives, prints and leaves in its environment; an error is told by its code.
 *
 * @param how `sync`, `async` or `threads`, which is asynchronous on two threads, all of it
 */
export async function runPrograms(oxbow, programs, how) {
  const heap = oxbow.Heap.create({ maxBytes: 2 ** 28 });
  const pool =
    how === "threads" ? await oxbow.EvaluatorPool.create(heap, { threads: 2 }) : undefined;
  const seen = [];
  for (const program of programs) seen.push(await runProgram(oxbow, heap, program, how, pool));
  await pool?.close();
  return seen;
}

async function runProgram(oxbow, heap, { text, maxSteps }, how, pool) {
  const environment = oxbow.Environment.create(heap);
  let output = "";
  const print = (each) => (output += each);
  const evaluator = new oxbow.Evaluator({ host: { print, trace: print } });
  const lines = [];
  let failure = "";
  try {
    const limits = { maxSteps };
    const { outcomes } =
      how === "sync"
        ? evaluator.runProgramSync(environment, text, limits)
        : await evaluator.runProgram(
            environment,
            text,
            pool === undefined ? limits : { ...limits, pool },
          );
    for (const { results, stopped, line, column } of outcomes) {
      lines.push(`${line}:${column} [${show(oxbow, results)}] ${stopped}`);
    }
  } catch (error) {
    failure = error.code ?? String(error);
  }
  const atoms = show(oxbow, environment.atoms());
  environment.dispose();
  return { lines, output, failure, atoms };
}
