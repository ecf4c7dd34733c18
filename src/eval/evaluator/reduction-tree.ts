/**
 * Reductions: what an evaluation did, as a tree that explains its results.
 *
 *     (fib 2)                          a reduction: an expression that was evaluated
 *       becomes (if (< 2 2) 2 (+ …))   what a rule or a form made of it, in its place
 *       part    (< 2 2)                a reduction of its own, whose value was needed
 *                 gives False
 *       becomes (+ (fib 1) (fib 0))
 *       …
 *       gives   1
 *
 * The machine evaluates as always; each expression is given a frame that notes the values which pass
 * through it. An expression that is evaluated for such a frame directly is in the place of the one
 * before (a tail call); any other is a part of the nearest noted frame below it.
 */
import { type Environment, heapOf } from "../../environment/environment.js";
import { type Atom, EXPRESSION } from "../../term/atom.js";
import { resolve } from "../../term/resolve.js";
import { interpret } from "../interpreter/interpret.js";
import { UNDEFINED } from "../language/type-names.js";
import type { Library } from "../library/library.js";
import { wholeAllowance } from "../limits/budget.js";
import type { Limits } from "../limits/limits.js";
import { EvaluationContext, type Host } from "../machine/evaluation-context.js";
import { Frame, Machine } from "../machine/machine.js";
import { Query } from "../machine/query-variables.js";

type ReductionStep =
  | { readonly kind: "becomes"; readonly atom: Atom }
  | { readonly kind: "part"; readonly reduction: Reduction }
  | { readonly kind: "gives"; readonly atom: Atom };

/** One evaluated expression and what happened to it, in order. */
export interface Reduction {
  readonly atom: Atom;
  /** Milliseconds from when it was evaluated to its last value; 0 if it gave none. */
  readonly ms: number;
  readonly steps: readonly ReductionStep[];
}

export interface ReductionTree {
  readonly root: Reduction;
  /** False if the recording was cut off because it became too long. */
  readonly isComplete: boolean;
}

interface ReductionOptions {
  readonly library: Library;
  readonly host: Host;
  /** The most expressions recorded. */
  readonly maxReductions: number;
  /** Where the evaluation stops; nowhere unless given. */
  readonly limits?: Limits;
}

/**
 * Evaluates an atom and records how. What it writes stays in the environment: give it a clone.
 * Throws as {@link Evaluator.evaluate} does.
 */
export function traceReductions(
  environment: Environment,
  atom: Atom,
  options: ReductionOptions,
): ReductionTree {
  const allowance = wholeAllowance(heapOf(environment), options.limits ?? {});
  const context = new EvaluationContext(environment, null, options, allowance);
  const notes = new Notes(atom, options.maxReductions);
  const machine = new Machine(context, { interpret: notes.interpret, shortcuts: "glances" });
  try {
    machine.evaluate(new Query(atom).atom, UNDEFINED, notes.top);
    machine.run();
    return { root: notes.root, isComplete: machine.stopped === "completed" };
  } finally {
    machine.close();
    allowance.budget.close();
  }
}

class Noted implements Reduction {
  readonly atom: Atom;
  readonly steps: ReductionStep[] = [];
  ms = 0;
  readonly #begunMs = performance.now();

  constructor(atom: Atom) {
    this.atom = atom;
  }

  gives(atom: Atom): void {
    this.ms = performance.now() - this.#begunMs;
    this.steps.push({ kind: "gives", atom });
  }
}

/** Waits for the values of a noted expression and hands them on. */
class NotedFrame extends Frame {
  readonly noted: Noted;

  constructor(parent: Frame | null, noted: Noted) {
    super(parent);
    this.noted = noted;
  }

  resume(machine: Machine, value: Atom): void {
    this.noted.gives(resolve(value));
    if (this.parent === null) machine.fail();
    else machine.give(value, this.parent);
  }
}

class Notes {
  readonly root: Noted;
  readonly top: NotedFrame;
  readonly #maximum: number;
  #count = 0;

  constructor(atom: Atom, maximum: number) {
    this.root = new Noted(atom);
    this.top = new NotedFrame(null, this.root);
    this.#maximum = maximum;
  }

  /** Notes expressions on their way to the interpreter. */
  readonly interpret = (machine: Machine, atom: Atom, type: Atom, frame: Frame | null): void => {
    if (atom.tag !== EXPRESSION) {
      interpret(machine, atom, type, frame);
      return;
    }
    if (++this.#count > this.#maximum) {
      machine.stop("maxSteps");
      return;
    }
    if (frame instanceof NotedFrame) {
      // The first expression that the top waits for is the root itself.
      const isRoot = frame === this.top && this.#count === 1;
      if (!isRoot) frame.noted.steps.push({ kind: "becomes", atom: resolve(atom) });
      interpret(machine, atom, type, frame);
      return;
    }
    const noted = new Noted(resolve(atom));
    (ownerOf(frame)?.noted ?? this.root).steps.push({ kind: "part", reduction: noted });
    interpret(machine, atom, type, new NotedFrame(frame, noted));
  };
}

/** The nearest noted frame below. */
function ownerOf(frame: Frame | null): NotedFrame | null {
  let below = frame;
  while (below !== null && !(below instanceof NotedFrame)) below = below.parent;
  return below;
}
