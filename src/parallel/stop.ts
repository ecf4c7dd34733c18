/** Stop: what ends a call early, begun once by whichever reason comes first. */

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
