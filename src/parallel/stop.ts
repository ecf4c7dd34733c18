/** Stopping a call of a pool: when its time is over, and once. */
import { OxbowError } from "../base/errors.js";
import { after } from "../base/timer.js";

/** The time of a call, from when it can be evaluated on. */
export class CallTimer {
  readonly start: () => void;
  #hasEnded = false;
  #callOff: () => void = () => undefined;

  constructor(timeMs: number, action: () => void) {
    this.start = () => {
      if (!this.#hasEnded) this.#callOff = after(timeMs, action);
    };
  }

  end(): void {
    this.#hasEnded = true;
    this.#callOff();
  }
}

/** Stops something once. */
export class Stop {
  readonly begin: () => void;
  #hasBegun = false;

  constructor(action: () => void) {
    this.begin = () => {
      if (this.#hasBegun) return;
      this.#hasBegun = true;
      action();
    };
  }
}

/** Throws `ERR_ABORTED` if the call was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const message = "cannot finish the call: it was aborted; the environment is as it was";
  throw new OxbowError("ERR_ABORTED", message, {}, { cause: signal.reason });
}
