import { Frame, type Machine } from "../../src/eval/machine/machine.js";
import { noting } from "../../src/eval/machine/part-errors.js";
import type { Atom } from "../../src/term/atom.js";

/** Takes every value that a machine finds, as it is when it is found. */
export class Results extends Frame {
  readonly found: Atom[] = [];

  constructor() {
    super(null);
  }

  resume(machine: Machine, value: Atom): void {
    const found = noting(value);
    this.found.push(found);
    machine.branches.hold(found);
    machine.fail();
  }
}
