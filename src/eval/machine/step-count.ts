/**
 * Step count: how the steps of a machine go into the budget of its evaluation.
 *
 *     steps    ├──── told ────┼── not yet ──┤       the machine's own, counted by it and by generated code
 *                                        pause      where it comes here before it goes on
 *
 *   SK1  A machine makes no step at `pause` or beyond before it has been here.
 *   SK2  What a machine has used is told before another part of the evaluation goes by the budget, and at its end.
 */
import type { Budget } from "../limits/budget.js";
import type { StopReason } from "../limits/limits.js";

/** Turns of the machine, and steps of generated code, between two looks at the clock and the abort signal. */
export const CHECK_INTERVAL = 4096;

/** What takes steps in an evaluation: a machine. */
interface Stepping {
  readonly context: { readonly allowance: { readonly budget: Budget } };
  readonly running: boolean;
  steps: number;
  toldSteps: number;
  pause: number;
  checkLimits(): void;
  stop(reason: StopReason): void;
}

function budgetOf(machine: Stepping): Budget {
  return machine.context.allowance.budget;
}

/** How many steps the machine may have made when it has to ask next. */
export function nextPause(machine: Stepping): number {
  return machine.steps + Math.max(0, Math.min(CHECK_INTERVAL, budgetOf(machine).stepsLeft));
}

/** Before a call is reduced, at `pause` (SK1): false if the evaluation has to end here. */
export function mayReduce(machine: Stepping): boolean {
  const budget = budgetOf(machine);
  tellSteps(machine);
  if (budget.stepsLeft > 0) machine.checkLimits();
  else machine.stop(budget.stop("maxSteps"));
  machine.pause = nextPause(machine);
  return machine.running;
}

/** Tells the budget what was used (SK2). */
export function tellSteps(machine: Stepping): void {
  budgetOf(machine).spend(machine.steps - machine.toldSteps);
  machine.toldSteps = machine.steps;
}

/** After another part of the evaluation has ended: `steps` are its own, which the budget knows already (BU2). */
export function addSteps(machine: Stepping, steps: number): void {
  const budget = budgetOf(machine);
  machine.steps += steps;
  machine.toldSteps += steps;
  if (budget.stepsLeft < 0) budget.stop("maxSteps");
  machine.pause = nextPause(machine);
  machine.checkLimits();
}
