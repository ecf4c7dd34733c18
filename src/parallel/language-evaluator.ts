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

/** An {@link Evaluator} that knows the whole language unless it is given a library. */
export class LanguageEvaluator extends Evaluator {
  constructor(library: Library = parallelLibrary(), host: Partial<Host> = {}) {
    super(library, host);
  }
}

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
