/**
 * The abstract machine: what to do next is kept in linked frames, what else may be tried
 * in choice points, and what has been bound since on the trail. Nothing recurses over a program's depth.
 *
 *     evaluate(atom, type, frame) ──▶ interpret ──▶ give(value, frame) ──▶ frame.resume(value)
 *                                        │
 *                                        └──▶ fail() ──▶ newest choice point .retry()
 *
 * Invariants
 *   M1  A frame never changes once it is made, so a choice point only keeps a pointer to one. (It notes, for good, that
 *       it was given a value: PX1.)
 *   M2  The trail holds every binding, made since a choice point, of a variable older than it.
 *   M3  A choice point that is retried finds all bindings made since its creation undone (TR2).
 *   M4  Depth first, alternatives in order: results come in the order of the program.
 *   M5  A tail call makes no frame.
 *   M6  A branch that waits for the host is taken out: its bindings, its frame, and the choice points
 *       that are meaningful only together with it. It is put back only when nothing else is left to do, and
 *       then at the depth where it was, so depths and trail marks that it holds stay right.
 *   M7  No binding of a variable is forgotten that a waiting branch may hold, or a value that is kept while others
 *       are sought (`floor`).
 *   M8  The context is that of the atom which is evaluated next: what changes it for an atom puts a frame
 *       below that changes it back, and a choice point continues in the context in which it was pushed.
 *   M9  Generated code runs on the JavaScript stack and returns a value, or null: then it has left what is
 *       to be done (`suspend`) and the frames that wait for it, innermost first (`save`), or has failed.
 *   M10 A long operation asks for time (base/work.ts). When there is none left it is left by an exception, and
 *       the machine, whose state then means nothing, is stopped for good.
 */

import type { Handle } from "../../environment/handle.js";
import { askEnvironment } from "../../environment/search.js";
import type { Atom, SpaceAtom } from "../../term/atom.js";
import { dereference, variableMark } from "../../term/resolve.js";
import { Trail } from "../../term/trail.js";
import { whileLimited } from "../limits/ending.js";
import type { StopReason } from "../limits/limits.js";
import { Branches, type Detached, type Scope, type Waiting } from "./branches.js";
import type { EvaluationContext } from "./evaluation-context.js";
import { whileReading } from "./reading.js";
import { CHECK_INTERVAL, nextPause, tellSteps } from "./step-count.js";

/**
 * What an evaluation may do besides taking each step that the language has: find values and types that show at
 * a glance, and run generated code, which bypasses `interpret`. None changes a result; without any of them,
 * which only tests ask for, the steps alone say what a program means.
 */
export type Shortcuts = "code" | "glances" | "none";

/** How atoms are evaluated. */
export interface Interpreter {
  readonly interpret: Interpret;
  readonly shortcuts: Shortcuts;
}

/** Decides how to evaluate an atom whose value is needed. */
export type Interpret = (machine: Machine, atom: Atom, type: Atom, frame: Frame | null) => void;

/** What waits for a value. */
export abstract class Frame {
  /** Written once (M1): at construction, or by {@link Machine.finish} before anything is given to it. */
  parent: Frame | null;

  constructor(parent: Frame | null) {
    this.parent = parent;
  }

  /** Continues with a value, which is dereferenced. */
  abstract resume(machine: Machine, value: Atom): void;
}

/** What may be tried when a branch ends. */
export abstract class ChoicePoint {
  /** Set by the machine when the choice point is pushed. */
  trailMark = 0;
  variableMark = 0;
  context: EvaluationContext | null = null;

  /** Continues with the next alternative; false if there is none, and then it is dropped. */
  abstract retry(machine: Machine): boolean;

  /** Gives up what it holds, when it is dropped before its end. */
  close(): void {}

  /** What waits until every branch above is at its end; null for alternatives, which do not wait. */
  scope(): Scope | null {
    return null;
  }

  /** True if a branch above that waits for the host takes this choice point along. */
  isCarried(): boolean {
    return false;
  }

  /** True if what is above has to come to its end before the evaluation goes on: it cannot be set aside (TB3). */
  holdsBack(): boolean {
    return this.isCarried();
  }
}

/** Work that generated code leaves to the machine (M9). */
export interface Pending {
  /** Tells the machine to do it; its values go to `frame`. */
  begin(machine: Machine, frame: Frame | null): void;
  /** Gives up what it holds, if it is never begun. */
  close?(): void;
}

/** A moment of an evaluation: what was on the trail, and which variables there were. */
export interface Marks {
  readonly trailMark: number;
  readonly variableMark: number;
}

export class Machine {
  context: EvaluationContext;
  readonly handle: Handle;
  readonly shortcuts: Shortcuts;
  readonly trail: Trail = new Trail();
  readonly branches: Branches = new Branches();
  readonly #choices: ChoicePoint[] = this.branches.choices;
  #atom: Atom | null = null;
  #type: Atom | null = null;
  #value: Atom | null = null;
  #frame: Frame | null = null;
  /** Calls reduced by a rule, by this machine and the parts of the evaluation that it waited for. */
  steps = 0;
  /** Those that the budget has been told of (step-count.ts). */
  toldSteps = 0;
  /** Generated code hands over to the machine after this many steps. */
  pause: number;
  #next: Pending | null = null;
  /** What generated code has left to be done; null: it has failed, or left nothing yet (M9). */
  left: Pending | null = null;
  /** For generated code: what its loops are still to come back to (compile/rounds.ts). */
  readonly rounds: unknown[] = [];
  #firstSaved: Frame | null = null;
  #lastSaved: Frame | null = null;
  stopped: StopReason = "completed";
  #running = true;
  readonly #interpret: Interpret;
  /** Null: this evaluation cannot wait. */
  readonly waiting: Waiting | null;

  /** @param waiting null: this evaluation cannot wait. */
  constructor(
    context: EvaluationContext,
    { interpret, shortcuts }: Interpreter,
    waiting: Waiting | null = null,
  ) {
    this.context = context;
    this.handle = context.handle;
    this.trail.isInterrupted = () => {
      this.checkLimits();
      return this.stopped !== "completed";
    };
    askEnvironment(this.trail, this.handle, () => this.self);
    const canGenerate = context.preparations.generates;
    this.shortcuts = shortcuts === "code" && !canGenerate ? "glances" : shortcuts;
    this.#interpret = interpret;
    this.waiting = waiting;
    this.pause = nextPause(this);
  }

  /** The space that `&self` means. */
  get self(): SpaceAtom | null {
    return this.context.self;
  }

  /** Next: evaluate the atom, expecting the type; its values go to `frame`. */
  evaluate(atom: Atom, type: Atom, frame: Frame | null): void {
    this.#atom = atom;
    this.#type = type;
    this.#value = null;
    this.#frame = frame;
  }

  /** Next: continue with a value. */
  give(value: Atom, frame: Frame | null): void {
    this.#value = value;
    this.#frame = frame;
  }

  /** Next: the newest alternative; without one the evaluation is complete. */
  fail(): void {
    const choices = this.#choices;
    for (;;) {
      const choice = choices.at(-1);
      if (choice === undefined) {
        this.#running = false;
        return;
      }
      this.trail.undoTo(choice.trailMark); // M3
      this.context = choice.context!;
      if (choice.retry(this)) return;
      // A choice point that came to its end may have dropped itself already (see `drop`).
      if (choices.at(-1) === choice) choices.pop();
    }
  }

  push(choice: ChoicePoint): void {
    choice.trailMark = this.trail.mark();
    choice.variableMark = variableMark();
    choice.context = this.context;
    this.#choices.push(choice);
  }

  /** Drops the newest choice point, which is `choice` about to continue with its last alternative. */
  drop(choice: ChoicePoint): void {
    if (this.#choices.at(-1) === choice) this.#choices.pop();
  }

  /** Forgets bindings made since `mark` that no choice point could undo (M2). */
  tidy(mark: number): void {
    this.trail.tidy(mark, Math.max(this.branches.floor, this.#choices.at(-1)?.variableMark ?? 0));
  }

  /** Puts a branch back above `base` (M6): next is what the caller says. */
  resume(branch: Detached, base: ChoicePoint): void {
    this.trail.undoTo(0);
    this.context = branch.context;
    this.push(base);
    this.branches.attach(branch, this.trail);
    this.#running = this.stopped === "completed";
  }

  stop(reason: StopReason): void {
    this.stopped = reason;
    this.#running = false;
  }

  /** Runs until the evaluation is complete or stopped, or `until` says so after a turn. */
  run(until: (() => boolean) | null = null): void {
    // M10
    const turnOften = (): void => {
      let turns = 0;
      while (this.#running) {
        if (++turns === CHECK_INTERVAL) {
          turns = 0;
          this.checkLimits();
          if (!this.#running) return;
        }
        this.#turn();
        if (until?.()) return;
      }
    };
    const { heap } = this.handle.store;
    const { profile } = this.context.preparations;
    const before = profile?.begin();
    heap.evaluations++;
    try {
      whileReading(this, () => whileLimited(this, turnOften));
    } finally {
      heap.evaluations--;
      if (before !== undefined) profile?.end(before);
    }
  }

  /** For generated code: work to be done instead of returning a value. */
  suspend(pending: Pending): null {
    this.left = pending;
    return null;
  }

  /** For generated code, after a call returned null: what waits for that call's value. */
  save(frame: Frame): null {
    if (this.left === null) return null;
    if (this.#lastSaved === null) this.#firstSaved = frame;
    else this.#lastSaved.parent = frame;
    this.#lastSaved = frame;
    return null;
  }

  /** Continues after generated code has returned to the machine: with its value, or with what it left (M9). */
  finish(value: Atom | null, frame: Frame | null): void {
    if (value !== null) {
      this.give(value, frame);
      return;
    }
    const pending = this.left;
    if (pending === null) {
      this.fail();
      return;
    }
    const first = this.#firstSaved;
    if (first !== null) this.#lastSaved!.parent = frame;
    this.left = null;
    this.#firstSaved = null;
    this.#lastSaved = null;
    this.#next = pending;
    this.#frame = first ?? frame;
  }

  #turn(): void {
    const next = this.#next;
    if (next !== null) {
      this.#next = null;
      next.begin(this, this.#frame);
      return;
    }
    const value = this.#value;
    if (value === null) {
      this.#interpret(this, dereference(this.#atom!), this.#type!, this.#frame);
      return;
    }
    this.#frame!.resume(this, dereference(value));
  }

  /** Stops if a limit other than the number of steps is reached. */
  checkLimits(): void {
    const reason = this.context.limitReached();
    if (reason !== null) this.stop(reason);
  }

  get running(): boolean {
    return this.#running;
  }

  /** Abandons everything that is left. */
  close(): void {
    tellSteps(this);
    this.#next?.close?.();
    this.#next = null;
    while (this.#choices.length > 0) this.#choices.pop()!.close();
    this.trail.undoTo(0);
    this.#running = false;
  }
}

/**
 * Drops the newest choice point, which is `choice` about to continue with its last alternative, for which it has
 * bound what the trail has from `mark` on: nothing is kept for it any more.
 */
export function leave(machine: Machine, choice: ChoicePoint, mark: number): void {
  machine.drop(choice);
  machine.tidy(mark);
}
