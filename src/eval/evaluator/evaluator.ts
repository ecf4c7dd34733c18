/** Evaluating one atom in an environment: the evaluator as embedding programs use it. */

import { type Environment, heapOf } from "../../environment/environment.js";
import { platform } from "../../platform/current.js";
import type { Atom, Expression, SpaceAtom } from "../../term/atom.js";
import { isError } from "../language/error-atom.js";
import type { Library } from "../library/library.js";
import { wholeAllowance } from "../limits/budget.js";
import type { Limits } from "../limits/limits.js";
import { EvaluationContext, type Host, type PartAllowance } from "../machine/evaluation-context.js";
import { Machine } from "../machine/machine.js";
import { withoutErrors } from "../machine/part-errors.js";
import { Query } from "../machine/query-variables.js";
import { ResultFrame } from "../machine/result-frame.js";
import { tellSteps } from "../machine/step-count.js";
import type { Evaluation, PartEvaluation } from "../program/evaluation.js";
import { begin, checksTypes, interpreterFor, typeErrors } from "../program/pragmas.js";
import { Preparations } from "../rules/prepared.js";
import { AsyncRun } from "./async-run.js";
import { standardLibrary } from "./standard-library.js";

/** What an evaluation may use, and where it ends. */
export interface EvaluateOptions extends Limits {
  /** The space that `&self` denotes. Default: the environment's own. */
  readonly space?: SpaceAtom;
  /** Operations and forms. Default: the standard library. */
  readonly library?: Library;
  /** Where the program's output goes. Default: the process's standard streams, a page's console. */
  readonly host?: Partial<Host>;
}

/** How one expression is evaluated by an evaluator. */
interface EvaluatorOptions extends Omit<EvaluateOptions, "library"> {
  /** {@link Allowance.programFolder}. */
  readonly folder?: string | undefined;
}

/** One evaluator serves any number of evaluations in a thread; it caches what it has prepared. */
export class Evaluator {
  readonly library: Library;
  /** Where the output of its evaluations goes, unless one is given another. @internal */
  readonly host: Host;
  readonly #preparations: Preparations;

  /** @param preparations those of another evaluator with the same library. */
  constructor(
    library: Library = standardLibrary(),
    host: Partial<Host> = {},
    preparations: Preparations = new Preparations(),
  ) {
    this.library = library;
    this.#preparations = preparations;
    this.host = {
      print: platform.output.print,
      trace: platform.output.trace,
      random: Math.random,
      ...host,
    };
  }

  /**
   * Evaluates an atom; what it writes stays in the environment. Throws HeapExhaustedError, and
   * ERR_ASYNCHRONOUS for an operation that answers later; writes done until then stay. Anything else an
   * operation throws becomes a result: see {@link Evaluation.failures}.
   */
  evaluate(environment: Environment, atom: Atom, options: EvaluatorOptions = {}): Evaluation {
    const { space, host, folder } = options;
    const allowance = wholeAllowance(heapOf(environment), options, folder);
    try {
      const { results, stopped, steps, failures } = this.evaluatePart(
        environment,
        atom,
        allowance,
        space,
        this.#hostWith(host),
      );
      return { results, stopped, steps, failures };
    } finally {
      allowance.budget.close();
    }
  }

  /** As {@link evaluate}, a part of an evaluation, within what the whole may use. @internal */
  evaluatePart(
    environment: Environment,
    atom: Atom,
    allowance: PartAllowance,
    space: SpaceAtom | null = null,
    host: Host = this.host,
  ): PartEvaluation {
    const context = this.#context(environment, allowance, space, host);
    const machine = new Machine(context, interpreterFor(environment));
    const query = new Query(atom);
    const top = new ResultFrame(query, allowance.maxResults);
    try {
      begin(machine, query.atom, top);
      top.checkRoom(machine);
      machine.checkLimits();
      machine.run();
      const found = top.inOrder();
      const { results, stopped, steps, failures } = summary(machine, query, withoutErrors(found));
      return { results, stopped, steps, failures, hadErrors: found.some(isError) };
    } finally {
      machine.close();
      context.end();
    }
  }

  /**
   * As {@link evaluate}, with operations that answer later: a branch that waits for one lets the
   * others continue, and results come in the order of a sequential evaluation all the same. The event loop
   * gets its turn every few milliseconds, so a signal or a timer can end a long evaluation.
   */
  async evaluateAsync(
    environment: Environment,
    atom: Atom,
    options: EvaluatorOptions = {},
  ): Promise<Evaluation> {
    const query = new Query(atom);
    const run = this.#asyncRun(query, environment, options);
    for await (const _result of run.results());
    return summary(run.machine, query, withoutErrors(run.top.inOrder()));
  }

  /**
   * As {@link evaluateAsync}, yielding each result as soon as it is found, and computing it only on request; errors
   * come at the end, and only if there was nothing else. The returned evaluation has no results.
   * Leaving the generator ends the evaluation.
   */
  async *stream(
    environment: Environment,
    atom: Atom,
    options: EvaluatorOptions = {},
  ): AsyncGenerator<Atom, Evaluation, undefined> {
    const query = new Query(atom);
    const run = this.#asyncRun(query, environment, options);
    const errors: Atom[] = [];
    let isGood = false;
    for await (const result of run.results()) {
      // Not kept: a stream may be endless.
      run.top.forget();
      if (isError(result)) {
        if (!isGood) errors.push(result);
        continue;
      }
      isGood = true;
      yield result;
    }
    if (!isGood) yield* withoutErrors(errors);
    return summary(run.machine, query, []);
  }

  /**
   * Why an atom may not be added to a space: its type errors, if the program has set the pragma
   * `type-check auto` and the atom has no right type; otherwise none.
   * @internal
   */
  typeErrors(
    environment: Environment,
    atom: Atom,
    space: SpaceAtom | null = null,
  ): readonly Atom[] {
    if (!checksTypes(environment)) return [];
    const allowance = wholeAllowance(heapOf(environment), {});
    return typeErrors(this.#context(environment, allowance, space), atom);
  }

  #asyncRun(
    query: Query,
    environment: Environment,
    { space, host, folder, ...limits }: EvaluatorOptions,
  ): AsyncRun {
    const allowance = wholeAllowance(heapOf(environment), limits, folder);
    const context = this.#context(environment, allowance, space, this.#hostWith(host));
    return new AsyncRun(context, query);
  }

  /** The evaluator's own host, but for what is given. */
  #hostWith(host: Partial<Host> | undefined): Host {
    return host === undefined ? this.host : { ...this.host, ...host };
  }

  #context(
    environment: Environment,
    allowance: PartAllowance,
    space: SpaceAtom | null = null,
    host: Host = this.host,
  ): EvaluationContext {
    const { library } = this;
    const preparations = this.#preparations;
    const equipment = { library, host, preparations };
    return new EvaluationContext(environment, space, equipment, allowance);
  }
}

function summary(machine: Machine, query: Query, results: readonly Atom[]): Evaluation {
  const failures = machine.context.failures.map(({ atom, cause }) => ({
    atom: query.giveBack(atom) as Expression,
    cause,
  }));
  const { budget, depth } = machine.context.allowance;
  tellSteps(machine);
  // Of parts that were given up only the budget knows.
  const steps = depth === 0 ? budget.steps : machine.steps;
  return { results, stopped: machine.stopped, steps, failures };
}
