/** What ends an evaluation in the middle of an operation, and is no failure of that operation. */
import { InvariantError } from "../../base/assert.js";
import { OxbowError } from "../../base/errors.js";
import { whileAsking } from "../../base/work.js";
import type { StopReason } from "./limits.js";

/**
 * Thrown out of the middle of a long operation when a limit of its evaluation is reached, and out of a module
 * in which it was. It is no failure of the operation: the machine around it stops.
 */
export class Interruption extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`an operation was interrupted: ${reason}`);
    this.name = "Interruption";
    this.reason = reason;
  }
}

/** Failures of what carries the evaluation, not of the operation that met them. */
const ENDING: ReadonlySet<string> = new Set([
  "ERR_HEAP_EXHAUSTED",
  "ERR_HEAP_RESERVE",
  "ERR_RELEASED",
  "ERR_ASYNCHRONOUS",
  "ERR_LOCK_LOST",
]);

/** Whether what an operation threw is no failure of the operation: it ends the whole evaluation. */
export function endsEvaluation(error: unknown): boolean {
  if (error instanceof OxbowError) return ENDING.has(error.code);
  return error instanceof InvariantError || error instanceof Interruption;
}

/** An evaluation as what limits it is concerned. */
interface Limited {
  readonly context: { limitReached(): StopReason | null };
  stop(reason: StopReason): void;
}

/**
 * Does something for an evaluation that may take long at once. A limit that is reached meanwhile stops the
 * evaluation, in the middle of what it does. Throws ERR_LIMIT for what V8 says of a stack or a list that is too large.
 */
export function whileLimited(evaluation: Limited, act: () => void): void {
  const interruptAtLimit = (): void => {
    const reason = evaluation.context.limitReached();
    if (reason !== null) throw new Interruption(reason);
  };
  try {
    whileAsking(interruptAtLimit, act);
  } catch (error) {
    if (!(error instanceof Interruption)) throw asOxbowError(error);
    evaluation.stop(error.reason);
  }
}

/** What V8 throws for a stack, a text or a list that is too large is an operating failure like another. */
function asOxbowError(error: unknown): unknown {
  if (!(error instanceof RangeError)) return error;
  const message = `cannot evaluate: ${error.message}; what was written until then stays`;
  return new OxbowError("ERR_LIMIT", message, {}, { cause: error });
}

/** Tells whoever has asked, now or later, that an evaluation has ended. */
export class EndSignal {
  #controller: AbortController | null = null;
  #isGiven = false;

  /** Made when it is first asked for: most evaluations have nobody to tell. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isGiven) this.#controller.abort();
    return this.#controller.signal;
  }

  give(): void {
    this.#isGiven = true;
    this.#controller?.abort();
  }
}
