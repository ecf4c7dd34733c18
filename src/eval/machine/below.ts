/** Choice points that lie below what generated code has left to be done, though they are pushed behind it. */
import type { Frame, Machine, Marks, Pending } from "./machine.js";

/** What was left to be done, above choice points that were to be pushed before. */
class Below implements Pending {
  readonly #marks: Marks;
  readonly #push: () => void;
  readonly #left: Pending;

  constructor(marks: Marks, push: () => void, left: Pending) {
    this.#marks = marks;
    this.#push = push;
    this.#left = left;
  }

  begin(machine: Machine, frame: Frame | null): void {
    const { choices } = machine.branches;
    const from = choices.length;
    this.#push();
    for (let index = from; index < choices.length; index++) {
      choices[index]!.trailMark = this.#marks.trailMark;
      choices[index]!.variableMark = this.#marks.variableMark;
    }
    this.#left.begin(machine, frame);
  }

  close(): void {
    this.#left.close?.();
  }
}

/**
 * For generated code that has left something: before that is begun `push` pushes what lies below all of it, as if
 * it had been pushed when the marks were taken. No binding that it has to find undone (M3) may have been forgotten.
 */
export function putBelow(machine: Machine, marks: Marks, push: () => void): void {
  machine.left = new Below(marks, push, machine.left!);
}
