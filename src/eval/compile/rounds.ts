/**
 * Rounds: what is left of the calls of a relation by itself that its loop is still to come back to (recursion-code.ts).
 * While the loop runs it is in `machine.rounds`; when something is left to the machine, in one frame for all.
 *
 *     noted   │ local … local site │ local … local site │ …        the outermost call first
 *                                                        at        where the innermost one ends that is left
 *
 *   RR1  What a frame holds never changes: branches go on from it more than once.
 *        What waits for the parts around a rest is there before it is in a frame (PX1).
 *   RR2  A rest that is given an error gives it on. So if an outer one was given a value, the inner ones were, too.
 */
import { type Atom, Expression } from "../../term/atom.js";
import { dereference } from "../../term/resolve.js";
import { isError } from "../language/error-atom.js";
import { Frame, type Machine } from "../machine/machine.js";
import { errorOf, WaitedPart } from "../machine/part-errors.js";
import { mayReduce } from "../machine/step-count.js";
import { LEVELS } from "./saved-frame.js";

/** How much is noted before it goes into a frame. */
const MOST_NOTED = 1 << 15;

/** What a function returns that has begun another round. */
export const ROUND: Expression = new Expression([]);

/** Goes on with the rest that ends at `at`, and with the rounds that it begins. */
type GoOn = (
  machine: Machine,
  levels: number,
  value: Atom,
  noted: readonly unknown[],
  at: number,
) => Atom | null;

/** Rests of one relation that wait for the value of one call. */
class Rounds {
  readonly noted: readonly unknown[]; // RR1
  readonly goOn: GoOn;
  readonly #sizes: readonly number[];
  /** The outermost rest that was given a value that is no error. */
  #reached: number;

  constructor(noted: readonly unknown[], sizes: readonly number[], goOn: GoOn) {
    this.noted = noted;
    this.goOn = goOn;
    this.#sizes = sizes;
    this.#reached = noted.length + 1;
  }

  /** Where the rest ends that is around the one which ends at `at`. */
  around(at: number): number {
    return at - this.#sizes[this.noted[at - 1] as number]!;
  }

  hasReached(at: number): boolean {
    return this.#reached <= at; // RR2
  }

  /** What came for the rest that ends at `at`: an error notes that it came through there. */
  taken(at: number, value: Atom): Atom {
    if (isError(value)) return errorOf(new Round(this, at), value);
    if (at < this.#reached) this.#reached = at;
    return value;
  }
}

/** One rest, as errors note it (part-errors.ts). */
class Round {
  readonly #rounds: Rounds;
  readonly #at: number;

  constructor(rounds: Rounds, at: number) {
    this.#rounds = rounds;
    this.#at = at;
  }

  get hasValue(): boolean {
    return this.#rounds.hasReached(this.#at);
  }
}

/** Waits for the value of the innermost call that is left. */
class RoundsFrame extends Frame {
  readonly #rounds: Rounds;
  readonly #at: number;

  constructor(rounds: Rounds, at: number) {
    super(null);
    this.#rounds = rounds;
    this.#at = at;
  }

  resume(machine: Machine, value: Atom): void {
    const rounds = this.#rounds;
    let at = this.#at;
    let found: Atom | null = value;
    while (at > 0) {
      found = rounds.goOn(machine, LEVELS, rounds.taken(at, dereference(found)), rounds.noted, at);
      at = rounds.around(at);
      if (found === null) {
        if (at > 0) machine.save(new RoundsFrame(rounds, at));
        break;
      }
    }
    machine.finish(found, this.parent);
  }
}

/**
 * Whether generated code may go on where it has to ask for steps (SK1); if not, it leaves the call to the machine, which
 * asks again.
 */
export function passes(machine: Machine): boolean {
  return machine.waiting === null && machine.rounds.length < MOST_NOTED && mayReduce(machine);
}

/** Leaves a loop that something was left in, or that has failed; null, for the loop to return. */
export function leaveRounds(
  machine: Machine,
  base: number,
  sizes: readonly number[],
  goOn: GoOn,
): null {
  const { rounds } = machine;
  const count = rounds.length - base;
  if (count === 0) return null;
  if (machine.left !== null) {
    const noted = rounds.slice(base);
    for (let index = 0; index < count; index++) {
      if (noted[index] === null) noted[index] = new WaitedPart(); // PX1
    }
    machine.save(new RoundsFrame(new Rounds(noted, sizes, goOn), count));
  }
  rounds.length = base;
  return null;
}
