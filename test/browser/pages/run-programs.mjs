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
 * @param how `sync`, `async` or `threads`, which is asynchronous with two threads
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

/**
 * Evaluates expressions one after the other, each from the environment that the one before left.
 *
 * @param threads that evaluate them and share every fork in them; 0 for none but the caller's.
 */
export async function runExpressions(oxbow, base, programs, threads) {
  const heap = oxbow.Heap.create({ maxBytes: 2 ** 28 });
  const pool =
    threads > 0 ? await oxbow.EvaluatorPool.create(heap, { threads, heartbeatMs: 0 }) : undefined;
  const seen = [];
  for (const program of programs) {
    const environment = oxbow.Environment.create(heap);
    oxbow.runProgramSync(environment, base);
    seen.push(
      await linesOf(
        oxbow,
        environment,
        oxbow.parse(program).map(({ atom }) => atom),
        pool,
      ),
    );
    environment.dispose();
  }
  const counters = pool?.stats().threads ?? [];
  await pool?.close();
  return { seen, working: counters.filter(({ tasks }) => tasks > 0).length };
}

async function linesOf(oxbow, environment, expressions, pool) {
  const lines = [];
  for (const atom of expressions) {
    let output = "";
    const print = (text) => (output += text);
    if (pool === undefined) {
      const { results } = oxbow.evaluate(environment, atom, { host: { print, trace: print } });
      lines.push(`${output}[${show(oxbow, results)}]`);
      continue;
    }
    const answer = await pool.evaluateAll(environment, [atom]);
    const [branch] = answer.branches;
    lines.push(`${branch.output}[${show(oxbow, branch.results)}]`);
    environment.assign(answer.environment);
    answer.environment.dispose();
  }
  return lines;
}
