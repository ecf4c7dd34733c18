/**
 * Running a program with an evaluator: on this thread, waiting for operations that answer later or not, or ahead on
 * the threads of a pool. What a program means is said in eval/program/program.ts, for all of them.
 */
import { asFunction, asText, type Checks } from "../base/arguments.js";
import { type Environment, heapOf } from "../environment/environment.js";
import type { Evaluator } from "../eval/evaluator/evaluator.js";
import { isError } from "../eval/language/error-atom.js";
import { type Limits, limitValues, THREAD_LIMIT_CHECKS } from "../eval/limits/limits.js";
import { asHost, type Host } from "../eval/machine/evaluation-context.js";
import type { Evaluation } from "../eval/program/evaluation.js";
import { Program, type RunOutcome, type TextOptions } from "../eval/program/program.js";
import {
  evaluateWhole,
  evaluateWholeAsync,
  runSteps,
  runStepsAsync,
} from "../eval/program/program-run.js";
import { setProgramFolder } from "../eval/settings/folders.js";
import { asFiles, giveFiles } from "../eval/settings/given-files.js";
import type { Atom } from "../term/atom.js";
import { type AheadOptions, type AheadPool, runAhead } from "./ahead.js";
import { siteOf } from "./library-site.js";
import type { EvaluatorPool } from "./pool.js";
import { throwIfAborted } from "./stop.js";

/**
 * How a program is run. A limit holds for each `!`, and one that it stops has written nothing (but for
 * `maxResults`); the signal ends the run.
 */
export interface RunOptions extends Omit<Limits, "isInterrupted"> {
  /** What messages and outcomes call the text; "program" unless given. */
  readonly source?: string;
  /**
   * The program's folder: where the paths of `import!`, `include` and their kin begin. Files in it and below may
   * be read by them without a permission. If not given, paths begin where the environment's last program has
   * said or in the process's own folder, and only the library's permissions count.
   */
  readonly folder?: string;
  /**
   * Texts by path, `{ "rivers.metta": "(into Inn Danube)" }`: files of the program's folder that `import!`, `include` and their
   * kin find before any others, on every thread and without a permission. The environment keeps them; a text under the same
   * path takes the place of the one before.
   */
  readonly files?: Readonly<Record<string, string>>;
  /**
   * Threads that evaluate consecutive `!` at the same time, with the outcomes of one after the other.
   * Operations must answer at once, and one that changes the world outside may be called more often than its `!` stands there.
   */
  readonly pool?: EvaluatorPool;
  /** Where the program's output goes; where the evaluator's goes unless given. */
  readonly host?: Partial<Host>;
  /** Told now and then how many characters of how many have been read. */
  readonly onProgress?: (read: number, total: number) => void;
}

/** What each option of a run has to be that is there at once. */
export const SYNC_RUN_CHECKS: Checks<Omit<RunOptions, "pool">> = {
  ...THREAD_LIMIT_CHECKS,
  source: asText,
  folder: asText,
  files: asFiles,
  host: asHost,
  onProgress: asFunction,
};

/** What only the engine's own callers need. */
export interface OwnRunOptions
  extends Omit<RunOptions, "pool">,
    Pick<Limits, "isInterrupted">,
    Pick<TextOptions, "onAtom">,
    Pick<AheadOptions, "onBranch" | "hereMs" | "blocks"> {
  readonly pool?: AheadPool | undefined;
  /** Is shown what is there before each `!` that is to be evaluated on this thread. */
  readonly onEvaluating?: (before: Environment, query: Atom) => void;
  /** Is shown what was there before each `!` that was evaluated on this thread. */
  readonly onEvaluated?: (before: Environment, query: Atom, evaluation: Evaluation) => void;
}

/** All that a program gave. */
export interface RunSummary {
  /** One for each `!`, in source order, and for each atom that was not added because of its types. */
  readonly outcomes: readonly RunOutcome[];
  /** How many of them have an `Error` among their results. */
  readonly errors: number;
  /** How many of them did not come to their end. */
  readonly stopped: number;
}

/**
 * A program to be run. Awaiting it runs it and gives its {@link RunSummary}; iterating over it gives each outcome as it
 * comes, when the environment holds what was done so far, and leaving the loop ends the run. It is run once, and
 * not before somebody does either.
 */
export interface ProgramRun extends AsyncIterable<RunOutcome>, PromiseLike<RunSummary> {}

/* oxlint-disable unicorn/no-thenable -- a run is there to be awaited */
/** A run of what the outcomes come from. */
export class LazyRun implements ProgramRun {
  readonly #outcomes: AsyncGenerator<RunOutcome, void, undefined>;
  #summary: Promise<RunSummary> | null = null;

  constructor(outcomes: AsyncGenerator<RunOutcome, void, undefined>) {
    this.#outcomes = outcomes;
  }

  [Symbol.asyncIterator](): AsyncIterator<RunOutcome, void, undefined> {
    return this.#outcomes;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is there to be awaited.
  then<Kept = RunSummary, Failed = never>(
    onKept?: ((summary: RunSummary) => Kept | PromiseLike<Kept>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Kept | Failed> {
    this.#summary ??= this.#drain();
    return this.#summary.then(onKept, onFailed);
  }

  async #drain(): Promise<RunSummary> {
    const outcomes: RunOutcome[] = [];
    for await (const outcome of this.#outcomes) outcomes.push(outcome);
    return summaryOf(outcomes);
  }
}

/** What outcomes come to. */
export function summaryOf(outcomes: readonly RunOutcome[]): RunSummary {
  return {
    outcomes,
    errors: outcomes.filter(({ results }) => results.some(isError)).length,
    stopped: outcomes.filter(({ stopped }) => stopped !== "completed").length,
  };
}

/** Reads the text, and adds what stands before the first `!`. */
function readProgram(
  evaluator: Evaluator,
  environment: Environment,
  text: string,
  options: OwnRunOptions,
): Program {
  const place = { environment, space: null, library: evaluator.library };
  const program = new Program(place, text, options, (atom) =>
    evaluator.typeErrors(environment, atom),
  );
  if (options.folder !== undefined) setProgramFolder(environment, options.folder);
  if (options.files !== undefined) giveFiles(environment, options.files);
  return program;
}

/** Runs a program on this thread at once. Throws ERR_SYNTAX before anything is added, and see {@link runWith}. */
export function* runSyncWith(
  evaluator: Evaluator,
  environment: Environment,
  text: string,
  options: OwnRunOptions,
): Generator<RunOutcome, void, undefined> {
  const { signal, onEvaluating, onEvaluated } = options;
  throwIfAborted(signal);
  const program = readProgram(evaluator, environment, text, options);
  yield* runSteps(program, (atom) =>
    evaluateWhole(environment, (before) => {
      onEvaluating?.(before, atom);
      const evaluation = evaluator.evaluate(environment, atom, options);
      throwIfAborted(signal);
      onEvaluated?.(before, atom, evaluation);
      return evaluation;
    }),
  );
}

/**
 * Runs a program as its options say. Throws ERR_SYNTAX before anything is added, ERR_FILE behind the
 * outcome of an import that failed, ERR_ABORTED, HeapExhaustedError, and what the pool throws.
 */
export function runWith(
  evaluator: Evaluator,
  environment: Environment,
  text: string,
  options: OwnRunOptions,
): AsyncGenerator<RunOutcome, void, undefined> {
  const { pool } = options;
  return pool === undefined
    ? runHere(evaluator, environment, text, options)
    : runOnPool(pool, evaluator, environment, text, options);
}

async function* runHere(
  evaluator: Evaluator,
  environment: Environment,
  text: string,
  options: OwnRunOptions,
): AsyncGenerator<RunOutcome, void, undefined> {
  throwIfAborted(options.signal);
  const program = readProgram(evaluator, environment, text, options);
  yield* runStepsAsync(program, (atom) => evaluateHere(evaluator, environment, atom, options));
}

/** On this thread, wholly or not at all, with turns for the event loop. */
function evaluateHere(
  evaluator: Evaluator,
  environment: Environment,
  atom: Atom,
  options: OwnRunOptions,
): Promise<Evaluation> {
  const { signal, onEvaluating, onEvaluated } = options;
  return evaluateWholeAsync(environment, async (before) => {
    onEvaluating?.(before, atom);
    const evaluation = await evaluator.evaluateAsync(environment, atom, options);
    throwIfAborted(signal);
    onEvaluated?.(before, atom, evaluation);
    return evaluation;
  });
}

async function* runOnPool(
  pool: AheadPool,
  evaluator: Evaluator,
  environment: Environment,
  text: string,
  options: OwnRunOptions,
): AsyncGenerator<RunOutcome, void, undefined> {
  const { signal, folder = null, host, onBranch, hereMs, blocks, isInterrupted } = options;
  throwIfAborted(signal);
  const limits = limitValues(options);
  const program = readProgram(evaluator, environment, text, options);
  const site = siteOf(heapOf(environment), evaluator, folder);
  const whole = { ...evaluator.host, ...host };
  const print = (printed: string): void => whole.print(printed);
  const evaluateAlone = (atom: Atom): Promise<Evaluation> =>
    evaluateHere(evaluator, environment, atom, options);
  const ahead = { limits, signal, print, onBranch, hereMs, blocks, isInterrupted, evaluateAlone };
  yield* runAhead(site, pool, environment, program, ahead);
}
