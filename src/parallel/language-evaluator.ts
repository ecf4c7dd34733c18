/**
 * Evaluating with the whole language, the forms that fork included: the evaluator as embedding programs
 * get it. Without a pool the branches of a fork are evaluated one after another, with the same results.
 */
import type { Environment } from "../environment/environment.js";
import type { Host } from "../eval/evaluation-context.js";
import {
  type EvaluateOptions,
  type Evaluation,
  Evaluator,
  evaluateAsync as evaluateAsyncWith,
  evaluateStream as evaluateStreamWith,
  evaluate as evaluateWith,
} from "../eval/evaluator.js";
import type { Library } from "../eval/library.js";
import type { Atom } from "../term/atom.js";
import { parallelLibrary } from "./library.js";
import {
  LazyRun,
  type ProgramRun,
  type RunOptions,
  type RunSummary,
  runSyncWith,
  runWith,
  summaryOf,
} from "./run-program.js";

/** An {@link Evaluator} that knows the whole language unless it is given a library. */
export class LanguageEvaluator extends Evaluator {
  constructor(library: Library = parallelLibrary(), host: Partial<Host> = {}) {
    super(library, host);
  }

  /** Runs a program; see {@link runProgram}. */
  runProgram(environment: Environment, text: string, options: RunOptions = {}): ProgramRun {
    return new LazyRun(runWith(this, environment, text, options));
  }

  /** Runs a program at once; see {@link runProgramSync}. */
  runProgramSync(
    environment: Environment,
    text: string,
    options: Omit<RunOptions, "pool"> = {},
  ): RunSummary {
    return summaryOf([...runSyncWith(this, environment, text, options)]);
  }
}

/** How a program is run, and with what. */
export interface RunProgramOptions extends RunOptions, Pick<EvaluateOptions, "library" | "host"> {}

function withLibrary(options: EvaluateOptions): EvaluateOptions {
  return options.library === undefined ? { ...options, library: parallelLibrary() } : options;
}

/**
 * Evaluates an atom in an environment with an evaluator of its own; see {@link Evaluator.evaluate}. For many
 * questions make one `Evaluator`: it keeps what it has prepared.
 */
export function evaluate(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): Evaluation {
  return evaluateWith(environment, atom, withLibrary(options));
}

/** As {@link evaluate}, with operations that answer later; see {@link Evaluator.evaluateAsync}. */
export function evaluateAsync(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  return evaluateAsyncWith(environment, atom, withLibrary(options));
}

/** Results one by one as they are found; see {@link Evaluator.stream}. */
export function evaluateStream(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): AsyncGenerator<Atom, Evaluation, undefined> {
  return evaluateStreamWith(environment, atom, withLibrary(options));
}

/**
 * Runs a MeTTa program in an environment: its atoms are added, and each `!` is evaluated where it stands. `bind!`,
 * `import!` and pragmas hold for what follows, and stay in the environment.
 *
 *     const { outcomes, errors } = await runProgram(environment, text, { folder: "rules" });
 *     for await (const { line, results } of runProgram(environment, text)) console.log(line, results);
 *
 * It begins when it is awaited or iterated over. Fails with `ERR_SYNTAX` before anything is added or evaluated,
 * with `ERR_FILE` behind the outcome of an import that failed, with `ERR_ABORTED` when its signal says so, with what the pool
 * fails with, and with HeapExhaustedError; the environment then holds what was done until the last outcome.
 */
export function runProgram(
  environment: Environment,
  text: string,
  options: RunProgramOptions = {},
): ProgramRun {
  const library = options.library ?? options.pool?.site.library;
  return new LanguageEvaluator(library, options.host).runProgram(environment, text, options);
}

/**
 * As {@link runProgram}, at once: the event loop stands still meanwhile, and operations that answer later are
 * `ERR_ASYNCHRONOUS`.
 */
export function runProgramSync(
  environment: Environment,
  text: string,
  options: Omit<RunProgramOptions, "pool"> = {},
): RunSummary {
  const evaluator = new LanguageEvaluator(options.library, options.host);
  return evaluator.runProgramSync(environment, text, options);
}
