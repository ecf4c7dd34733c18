/** Evaluating one atom in an environment: the evaluator as embedding programs use it. */

import type { Environment } from "../environment/environment.js";
import type { Atom, SpaceAtom } from "../term/atom.js";
import { EvaluationContext, type Host, type Limits } from "./context.js";
import { withoutErrors } from "./forms/collect.js";
import { interpret } from "./interpret.js";
import type { Library } from "./library.js";
import { Frame, Machine, type StopReason } from "./machine.js";
import { Preparations } from "./prepared.js";
import { Query } from "./query-variables.js";
import { standardLibrary } from "./standard-library.js";
import { UNDEFINED } from "./type-names.js";

export interface EvaluateOptions extends Limits {
  /** The space that `&self` means; the environment's own unless given. */
  readonly space?: SpaceAtom;
  /** Operations and forms; the standard library unless given. */
  readonly library?: Library;
  /** Where the program's output goes; to the process's standard streams unless given. */
  readonly host?: Partial<Host>;
}

export interface Evaluation {
  /**
   * In the order in which they were found. Errors only if there is nothing else. Variables of the
   * query are the very objects it was given with; others have a number.
   */
  readonly results: readonly Atom[];
  /** "completed", or the limit that ended it; then `results` is what was found until then. */
  readonly stopped: StopReason;
  readonly steps: number;
}

/** Takes the results of an evaluation. */
class ResultFrame extends Frame {
  readonly results: Atom[] = [];
  readonly #query: Query;
  readonly #limit: number;

  constructor(query: Query, limit: number) {
    super(null);
    this.#query = query;
    this.#limit = limit;
  }

  resume(machine: Machine, value: Atom): void {
    this.results.push(this.#query.giveBack(value));
    if (this.results.length >= this.#limit) machine.stop("maxResults");
    else machine.fail();
  }
}

/** One evaluator serves any number of evaluations in a thread; it keeps what it has prepared. */
export class Evaluator {
  readonly library: Library;
  readonly #host: Host;
  readonly #preparations = new Preparations();

  constructor(library: Library = standardLibrary(), host: Partial<Host> = {}) {
    this.library = library;
    this.#host = {
      print: (text) => void process.stdout.write(text),
      trace: (text) => void process.stderr.write(text),
      random: Math.random,
      ...host,
    };
  }

  /**
   * Evaluates an atom; what it writes stays in the environment. Throws HeapExhaustedError and what an
   * operation throws that is no {@link OperationError}; writes done until then stay.
   */
  evaluate(
    environment: Environment,
    atom: Atom,
    limits: Limits = {},
    space: SpaceAtom | null = null,
    host: Partial<Host> = {},
  ): Evaluation {
    const context = new EvaluationContext(
      environment,
      space,
      this.library,
      { ...this.#host, ...host },
      limits,
      this.#preparations,
    );
    const machine = new Machine(context, interpret);
    const query = new Query(atom);
    const top = new ResultFrame(query, context.limits.maxResults);
    try {
      machine.evaluate(query.atom, UNDEFINED, top);
      machine.run();
      return {
        results: withoutErrors(top.results),
        stopped: machine.stopped,
        steps: machine.steps,
      };
    } finally {
      machine.close();
    }
  }
}

/** Evaluates an atom in an environment with an evaluator of its own; see {@link Evaluator.evaluate}. */
export function evaluate(
  environment: Environment,
  atom: Atom,
  options: EvaluateOptions = {},
): Evaluation {
  const evaluator = new Evaluator(options.library, options.host);
  return evaluator.evaluate(environment, atom, options, options.space ?? null);
}
