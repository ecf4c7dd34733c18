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

/** Begins to stop something once, and can call it off. */
export class Stop {
  readonly #action: () => () => void;
  #callOff: (() => void) | null = null;
  readonly begin: () => void = () => {
    this.#callOff ??= this.#action();
  };

  constructor(action: () => () => void) {
    this.#action = action;
  }

  end(): void {
    this.#callOff?.();
  }
}

/** Throws `ERR_ABORTED` if the call was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  const message = "cannot finish the call: it was aborted; the environment is as it was";
  throw new OxbowError("ERR_ABORTED", message, {}, { cause: signal.reason });
}
