/**
 * Running a program on this thread, one expression after the other: at once, or with operations that
 * answer later. An expression that does not come to its end, by a limit or by what it throws, has written nothing;
 * one that stops because it has found enough has come to its end.
 */
import type { Environment } from "../../environment/environment.js";
import type { Atom } from "../../term/atom.js";
import type { StopReason } from "../limits/limits.js";
import type { Evaluation } from "./evaluation.js";
import { type Program, type RunOutcome, refusal } from "./program.js";

/** Runs a program and gives what each `!` gave, in source order; at each the environment holds what was done so far. */
export function* runSteps(
  program: Program,
  evaluate: (atom: Atom) => Evaluation,
): Generator<RunOutcome, void, undefined> {
  for (const step of program.steps()) {
    if (step.kind === "settle") continue;
    const { item } = step;
    const reply = step.kind === "refused" ? refusal(step.errors) : evaluate(item.atom);
    const outcome = program.outcomeOf(item, reply);
    yield outcome;
    program.throwIfEnded(outcome);
  }
}

/** As {@link runSteps}. */
export async function* runStepsAsync(
  program: Program,
  evaluate: (atom: Atom) => Promise<Evaluation>,
): AsyncGenerator<RunOutcome, void, undefined> {
  for (const step of program.steps()) {
    if (step.kind === "settle") continue;
    const { item } = step;
    const reply = step.kind === "refused" ? refusal(step.errors) : await evaluate(item.atom);
    const outcome = program.outcomeOf(item, reply);
    yield outcome;
    program.throwIfEnded(outcome);
  }
}

/** Whether what an evaluation wrote is to be kept. */
function isWhole(stopped: StopReason): boolean {
  return stopped === "completed" || stopped === "maxResults";
}

/** Evaluates wholly, or leaves the environment as it was. */
export function evaluateWhole(
  environment: Environment,
  evaluate: (before: Environment) => Evaluation,
): Evaluation {
  using before = environment.clone();
  let stopped: StopReason = "aborted";
  try {
    const evaluation = evaluate(before);
    stopped = evaluation.stopped;
    return evaluation;
  } finally {
    if (!isWhole(stopped)) environment.assign(before);
  }
}

/** As {@link evaluateWhole}. */
export async function evaluateWholeAsync(
  environment: Environment,
  evaluate: (before: Environment) => Promise<Evaluation>,
): Promise<Evaluation> {
  using before = environment.clone();
  let stopped: StopReason = "aborted";
  try {
    const evaluation = await evaluate(before);
    stopped = evaluation.stopped;
    return evaluation;
  } finally {
    if (!isWhole(stopped)) environment.assign(before);
  }
}
