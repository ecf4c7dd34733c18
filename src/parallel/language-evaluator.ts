/**
 * Evaluating with the whole language, the forms that fork included: the evaluator as embedding programs
 * get it. Without a pool the branches of a fork are evaluated one after the other, with the same results.
 *
 *   FE1  The functions that take no evaluator share one for each heap and library of a thread, so asking again
 *        finds what was prepared.
 */
import { asOptions, asText, type Checks, refuse } from "../base/arguments.js";
import { asEnvironment, type Environment, heapOf } from "../environment/environment.js";
import { type EvaluateOptions, Evaluator } from "../eval/evaluator/evaluator.js";
import { asLibrary, type Library } from "../eval/library/library.js";
import { LIMIT_CHECKS } from "../eval/limits/limits.js";
import { asHost } from "../eval/machine/evaluation-context.js";
import type { Evaluation } from "../eval/program/evaluation.js";
import type { Heap } from "../memory/heap.js";
import { asAtom, asSpace } from "../term/arguments.js";
import type { Atom } from "../term/atom.js";
import { parallelLibrary } from "./library.js";
import { isPool } from "./pools.js";
import {
  LazyRun,
  type ProgramRun,
  type RunOptions,
  type RunSummary,
  runSyncWith,
  runWith,
  SYNC_RUN_CHECKS,
  summaryOf,
} from "./run-program.js";

/** What one evaluation of an evaluator may use, and where it ends. */
export type EvaluatorOptions = Omit<EvaluateOptions, "library">;

/** How a program is run, and with what. */
export interface RunProgramOptions extends RunOptions, Pick<EvaluateOptions, "library"> {}

/** With what an evaluator evaluates. */
export interface EvaluatorParts extends Pick<EvaluateOptions, "library" | "host"> {}

const ACT = "evaluate";

const RUN_CHECKS: Checks<RunOptions> = {
  ...SYNC_RUN_CHECKS,
  pool: (act, pool) => (isPool(pool) ? pool : refuse(act, "a pool", pool)),
};
const PARTS: Checks<EvaluatorParts> = { library: asLibrary, host: asHost };
const EVALUATION: Checks<EvaluatorOptions> = { ...LIMIT_CHECKS, space: asSpace, host: asHost };
const FREE: Checks<EvaluateOptions> = { ...EVALUATION, library: asLibrary };

/** Serves any number of evaluations of a thread, and keeps what it has prepared. */
export class LanguageEvaluator {
  readonly #evaluator: Evaluator;

  /** With the whole language unless a library is given; `host` takes what programs print. Throws ERR_INVALID_ARGUMENT. */
  constructor(parts: EvaluatorParts = {}) {
    const { library = parallelLibrary(), host } = asOptions("make an evaluator", parts, PARTS);
    this.#evaluator = new Evaluator(library, host);
  }

  /** What its programs can call. */
  get library(): Library {
    return this.#evaluator.library;
  }

  /**
   * Evaluates an atom; what it writes stays in the environment. Throws HeapExhaustedError, and
   * ERR_ASYNCHRONOUS for an operation that answers later; writes done until then stay. What else an
   * operation throws is a result: see {@link Evaluation.failures}. ERR_INVALID_ARGUMENT for what is no
   * environment, no atom or no such option, ERR_RELEASED for a disposed environment.
   */
  evaluate(environment: Environment, atom: Atom, options: EvaluatorOptions = {}): Evaluation {
    check(environment, atom, options);
    return this.#evaluator.evaluate(environment, atom, options);
  }

  /**
   * As {@link evaluate}, with operations that answer later: a branch that waits for one lets the
   * others go on, and results come in the order of a sequential evaluation all the same. The event loop
   * gets its turn every few milliseconds, so a signal or a timer can end a long evaluation.
   */
  async evaluateAsync(
    environment: Environment,
    atom: Atom,
    options: EvaluatorOptions = {},
  ): Promise<Evaluation> {
    check(environment, atom, options);
    return await this.#evaluator.evaluateAsync(environment, atom, options);
  }

  /**
   * As {@link evaluateAsync}, each result as soon as it is found and only when it is asked for; errors
   * at the end, and only if there was nothing else. What the generator returns has no results.
   * Giving the generator up ends the evaluation.
   */
  stream(
    environment: Environment,
    atom: Atom,
    options: EvaluatorOptions = {},
  ): AsyncGenerator<Atom, Evaluation, undefined> {
    check(environment, atom, options);
    return this.#evaluator.stream(environment, atom, options);
  }

  /** Runs a program; see {@link runProgram}. */
  runProgram(environment: Environment, text: string, options: RunOptions = {}): ProgramRun {
    checkRun(environment, text, options, RUN_CHECKS);
    return new LazyRun(runWith(this.#evaluator, environment, text, options));
  }

  /** Runs a program at once; see {@link runProgramSync}. */
  runProgramSync(
    environment: Environment,
    text: string,
    options: Omit<RunOptions, "pool"> = {},
  ): RunSummary {
    checkRun(environment, text, options, SYNC_RUN_CHECKS);
    return summaryOf([...runSyncWith(this.#evaluator, environment, text, options)]);
  }
}

function check(environment: Environment, atom: Atom, options: EvaluatorOptions): void {
  asEnvironment(ACT, environment);
  asAtom(ACT, atom);
  asOptions(ACT, options, EVALUATION);
}

function checkRun<Options extends object>(
  environment: Environment,
  text: string,
  options: Options,
  checks: Checks<Options>,
): void {
  const act = "run a program";
  asEnvironment(act, environment);
  asText(act, text);
  asOptions(act, options, checks);
}

const COMPANION = "language-evaluators";

/** The shared evaluators of a heap (FE1). */
class SharedEvaluators {
  readonly #ofLibrary = new WeakMap<Library, LanguageEvaluator>();
  #standard: LanguageEvaluator | undefined;

  static of(heap: Heap): SharedEvaluators {
    const known = heap.companions.get(COMPANION);
    if (known !== undefined) return known as SharedEvaluators;
    const made = new SharedEvaluators();
    heap.companions.set(COMPANION, made);
    return made;
  }

  for(library: Library | undefined): LanguageEvaluator {
    if (library === undefined) return (this.#standard ??= new LanguageEvaluator());
    const known = this.#ofLibrary.get(library);
    if (known !== undefined) return known;
    const made = new LanguageEvaluator({ library });
    this.#ofLibrary.set(library, made);
    return made;
  }
}

/** The evaluator for a call, and the options that are left for it. */
function shared(
  environment: Environment,
  options: EvaluateOptions,
): { readonly evaluator: LanguageEvaluator; readonly rest: EvaluatorOptions } {
  const heap = heapOf(asEnvironment(ACT, environment));
  const { library, ...rest } = asOptions(ACT, options, FREE);
  return { evaluator: SharedEvaluators.of(heap).for(library), rest };
}

/** Evaluates an atom in an environment; see {@link LanguageEvaluator.evaluate}. */
export function evaluate(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): Evaluation {
  const { evaluator, rest } = shared(environment, options);
  return evaluator.evaluate(environment, atom, rest);
}

/** As {@link evaluate}, with operations that answer later; see {@link LanguageEvaluator.evaluateAsync}. */
export async function evaluateAsync(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const { evaluator, rest } = shared(environment, options);
  return await evaluator.evaluateAsync(environment, atom, rest);
}

/** Results one by one as they are found; see {@link LanguageEvaluator.stream}. */
export function evaluateStream(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): AsyncGenerator<Atom, Evaluation, undefined> {
  const { evaluator, rest } = shared(environment, options);
  return evaluator.stream(environment, atom, rest);
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
  checkRun(environment, text, options, { ...RUN_CHECKS, library: asLibrary });
  const { library = options.pool?.site.library, ...rest } = options;
  return SharedEvaluators.of(heapOf(environment)).for(library).runProgram(environment, text, rest);
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
  checkRun(environment, text, options, { ...SYNC_RUN_CHECKS, library: asLibrary });
  const { library, ...rest } = options;
  return SharedEvaluators.of(heapOf(environment))
    .for(library)
    .runProgramSync(environment, text, rest);
}
