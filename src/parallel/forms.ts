/**
 * The forms of the language that fork: each evaluates its branches on clones of the environment and
 * joins them before it continues, in the branches' order.
 *
 *     (hyperpose (a b …))          every result of every branch, one alternative each, as superpose
 *     (hyperpose (match s p t))    the same, a branch for each match
 *     (par a b …)                  the tuple of the branches' results
 *     (race a b …)                 the results of the first branch that has one
 *     (with-mutex name a)          its results; no other thread is inside the mutex of that name meanwhile
 *     (transaction a)              its results; what it wrote only if no alternative gives an Error
 *
 * A branch gets its atom with every bound variable replaced, and variables that it binds are its own:
 * what comes back are values. A value is not evaluated again after the join, so it cannot be reduced
 * by what another branch wrote.
 */

import type { Environment } from "../environment/environment.js";
import { match, matchIn } from "../eval/forms/match.js";
import { errorAtom, isError } from "../eval/language/error-atom.js";
import { ATOM, UNDEFINED } from "../eval/language/type-names.js";
import { NO_LIMITS } from "../eval/limits/limits.js";
import { hasStack } from "../eval/limits/stack.js";
import { giveEach } from "../eval/machine/alternatives.js";
import { collectEach, ThenFrame } from "../eval/machine/collecting.js";
import { ChoicePoint, type Frame, type Machine } from "../eval/machine/machine.js";
import { overtakenError } from "../eval/machine/part-errors.js";
import { ResultFrame } from "../eval/machine/result-frame.js";
import { type FormStep, form, type SpecialForm } from "../eval/machine/special-form.js";
import { addSteps, tellSteps } from "../eval/machine/step-count.js";
import {
  type Atom,
  EXPRESSION,
  Expression,
  expression,
  SPACE,
  SYMBOL,
  UNIT,
} from "../term/atom.js";
import { print } from "../term/printer.js";
import { dereference, renameFresh, resolve } from "../term/resolve.js";
import { joinInto } from "./join.js";
import { branchOf } from "./library-site.js";
import type { BranchOutcome } from "./outcome.js";
import { disposeResults } from "./pool-call.js";
import type { ForkResult } from "./site.js";
import { toldAtOnce } from "./told-at-once.js";

const MATCH_PARTS = 4;
/** `par` gives at most this many tuples. */
const TUPLE_LIMIT = 1_000_000;

/**
 * Forks the evaluation that `machine` is in, and goes on with `then` after the join: what joined wrote is
 * the caller's. Of a fork in which the evaluation has to end nothing is left, and `then` is not called.
 *
 * @param frame what the branches' results are given to.
 */
function fork(
  machine: Machine,
  atoms: readonly Atom[],
  frame: Frame | null,
  then: (joined: ForkResult) => void,
  isRace = false,
): void {
  tellSteps(machine);
  machine.checkLimits();
  const { allowance } = machine.context;
  if (!machine.running || !mayFork(machine, atoms.length)) return;
  let result: ForkResult;
  try {
    result = join(machine, atoms, frame, isRace);
  } finally {
    allowance.budget.endBranches(atoms.length);
  }
  const { outcomes, environments } = result;
  // An interruption of a branch ends the whole evaluation: without its branches' results it has none.
  addSteps(
    machine,
    outcomes.reduce((sum, { steps }) => sum + steps, 0),
  );
  if (!machine.running) {
    disposeAll(environments);
    disposeResults(outcomes);
    return;
  }
  for (const { output } of outcomes) if (output !== "") machine.context.print(output);
  if (outcomes.some(isCut)) machine.push(new Cut());
  then(result);
}

/** Whether a fork may begin; if not, the evaluation has to end. Its branches count from then on. */
function mayFork(machine: Machine, count: number): boolean {
  const { budget, depth } = machine.context.allowance;
  const isTooDeep = depth >= budget.limits.maxForkDepth || !hasStack(depth);
  if (isTooDeep) machine.stop(budget.stop("maxForkDepth"));
  else if (!budget.beginBranches(count)) machine.checkLimits();
  return machine.running;
}

function join(
  machine: Machine,
  atoms: readonly Atom[],
  frame: Frame | null,
  isRace: boolean,
): ForkResult {
  const { context } = machine;
  const { environment } = context;
  const { allowance, space } = context;
  const branch = branchOf(context);
  // Results that nothing else is done with are the whole's: it wants no more of a branch than of them all.
  const maxResults = frame instanceof ResultFrame ? frame.room : Number.POSITIVE_INFINITY;
  const seed = branch.nextForkSeed();
  // What branches give that are told at once is what they would give each (TA1), but for a limit of results.
  const isWhole = maxResults === Number.POSITIVE_INFINITY && !isRace;
  const told = isWhole ? toldAtOnce(machine, atoms) : null;
  if (told !== null) return told;
  return branch.fork.join({
    environment,
    atoms: atoms.map((atom) => renameFresh(resolve(atom))),
    space,
    budget: allowance.budget,
    limits: { ...NO_LIMITS, maxResults },
    depth: allowance.depth + 1,
    seed,
    tables: machine.branches.tabling?.known ?? allowance.tables ?? null,
    isRace,
    isInterrupted: () => context.isStopped(),
  });
}

/** Whether a branch has given as many results as the whole evaluation wants, and may have more. */
function isCut({ status, stopped }: BranchOutcome): boolean {
  return status === "stopped" && stopped === "maxResults";
}

/** Lies below the results of branches that may have more: the whole does not complete with them. */
class Cut extends ChoicePoint {
  retry(machine: Machine): boolean {
    machine.stop("maxResults");
    return true;
  }
}

/**
 * Branches' results as alternatives of the evaluation that forked them. Where a branch had errors beside its results there
 * is one more, which is none of the results of the whole either, but counts for a transaction around it.
 */
function alternativesOf(outcomes: readonly BranchOutcome[]): Atom[] {
  return [...outcomes.flatMap(valuesOf), ...hiddenErrors(outcomes)];
}

function hiddenErrors(outcomes: readonly BranchOutcome[]): Atom[] {
  const isHidden = outcomes.some(({ hadErrors, results }) => hadErrors && !results.some(isError));
  return isHidden ? [HIDDEN_ERROR] : [];
}

const HIDDEN_ERROR = overtakenError(errorAtom(UNIT, "a branch gave an error beside its results"));

/** A branch's results as values of the evaluation that forked it. */
function valuesOf({ results }: BranchOutcome): Atom[] {
  return results.map(asValue);
}

function asValue(result: Atom): Atom {
  if (result.tag !== EXPRESSION || result.children.length === 0 || isError(result)) return result;
  if (!result.ground) return renameFresh(result);
  const value = new Expression(result.children);
  value.evaluated = true;
  return value;
}

/** Joins a fork and continues with each result of each branch. */
function superposeBranches(machine: Machine, atoms: readonly Atom[], frame: Frame | null): void {
  fork(machine, atoms, frame, ({ outcomes, environments }) => {
    joinInto(machine.context.environment, environments);
    giveEach(machine, alternativesOf(outcomes), frame);
  });
}

const hyperpose: SpecialForm = form({
  name: "hyperpose",
  type: "(-> Expression %Undefined%)",
  summary:
    "As superpose, each alternative evaluated on a clone of the space, on several threads; (hyperpose (match …)) has a branch for each match.",
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    const branches = dereference(call.children[1]!);
    if (branches.tag !== EXPRESSION) {
      machine.give(errorAtom(resolve(call), "hyperpose expects a tuple of branches"), frame);
    } else if (isMatch(machine, branches)) {
      splitMatch(machine, branches, frame);
    } else {
      superposeBranches(machine, branches.children, frame);
    }
  },
});

function isMatch({ context }: Machine, { children }: Expression): boolean {
  if (children.length !== MATCH_PARTS) return false;
  const head = dereference(children[0]!);
  const found = head.tag === SYMBOL ? context.registry.find(head) : undefined;
  return found?.kind === "form" && found.form === match;
}

/** A branch for each match: its template, which to the type `Atom` is not evaluated here. */
function splitMatch(machine: Machine, call: Expression, frame: Frame | null): void {
  const search = new ThenFrame(frame, (_machine, value, parent) => {
    collectEach(
      machine,
      (each) => matchIn(machine, value, call, ATOM, each),
      resolve,
      (templates) => superposeBranches(machine, templates, parent),
    );
  });
  const where = dereference(call.children[1]!);
  if (where.tag === SPACE) search.resume(machine, where);
  else machine.evaluate(where, UNDEFINED, search);
}

/** Forms with any number of branches are typed for this many; fewer are allowed from one on. */
function variadic(name: string, summary: string, run: FormStep): SpecialForm {
  const parameters = Array.from({ length: VARIADIC_LIMIT }, () => "Atom").join(" ");
  const type = `(-> ${parameters} %Undefined%)`;
  return form({ name, type, summary, leastArguments: 1, hasEffects: true, run });
}

const VARIADIC_LIMIT = 64;

const par: SpecialForm = variadic(
  "par",
  "Evaluates all its arguments on clones of the space, on several threads; the tuple of their results.",
  (machine, call, _type, frame) => {
    fork(machine, call.children.slice(1), frame, ({ outcomes, environments }) => {
      joinInto(machine.context.environment, environments);
      const values = outcomes.map(valuesOf);
      const count = values.reduce((product, each) => product * each.length, 1);
      if (count > TUPLE_LIMIT) {
        machine.give(errorAtom(resolve(call), `par would give ${count} tuples`), frame);
        return;
      }
      giveEach(machine, [...tuples(values), ...hiddenErrors(outcomes)], frame);
    });
  },
);

/** One of each, in every combination; the last varies fastest, as in a tuple. */
function tuples(values: readonly (readonly Atom[])[]): Atom[] {
  let rows: Atom[][] = [[]];
  for (const alternatives of values) {
    rows = rows.flatMap((row) => alternatives.map((value) => [...row, value]));
  }
  return rows.map((row) => asValue(row.length === 0 ? UNIT : expression(row)));
}

const race: SpecialForm = variadic(
  "race",
  "Evaluates its arguments on several threads until the first has a result; the others are ended and leave nothing.",
  (machine, call, _type, frame) => {
    const joined = ({ outcomes, environments, winner }: ForkResult): void => {
      joinInto(machine.context.environment, environments);
      const found = alternativesOf(winner < 0 ? outcomes : [outcomes[winner]!]);
      disposeResults(outcomes);
      giveEach(machine, found, frame);
    };
    fork(machine, call.children.slice(1), frame, joined, true);
  },
);

const transaction: SpecialForm = form({
  name: "transaction",
  type: "(-> Atom %Undefined%)",
  summary:
    "The results of its argument; what it wrote stays only if it has results and no alternative gives an Error.",
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    fork(machine, [call.children[1]!], frame, ({ outcomes, environments }) => {
      const found = alternativesOf(outcomes);
      const good = found.length > 0 && outcomes.every(isGood);
      if (good) joinInto(machine.context.environment, environments);
      else disposeAll(environments);
      giveEach(machine, found, frame);
    });
  },
});

const withMutex: SpecialForm = form({
  name: "with-mutex",
  type: "(-> Atom Atom %Undefined%)",
  summary:
    "The results of its second argument, evaluated while no other thread of the pool is inside the mutex that the first argument names.",
  hasEffects: true,
  run: (machine, call, _type, frame) => {
    const { context, handle } = machine;
    const [, name, body] = call.children;
    const id = handle.store.vocabulary.symbols.permanentIdOf(print(resolve(name!)));
    const isInterrupted = (): boolean => context.limitReached() !== null;
    const inside = branchOf(context).fork.withMutex(id, isInterrupted, () =>
      fork(machine, [body!], frame, ({ outcomes, environments }) => {
        joinInto(context.environment, environments);
        giveEach(machine, alternativesOf(outcomes), frame);
      }),
    );
    if (!inside) machine.checkLimits();
  },
});

function isGood({ status, hadErrors }: BranchOutcome): boolean {
  return status === "done" && !hadErrors;
}

function disposeAll(environments: readonly Environment[]): void {
  for (const environment of environments) environment.dispose();
}

export const PARALLEL_FORMS: readonly SpecialForm[] = [
  hyperpose,
  par,
  race,
  transaction,
  withMutex,
];
