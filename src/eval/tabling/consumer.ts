/**
 * Consumer: what waits for the answers of a table: the rest of an evaluation, which goes on once for each of them.
 *
 *     bindings since the component began ── the frame ── the variables of the call
 *
 *   CN1  Frames never change (M1), and what was bound before the component began stays bound as long as it lasts. So
 *        these bindings and the frame are all that it takes to go on.
 *   CN2  From the moment when it was set aside, no binding of a variable that it may hold is forgotten (M7).
 */
import type { Atom, Variable } from "../../term/atom.js";
import { variableMark } from "../../term/resolve.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { ChoicePoint, type Frame, type Machine } from "../machine/machine.js";
import { mayReduce } from "../machine/step-count.js";
import type { Table } from "./table.js";

/** Who wants the values of a call, and in which variables. */
export interface Caller {
  readonly variables: readonly Variable[];
  readonly frame: Frame | null;
  readonly context: EvaluationContext;
}

export class Consumer {
  readonly table: Table;
  readonly caller: Caller;
  /** The index of the answer to go on with. */
  next = 0;
  /** Whether its component's agenda has it. */
  isWaiting = false;
  readonly #bound: Variable[] = [];
  readonly #values: Atom[] = [];

  /** Sets aside what was bound between two marks of the trail, and the caller. */
  constructor(machine: Machine, table: Table, caller: Caller, from: number, to: number) {
    this.table = table;
    this.caller = caller;
    const { trail, branches } = machine;
    for (let index = from; index < to; index++) {
      const variable = trail.at(index);
      this.#bound.push(variable);
      this.#values.push(variable.value!);
    }
    branches.floor = variableMark(); // CN2
  }

  get hasNext(): boolean {
    return this.next < this.table.count;
  }

  /** Puts it back (CN1), to go on with the answers that there are. */
  resume(machine: Machine): boolean {
    const { trail } = machine;
    for (const [index, variable] of this.#bound.entries()) {
      trail.bind(variable, this.#values[index]!);
    }
    machine.context = this.caller.context;
    const resumption = new Resumption(this);
    machine.push(resumption);
    return resumption.retry(machine);
  }
}

/** A consumer that was put back, with one answer after the other. */
class Resumption extends ChoicePoint {
  readonly #consumer: Consumer;

  constructor(consumer: Consumer) {
    super();
    this.#consumer = consumer;
  }

  retry(machine: Machine): boolean {
    const consumer = this.#consumer;
    while (consumer.hasNext) {
      if (giveAnswer(machine, consumer.table, consumer.next++, consumer.caller)) return true;
    }
    return false;
  }
}

/** The answers of a complete table, one after the other. */
class AnswerChoice extends ChoicePoint {
  readonly #table: Table;
  readonly #caller: Caller;
  #next = 0;

  constructor(table: Table, caller: Caller) {
    super();
    this.#table = table;
    this.#caller = caller;
  }

  retry(machine: Machine): boolean {
    const table = this.#table;
    while (this.#next < table.count) {
      const index = this.#next++;
      if (this.#next === table.count) machine.drop(this);
      if (giveAnswer(machine, table, index, this.#caller)) return true;
    }
    machine.drop(this);
    return false;
  }
}

/**
 * Gives an answer to the caller's frame; false if it does not fit. It is a step, so that answers that lead to others
 * without end meet a limit; the machine has stopped if that is here.
 */
function giveAnswer(machine: Machine, table: Table, index: number, caller: Caller): boolean {
  if (machine.steps >= machine.pause && !mayReduce(machine)) return true;
  machine.steps++;
  const mark = machine.trail.mark();
  const value = table.take(machine, index, caller.variables);
  if (value === null) {
    machine.trail.undoTo(mark);
    return false;
  }
  machine.tidy(mark);
  machine.give(value, caller.frame);
  return true;
}

/** Continues with each answer of a complete table; false if there is none. */
export function giveAnswers(machine: Machine, table: Table, caller: Caller): boolean {
  if (table.count === 1) return giveAnswer(machine, table, 0, caller);
  const choice = new AnswerChoice(table, caller);
  machine.push(choice);
  return choice.retry(machine);
}
