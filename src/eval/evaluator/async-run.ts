/**
 * An evaluation that can wait: the machine runs in slices, and between them the event loop gets a
 * turn, branches that were waiting are put back, and limits are checked.
 *
 *     run a slice ──▶ results to hand over? ──▶ more to do? ──▶ run a slice …
 *                                                  └── no: a branch ready? put it back
 *                                                          one waiting?   wait for it
 *                                                          neither:       complete
 *
 * Nothing runs between two requests for a result except what the host itself has started.
 */
import { platform } from "../../platform/current.js";
import type { Atom } from "../../term/atom.js";
import type { EvaluationContext } from "../machine/evaluation-context.js";
import { Machine } from "../machine/machine.js";
import type { Query } from "../machine/query-variables.js";
import { ResultFrame } from "../machine/result-frame.js";
import { Suspensions } from "../machine/suspension.js";
import { begin, interpreterFor } from "../program/pragmas.js";

/** Steps, or turns of the machine, between two turns of the event loop: a few milliseconds. */
const SLICE_STEPS = 20_000;

export class AsyncRun {
  readonly machine: Machine;
  readonly top: ResultFrame;
  readonly #context: EvaluationContext;
  readonly #suspensions = new Suspensions();

  constructor(context: EvaluationContext, query: Query) {
    this.#context = context;
    this.machine = new Machine(context, interpreterFor(context.environment), this.#suspensions);
    this.top = new ResultFrame(query, context.allowance.maxResults);
    begin(this.machine, query.atom, this.top);
    this.top.checkRoom(this.machine);
  }

  /** Yields each result as soon as it is found. */
  async *results(): AsyncGenerator<Atom, void, undefined> {
    const { machine, top } = this;
    let given = 0;
    try {
      machine.checkLimits();
      do {
        let turns = 0;
        const sliceEnd = machine.steps + SLICE_STEPS;
        machine.run(
          () => top.length > given || machine.steps >= sliceEnd || ++turns >= SLICE_STEPS,
        );
        while (given < top.length) yield top.at(given++)!;
      } while (await this.#goOn());
    } finally {
      machine.close();
      this.#suspensions.close();
      this.#context.end();
      this.#context.allowance.budget.close();
    }
  }

  /** Makes sure there is something to run; false when everything is done. */
  async #goOn(): Promise<boolean> {
    const { machine } = this;
    const suspensions = this.#suspensions;
    if (machine.stopped !== "completed") return false;
    if (machine.running) {
      await platform.waiting.turn();
    } else if (!suspensions.resumeNext(machine)) {
      if (!suspensions.isWaiting) return false;
      const { timeLeftMs, signal } = this.#context.allowance.budget;
      await suspensions.untilReady(timeLeftMs, signal);
    }
    machine.checkLimits();
    return machine.stopped === "completed";
  }
}
