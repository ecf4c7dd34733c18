/** What an evaluation gives. */
import type { Atom } from "../../term/atom.js";
import type { OperationFailure } from "../host/operation.js";
import type { StopReason } from "../limits/limits.js";

/** What an evaluation found, and why it ended. */
export interface Evaluation {
  /**
   * In the order in which they were found. Errors only if there is nothing else. Variables of the
   * query are the very objects it was given with; others have a number.
   */
  readonly results: readonly Atom[];
  /** "completed", or the limit that ended it; `results` is then what had been found. */
  readonly stopped: StopReason;
  /** How many steps it took. */
  readonly steps: number;
  /** What operations threw and the program saw as `(Error call "message")`: the newest 100, in order. */
  readonly failures: readonly OperationFailure[];
}

/** An evaluation of a part of another one. */
export interface PartEvaluation extends Evaluation {
  /** Whether an alternative gave an error, also where `results` has none because others did not. */
  readonly hadErrors: boolean;
}
