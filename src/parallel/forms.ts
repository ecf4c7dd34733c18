/**
 * The forms of the language that fork: each evaluates its branches on clones of the environment and
 * joins them before it goes on, in the branches' order.
 *
 *     (hyperpose (a b …))          every result of every branch, one alternative each, as superpose
 *     (hyperpose (match s p t))    the same, a branch for each match
 *     (par a b …)                  the tuple of the branches' results
 *     (race a b …)                 the results of the first branch that has one
 *     (with-mutex name a)          its results; no other thread is inside the mutex of that name meanwhile
 *     (transaction a)              its results; what it wrote only if none of them is an Error
 *
 * A branch gets its atom with every bound variable replaced, and variables that it binds are its own:
 * what comes back are values. A value is not evaluated again after the join, so it cannot be reduced
 * by what another branch wrote.
 */
import type { Environment } from "../environment/environment.js";
import { collectEach, ThenFrame } from "../eval/forms/collect.js";
import { matchIn } from "../eval/forms/search.js";
import { form, type SpecialForm } from "../eval/library.js";
import { type Frame, giveEach, type Machine } from "../eval/machine.js";
import { errorAtom, isError } from "../eval/operation.js";
import { ATOM, UNDEFINED } from "../eval/type-names.js";
import {
  type Atom,
  EXPRESSION,
  Expression,
  expression,
  SPACE,
  symbol,
  UNIT,
} from "../term/atom.js";
import { print } from "../term/printer.js";
import { dereference, renameFresh, resolve } from "../term/resolve.js";
import { disposeResults } from "./call.js";
import { joinInto } from "./collect.js";
import { branchOf } from "./library-site.js";
import type { BranchOutcome } from "./outcome.js";
import type { ForkResult } from "./site.js";

const MATCH = symbol("match");
const MATCH_PARTS = 4;
/** `par` gives no more tuples than this at once. */
const TUPLE_LIMIT = 1_000_000;

/** Forks the evaluation that `machine` is in. */
function fork(machine: Machine, atoms: readonly Atom[], isRace = false): ForkResult {
  const { environment, context } = machine;
  const branch = branchOf(context);
  const result = branch.fork.join({
    environment,
    atoms: atoms.map((atom) => renameFresh(resolve(atom))),
    space: machine.context.space,
    limits: branch.limits,
    seed: branch.nextForkSeed(),
    isRace,
    isInterrupted: () => context.limitReached() !== null,
  });
  for (const { output } of result.outcomes) if (output !== "") context.print(output);
  // What interrupts a branch ends the whole: without its branches' results it has none.
  machine.checkLimits();
  return result;
}

/** A branch's results as values of the evaluation that forked it. */
function valuesOf({ results }: BranchOutcome): Atom[] {
  return results.map(asValue);
}

function asValue(result: Atom): Atom {
  if (result.tag !== EXPRESSION || result.children.length === 0) return result;
  if (!result.ground) return renameFresh(result);
  const value = new Expression(result.children);
  value.evaluated = true;
  return value;
}

/** Joins a fork and goes on with each result of each branch. */
function superposeBranches(machine: Machine, atoms: readonly Atom[], frame: Frame | null): void {
  const { outcomes, environments } = fork(machine, atoms);
  joinInto(machine.environment, environments);
  giveEach(machine, outcomes.flatMap(valuesOf), frame);
}

const hyperpose: SpecialForm = form(
  "hyperpose",
  "(-> Expression %Undefined%)",
  "As superpose, each alternative evaluated on a clone of the space, on several threads; (hyperpose (match …)) has a branch for each match.",
  (machine, call, _type, frame) => {
    const branches = dereference(call.children[1]!);
    if (branches.tag !== EXPRESSION) {
      machine.give(errorAtom(resolve(call), "hyperpose expects a tuple of branches"), frame);
    } else if (isMatch(branches)) {
      splitMatch(machine, branches, frame);
    } else {
      superposeBranches(machine, branches.children, frame);
    }
  },
);

function isMatch({ children }: Expression): boolean {
  return children.length === MATCH_PARTS && dereference(children[0]!) === MATCH;
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
function variadic(name: string, summary: string, run: SpecialForm["run"]): SpecialForm {
  const parameters = Array.from({ length: VARIADIC_LIMIT }, () => "Atom").join(" ");
  return form(name, `(-> ${parameters} %Undefined%)`, summary, run, 1);
}

const VARIADIC_LIMIT = 64;

const par: SpecialForm = variadic(
  "par",
  "Evaluates all its arguments on clones of the space, on several threads; the tuple of their results.",
  (machine, call, _type, frame) => {
    const { outcomes, environments } = fork(machine, call.children.slice(1));
    joinInto(machine.environment, environments);
    const values = outcomes.map(valuesOf);
    const count = values.reduce((product, each) => product * each.length, 1);
    if (count > TUPLE_LIMIT) {
      machine.give(errorAtom(resolve(call), `par would give ${count} tuples`), frame);
      return;
    }
    giveEach(machine, tuples(values), frame);
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
    const { outcomes, environments, winner } = fork(machine, call.children.slice(1), true);
    joinInto(machine.environment, environments);
    const found = winner < 0 ? outcomes.flatMap(valuesOf) : valuesOf(outcomes[winner]!);
    disposeResults(outcomes);
    giveEach(machine, found, frame);
  },
);

const transaction: SpecialForm = form(
  "transaction",
  "(-> Atom %Undefined%)",
  "The results of its argument; what it wrote stays only if it has results and none of them is an Error.",
  (machine, call, _type, frame) => {
    const { outcomes, environments } = fork(machine, [call.children[1]!]);
    const found = outcomes.flatMap(valuesOf);
    const good = found.length > 0 && !found.some(isError) && outcomes.every(isDone);
    if (good) joinInto(machine.environment, environments);
    else disposeAll(environments);
    giveEach(machine, found, frame);
  },
);

const withMutex: SpecialForm = form(
  "with-mutex",
  "(-> Atom Atom %Undefined%)",
  "The results of its second argument, evaluated while no other thread of the pool is inside the mutex that the first argument names.",
  (machine, call, _type, frame) => {
    const { context, environment } = machine;
    const [, name, body] = call.children;
    const id = environment.store.vocabulary.symbols.idOfText(print(resolve(name!)));
    let found: Atom[] = [];
    const isInterrupted = (): boolean => context.limitReached() !== null;
    branchOf(context).fork.withMutex(id, isInterrupted, () => {
      const { outcomes, environments } = fork(machine, [body!]);
      joinInto(environment, environments);
      found = outcomes.flatMap(valuesOf);
    });
    giveEach(machine, found, frame);
  },
);

function isDone({ status }: BranchOutcome): boolean {
  return status === "done";
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
