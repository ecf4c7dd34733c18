/**
 * Branches of an evaluation: the choice points of the one that runs, and how one that waits for the host is
 * taken out and put back.
 *
 *     choice points    0 1 2 3 4 5 6
 *                      └─┬─┘ │ └─┬─┘
 *                        │   │   carried: meaningful only together with the branch
 *                        │   scope: waits until everything above it has finished
 *                        stay: alternatives, which continue meanwhile
 *
 *     put back         B 5 6        B notices the end; `below` says that it stands for 0 … 4
 *
 * The invariants are those of the machine.
 */
import { assert } from "../../base/assert.js";
import type { Reads } from "../../environment/reads.js";
import { type Atom, type Expression, isGround, type Variable } from "../../term/atom.js";
import { variableMark } from "../../term/resolve.js";
import type { Trail } from "../../term/trail.js";
import type { EvaluationContext } from "./evaluation-context.js";
import type { ChoicePoint, Frame, Machine } from "./machine.js";

/** Tables that a branch of a fork begins with (tabling/known-tables.ts): a machine only hands them on. */
export interface TablesAround {
  readonly isTables: true;
}

/** What answers calls from tables (tabling/tabling.ts), as far as a machine needs to know. */
interface Tables {
  /** What branches that are forked now begin with. */
  readonly known: TablesAround | null;
  /** Whether a table is being made by what the machine evaluates now. */
  readonly isMaking: boolean;
  /** What is read now is noted here. */
  readonly reads: Reads | null;
  /** Gives up what is being made: the call that began it gives an Error. */
  refuse(reason: string): void;
  /** Continues with the answers of a call, whose parts are evaluated; `byRules` reduces it. */
  call(
    call: Expression,
    type: Atom,
    frame: Frame | null,
    byRules: (machine: Machine, call: Expression, type: Atom, frame: Frame) => void,
  ): void;
}

/** How many branches of a scope wait for the host, and what is to be done when none does. */
export interface Scope {
  branches: number;
  /** Set when everything that did not wait has finished. */
  through: (() => void) | null;
}

/** A branch that was taken out (M6). */
export interface Detached {
  readonly choices: readonly ChoicePoint[];
  /** Choice points that were below it. */
  readonly depth: number;
  readonly variables: readonly Variable[];
  readonly values: readonly Atom[];
  readonly context: EvaluationContext;
}

/** What a machine needs to let branches wait for the host. */
export interface Waiting {
  /** Takes the current branch out until the promise settles, then continues with `resume`; the caller fails. */
  suspend<Value>(
    machine: Machine,
    promise: PromiseLike<Value>,
    resume: (outcome: Outcome<Value>) => void,
  ): void;
  /** Where the present value is in the order of a sequential evaluation. */
  nextKey(): OrderKey;
  /** Called by a scope that has finished while some of its branches wait: takes its branch out as well. */
  defer(machine: Machine, scope: Scope, resume: () => void): void;
}

export type Outcome<Value> =
  | { readonly value: Value; readonly failed: false }
  | { readonly error: unknown; readonly failed: true };

/** A place in the order of a sequential evaluation: below its parent's, after those with a lower index. */
export interface OrderKey {
  readonly parent: OrderKey | null;
  readonly index: number;
}

export class Branches {
  /** Of the branch that runs, oldest first. */
  readonly choices: ChoicePoint[] = [];
  /** Choice points that were below the branch (M6); −1 if it had none below. */
  #below = 0;
  /** How many of the choice points only notice the end of a branch that was put back: 0 or 1. */
  #bases = 0;
  /** Variables with a lower number may be held by a branch that waits or by a value that was kept (M7). */
  floor = 0;
  /** What waits for answers of tables; null before the first call of a tabled function. */
  tabling: Tables | null = null;
  /** Who notes what is read while nothing is noted for a table (reading.ts). */
  around: Reads | null = null;

  /** A value is kept while others are sought: what its variables are bound to from now on is taken back (M7). */
  hold(value: Atom): void {
    if (!isGround(value)) this.floor = variableMark();
  }

  /** How many choice points there are, those included that stayed when the branch was taken out. */
  get depth(): number {
    return this.#below + this.choices.length;
  }

  /** Gives up all alternatives that came after the depth was taken. */
  cutTo(depth: number): void {
    while (this.depth > depth) this.choices.pop()!.close();
  }

  /** Whether nothing is left to do once the current branch ends, but to continue with others that wait. */
  get isAlone(): boolean {
    return this.choices.length === this.#bases;
  }

  /** The scope that the current branch is in, or null for the whole evaluation. */
  scope(): Scope | null {
    for (let index = this.choices.length - 1; index >= 0; index--) {
      const scope = this.choices[index]!.scope();
      if (scope !== null) return scope;
    }
    return null;
  }

  /** Takes the current branch out, as it is at this moment (M6). */
  detach({ trail, context }: Machine): Detached {
    const { choices } = this;
    let from = choices.length;
    for (let index = from - 1; index >= 0; index--) {
      const choice = choices[index]!;
      if (choice.scope() !== null) break;
      if (choice.isCarried()) from = index;
    }
    const depth = this.#below + from;
    const variables = Array.from({ length: trail.mark() }, (_, at) => trail.at(at));
    const values = variables.map((variable) => variable.value!);
    this.floor = variableMark();
    return { choices: choices.splice(from), depth, variables, values, context };
  }

  /** Puts a branch back above the one choice point that notices its end (M6). */
  attach({ choices, depth, variables, values }: Detached, trail: Trail): void {
    assert(this.choices.length === 1, "M6: a branch is put back when nothing else is left to do");
    this.#bases = 1;
    this.#below = depth - 1;
    for (const [index, variable] of variables.entries()) {
      assert(variable.value === null, "M7: no other branch has left a binding behind");
      trail.bind(variable, values[index]!);
    }
    this.choices.push(...choices);
    this.floor = variableMark();
  }
}
